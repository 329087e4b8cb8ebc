/* clnrm-launcher INIT STATE_DIR; CLNRM_FORCE=no-clone3,no-overlay,... makes a machine look poorer.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/native/launcher/launcher.h"

static int force(struct options *o, const char *name, size_t n)
{
	const struct {
		const char *name;
		bool *flag;
	} switches[] = {
		{ "no-clone3", &o->no_clone3 },
		{ "no-overlay", &o->no_overlay },
		{ "no-cgroup", &o->no_cgroup },
		{ "no-idmap", &o->no_idmap },
		{ "no-userns", &o->no_userns },
	};

	for (size_t i = 0; i < ARRAY_LEN(switches); i++)
		if (strlen(switches[i].name) == n && memcmp(switches[i].name, name, n) == 0) {
			*switches[i].flag = true;
			return 0;
		}
	return -1;
}

int options_parse(struct options *o, int argc, char **argv, struct err *e)
{
	const char *at = getenv("CLNRM_FORCE");

	if (argc != 3 || argv[1][0] != '/' || argv[2][0] != '/')
		return err_set(e, ERR_INVALID,
		        "usage: clnrm-launcher INIT STATE_DIR; it is started by clnrmd");
	o->init = argv[1];
	o->state_dir = argv[2];
	while (at && *at) {
		size_t n = strcspn(at, ",");

		/* no-psi and the like are for the daemon: what is unknown here is not ours. */
		(void)force(o, at, n);
		at += n + (at[n] == ',');
	}
	return 0;
}
