/* daemon/image/walk_priv.h - directories of a layer that is being unpacked, as the layers below and
 * this one show them together. Of unpack.c; nothing outside of the room. */
#ifndef DAEMON_IMAGE_WALK_PRIV_H
#define DAEMON_IMAGE_WALK_PRIV_H

#include <sys/stat.h>

#include "common/map.h"
#include "common/mem.h"
#include "daemon/image/unpack_priv.h"

#define WALK_MASK_WORDS 2

/* Which of the layers below take part in a directory: bit i is parents[i]. */
struct walk_mask {
	uint64_t w[WALK_MASK_WORDS];
};

/* A directory of our own layer. */
struct walk_dir {
	char *path; /* without links; "" = the root */
	struct walk_mask below;
	bool known; /* below is */
	bool gone;  /* something else has taken its place */
	mode_t mode;
	int64_t uid, gid, mtime_s;
	long mtime_ns;
	const struct unpack_xattr *xattrs;
	size_t n_xattrs;
	struct walk_dir *older; /* made before this one: no child is older than its parent */
};

struct walk {
	int own;
	const int *parents;
	size_t n_parents;
	struct arena *arena;
	struct map *dirs; /* path to struct walk_dir */
	struct walk_dir *newest;
	struct walk_dir *root;
};

void walk_init(struct walk *w, int own, const int *parents, size_t n_parents);
void walk_release(struct walk *w);

/* The directory that literal (without "..") names, links followed as within a root; what is absent
 * is made. ERR_INVALID when a file is in the way. */
struct walk_dir *walk_to(struct walk *w, const char *literal, struct err *e);
/* Makes (or keeps) directory `path`, whose parent is of our layer already. *made: it is new here.
 */
struct walk_dir *walk_make(struct walk *w, const char *path, bool *made, struct err *e);
/* It was removed from our layer. */
void walk_forget(struct walk *w, const char *path);
/* Nothing of the layers below shows through it. */
int walk_make_opaque(struct walk *w, struct walk_dir *dir, struct err *e);
/* Its descriptor (O_PATH); -1. */
int walk_open(const struct walk *w, const struct walk_dir *dir, struct err *e);
bool walk_is_whiteout(const struct stat *st);

#endif
