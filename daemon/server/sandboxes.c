/* GET /v1/sandboxes: what `clnrm ps` shows. */
#include "common/clock.h"
#include "daemon/server/handlers.h"
#include "daemon/server/listing.h"
#include "daemon/wire/wire.h"

#define MAX_ROWS 4096 /* more than a daemon may have alive */

static void cell_id(const void *row, struct strbuf *out)
{
	cell_text(out, ((const struct sandbox_row *)row)->id);
}

static void cell_state(const void *row, struct strbuf *out)
{
	cell_text(out, ((const struct sandbox_row *)row)->state);
}

static double age(const void *row)
{
	return ((const struct sandbox_row *)row)->age_ms;
}

static void cell_row_age(const void *row, struct strbuf *out)
{
	cell_age(out, age(row));
}

static void cell_scenario(const void *row, struct strbuf *out)
{
	cell_text(out, ((const struct sandbox_row *)row)->scenario);
}

static void cell_image(const void *row, struct strbuf *out)
{
	cell_text(out, ((const struct sandbox_row *)row)->image);
}

static void cell_engine(const void *row, struct strbuf *out)
{
	cell_text(out, ((const struct sandbox_row *)row)->engine);
}

static double processes(const void *row)
{
	return ((const struct sandbox_row *)row)->processes;
}

static void cell_processes(const void *row, struct strbuf *out)
{
	const struct sandbox_row *r = row;

	/* Both are counted by one control group, or by nobody. */
	if (r->processes || r->memory_bytes)
		cell_count(out, r->processes);
	else
		cell_text(out, NULL);
}

static double memory(const void *row)
{
	return (double)((const struct sandbox_row *)row)->memory_bytes;
}

static void cell_memory(const void *row, struct strbuf *out)
{
	cell_bytes(out, ((const struct sandbox_row *)row)->memory_bytes);
}

/* Only kept sandboxes expire. */
static void cell_expires(const void *row, struct strbuf *out)
{
	int64_t at = ((const struct sandbox_row *)row)->expires_wall_ns;
	int64_t left = at - clock_wall_ns();

	if (!at) {
		strbuf_addc(out, '-');
	} else if (left <= 0) {
		strbuf_adds(out, "in use"); /* or it would have ended */
	} else {
		strbuf_adds(out, "in ");
		cell_age(out, (double)left / (double)NS_PER_MS);
	}
}

static double expires(const void *row)
{
	return (double)((const struct sandbox_row *)row)->expires_wall_ns;
}

static const struct column columns[] = {
	{ "ID", "id", cell_id, NULL },
	{ "STATE", "state", cell_state, NULL },
	{ "AGE", "age_ms", cell_row_age, age },
	{ "SCENARIO", "scenario", cell_scenario, NULL },
	{ "IMAGE", "image", cell_image, NULL },
	{ "ENGINE", "engine", cell_engine, NULL },
	{ "PROCS", "processes", cell_processes, processes },
	{ "MEM", "memory_bytes", cell_memory, memory },
	{ "EXPIRES", "expires_at", cell_expires, expires },
	{ 0 },
};

static void write_row(struct json *j, const struct sandbox_row *row)
{
	json_obj(j, NULL);
	json_str(j, "id", row->id);
	json_str(j, "state", row->state);
	json_ms(j, "age_ms", row->age_ms);
	json_str(j, "run", row->run);
	json_str(j, "scenario", row->scenario);
	json_str(j, "image", row->image);
	json_str(j, "engine", row->engine);
	json_str(j, "isolation", row->isolation);
	json_uint(j, "processes", row->processes);
	json_uint(j, "memory_bytes", row->memory_bytes);
	wire_when(j, "expires_at", row->expires_wall_ns);
	json_end(j);
}

void handle_sandbox_list(struct request *r)
{
	struct sandbox_row *rows = xcalloc(MAX_ROWS, sizeof(*rows));
	enum pool_which which = request_flag(r, "kept")  ? POOL_KEPT
	                        : request_flag(r, "all") ? POOL_ALL
	                                                 : POOL_USED;
	size_t n = pool_sandboxes(r->d->pool, which, rows, MAX_ROWS);
	struct listing l = { columns, rows, n, sizeof(*rows) };
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	if (listing_arrange(r, &l) == 0) {
		json_obj(&j, NULL);
		json_str(&j, "schema", "clnrm.sandboxes/1");
		json_arr(&j, "sandboxes");
		for (size_t i = 0; i < l.n; i++)
			write_row(&j, &rows[i]);
		json_end(&j);
		json_end(&j);
		listing_text(r, &l, &text);
		answer(r, 0, &json, &text);
	}
	free(rows);
}
