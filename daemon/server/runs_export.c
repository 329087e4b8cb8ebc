#include "daemon/server/runs_export.h"

#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"
#include "daemon/core/blob.h"
#include "daemon/model/artifact.h"

#define PIECE (64u << 10)

struct file {
	const char *path, *scenario, *name;
	char run[16], sha256[65];
};

struct export
{
	struct arena *arena;
	const char *artifacts_dir;
	struct file *v;
	size_t n, cap, at;
	unsigned sent; /* files that were named */
	int fd;        /* of v[at - 1]; -1 = the next one begins */
};

char *export_dir(const char *cwd, const char *given)
{
	AUTO_STR joined = fs_join(cwd, given);
	AUTO_STR dir = fs_normalize(joined);
	char *real = fs_real_target(dir);

	return real ? real : STEAL(dir);
}

static void add_file(struct export *e, const char *dir, const struct run_result *r,
        const struct scenario_result *s, const struct artifact *a)
{
	const char *run = s->cached && s->cached_from ? s->cached_from : r->id;
	AUTO_STRBUF path = STRBUF_INIT;
	struct file *f;

	artifact_path(&path, dir, s, a);
	e->v = xgrow(e->v, &e->cap, e->n + 1, sizeof(*e->v));
	f = &e->v[e->n++];
	*f = (struct file){ .path = arena_strdup(e->arena, path.s),
		.scenario = arena_strdup(e->arena, s->id),
		.name = arena_strdup(e->arena, a->name) };
	snprintf(f->run, sizeof(f->run), "%s", run);
	memcpy(f->sha256, a->sha256, sizeof(f->sha256));
}

struct export *export_new(const char *artifacts_dir, const char *dir, const struct run_result *r)
{
	struct export *e = xcalloc(1, sizeof(*e));

	e->arena = arena_new();
	e->fd = -1;
	e->artifacts_dir = artifacts_dir;
	for (size_t t = 0; t < r->n_tests; t++) {
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++) {
			const struct scenario_result *s = r->tests[t].scenarios[i];

			for (size_t k = 0; s && k < s->n_artifacts; k++)
				add_file(e, dir, r, s, &s->artifacts[k]);
		}
	}
	if (e->n)
		return e;
	export_free(e);
	return NULL;
}

void export_free(struct export *e)
{
	if (!e)
		return;
	close_fd(&e->fd);
	arena_free(e->arena);
	free(e->v);
	free(e);
}

static void say_gone(struct exchange *x, const struct file *f, const struct err *why)
{
	AUTO_STRBUF text = STRBUF_INIT;

	strbuf_adds(&text, "note[artifacts.gone]: ");
	strbuf_add_visible(&text, f->scenario, strlen(f->scenario));
	strbuf_printf(
	        &text, ": %s is not there any more (of run %s): %s\n", f->name, f->run, why->msg);
	stream_frame(x, 'e', text.s, text.len);
}

static void begin_file(struct export *e, struct exchange *x, unsigned first)
{
	const struct file *f = &e->v[e->at++];
	AUTO_STRBUF name = STRBUF_INIT;
	uint64_t size;
	struct err why;

	e->fd = blob_open(e->artifacts_dir, f->run, f->sha256, &size, &why);
	if (e->fd < 0) {
		say_gone(x, f, &why);
		return;
	}
	frame_put_name(&name, first + e->sent++, f->path);
	stream_write(x, name.s, name.len);
}

/* Who asks again before there are bytes would wait for ever: an empty file goes by. */
bool export_next(struct export *e, struct exchange *x, unsigned first)
{
	char piece[PIECE];
	ssize_t n;

	while (e->fd >= 0) {
		n = read(e->fd, piece, sizeof(piece));
		if (n > 0) {
			stream_file(x, first + e->sent - 1, piece, (size_t)n);
			return true;
		}
		close_fd(&e->fd);
	}
	if (e->at == e->n)
		return false;
	begin_file(e, x, first);
	return true;
}

struct forgotten {
	const char *dir;
	char run[16];
};

static void forget(void *arg)
{
	struct forgotten *f = arg;

	blob_remove(f->dir, f->run);
	free(f);
}

void export_forget(struct work_pool *w, const char *artifacts_dir, const char *run)
{
	struct forgotten *f = xcalloc(1, sizeof(*f));
	struct err e;

	f->dir = artifacts_dir;
	snprintf(f->run, sizeof(f->run), "%s", run);
	if (work_submit(w, forget, NULL, f, &e) < 0)
		forget(f);
}
