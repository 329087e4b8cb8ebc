/* daemon/watch/watch_priv.h - shared by watch.c (the instance, its events), tree.c (looking),
 * crew.c (looking by several), mounts.c (what is mounted below a tree), and follow.c (telling). */
#ifndef DAEMON_WATCH_WATCH_PRIV_H
#define DAEMON_WATCH_WATCH_PRIV_H

#include <pthread.h>
#include <sys/types.h>

#include "common/strbuf.h"
#include "daemon/watch/watch.h"

struct tree;

/* A file whose content was read, and the stat data that it was read under. */
struct entry {
	char *name;
	dev_t dev;
	ino_t ino;
	off_t size;
	int64_t mtime_ns, ctime_ns;
	bool trusted; /* equal stat data means equal content */
	struct digest content;
};

/* A file that is watched itself: what is written through a name that is not in the tree is reported
 * of the file alone. */
struct linked {
	struct linked *next; /* of the directory */
	struct linked *same; /* of the wd */
	dev_t dev;
	ino_t ino;
	struct dir *dir;
	struct wd *wd; /* NULL: gone */
};

struct dir {
	struct tree *tree;
	struct dir *parent, *children, *next; /* children by name */
	char *name;                           /* "" for the root */
	dev_t dev;
	ino_t ino;
	struct wd *wd;
	struct dir *same; /* the next with this wd */
	bool dirty;       /* its own entries */
	bool stale;       /* digest: its own or that of one below it */
	struct digest own, digest;
	struct entry *entries; /* TREE_CONTENT: files, by name */
	size_t n_entries;
	struct linked *linked;
	uint64_t bytes; /* of them */
	size_t files;
	int64_t newest_ns;
};

/* One watch descriptor: the kernel gives one for an inode, whatever the path. */
struct wd {
	int id;
	struct dir *dirs;
	struct linked *files;
	struct followed *followed;
};

struct tree {
	struct tree *next;
	struct watch *w;
	char *path;
	enum tree_kind kind;
	dev_t dev; /* and ino: of the root when it was looked at */
	ino_t ino;
	struct dir *root; /* NULL: not looked at, or to be looked at anew */
	bool busy;        /* a worker looks */
	bool dirty;
	bool lost; /* events may be missing: all of it anew */
	uint64_t state, used;
	uint64_t bytes;
	size_t files, dirs;
	char hex[DIGEST_HEX];
	int64_t newest_ns;
	bool polled;                 /* no watches were left for some of it, */
	int64_t polled_ns;           /* at that time */
	struct digest_ctx *seen_now; /* stat data, while a worker looks */
	struct digest seen;          /* the same of the last look */
	struct digest mounts;        /* what is mounted below it */
	struct err error;            /* why it was beyond a bound, */
	int64_t error_ns;            /* and when (CLOCK_MONOTONIC); 0 = it was not */
};

struct watch {
	int fd;
	int mounts_fd; /* mountinfo of proc(5): polled, it says that there is something new; or -1
	                */
	pthread_mutex_t
	        lock; /* everything below, and all trees but what only a looking worker uses */
	pthread_cond_t idle; /* a tree is no longer busy */
	struct tree *trees;
	struct follower *followers;
	struct wd **wds; /* by id */
	size_t cap_wds;
	unsigned n_wds;
	uint64_t clock; /* of use */
};

/* ---- watch.c ---- */
/* Under the lock. Watches path for dir; -1 with errno's message. */
int wd_attach(struct watch *w, struct dir *d, const char *path, struct err *e) MUST_CHECK;
void wd_detach(struct watch *w, struct dir *d);
/* Under the lock. The file at path, for d; *out is NULL when it cannot be read here. */
int linked_attach(struct watch *w, struct dir *d, const char *path, struct linked **out,
        struct err *e) MUST_CHECK;
void linked_free(struct watch *w, struct linked *list);

/* ---- mounts.c: the kernel reports no mounts by inotify; all under the lock ---- */
void mounts_open(struct watch *w);
void mounts_note(struct tree *t); /* what is mounted below it now */
/* True when the table was changed since it was last asked. */
bool mounts_changed(struct watch *w);
/* Below this tree it is not what was noted. */
bool mounts_differ(const struct tree *t);
/* The wd of a path, as it is watched from now on; NULL with errno's message. */
struct wd *wd_watch(struct watch *w, const char *path, struct err *e);
/* Ends it when nobody wants it. */
void wd_put(struct watch *w, struct wd *x);
/* The error of a machine that has no watches left. */
bool is_crowded(const struct err *e);
struct tree *find_tree(struct watch *w, const char *path, enum tree_kind kind);

/* ---- tree.c ---- */
/* Other machines may write there, of which nothing is reported. */
bool watch_is_remote(int fd);
void dir_mark_all(struct dir *d); /* under the lock: all is looked at anew */
/* Without the lock, but for what it takes itself: t is busy. */
int tree_scan(struct tree *t, struct err *e) MUST_CHECK;
void dir_free(struct dir *d); /* under the lock */
/* Reads d, at path, and all that is below it, as far as it is not known. */
int dir_scan(struct dir *d, struct strbuf *path, unsigned depth, struct err *e) MUST_CHECK;
/* Reads d alone: the next dir_scan() does the rest. */
int dir_expand(struct dir *d, const char *path, struct err *e) MUST_CHECK;

/* ---- crew.c ---- */
/* The first look at a tree that is large: most of it is read by several threads, so that dir_scan()
 * finds it done. */
int crew_read(struct tree *t, struct err *e) MUST_CHECK;

/* ---- follow.c: under the lock ---- */
void follow_tell(struct wd *x, uint32_t mask, const char *name);
void follow_tell_gone(struct wd *x); /* its followers let go of it */
void follow_tell_tree(struct watch *w, const struct tree *t, uint32_t mask);
void follow_tell_lost(struct watch *w);
bool is_followed(const struct watch *w, const struct tree *t);

#endif
