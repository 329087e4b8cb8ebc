/* daemon/watch/watch.h - what directory trees hold, kept current by inotify(7).
 *
 * A tree that was looked at once is watched: as long as the kernel reports nothing, its digest is
 * known without asking the file system again. The kernel queues an event before the call that
 * caused it returns, so that after watch_drain() nothing that happened before is missed; changes
 * through a mapping are reported when the mapping is gone (the last close of its file).
 *
 * What cannot be watched (a remote file system, no watches left) cannot be known: it is an error
 * that says so, never a guess.
 *
 * Thread: watch_drain(), watch_known() and watch_unchanged() do not block and may be called from
 * any thread; watch_look() reads directories and files and is for workers.
 */
#ifndef DAEMON_WATCH_WATCH_H
#define DAEMON_WATCH_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "daemon/core/digest.h"

struct watch;

enum tree_kind {
	TREE_CONTENT, /* names, modes, owners, contents, link targets: time stamps do not count */
	TREE_STAT, /* names and stat data, times included, of one file system: for what is large */
};

/* Bounds of a TREE_CONTENT (pool-facts: more is not worth hashing). */
#define TREE_MAX_FILES 10000u
#define TREE_MAX_BYTES (256u << 20)
/* Of a TREE_STAT. */
#define TREE_MAX_DIRS 100000u

struct tree_id {
	char hex[DIGEST_HEX];
	uint64_t state; /* counts what was reported of the tree: equal = nothing happened since */
	int64_t newest_ns; /* latest ctime of what is in it, CLOCK_REALTIME */
};

/* NULL when the machine gives no inotify instance: nothing can be known then. */
struct watch *watch_new(struct err *e);
void watch_free(struct watch *w); /* no watch_look() may be under way */
/* Readable when events wait: whoever owns the loop calls watch_drain() then, lest the queue of the
 * kernel overflows. */
int watch_fd(const struct watch *w);
void watch_drain(struct watch *w);

/* True when the tree was looked at and nothing happened in it since. Drain first. */
bool watch_known(struct watch *w, const char *path, enum tree_kind kind, struct tree_id *out);
/* Looks at what has changed, or at all of it the first time. ERR_LIMIT: beyond the bounds, or no
 * watches left; ERR_BUSY: it keeps changing; else as the file system says. */
int watch_look(struct watch *w, const char *path, enum tree_kind kind, struct tree_id *out,
        struct err *e) MUST_CHECK;
/* Nothing happened in the tree since *id was given. Drains. */
bool watch_unchanged(
        struct watch *w, const char *path, enum tree_kind kind, const struct tree_id *id);

/* Directories that are watched. */
unsigned watch_count(struct watch *w);

#endif
