/* daemon/cache/cache_priv.h - what the files of the cache share: cache.c (test files, settings),
 * same.c (what makes two requests alike), identity.c (what makes two states of a file alike). */
#ifndef DAEMON_CACHE_CACHE_PRIV_H
#define DAEMON_CACHE_CACHE_PRIV_H

#include <sys/types.h>

#include "daemon/cache/cache.h"
#include "daemon/cache/depends.h"
#include "daemon/core/digest.h"

/* ---- identity.c ---- */

struct identity {
	dev_t dev;
	ino_t ino;
	off_t size;
	mode_t mode;
	int64_t mtime_ns, ctime_ns;
};

/* False when there is no such file. */
bool identity_of(const char *path, struct identity *out);
bool identity_equal(const struct identity *a, const struct identity *b);
/* Stamps of a file that was last written this shortly before it was read may stay the same over the
 * next write: only content tells then. */
bool stamp_is_old(int64_t newest_ns, int64_t read_wall_ns);
int64_t identity_newest(const struct identity *x);
/* The SHA-256 of what is there, and the identity that it was read under; *trusted: equal stat data
 * will mean equal content. False when it cannot be read. */
bool identity_digest(const char *path, size_t max, char sha256[DIGEST_HEX], struct identity *id,
        bool *trusted) MUST_CHECK;
/* Stat data of this file system cannot be relied on: other machines write to it. */
bool is_remote(const char *path);

/* ---- same.c ---- */

bool flags_equal(const struct config_flags *a, const struct config_flags *b);
/* The same; otherwise *why says which one differs. */
bool flags_hold(
        const struct config_flags *was, const struct config_flags *now, struct depends_why *why);
struct client_env env_copy(const struct client_env *env, struct arena *a);
/* Every variable of part has the same value in all. */
bool env_covers(const struct client_env *all, const struct client_env *part);
/* Finds what may be equal bytes; that they are has to be compared. A digest of SHA-256 costs
 * several times what both do. */
uint64_t content_hash(const char *p, size_t n);
/* All that a file could see of them is the same. */
bool settings_equal(const struct settings *a, const struct settings *b);

#endif
