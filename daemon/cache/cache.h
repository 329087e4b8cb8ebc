/* daemon/cache/cache.h - parsed and checked test files, kept while their content is the same.
 *
 * Keyed by real path; valid while stat data is unchanged under the racy-timestamp rule, else while
 * the SHA-256 of the content, the settings and the environment that the file used are unchanged.
 * Bounded by entries and bytes, least recently used first. Thread: the loop's only, but for
 * config_loading_work().
 */
#ifndef DAEMON_CACHE_CACHE_H
#define DAEMON_CACHE_CACHE_H

#include "daemon/cache/depends.h"
#include "daemon/cache/lru.h"
#include "daemon/config/config.h"
#include "daemon/core/digest.h"
#include "daemon/core/metrics.h"

struct config_cache;

/* own: as in settings_load(); it outlives the cache. */
struct config_cache *config_cache_new(
        struct metrics *m, size_t max_entries, size_t max_bytes, const struct own_dirs *own);
void config_cache_free(struct config_cache *c);
/* Where templates of the files are kept; comes with all settings from now on. It outlives them. */
struct memo;
void config_cache_set_memo(struct config_cache *c, const struct memo *memo);

/* The checked file, parsed anew or from the cache (*hit). force skips the look-up. need as in
 * config_load(); a file that needs more environment is never kept. Never NULL; the caller owns one
 * reference. */
struct test_file *config_cache_load(struct config_cache *c, const char *path, const char *real,
        const struct settings *s, const struct client_env *env, const struct config_flags *flags,
        bool force, bool *hit, struct str_list *need, struct arena *need_arena);

/* The file from the cache if stat data, its own and that of all it was made from, says that it is
 * the same; else NULL: then the others look closer. Costs a stat(2) for each of them. */
struct test_file *config_cache_hit(struct config_cache *c, const char *path, const char *real,
        const struct settings *s, const struct client_env *env, const struct config_flags *flags,
        struct str_list *need, struct arena *need_arena);

/* The same for a file that would hold up the loop, because it is large or a template, in three
 * steps. NULL when config_cache_load() is quick enough. All that is given stays as it is until the
 * end. With text not NULL that is what the file would hold, and nothing is kept; NULL when
 * config_load() is quick enough for it. */
struct config_loading *config_loading_new(struct config_cache *c, const char *path,
        const char *real, const char *text, size_t len, const struct settings *s,
        const struct client_env *env, const struct config_flags *flags);
/* Any thread; the only one that uses l then. */
void config_loading_work(struct config_loading *l);
/* What config_cache_load() gives; l is gone. */
struct test_file *config_loading_end(
        struct config_loading *l, bool *hit, struct str_list *need, struct arena *need_arena);

/* Settings of the project of directory dir, kept the same way. One reference. */
struct settings *config_cache_settings(struct config_cache *c, const char *dir,
        const struct client_env *env, const struct config_flags *flags, uint64_t uid);

void config_cache_clear(struct config_cache *c);
struct cache_fill config_cache_fill(const struct config_cache *c); /* test files */

/* What is known of a file. */
struct known_file {
	char sha256[DIGEST_HEX];
	int64_t size, mtime_ns;
	bool by_stat; /* equal stat data would be taken for equal content: it was old enough */
	bool same_stat;
	struct depends_why missed; /* why it was parsed last although it had been before */
	struct depends *deps;      /* other files that it was made from: a reference, or NULL */
};
/* False when nothing is kept of the file with this real path. */
bool config_cache_known(const struct config_cache *c, const char *real, struct known_file *out);
/* Calls each for every test file that is kept and was made from the file at path too; for one that
 * is kept for several requests, several times. */
void config_cache_users(const struct config_cache *c, const char *path,
        void (*each)(void *arg, const char *real), void *arg);

#endif
