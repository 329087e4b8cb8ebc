/* GET /v1/status: what `clnrm daemon status` shows. */
#include "common/build.h"
#include "common/clock.h"
#include "common/num.h"
#include "daemon/server/handlers.h"
#include "daemon/server/listing.h"
#include "daemon/server/survey.h"
#include "daemon/wire/wire.h"

struct figures {
	unsigned active;
	uint64_t runs;
	unsigned warm, busy, kept;
	int64_t up_ns;
};

#define CACHE(name_, cache_)                                                       \
	{                                                                          \
		name_, METRIC_CACHE_HITS_##cache_, METRIC_CACHE_MISSES_##cache_,   \
		        METRIC_CACHE_ENTRIES_##cache_, METRIC_CACHE_BYTES_##cache_ \
	}
static const struct {
	const char *name;
	enum metric hits, misses, entries, bytes;
} caches[] = {
	CACHE("templates", TEMPLATES),
	CACHE("renders", RENDERS),
	CACHE("configs", CONFIGS),
	CACHE("results", RESULTS),
	CACHE("reasons", REASONS),
};

static struct figures count(const struct request *r)
{
	const struct metrics *m = r->d->metrics;

	return (struct figures){
		.active = runner_active(r->d->runner),
		.runs = runner_total(r->d->runner),
		.warm = (unsigned)metrics_value(m, METRIC_POOL_SIZE),
		.busy = (unsigned)metrics_value(m, METRIC_POOL_BUSY),
		.kept = runner_kept(r->d->runner),
		.up_ns = clock_wall_ns() - r->d->started_wall_ns,
	};
}

static uint64_t memory(const struct survey *s)
{
	return s->footprint.daemon + s->footprint.launcher + s->footprint.sandboxes;
}

/* ---- text ---- */

/* Those that were asked. */
static void caches_text(const struct metrics *m, struct strbuf *out)
{
	bool any = false;

	strbuf_adds(out, "caches   ");
	for (size_t i = 0; i < ARRAY_LEN(caches); i++) {
		int64_t hits = metrics_value(m, caches[i].hits);
		int64_t all = hits + metrics_value(m, caches[i].misses);

		if (!all)
			continue;
		strbuf_printf(out, "%s%s %lld %%", any ? ", " : "", caches[i].name,
		        (long long)(hits * 100 / all));
		any = true;
	}
	strbuf_adds(out, any ? " hits\n" : "not asked yet\n");
}

static void history_text(const struct request *r, const struct survey *s, struct strbuf *out)
{
	if (!r->d->store) {
		strbuf_adds(out, "       history  off\n");
		return;
	}
	strbuf_adds(out, "       history  ");
	size_format(out, s->history.bytes);
	strbuf_printf(out, ", %u runs%s\n", s->history.runs, s->history.failed ? " (failed)" : "");
}

static void status_text(const struct request *r, const struct survey *s, const struct figures *f,
        struct strbuf *out)
{
	strbuf_printf(
	        out, "clnrmd %s (%s)  pid %d, up ", r->d->version, build_commit(), (int)getpid());
	dur_format(out, f->up_ns);
	strbuf_printf(out, ", started by %s\nsocket   %s\nengines  %s\n", r->d->started_by,
	        r->d->socket_path, r->d->engine->ops->describe(r->d->engine));
	strbuf_printf(out, "runs     %u running, ", f->active);
	cell_count(out, f->runs);
	strbuf_printf(out, " since start     sandboxes  %u warm, %u busy, %u kept\nmemory   ",
	        f->warm, f->busy, f->kept);
	size_format(out, memory(s));
	strbuf_printf(out, " in %u processes", s->footprint.processes);
	history_text(r, s, out);
	caches_text(r->d->metrics, out);
	if (!r->d->idle_exit_ns) {
		strbuf_adds(out, "idle     never exits\n");
		return;
	}
	strbuf_adds(out, "idle     exits after ");
	dur_format(out, r->d->idle_exit_ns);
	strbuf_adds(out, " without work\n");
}

/* ---- JSON ---- */

static void write_engines(struct json *j, const struct request *r)
{
	json_arr(j, "engines");
	json_obj(j, NULL);
	json_str(j, "name", r->d->engine->ops->name);
	json_str(j, "description", r->d->engine->ops->describe(r->d->engine));
	json_end(j);
	json_end(j);
}

static void write_work(struct json *j, const struct figures *f)
{
	json_obj(j, "runs");
	json_uint(j, "active", f->active);
	json_uint(j, "total", f->runs);
	json_end(j);
	json_obj(j, "sandboxes");
	json_uint(j, "warm", f->warm);
	json_uint(j, "busy", f->busy);
	json_uint(j, "kept", f->kept);
	json_end(j);
}

static void write_caches(struct json *j, const struct request *r)
{
	const struct metrics *m = r->d->metrics;

	json_obj(j, "caches");
	for (size_t i = 0; i < ARRAY_LEN(caches); i++) {
		json_obj(j, caches[i].name);
		json_int(j, "hits", metrics_value(m, caches[i].hits));
		json_int(j, "misses", metrics_value(m, caches[i].misses));
		json_int(j, "entries", metrics_value(m, caches[i].entries));
		json_int(j, "bytes", metrics_value(m, caches[i].bytes));
		json_end(j);
	}
	json_end(j);
}

static void answer_status(struct request *r, const struct survey *s)
{
	const struct figures f = count(r);
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.status/1");
	json_bool(&j, "running", true);
	json_str(&j, "version", r->d->version);
	json_str(&j, "build", r->d->build);
	json_int(&j, "pid", getpid());
	json_ms(&j, "uptime_ms", (double)f.up_ns / NS_PER_MS);
	json_str(&j, "started_by", r->d->started_by);
	json_str(&j, "socket", r->d->socket_path);
	write_engines(&j, r);
	write_work(&j, &f);
	json_uint(&j, "memory_bytes", memory(s));
	json_uint(&j, "processes", s->footprint.processes);
	json_uint(&j, "history_bytes", s->history.bytes);
	json_uint(&j, "history_runs", s->history.runs);
	write_caches(&j, r);
	json_int(&j, "idle_exit_ms", r->d->idle_exit_ns / NS_PER_MS);
	json_end(&j);
	status_text(r, s, &f, &text);
	answer(r, 0, &json, &text);
}

void handle_status_show(struct request *r)
{
	survey_start(r, answer_status);
}
