/* What the HTML page shows, as JSON in blocks that its script reads one by one: the index at once,
 * a part when one of its scenarios is opened. Rows of the index are arrays, because there may be
 * ten thousand; daemon/report/page/data.js names their places. */
#include <assert.h>

#include "common/json.h"
#include "common/map.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "daemon/report/page_priv.h"
#include "daemon/report/text_priv.h"
#include "daemon/wire/wire.h"

#define PART_SIZE 64             /* scenarios */
#define STREAM_MAX 65536         /* bytes of one stream */
#define STREAM_LEAST 512         /* ... when there are very many */
#define OUTPUT_BUDGET (24 << 20) /* of what failed; of the others as much again */
#define MESSAGE_MAX 300          /* bytes of a failure in the index */
#define TEXT_MAX (16 << 10)      /* ... of each text of a failure */

struct data {
	const struct run_result *run;
	const struct past *past;
	struct strbuf *out;
	struct strbuf block;
	struct json j;
	struct map *tags, *receipts;   /* -> index + 1 */
	struct strbuf receipt_list;    /* JSON, comma separated */
	size_t max_failed, max_others; /* bytes of one stream */
	unsigned in_part, part;
};

typedef void each_fn(struct data *d, size_t test, const struct scenario_result *s);

static void each_scenario(struct data *d, each_fn *fn)
{
	for (size_t t = 0; t < d->run->n_tests; t++)
		for (size_t i = 0; i < d->run->tests[t].n_scenarios; i++)
			fn(d, t, d->run->tests[t].scenarios[i]);
}

/* ---- blocks ---- */

static void block_begin(struct data *d)
{
	strbuf_reset(&d->block);
	d->j = (struct json)JSON_INIT(&d->block);
}

/* What may not stand in an HTML document as it is (HTML, 13.2.3.5: controls, noncharacters), and
 * what might end the element. */
static bool needs_escape(uint32_t cp)
{
	return cp == '<' || (cp >= 0x7f && cp <= 0x9f) || (cp >= 0xfdd0 && cp <= 0xfdef) ||
	       (cp & 0xfffe) == 0xfffe;
}

static void add_escape(struct strbuf *out, uint32_t cp)
{
	if (cp == '<')
		strbuf_adds(out, "\\u003c");
	else if (cp > 0xffff)
		strbuf_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (cp >> 10), 0xdc00 | (cp & 0x3ff));
	else
		strbuf_printf(out, "\\u%04x", cp);
}

/* The first byte from at on with which such a character may begin. */
static const char *find_suspect(const char *at, const char *end)
{
	while (at < end && *at != '<' && *at != 0x7f && (unsigned char)*at != 0xc2 &&
	        (unsigned char)*at < 0xef)
		at++;
	return at;
}

/* In JSON such characters stand in strings alone, where an escape means the same. */
static void add_escaped(struct strbuf *out, const char *at, const char *end)
{
	while (at < end) {
		const char *next = find_suspect(at, end);
		uint32_t cp = 0;

		strbuf_add(out, at, (size_t)(next - at));
		if (next == end)
			return;
		size_t n = utf8_decode(next, (size_t)(end - next), &cp);

		assert(n > 0); /* our own writer wrote it */
		if (needs_escape(cp))
			add_escape(out, cp);
		else
			strbuf_add(out, next, n);
		at = next + n;
	}
}

static void block_end(struct data *d, const char *name, int number)
{

	strbuf_printf(d->out, "<script type=\"application/json\" id=\"%s", name);
	if (number >= 0)
		strbuf_printf(d->out, "-%d", number);
	strbuf_adds(d->out, "\">");
	add_escaped(d->out, d->block.s, d->block.s + d->block.len);
	strbuf_adds(d->out, "</script>\n");
}

/* ---- how much output there is room for ---- */

static size_t bytes_with(const struct run_result *r, bool failed, size_t max)
{
	size_t sum = 0;

	for (size_t t = 0; t < r->n_tests; t++) {
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++) {
			const struct scenario_result *s = r->tests[t].scenarios[i];

			for (size_t k = 0; scenario_failed(s) == failed && k < s->n_steps; k++) {
				size_t out = s->steps[k].out.len, err = s->steps[k].err.len;

				sum += (out < max ? out : max) + (err < max ? err : max);
			}
		}
	}
	return sum;
}

static size_t stream_max(const struct run_result *r, bool failed)
{
	size_t max = STREAM_MAX;

	while (max > STREAM_LEAST && bytes_with(r, failed, max) > OUTPUT_BUDGET)
		max /= 2;
	return max;
}

/* ---- the index ---- */

static unsigned number_of(struct map *m, const char *key)
{
	uintptr_t n = (uintptr_t)map_get(m, key);

	if (!n) {
		n = map_count(m) + 1;
		map_put(m, key, (void *)n);
	}
	return (unsigned)n - 1;
}

static void write_test(struct json *j, const struct test_outcome *t)
{
	AUTO_STRBUF cell = STRBUF_INIT;

	for (size_t i = 0; i + 1 < t->matrix.n; i += 2)
		strbuf_printf(&cell, "%s%s=%s", i ? ", " : "", t->matrix.v[i], t->matrix.v[i + 1]);
	json_obj(j, NULL);
	json_str(j, "name", t->name);
	json_str(j, "file", t->file);
	json_str(j, "description", t->description);
	json_str(j, "matrix", cell.len ? cell.s : NULL);
	json_end(j);
}

static const char *reason_of(const struct scenario_result *s)
{
	return reason_names[s->reason] ? reason_names[s->reason] : "";
}

static void write_message(struct json *j, const struct scenario_result *s)
{
	const char *message = scenario_failed(s) ? block_message(s)
	                      : s->reason_text   ? s->reason_text
	                                         : "";

	json_strn(j, NULL, message, strnlen(message, MESSAGE_MAX));
}

static void write_spans(struct json *j, const struct scenario_result *s)
{
	json_arr(j, NULL);
	for (size_t i = 0; i < s->n_steps; i++) {
		const struct step_result *x = &s->steps[i];

		if (!x->ran)
			continue;
		json_ms(j, NULL, x->started_ms);
		json_ms(j, NULL, x->duration_ms);
		json_uint(j, NULL, x->verdict);
	}
	json_end(j);
}

static void write_row(struct data *d, size_t test, const struct scenario_result *s)
{
	struct json *j = &d->j;

	json_arr(j, NULL);
	json_uint(j, NULL, test);
	json_str(j, NULL, s->id);
	json_str(j, NULL, s->name);
	json_uint(j, NULL, s->line);
	json_uint(j, NULL, s->verdict);
	json_str(j, NULL, reason_of(s));
	json_uint(j, NULL, (s->flaky ? 1u : 0) | (s->cached ? 2u : 0) | (s->quarantine ? 4u : 0));
	if (s->started_wall_ns && !s->cached)
		json_ms(j, NULL, (double)(s->started_wall_ns - d->run->started_wall_ns) / 1e6);
	else
		json_null(j, NULL);
	json_ms(j, NULL, s->duration_ms);
	json_arr(j, NULL);
	for (size_t i = 0; i < s->tags.n; i++)
		json_uint(j, NULL, number_of(d->tags, s->tags.v[i]));
	json_end(j);
	write_message(j, s);
	write_spans(j, s);
	json_end(j);
}

/* In the order of their numbers. */
static void write_tags(struct data *d)
{
	size_t n = map_count(d->tags), at = 0;
	const char **names = xcalloc(n + 1, sizeof(*names)), *key;
	void *value;

	while (map_next(d->tags, &at, &key, &value))
		names[(uintptr_t)value - 1] = key;
	json_arr(&d->j, "tags");
	for (size_t i = 0; i < n; i++)
		json_str(&d->j, NULL, names[i]);
	json_end(&d->j);
	free(names);
}

static void write_index(struct data *d)
{
	const struct run_result *r = d->run;
	struct json *j = &d->j;

	block_begin(d);
	json_obj(j, NULL);
	json_str(j, "schema", "clnrm.page/1");
	json_obj(j, "run");
	json_str(j, "id", r->id);
	json_end(j);
	json_uint(j, "part_size", PART_SIZE);
	json_arr(j, "tests");
	for (size_t i = 0; i < r->n_tests; i++)
		write_test(j, &r->tests[i]);
	json_end(j);
	json_arr(j, "rows");
	each_scenario(d, write_row);
	json_end(j);
	write_tags(d);
	json_end(j);
	block_end(d, "index", -1);
}

/* ---- parts ---- */

static bool in_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The first and the last bytes of what was kept, at most max, cut between characters. */
static void add_ends(struct strbuf *b, const struct captured *c, size_t max)
{
	bool was_cut = c->total > c->len && c->head <= c->len;
	size_t head = was_cut ? c->head : c->len, tail = was_cut ? c->len - c->head : 0;

	if (!was_cut && c->len <= max) {
		strbuf_add(b, c->data, c->len);
		return;
	}
	if (!was_cut)
		tail = head = max / 2;
	head = head < max / 2 ? head : max / 2;
	tail = tail < max / 2 ? tail : max / 2;
	for (int i = 0; i < 3 && head > 0 && in_character(c->data[head]); i++)
		head--;
	for (int i = 0; i < 3 && tail > 0 && in_character(c->data[c->len - tail]); i++)
		tail--;
	strbuf_add(b, c->data, head);
	strbuf_printf(
	        b, "\n[... %llu bytes cut ...]\n", (unsigned long long)(c->total - head - tail));
	strbuf_add(b, c->data + c->len - tail, tail);
}

static void write_stream(struct json *j, const char *key, const struct captured *c, size_t max)
{
	AUTO_STRBUF text = STRBUF_INIT;

	if (!c->total)
		return;
	json_obj(j, key);
	json_uint(j, "bytes", c->total);
	json_bool(j, "cut", c->total > c->len || c->len > max);
	if (c->len)
		add_ends(&text, c, max);
	json_strn(j, "text", text.s, text.len);
	json_end(j);
}

static void write_text(struct json *j, const char *key, const char *s)
{
	if (s)
		json_strn(j, key, s, strnlen(s, TEXT_MAX));
	else
		json_null(j, key);
}

static void write_failures(struct json *j, const struct failure *f, size_t n)
{
	json_arr(j, "failures");
	for (size_t i = 0; i < n; i++) {
		json_obj(j, NULL);
		json_str(j, "code", reason_names[f[i].code]);
		json_str(j, "assertion", f[i].assertion);
		write_text(j, "message", f[i].message);
		write_text(j, "expected", f[i].expected);
		write_text(j, "actual", f[i].actual);
		write_text(j, "diff", f[i].diff);
		json_str(j, "step", f[i].step);
		json_str(j, "file", f[i].file);
		json_uint(j, "line", f[i].pos.line);
		write_text(j, "hint", f[i].hint);
		json_end(j);
	}
	json_end(j);
}

static void write_step(struct json *j, const struct step_result *s, size_t max)
{
	AUTO_STRBUF command = STRBUF_INIT;

	text_command(&command, &s->argv);
	json_obj(j, NULL);
	json_str(j, "name", s->name);
	json_uint(j, "line", s->line);
	json_str(j, "phase", s->setup ? "setup" : s->teardown ? "teardown" : NULL);
	json_bool(j, "ran", s->ran);
	json_uint(j, "verdict", s->verdict);
	json_str(j, "reason", reason_names[s->reason]);
	if (s->exit_code >= 0)
		json_int(j, "exit_code", s->exit_code);
	else
		json_null(j, "exit_code");
	json_int(j, "signal", s->signal);
	json_ms(j, "start", s->started_ms);
	json_ms(j, "ms", s->duration_ms);
	json_ms(j, "user", s->user_ms);
	json_ms(j, "system", s->system_ms);
	json_uint(j, "rss", s->max_rss_bytes);
	json_str(j, "command", command.s);
	write_failures(j, s->failures, s->n_failures);
	write_stream(j, "out", &s->out, max);
	write_stream(j, "err", &s->err, max);
	json_end(j);
}

static void write_findings(struct json *j, const struct scenario_result *s)
{
	json_arr(j, "findings");
	for (size_t i = 0; i < s->n_findings; i++) {
		json_obj(j, NULL);
		json_str(j, "kind", s->findings[i].kind);
		json_str(j, "message", s->findings[i].message);
		json_end(j);
	}
	json_end(j);
}

/* Receipts differ in the name of the sandbox alone, as a rule: each is written once. */
static void write_receipt(struct data *d, const struct receipt *r)
{
	struct receipt nameless;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json w = JSON_INIT(&text);
	size_t before = map_count(d->receipts);

	if (!r) {
		json_null(&d->j, "receipt");
		return;
	}
	nameless = *r;
	nameless.sandbox = NULL;
	wire_receipt(&w, NULL, &nameless);
	json_uint(&d->j, "receipt", number_of(d->receipts, text.s));
	json_str(&d->j, "sandbox", r->sandbox);
	if (map_count(d->receipts) > before) {
		if (before)
			strbuf_addc(&d->receipt_list, ',');
		strbuf_add(&d->receipt_list, text.s, text.len);
	}
}

/* Oldest first, as they are drawn. */
static void write_past(struct data *d, const struct scenario_result *s)
{
	size_t n;
	const struct past_point *v = past_of(d->past, s, &n);

	json_arr(&d->j, "past");
	for (size_t i = n; i > 0; i--) {
		json_arr(&d->j, NULL);
		json_int(&d->j, NULL, v[i - 1].started_wall_ns / 1000000);
		json_ms(&d->j, NULL, v[i - 1].duration_ms);
		json_uint(&d->j, NULL, v[i - 1].verdict);
		json_str(&d->j, NULL, v[i - 1].run);
		json_end(&d->j);
	}
	json_end(&d->j);
}

static void end_part(struct data *d)
{
	json_end(&d->j);
	block_end(d, "part", (int)d->part++);
	d->in_part = 0;
}

static void write_again(struct json *j, const struct scenario_result *s)
{
	AUTO_STRBUF selector = STRBUF_INIT;
	AUTO_STRBUF command = STRBUF_INIT;

	strbuf_printf(&selector, "%s::%s", s->file, s->name);
	strbuf_adds(&command, "clnrm run ");
	strbuf_shell_quote(&command, selector.s);
	json_str(j, "again", command.s);
}

/* One line of each attempt before: its reports have the rest. */
static void write_attempts(struct json *j, const struct scenario_result *s)
{
	AUTO_STRBUF text = STRBUF_INIT;

	json_arr(j, "before");
	for (size_t i = 0; i < s->n_before; i++) {
		const char *message = block_message(s->before[i]);

		json_strn(j, NULL, message, strnlen(message, MESSAGE_MAX));
	}
	json_end(j);
	if (s->quarantine) {
		block_quarantine(s, &text);
		if (s->quarantine->reason)
			strbuf_printf(&text, ": %s", s->quarantine->reason);
	}
	json_str(j, "quarantine", s->quarantine ? text.s : NULL);
}

static void write_detail(struct data *d, size_t test, const struct scenario_result *s)
{
	struct json *j = &d->j;
	size_t max = scenario_failed(s) ? d->max_failed : d->max_others;

	(void)test;
	if (d->in_part++ == 0) {
		block_begin(d);
		json_arr(j, NULL);
	}
	json_obj(j, NULL);
	json_ms(j, "queued", s->queued_ms);
	json_uint(j, "attempts", s->attempts);
	write_attempts(j, s);
	json_str(j, "because", s->reason_text);
	json_str(j, "cached_from", s->cached_from);
	write_again(j, s);
	write_failures(j, s->failures, s->n_failures);
	write_findings(j, s);
	wire_artifacts(j, "artifacts", s);
	json_arr(j, "steps");
	for (size_t i = 0; i < s->n_steps; i++)
		write_step(j, &s->steps[i], max);
	json_end(j);
	write_receipt(d, s->receipt);
	write_past(d, s);
	json_end(j);
	if (d->in_part == PART_SIZE)
		end_part(d);
}

static void write_receipts(struct data *d)
{
	block_begin(d);
	strbuf_addc(&d->block, '[');
	strbuf_add(&d->block, d->receipt_list.s, d->receipt_list.len);
	strbuf_addc(&d->block, ']');
	block_end(d, "receipts", -1);
}

void page_data(const struct run_result *r, const struct past *past, struct strbuf *out)
{
	struct data d = {
		.run = r,
		.past = past,
		.out = out,
		.block = STRBUF_INIT,
		.receipt_list = STRBUF_INIT,
		.tags = map_new(),
		.receipts = map_new(),
		.max_failed = stream_max(r, true),
		.max_others = stream_max(r, false),
	};

	write_index(&d);
	each_scenario(&d, write_detail);
	if (d.in_part)
		end_part(&d);
	write_receipts(&d);
	strbuf_release(&d.block);
	strbuf_release(&d.receipt_list);
	map_free(d.tags, NULL);
	map_free(d.receipts, NULL);
}
