/* Images, mounted once: /i/N/lower, the layers above it /i/N/a/M and its views /i/N/b/M, of which
 * every sandbox gets clones. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "daemon/native/launcher/launcher.h"
#include "daemon/native/launcher/sys.h"

static int attach(int tree, const char *at, struct err *e)
{
	struct stat st;

	if (fstat(tree, &st) < 0)
		return err_sys(e, "cannot look at a view");
	if (S_ISDIR(st.st_mode)) {
		if (mkdir(at, 0755) < 0)
			return err_sys(e, "cannot make '%s'", at);
	} else {
		AUTO_FD file = open(at, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0444);

		if (file < 0)
			return err_sys(e, "cannot make '%s'", at);
	}
	if (sys_move_mount(tree, "", AT_FDCWD, at, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_sys(e, "cannot mount '%s'", at);
	return 0;
}

static int attach_view(const struct world *w, const struct idmap *m, const struct view *v,
        const char *at, uint32_t *without, struct err *e)
{
	AUTO_FD tree = world_view(w, v, m, without, e);

	return tree < 0 ? -1 : attach(tree, at, e);
}

static const char *const parts[] = { "", "/a", "/b" };

/* Their places, empty. */
static int make_places(size_t index, struct err *e)
{
	char at[64];

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		snprintf(at, sizeof(at), "/i/%zu%s", index, parts[i]);
		if (mkdir(at, 0755) < 0)
			return err_sys(e, "cannot make '%s'", at);
	}
	return 0;
}

static int mount_layers(struct image_view *im, size_t index, const struct world *w,
        const struct idmap *m, const struct launch_image *rq, struct err *e)
{
	char at[64];

	for (uint32_t i = 0; i <= rq->n_above; i++) {
		struct view layer = { .path = launch_text(rq, i ? &rq->above[i - 1] : &rq->lower),
			.read_only = true };

		if (i)
			snprintf(at, sizeof(at), "/i/%zu/a/%u", index, i - 1);
		else
			snprintf(at, sizeof(at), "/i/%zu/lower", index);
		if (attach_view(w, m, &layer, at, &im->without, e) < 0)
			return -1;
		im->n_above = i;
	}
	return 0;
}

static int mount_image(struct image_view *im, size_t index, const struct world *w,
        const struct idmap *m, const struct launch_image *rq, struct err *e)
{
	char at[64];

	if (make_places(index, e) < 0 || mount_layers(im, index, w, m, rq, e) < 0)
		return -1;
	for (uint32_t i = 0; i < rq->n_binds; i++) {
		/* The machine's own directories, not made for sandboxes: their root is not ours. */
		struct view v = { .path = launch_text(rq, &rq->binds[i].host),
			.read_only = true,
			.foreign = true };

		snprintf(at, sizeof(at), "/i/%zu/b/%u", index, i);
		if (attach_view(w, m, &v, at, &im->without, e) < 0)
			return -1;
		im->at[im->n_binds++] = xstrdup(launch_text(rq, &rq->binds[i].at));
	}
	return 0;
}

void image_add(struct image_table *t, const struct world *w, const struct idmap *m,
        const struct launch_image *rq)
{
	struct err e = { 0 };

	for (size_t i = 0; i < LAUNCH_MAX_IMAGES; i++) {
		struct image_view *im = &t->images[i];

		if (im->present)
			continue;
		*im = (struct image_view){ .present = true, .id = rq->h.id };
		snprintf(im->path_env, sizeof(im->path_env), "%s", launch_text(rq, &rq->path_env));
		if (mount_image(im, i, w, m, rq, &e) < 0)
			im->failure = e;
		return;
	}
	/* A create that names it is told that it is unknown. */
}

/* What is mounted at one place, and the place. */
static void take_away(const char *at)
{
	struct stat st;

	(void)sys_umount(at, SYS_MNT_DETACH);
	if (lstat(at, &st) == 0)
		(void)(S_ISDIR(st.st_mode) ? rmdir(at) : unlink(at));
}

static void take_away_all(const char *part, size_t index, uint32_t n)
{
	char at[64];

	/* One more than there are: making the last one may have failed half-way. */
	for (uint32_t i = 0; i <= n; i++) {
		snprintf(at, sizeof(at), "/i/%zu/%s/%u", index, part, i);
		take_away(at);
	}
}

void image_forget(struct image_table *t, uint64_t id)
{
	char at[64];

	for (size_t i = 0; i < LAUNCH_MAX_IMAGES; i++) {
		struct image_view *im = &t->images[i];

		if (!im->present || im->id != id)
			continue;
		take_away_all("b", i, im->n_binds);
		take_away_all("a", i, im->n_above);
		snprintf(at, sizeof(at), "/i/%zu/lower", i);
		take_away(at);
		for (size_t k = ARRAY_LEN(parts); k-- > 0;) {
			snprintf(at, sizeof(at), "/i/%zu%s", i, parts[k]);
			(void)rmdir(at);
		}
		for (uint32_t k = 0; k < im->n_binds; k++)
			free(im->at[k]);
		*im = (struct image_view){ .present = false };
	}
}

const struct image_view *image_find(const struct image_table *t, uint64_t id)
{
	for (size_t i = 0; i < LAUNCH_MAX_IMAGES; i++)
		if (t->images[i].present && t->images[i].id == id)
			return &t->images[i];
	return NULL;
}

size_t image_index(const struct image_table *t, const struct image_view *im)
{
	return (size_t)(im - t->images);
}
