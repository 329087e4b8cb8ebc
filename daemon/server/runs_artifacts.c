/* GET /v1/runs/{id}/artifacts: files that scenarios of a run have kept;
 * GET /v1/runs/{id}/artifacts/{name}: one of them, by "TEST/SCENARIO/NAME". */
#include <string.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"
#include "daemon/core/blob.h"
#include "daemon/server/handlers.h"
#include "daemon/server/history.h"
#include "daemon/server/listing.h"
#include "daemon/wire/wire.h"

#define PIECE (64u << 10)

struct kept {
	const char *scenario, *name, *sha256, *run; /* run: that has the file */
	uint64_t bytes;
	bool gone;
};

struct asked {
	struct offload o;
	struct arena *arena;
	struct store *store;
	const char *dir, *ref, *wanted; /* wanted: NULL = the list */
	/* What the worker makes. */
	struct run_result *result;
	struct kept *v;
	size_t n, cap;
	int fd; /* of the one that is wanted */
	bool is_one;
	struct err e;
};

/* ---- on a worker ---- */

/* A result of the past shows the files of the run that ran it, as long as they are there. */
static const char *owner_of(const struct run_result *r, const struct scenario_result *s)
{
	return s->cached && s->cached_from ? s->cached_from : r->id;
}

static void add_kept(struct asked *a, const struct scenario_result *s, const struct artifact *x)
{
	AUTO_STR full = xasprintf("%s/%s", s->id, x->name);
	struct kept k = { .scenario = s->id,
		.name = x->name,
		.sha256 = x->sha256,
		.run = owner_of(a->result, s),
		.bytes = x->bytes };
	uint64_t size;

	if (a->wanted && strcmp(a->wanted, full) != 0)
		return;
	AUTO_FD fd = blob_open(a->dir, k.run, k.sha256, &size, &a->e);
	k.gone = fd < 0;
	a->v = xgrow(a->v, &a->cap, a->n + 1, sizeof(*a->v));
	a->v[a->n++] = k;
	a->is_one |= a->wanted != NULL;
	if (a->wanted && fd >= 0 && a->fd < 0)
		a->fd = steal_fd(&fd);
}

static void work(struct offload *o)
{
	struct asked *a = (struct asked *)o;

	a->result = history_load(a->store, a->ref, &a->e);
	for (size_t t = 0; a->result && t < a->result->n_tests; t++) {
		const struct test_outcome *test = &a->result->tests[t];

		for (size_t i = 0; i < test->n_scenarios; i++) {
			const struct scenario_result *s = test->scenarios[i];

			for (size_t k = 0; s && k < s->n_artifacts; k++)
				add_kept(a, s, &s->artifacts[k]);
		}
	}
}

static void release(struct offload *o)
{
	struct asked *a = (struct asked *)o;

	if (a->result)
		run_result_free(a->result);
	close_fd(&a->fd);
	free(a->v);
	arena_free(a->arena);
	free(a);
}

/* ---- the list ---- */

static void cell_name(const void *row, struct strbuf *out)
{
	cell_text(out, ((const struct kept *)row)->name);
}

static void cell_scenario(const void *row, struct strbuf *out)
{
	cell_text(out, ((const struct kept *)row)->scenario);
}

static void cell_size(const void *row, struct strbuf *out)
{
	cell_bytes(out, ((const struct kept *)row)->bytes);
}

static double number_size(const void *row)
{
	return (double)((const struct kept *)row)->bytes;
}

static void cell_sha(const void *row, struct strbuf *out)
{
	cell_digest(out, ((const struct kept *)row)->sha256);
}

static void cell_run(const void *row, struct strbuf *out)
{
	const struct kept *k = row;

	cell_text(out, k->run);
	if (k->gone)
		strbuf_adds(out, " (gone)");
}

static const struct column columns[] = {
	{ "SCENARIO", "scenario", cell_scenario, NULL },
	{ "NAME", "name", cell_name, NULL },
	{ "SIZE", "bytes", cell_size, number_size },
	{ "SHA-256", "sha256", cell_sha, NULL },
	{ "RUN", "run", cell_run, NULL },
	{ 0 },
};

static void list_json(const struct asked *a, struct strbuf *out)
{
	struct json j = JSON_INIT(out);

	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.artifacts/1");
	json_str(&j, "run", a->result->id);
	json_arr(&j, "artifacts");
	for (size_t i = 0; i < a->n; i++) {
		json_obj(&j, NULL);
		json_str(&j, "scenario", a->v[i].scenario);
		json_str(&j, "name", a->v[i].name);
		json_uint(&j, "bytes", a->v[i].bytes);
		json_str(&j, "sha256", a->v[i].sha256);
		json_str(&j, "run", a->v[i].run);
		json_bool(&j, "gone", a->v[i].gone);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	strbuf_addc(out, '\n');
}

static void answer_list(struct asked *a)
{
	AUTO_STRBUF json = STRBUF_INIT, text = STRBUF_INIT;
	struct listing l = { columns, a->v, a->n, sizeof(*a->v) };

	if (listing_arrange(a->o.r, &l) < 0)
		return;
	a->n = l.n;
	list_json(a, &json);
	listing_text(a->o.r, &l, &text);
	answer(a->o.r, 0, &json, &text);
}

/* ---- one of them ---- */

struct sending {
	struct request *r;
	int fd;
};

static void free_sending(void *arg)
{
	struct sending *s = arg;

	close_fd(&s->fd);
	free(s);
}

static void on_pull(void *arg)
{
	struct sending *s = arg;
	struct request *r = s->r;
	char piece[PIECE];
	ssize_t n = read(s->fd, piece, sizeof(piece));

	if (n > 0 && r->form == FORM_FRAMES) {
		stream_frame(r->x, 'o', piece, (size_t)n);
	} else if (n > 0) {
		stream_write(r->x, piece, (size_t)n);
	} else {
		exchange_on_pull(r->x, NULL, NULL);
		if (r->form == FORM_FRAMES)
			stream_exit(r->x, n < 0 ? 5 : 0);
		stream_end(r->x);
		free_sending(s);
	}
}

static void answer_one(struct asked *a)
{
	struct request *r = a->o.r;
	struct sending *s = xcalloc(1, sizeof(*s));

	s->r = r;
	s->fd = steal_fd(&a->fd);
	exchange_on_closed(r->x, free_sending, s);
	exchange_on_pull(r->x, on_pull, s);
	stream_open_as(r, "application/octet-stream");
}

static void reply(struct offload *o)
{
	struct asked *a = (struct asked *)o;

	if (!a->result)
		history_refuse(o->r, &a->e);
	else if (!a->wanted)
		answer_list(a);
	else if (a->fd >= 0)
		answer_one(a);
	else if (a->is_one)
		answer_problem(o->r, "gone", 3, "this file is not there any more",
		        "it went with the run that ran the scenario", NULL);
	else
		answer_problem(o->r, "not-found", 3, "the run has kept no such file",
		        "clnrm runs show RUN --artifacts lists them", NULL);
}

static void ask(struct request *r, const char *wanted)
{
	struct asked *a = xcalloc(1, sizeof(*a));

	a->o = (struct offload){ .work = work, .answer = reply, .release = release };
	a->arena = arena_new();
	a->store = r->d->store;
	a->dir = r->d->artifacts_dir;
	a->ref = arena_strdup(a->arena, r->part);
	a->wanted = arena_strdup(a->arena, wanted);
	a->fd = -1;
	offload(r, &a->o);
}

void handle_artifact_list(struct request *r)
{
	ask(r, NULL);
}

/* The name may hold '/': it is all that follows. */
void handle_artifact_show(struct request *r)
{
	static const char between[] = "/artifacts/";
	const char *at = strstr(r->path, between);

	ask(r, at ? at + strlen(between) : "");
}
