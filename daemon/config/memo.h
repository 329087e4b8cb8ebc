/* daemon/config/memo.h - where compiled templates are kept, as far as config/ asks.
 *
 * What keeps them stands in a room above this one and comes with the settings; without it each
 * template is compiled anew. Thread: any. */
#ifndef DAEMON_CONFIG_MEMO_H
#define DAEMON_CONFIG_MEMO_H

#include "daemon/template/template.h"

struct memo {
	void *arg;
	/* As template_compile(), perhaps from before: equal arguments give equal templates. */
	struct template *(*compile)(void *arg, const char *name, const char *text, size_t len,
	        const struct tlimits *limits, struct terr *e);
};

/* m NULL: nothing is kept. */
static inline struct template *memo_compile(const struct memo *m, const char *name,
        const char *text, size_t len, const struct tlimits *limits, struct terr *e)
{
	return m ? m->compile(m->arg, name, text, len, limits, e)
	         : template_compile(name, text, len, limits, e);
}

#endif
