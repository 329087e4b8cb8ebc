/* daemon/config/bare.h - plain Tera: a template, a context, and the templates beside it.
 *
 * Nothing of clnrm is seen: no tables, no variables, Tera's own library. Other templates are looked
 * for by their whole name beside the template, then in a root directory, then beside the one that
 * refers to them; they must lie inside the root. Thread: any.
 */
#ifndef DAEMON_CONFIG_BARE_H
#define DAEMON_CONFIG_BARE_H

#include "daemon/config/config.h"
#include "daemon/template/template.h"

struct bare {
	const char *root;  /* absolute */
	const char *path;  /* of the template, absolute; NULL: text is given */
	const char *shown; /* path as messages say it */
	const char *text;
	const char *name; /* of text */
	const struct tvalue *context;
	const struct settings *s; /* limits, and what is hidden of the environment */
	const struct client_env *env;
	const struct config_flags *flags; /* seed, clock, environment */
	/* Variables that the client is to be asked for are added here, in arena. */
	struct str_list *need;
	struct arena *arena;
};

/* -1 with *e; its kind is TERR_MISSING when the template itself is not there. *from is what was
 * seen in any case, the template's own file too; it lives in the arena. */
int config_render_bare(
        const struct bare *q, struct tbuf *out, struct made_from *from, struct terr *e) MUST_CHECK;

/* The directory of a path. */
const char *bare_dir(struct arena *a, const char *path);
bool bare_is_below(const char *path, const char *dir);

#endif
