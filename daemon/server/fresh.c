#include "daemon/server/fresh.h"

#include "common/mem.h"
#include "daemon/server/offload.h"

#define IMAGES_MAX 8

struct fresh {
	struct offload o;
	struct image_store *images;
	const char *names[IMAGES_MAX]; /* static */
	size_t n;
	void (*then)(struct request *r);
};

static void work(struct offload *o)
{
	struct fresh *f = (struct fresh *)o;

	for (size_t i = 0; i < f->n; i++)
		image_prepare(f->images, f->names[i], NULL);
}

static void done(struct offload *o)
{
	((struct fresh *)o)->then(o->r);
}

static void release(struct offload *o)
{
	free(o);
}

void fresh_image(struct request *r, const char *name, void (*then)(struct request *r))
{
	const char *const *names = image_names(r->d->images);
	struct fresh f = {
		.o = { .work = work, .answer = done, .release = release },
		.images = r->d->images,
		.then = then,
	};

	for (size_t i = 0; names[i] && f.n < IMAGES_MAX; i++)
		if ((!name || strncmp(name, names[i], strlen(names[i])) == 0) &&
		        !image_is_at_hand(r->d->images, names[i]))
			f.names[f.n++] = names[i];
	if (f.n)
		offload(r, xmemdup(&f, sizeof(f)));
	else
		then(r);
}
