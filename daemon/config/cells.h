/* daemon/config/cells.h - a test file as text once its tags are replaced: what `clnrm render`
 * shows.
 *
 * A file without a matrix has one cell without a name. Where values are rendered one by one the
 * file keeps its layout: only strings that hold tags are written anew. Thread: any.
 */
#ifndef DAEMON_CONFIG_CELLS_H
#define DAEMON_CONFIG_CELLS_H

#include "daemon/config/config.h"
#include "daemon/config/vars.h"

struct cell_text {
	const char *name; /* "os=linux,arch=arm"; "" without a matrix */
	const char *text; /* may hold NULs */
	size_t len;
};

struct cells_request {
	const char *path, *real; /* as config_load() has them; any name will do */
	const char *text;        /* NULL: the file is read */
	size_t len;
	const struct tvalue *context; /* variables below those of the command line, or NULL */
	bool check;                   /* what is printed must be a test file */
	const struct settings *s;
	const struct client_env *env;
	const struct config_flags *flags;
	struct str_list *need; /* variables that the client is to be asked for */
	struct arena *need_arena;
};

struct cells {
	struct arena *arena;
	struct test_file *
	        file; /* its diags are the findings, warnings too; its tests are there with check */
	struct vars vars; /* all layers; only where there are no errors */
	struct tlimits limits;
	struct cell_text *v; /* NULL when there are errors */
	size_t n;
};

/* Never NULL. */
struct cells *config_render(const struct cells_request *q);
void cells_free(struct cells *c);
CLEANUP_FN(cells_free, struct cells *)

#endif
