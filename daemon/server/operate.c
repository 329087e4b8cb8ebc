/* POST /v1/reload, /v1/gc, /v1/shutdown. */
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/server/body.h"
#include "daemon/server/handlers.h"
#include "daemon/wire/wire.h"

/* ---- reload ---- */

static void write_names(struct json *j, const char *key, const char *const *v, size_t n)
{
	json_arr(j, key);
	for (size_t i = 0; i < n; i++)
		json_str(j, NULL, v[i]);
	json_end(j);
}

static void names_text(struct strbuf *out, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		strbuf_printf(out, "%s%s", i ? ", " : " ", v[i]);
}

static void reload_text(const struct reload *l, struct strbuf *out)
{
	strbuf_adds(out, "settings read again");
	if (l->n_changed) {
		strbuf_adds(out, "; changed:");
		names_text(out, l->changed, l->n_changed);
	}
	if (l->n_restart) {
		strbuf_adds(out, "\nafter a restart (clnrm daemon restart):");
		names_text(out, l->restart, l->n_restart);
	}
	strbuf_addc(out, '\n');
}

void handle_reload(struct request *r)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct reload l = { 0 };
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	diags_init(&l.diags, a);
	if (r->d->reload(r->d->arg, &l) < 0) {
		answer_problem(r, "invalid-files", 2,
		        "the settings are invalid; the former ones stay", NULL, &l.diags);
	} else {
		json_obj(&j, NULL);
		write_names(&j, "changed", l.changed, l.n_changed);
		write_names(&j, "restart", l.restart, l.n_restart);
		wire_diags(&j, "diagnostics", &l.diags);
		json_end(&j);
		reload_text(&l, &text);
		answer(r, 0, &json, &text);
	}
	diags_release(&l.diags);
}

/* ---- gc ---- */

struct sweep {
	struct request *r; /* NULL: the client has left */
	bool dry_run;
};

static void on_swept(void *arg, unsigned n, const struct err *e)
{
	struct sweep *s = arg;
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	if (s->r && e) {
		answer_err(s->r, e);
	} else if (s->r) {
		json_obj(&j, NULL);
		json_uint(&j, "swept", n);
		json_bool(&j, "dry_run", s->dry_run);
		json_end(&j);
		if (n)
			strbuf_printf(&text, "%u %s that a crash left\n", n,
			        s->dry_run ? "things would be swept" : "things swept");
		else
			strbuf_adds(&text, "nothing is left of a crash\n");
		answer(s->r, 0, &json, &text);
	}
	free(s);
}

static void on_left(void *arg)
{
	struct sweep *s = arg;

	s->r = NULL;
}

void handle_gc(struct request *r)
{
	struct sweep *s = xcalloc(1, sizeof(*s));

	*s = (struct sweep){ r, request_flag(r, "dry_run") };
	exchange_on_closed(r->x, on_left, s);
	exchange_wait(r->x);
	r->d->gc(r->d->arg, s->dry_run, on_swept, s);
}

/* ---- shutdown ---- */

#define DRAIN_MAX_MS (24 * 3600 * 1000ll)

struct goodbye {
	int64_t drain_ns; /* -1 = not given */
	const char *if_build;
};

#define AT(member) .at = offsetof(struct goodbye, member)
static const struct field fields[] = {
	{ .name = "drain_ms", .type = FIELD_TIME, AT(drain_ns), .max = INT64_MAX / NS_PER_MS },
	{ .name = "if_build", .type = FIELD_TEXT, AT(if_build) },
};
#undef AT

struct ending {
	const struct server_deps *d;
	int64_t drain_ms;
};

static void end(void *arg)
{
	struct ending *w = arg;

	w->d->shutdown(w->d->arg, w->drain_ms);
	free(w);
}

static void other_build(struct request *r, const char *theirs)
{
	AUTO_STRBUF extra = STRBUF_INIT;

	strbuf_adds(&extra, ",\"daemon_build\":");
	json_quote(&extra, r->d->build, strlen(r->d->build));
	strbuf_adds(&extra, ",\"client_build\":");
	json_quote(&extra, theirs, strlen(theirs));
	answer_problem_with(
	        r, "version-skew", 6, "the daemon is of another build", NULL, NULL, extra.s);
}

void handle_shutdown(struct request *r)
{
	struct strbuf text = { .s = strbuf_empty };
	AUTO_STRBUF json = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	CLEANUP(arena_free) struct arena *a = arena_new();
	struct goodbye g = { .drain_ns = -1 };

	if (body_decode(r, fields, ARRAY_LEN(fields), a, &g) < 0)
		return;
	if (g.if_build && strcmp(g.if_build, r->d->build) != 0) {
		other_build(r, g.if_build);
		return;
	}

	int64_t drain_ms = g.drain_ns < 0 ? -1 : g.drain_ns / NS_PER_MS;

	struct ending *w = xmalloc(sizeof(*w));

	*w = (struct ending){ r->d, drain_ms > DRAIN_MAX_MS ? DRAIN_MAX_MS : drain_ms };
	json_obj(&j, NULL);
	json_str(&j, "state", "ending");
	json_end(&j);
	/* Once the answer is out, so that it is never cut off by what it announces. */
	exchange_on_over(r->x, end, w);
	answer_accepted(r, 0, &json, &text);
}
