/* clnrm-launcher INIT STATE_DIR */
#include "common/force.h"
#include "daemon/native/launcher/launcher.h"
#include "daemon/native/launcher/sys.h"

int options_parse(struct options *o, int argc, char **argv, struct err *e)
{
	if (argc != 3 || argv[1][0] != '/' || argv[2][0] != '/')
		return err_set(e, ERR_INVALID,
		        "usage: clnrm-launcher INIT STATE_DIR; it is started by clnrmd");
	*o = (struct options){
		.init = argv[1],
		.state_dir = argv[2],
		.no_clone3 = FORCED("no-clone3") || !sys_has_clone3(),
		.no_overlay = FORCED("no-overlay"),
		.no_cgroup = FORCED("no-cgroup"),
		.no_idmap = FORCED("no-idmap"),
		.no_userns = FORCED("no-userns"),
	};
	return 0;
}
