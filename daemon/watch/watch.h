/* daemon/watch/watch.h - what directory trees hold, kept current by inotify(7).
 *
 * A tree that was looked at once is watched: as long as the kernel reports nothing, its digest is
 * known without asking the file system again. The kernel queues an event before the call that
 * caused it returns, so that after watch_drain() nothing that happened before is missed; changes
 * through a mapping are reported when the mapping is gone (the last close of its file).
 *
 * What is written to a file through another name, outside of the tree, is not reported of its
 * directory: files of a TREE_CONTENT are watched themselves, of a TREE_STAT those that have several
 * names when they are looked at. What is mounted below a tree is looked up when the table of mounts
 * changes.
 *
 * When no watches are left, a TREE_CONTENT is polled: it is never known without a look, which reads
 * the stat data of all of it. What else cannot be watched (a remote file system) cannot be known:
 * it is an error that says so, never a guess.
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
#include "daemon/core/loop.h"
#include "daemon/core/work.h"

struct watch;

enum tree_kind {
	TREE_CONTENT, /* names, modes, owners, attributes, contents, link targets: time stamps do
	                 not count */
	TREE_STAT,    /* names and stat data, times included: for what is large */
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
	bool polled; /* nothing tells of changes; state counts looks that found other stat data */
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
/* Looks at what has changed, or at all of it the first time. ERR_LIMIT: beyond the bounds, or (of a
 * TREE_STAT) no watches left; ERR_BUSY: it keeps changing; else as the file system says. */
int watch_look(struct watch *w, const char *path, enum tree_kind kind, struct tree_id *out,
        struct err *e) MUST_CHECK;
/* Nothing happened in the tree since *id was given. Drains. Never true of a polled one. */
bool watch_unchanged(
        struct watch *w, const char *path, enum tree_kind kind, const struct tree_id *id);

/* Directories and files that are watched. */
unsigned watch_count(struct watch *w);

/* ---- news, for who wants to act on them ---- */

enum news_kind {
	NEWS_ENTRY, /* something happened to an entry of a followed directory */
	NEWS_DIR,   /* something may have happened to entries of one that is polled */
	NEWS_GONE,  /* a followed directory is gone, or at its path no more */
	NEWS_TREE,  /* something happened in a followed tree */
	NEWS_LOST,  /* the kernel dropped events: anything may have happened */
};

/* Of a tree: something was written to its end, or moved there; else more may come at once. */
#define NEWS_WHOLE 1u

struct news {
	enum news_kind kind;
	uint32_t mask;    /* NEWS_ENTRY: of inotify(7); NEWS_TREE: NEWS_WHOLE or 0 */
	const char *path; /* of the directory or tree, as it was given; NULL for NEWS_LOST */
	const char *name; /* NEWS_ENTRY */
	int64_t at_ns;    /* when it was read, monotonic */
};

/* All of this on the loop's thread; fn is called from the loop, never from inside these. */
struct follower;
typedef void news_fn(void *arg, const struct news *n);
struct follower *follower_new(
        struct watch *w, struct loop *l, struct work_pool *work, news_fn *fn, void *arg);
void follower_free(struct follower *f); /* fn is not called any more */
/* The entries of one directory, not those below it. Following it once more changes nothing.
 * *added says whether it is new. When no watches are left, and where other machines may write, a
 * worker looks at it each second: then *e says why. */
int follow_dir(struct follower *f, const char *path, bool *added, struct err *e) MUST_CHECK;
/* Everything in a TREE_CONTENT, from the next watch_look() at it on; it is not forgotten for
 * others. True when it is new. */
bool follow_tree(struct follower *f, const char *path);
/* A tree that is followed turned out to be polled: each second it is told of, until it is not. */
void follow_polled(struct follower *f);

#endif
