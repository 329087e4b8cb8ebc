/* daemon/cache/renders.h - what templates printed, kept under all that it depends on.
 *
 * The key is the request: which template, how it is named, and the variables, seed, clock, policy
 * and settings that it is rendered with. What a render sees beyond that is written down with it and
 * looked at again: the template's content, the files that it includes, where such a file was looked
 * for in vain, and variables of the environment. What reads the real clock or draws unseeded chance
 * is not kept, nor is what gives a finding. Bounded by entries and bytes, least recently used
 * first. Thread: any.
 */
#ifndef DAEMON_CACHE_RENDERS_H
#define DAEMON_CACHE_RENDERS_H

#include "daemon/cache/depends.h"
#include "daemon/cache/lru.h"
#include "daemon/config/config.h"
#include "daemon/core/metrics.h"

struct render_cache;

/* m is borrowed: what is hit, missed and held is counted there. */
struct render_cache *render_cache_new(struct metrics *m, size_t max_entries, size_t max_bytes);
void render_cache_free(struct render_cache *c);
void render_cache_clear(struct render_cache *c);
struct cache_fill render_cache_fill(struct render_cache *c);

/* A request. All is borrowed. */
struct render_ask {
	const char *kind;    /* how it is rendered; static */
	const char *shown;   /* how it is named in what it prints */
	const char *real;    /* absolute; NULL: text is given */
	const char *root;    /* where others are looked for, or NULL */
	const char *text;    /* instead of the file's */
	size_t len;          /* of text */
	const char *context; /* JSON, as it was sent */
	size_t context_len;
	const struct settings *s;
	const struct client_env *env;
	const struct config_flags *flags;
};

struct render_text {
	const char *name, *text; /* a cell; text may hold NULs */
	size_t len;
};

/* What was printed. References are counted. */
struct render_kept {
	struct render_text *v;
	size_t n;
};
void render_kept_unref(const struct render_kept *k);
CLEANUP_FN(render_kept_unref, const struct render_kept *)

/* A reference, or NULL with *why: what is not as it was when the same template was rendered last,
 * if it was. Looks at files. Counts a hit. */
const struct render_kept *render_cache_get(
        struct render_cache *c, const struct render_ask *ask, struct depends_why *why);

/* Keeps copies, and counts a miss. why: of render_cache_get(). sha256: of the template's
 * file, NULL when there is none or from names it. What must not be kept is not, and what was kept
 * under the request goes. n 0: it was not rendered. */
void render_cache_put(struct render_cache *c, const struct render_ask *ask,
        const struct depends_why *why, const struct made_from *from, const char *sha256,
        const struct render_text *v, size_t n, int64_t build_ns);

/* What is known of a template, for `why`. */
struct render_known {
	size_t n;                  /* requests under which text of it is kept */
	const char *never;         /* why the last one is not, or NULL; static */
	struct depends_why missed; /* why it was rendered last although it had been before */
	struct depends *deps;      /* of the one used last: a reference, or NULL */
};
/* False when nothing is. */
bool render_cache_known(struct render_cache *c, const char *real, struct render_known *out);
/* Calls each, under the lock, for every template that is kept and was rendered from the file at
 * path too. */
void render_cache_users(struct render_cache *c, const char *path,
        void (*each)(void *arg, const char *real), void *arg);

#endif
