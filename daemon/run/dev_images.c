/* Images by their names: an import may give a name to another content, and whoever runs in it has
 * to run again. */
#include <stdio.h>
#include <string.h>

#include "daemon/run/dev_priv.h"

/* Those that no import can name. */
static bool is_built_in(const char *name)
{
	static const char *const names[] = { "host", "scratch", "clnrm/base" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t n = strlen(names[i]);

		if (strncmp(name, names[i], n) == 0 && (!name[n] || name[n] == ':'))
			return true;
	}
	return false;
}

static void look(struct dev *d, struct watched_image *x)
{
	struct err e;
	const struct image *image = image_look(d->r->d.images, x->name, &e);

	snprintf(x->digest, sizeof(x->digest), "%s", image ? image->digest : "");
}

static struct watched_image *image_of(struct dev *d, const char *name)
{
	struct watched_image *x = map_get(d->images, name);

	if (x)
		return x;
	x = xcalloc(1, sizeof(*x) + strlen(name) + 1);
	memcpy(x->name, name, strlen(name) + 1);
	map_put(d->images, name, x);
	look(d, x);
	return x;
}

static void add_image(struct known *k, struct watched_image *x)
{
	for (size_t i = 0; i < k->n_images; i++)
		if (k->images[i] == x)
			return;
	k->images =
	        xgrow(k->images, &k->cap_images, k->n_images + 1, sizeof(struct watched_image *));
	k->images[k->n_images++] = x;
}

static void take_scenario(struct dev *d, struct known *k, const struct scenario *sc)
{
	for (size_t i = 0; i < sc->n_places; i++)
		if (!is_built_in(sc->places[i].spec.image))
			add_image(k, image_of(d, sc->places[i].spec.image));
}

/* What an invalid file ran in when it was valid is none of it: another image does not mend it. */
void images_take(struct dev *d, struct known *k, const struct test_file *f)
{
	k->n_images = 0;
	for (size_t t = 0; t < f->n_tests; t++)
		for (size_t i = 0; i < f->tests[t].n_scenarios; i++)
			take_scenario(d, k, &f->tests[t].scenarios[i]);
}

static bool users_pending(struct dev *d, const struct watched_image *x)
{
	bool any = false;

	for (size_t i = 0; i < d->n_list; i++)
		for (size_t n = 0; n < d->list[i]->n_images; n++)
			if (d->list[i]->images[n] == x) {
				file_pending(d->list[i], true);
				any = true;
			}
	return any;
}

void images_check(struct dev *d)
{
	const char *name;
	bool any = false;
	size_t at = 0;
	void *x;

	while (map_next(d->images, &at, &name, &x)) {
		struct watched_image *image = x;
		char was[DIGEST_HEX];

		memcpy(was, image->digest, sizeof(was));
		look(d, image);
		if (strcmp(was, image->digest) != 0)
			any |= users_pending(d, image);
	}
	if (any)
		dev_saved(d, clock_ns());
}
