/* daemon/image/store_priv.h - the store, of image.c and prepared.c. */
#ifndef DAEMON_IMAGE_STORE_PRIV_H
#define DAEMON_IMAGE_STORE_PRIV_H

#include "common/map.h"
#include "daemon/image/image_priv.h"

struct host_view;

/* Who needs the files of an imported or prepared image. Loop only. */
struct image_use {
	struct image_use *next;
	struct image_store *store;
	struct image image;
	char *key; /* in by_digest */
	int hold;  /* keeps the files from the sweep of any daemon; -1 once nobody needs them */
	unsigned users;
	bool retired;             /* no name leads to it */
	const struct image *base; /* of a prepared one: what its layer lies over, held like it */
};

/* What a store's sweeps share with its loop. */
struct sweeping {
	atomic_uint asked;   /* since the last one began; 0: none is on its way */
	atomic_uint evicted; /* prepared layers, by all of them */
};

struct image_store {
	struct arena *arena; /* images and their strings */
	char *depot;
	char *unpacker; /* "" before it is told */
	struct image_use *uses;
	struct work_pool *work; /* NULL: nobody sweeps */
	struct arena *names_arena;
	char *data_dir;
	const struct own_dirs *own;
	struct layers *layers;
	struct map *by_digest;
	struct image *scratch, *base;
	struct host_view *hosts;
	struct below *below; /* directories that are copied into image `host` */
	loop_fn *changed;    /* NULL: nobody wants to know */
	void *changed_arg;
	uint64_t prepared_max; /* bytes of prepared layers that are kept */
	struct sweeping *sweeping;
};

/* ---- image.c ---- */

/* By name. at_hand: ERR_BUSY instead of making it. */
struct image *store_find(struct image_store *s, const char *name, const char *const *host_paths,
        bool at_hand, struct err *e);

/* ---- prepared.c ---- */

/* The image of a name with a key. ERR_NOT_FOUND when its layer is not there. */
struct image *store_prepared(struct image_store *s, const char *name, const char *const *host_paths,
        bool at_hand, struct err *e);

#endif
