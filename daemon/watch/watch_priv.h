/* daemon/watch/watch_priv.h - shared by watch.c (the instance, its events) and tree.c (looking). */
#ifndef DAEMON_WATCH_WATCH_PRIV_H
#define DAEMON_WATCH_WATCH_PRIV_H

#include <pthread.h>
#include <sys/types.h>

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
	uint64_t bytes; /* of them */
	size_t files;
	int64_t newest_ns;
};

/* One watch descriptor: the kernel gives one for an inode, whatever the path. */
struct wd {
	int id;
	struct dir *dirs;
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
};

struct watch {
	int fd;
	pthread_mutex_t
	        lock; /* everything below, and all trees but what only a looking worker uses */
	pthread_cond_t idle; /* a tree is no longer busy */
	struct tree *trees;
	struct wd **wds; /* by id */
	size_t cap_wds;
	unsigned n_wds;
	uint64_t clock; /* of use */
};

/* ---- watch.c ---- */
/* Under the lock. Watches path for dir; -1 with errno's message. */
int wd_attach(struct watch *w, struct dir *d, const char *path, struct err *e) MUST_CHECK;
void wd_detach(struct watch *w, struct dir *d);

/* ---- tree.c ---- */
/* Without the lock, but for what it takes itself: t is busy. */
int tree_scan(struct tree *t, struct err *e) MUST_CHECK;
void dir_free(struct dir *d); /* under the lock */

#endif
