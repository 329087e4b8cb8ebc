/* One file that a browser opens from anywhere: it asks for nothing, and its policy forbids it to.
 */
#include <assert.h>
#include <stdio.h>

#include "common/base64.h"
#include "common/clock.h"
#include "daemon/core/digest.h"
#include "daemon/report/page_priv.h"
#include "daemon/report/text_priv.h"
#include "daemon/report/xml_priv.h"
#include "daemon/wire/wire.h"

/* In this order they are one script. */
static const char *const scripts[] = { "data.js", "filter.js", "list.js", "detail.js",
	"timeline.js", "start.js" };

static const struct page_file *page_file(const char *name)
{
	const struct page_file *f = page_files;

	while (f->name && strcmp(f->name, name) != 0)
		f++;
	assert(f->name);
	return f;
}

struct page {
	const struct run_result *run;
	const struct past *past;
	struct strbuf script;
	const struct page_file *style;
};

static void add_hash(struct strbuf *out, const char *text, size_t n)
{
	struct digest d;

	digest_of(text, n, &d);
	strbuf_adds(out, " 'sha256-");
	base64_encode(out, d.b, sizeof(d.b));
	strbuf_addc(out, '\'');
}

/* Nothing is fetched, sent or framed; only the style and the script that were built in work. */
static void add_policy(const struct page *p, struct strbuf *out)
{
	strbuf_adds(out, "default-src 'none'; base-uri 'none'; form-action 'none'; style-src");
	add_hash(out, p->style->text, p->style->len);
	strbuf_adds(out, "; script-src");
	add_hash(out, p->script.s, p->script.len);
}

static void add_title(const struct page *p, struct strbuf *out)
{
	const struct run_summary *s = &p->run->summary;
	unsigned bad = s->fail + s->fake_green + s->error, shard, shards;
	AUTO_STRBUF b = STRBUF_INIT;

	if (bad)
		strbuf_printf(&b, "%u of %u failed", bad, s->scenarios);
	else
		strbuf_printf(&b, "%u passed", s->pass);
	strbuf_printf(&b, ", run %s", p->run->id);
	if (run_result_shard(p->run, &shard, &shards))
		strbuf_printf(&b, ", shard %u/%u", shard, shards);
	if (run_result_shuffle_seed(p->run))
		strbuf_printf(&b, ", random order of seed %s", run_result_shuffle_seed(p->run));
	xml_text(out, b.s, b.len);
}

/* What is to be seen without the script, too. */
static void add_facts(const struct page *p, struct strbuf *out)
{
	const struct run_result *r = p->run;
	struct text_style plain = block_plain_style(0);
	char digest[RUN_DIGEST_LEN], when[RFC3339_LEN];
	AUTO_STRBUF b = STRBUF_INIT;

	summary_line(&r->summary, r->id, r->duration_ms, &plain, &b);
	if (r->started_wall_ns) {
		clock_rfc3339(r->started_wall_ns, when);
		strbuf_printf(&b, "; began %.19sZ", when);
	}
	if (r->state && strcmp(r->state, "done") != 0)
		strbuf_printf(&b, "; %s", r->state);
	strbuf_printf(&b, "; clnrm %s", CLNRM_VERSION);
	if (wire_digest(r, digest))
		strbuf_printf(&b, "; digest %s", digest);
	xml_text(out, b.s, b.len);
}

static void add_data(const struct page *p, struct strbuf *out)
{
	page_data(p->run, p->past, out);
}

static void add_style(const struct page *p, struct strbuf *out)
{
	strbuf_add(out, p->style->text, p->style->len);
}

static void add_script(const struct page *p, struct strbuf *out)
{
	strbuf_add(out, p->script.s, p->script.len);
}

static const struct gap {
	const char *name;
	void (*fill)(const struct page *p, struct strbuf *out);
} gaps[] = {
	{ "{{policy}}", add_policy },
	{ "{{title}}", add_title },
	{ "{{facts}}", add_facts },
	{ "{{style}}", add_style },
	{ "{{data}}", add_data },
	{ "{{script}}", add_script },
};

static const struct gap *gap_at(const char *s)
{
	for (size_t i = 0; i < ARRAY_LEN(gaps); i++)
		if (strncmp(s, gaps[i].name, strlen(gaps[i].name)) == 0)
			return &gaps[i];
	return NULL;
}

void report_html(const struct run_result *r, const struct past *past, struct strbuf *out)
{
	struct page p = { r, past, STRBUF_INIT, page_file("page.css") };
	const char *at = page_file("page.html")->text;

	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		const struct page_file *f = page_file(scripts[i]);

		strbuf_add(&p.script, f->text, f->len);
	}
	while (*at) {
		const char *next = strstr(at, "{{");
		const struct gap *gap = next ? gap_at(next) : NULL;
		size_t n = gap ? (size_t)(next - at) : strlen(at);

		strbuf_add(out, at, n);
		at += n;
		if (gap) {
			gap->fill(&p, out);
			at += strlen(gap->name);
		}
	}
	strbuf_release(&p.script);
}
