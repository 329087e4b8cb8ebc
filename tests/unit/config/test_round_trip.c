/* What is printed reads as what it was, and what is formatted is formatted: over inputs that nobody
 * thought of. */
#include <stdio.h>
#include <string.h>

#include "daemon/config/config.h"
#include "daemon/config/node.h"
#include "daemon/config/vars.h"
#include "daemon/template/libraries.h"
#include "daemon/template/template.h"
#include "tests/unit/check_main.h"
#include "tests/unit/generate.h"

static const struct parse_limits limits = PARSE_LIMITS_DEFAULT;
static const struct settings settings;
static struct arena *a;
static uint64_t seed;

static void begin(void)
{
	arena_free(a);
	a = arena_new();
}

static void setup(void)
{
	a = arena_new();
}

static void teardown(void)
{
	arena_free(a);
}

/* ---- readers ---- */

static struct tvalue toml_value(const char *text, size_t len)
{
	AUTO_TERR e = TERR_INIT;
	struct tvalue v;
	struct node *root;
	struct diags d;

	diags_init(&d, a);
	root = toml_read(text, len, "t", &limits, a, &d);
	ck_assert_msg(root && !d.errors, "seed %llu: %s in: %.*s", (unsigned long long)seed,
	        d.n ? d.v[0].message : "?", (int)len, text);
	diags_release(&d);
	ck_assert_int_eq(node_value(root, a, &tlimits_default, &v, &e), 0);
	return v;
}

static void ck_value(const struct tvalue *was, const struct tvalue *is, const char *text)
{
	AUTO_TBUF x = { .max = 1 << 20 }, y = { .max = 1 << 20 };

	if (tvalue_equal(was, is))
		return;
	tvalue_json(was, false, &x);
	tvalue_json(is, false, &y);
	ck_abort_msg("seed %llu: %.*s became %.*s through: %s", (unsigned long long)seed,
	        (int)x.len, x.s, (int)y.len, y.s, text);
}

/* ---- values of templates ---- */

START_TEST(json_reads_as_what_was_printed)
{
	for (seed = 0; seed < gen_rounds(2000); seed++, begin()) {
		struct gen g = { seed };
		struct tvalue v = gen_value(&g, a, 3, true), is;
		bool pretty = gen_below(&g, 2);
		AUTO_TBUF text = { .max = 1 << 20 };
		AUTO_TERR e = TERR_INIT;

		tvalue_json(&v, pretty, &text);
		ck_assert_msg(tvalue_read_json(text.s, text.len, a, &tlimits_default, &is, &e) == 0,
		        "seed %llu: %.*s", (unsigned long long)seed, (int)text.len, text.s);
		ck_value(&v, &is, text.s);
	}
}
END_TEST

static int64_t no_time(void *arg)
{
	(void)arg;
	return 0;
}

static struct template *no_file(void *arg, const char *name, const char *from, struct terr *e)
{
	(void)arg, (void)name, (void)from, (void)e;
	return NULL;
}

/* `v = {{ v | toml_encode }}` */
static void encode(struct tvalue v, struct tbuf *out)
{
	static const char text[] = "v = {{ v | toml_encode }}";
	const struct thost host = { .now_ns = no_time };
	const struct tloader loader = { .load = no_file };
	AUTO_TERR e = TERR_INIT;
	AUTO_TMAP m = { 0 };
	AUTO_TSESSION s;
	struct tvalue context;
	CLEANUP(template_unref)
	struct template *t = template_compile("t", text, sizeof(text) - 1, NULL, &e);
	CLEANUP(bundle_free) struct bundle *b = bundle_new(t, &loader, NULL, &e);

	tsession_init(&s, &host, NULL);
	tmap_put(&m, "v", 1, v);
	ck_assert_int_eq(tmap_make(&m, a, &tlimits_default, &context, &e), 0);
	ck_assert_msg(bundle_render(b, &s, &library_clnrm, &context, out, &e) == 0, "seed %llu: %s",
	        (unsigned long long)seed, e.n_causes ? e.causes[0] : "?");
}

START_TEST(toml_reads_as_what_toml_encode_printed)
{
	for (seed = 0; seed < gen_rounds(2000); seed++, begin()) {
		struct gen g = { seed };
		struct tvalue v = gen_value(&g, a, 3, false), all;
		AUTO_TBUF text = { .max = 1 << 20 };

		encode(v, &text);
		all = toml_value(text.s, text.len);
		ck_value(&v, tvalue_get(&all, "v", 1), arena_strndup(a, text.s, text.len));
	}
}
END_TEST

/* ---- documents ---- */

static void put_space(struct gen *g, struct strbuf *out)
{
	strbuf_adds(out, GEN_PICK(g, "", " ", "  ", "\t"));
}

static void put_line_end(struct gen *g, struct strbuf *out)
{
	strbuf_adds(out,
	        GEN_PICK(g, "\n", "\n", "\n\n", " # a comment\n", "\n# \xc3\xa4\n\n\n", "  \r\n"));
}

static void put_key(struct gen *g, const char *s, size_t n, struct strbuf *out)
{
	bool bare = n > 0;

	for (size_t i = 0; i < n; i++)
		bare = bare && ((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9'));
	if (bare && gen_below(g, 2)) {
		strbuf_add(out, s, n);
		return;
	}

	AUTO_TBUF quoted = { .max = 1 << 16 };

	encode(tvalue_str(s, n), &quoted);
	strbuf_add(out, quoted.s + 4, quoted.len - 4);
}

static void put_value(const struct tvalue *v, struct strbuf *out)
{
	AUTO_TBUF text = { .max = 1 << 20 };

	encode(*v, &text);
	strbuf_add(out, text.s + 4, text.len - 4);
}

/* The members that are no tables, then the tables, some of them inline. */
static void put_table(struct gen *g, const struct tvalue *t, const char *path, struct strbuf *out)
{
	uint64_t tables = 0;

	for (uint32_t i = 0; i < t->len; i++) {
		const struct tmember *m = &t->o->members[i];

		if (m->value.type == TVALUE_OBJECT && gen_below(g, 2)) {
			tables |= 1u << i;
			continue;
		}
		put_space(g, out);
		put_key(g, m->key, m->key_len, out);
		put_space(g, out);
		strbuf_addc(out, '=');
		put_space(g, out);
		put_value(&m->value, out);
		put_line_end(g, out);
	}
	for (uint32_t i = 0; i < t->len; i++) {
		const struct tmember *m = &t->o->members[i];
		AUTO_STRBUF whole = STRBUF_INIT;

		if (!(tables >> i & 1))
			continue;
		strbuf_printf(&whole, "%s%s", path, *path ? "." : "");
		put_key(g, m->key, m->key_len, &whole);
		strbuf_printf(out, "[%s]", whole.s);
		put_line_end(g, out);
		put_table(g, &m->value, whole.s, out);
	}
}

static void gen_document(struct gen *g, struct tvalue *v, struct strbuf *out)
{
	do
		*v = gen_value(g, a, 4, false);
	while (v->type != TVALUE_OBJECT);
	if (gen_below(g, 3) == 0)
		put_line_end(g, out);
	put_table(g, v, "", out);
}

static bool format(const char *name, const struct strbuf *from, struct strbuf *to)
{
	enum config_formatted done;
	struct diags d;

	diags_init(&d, a);
	done = config_format(name, from->s, from->len, &settings, to, &d);
	ck_assert_msg(done != CONFIG_CANNOT_FORMAT || strstr(name, ".tera"), "seed %llu: %s in: %s",
	        (unsigned long long)seed, d.n ? d.v[0].message : "?", from->s);
	diags_release(&d);
	return done == CONFIG_FORMATTED;
}

START_TEST(a_document_reads_as_what_it_was_made_from_and_formatted_too)
{
	for (seed = 0; seed < gen_rounds(400); seed++, begin()) {
		struct gen g = { seed };
		AUTO_STRBUF text = STRBUF_INIT;
		AUTO_STRBUF once = STRBUF_INIT;
		AUTO_STRBUF twice = STRBUF_INIT;
		struct tvalue was, is;

		gen_document(&g, &was, &text);
		is = toml_value(text.s ? text.s : "", text.len);
		ck_value(&was, &is, text.s);
		ck_assert(format("t.clnrm.toml", &text, &once));
		is = toml_value(once.s ? once.s : "", once.len);
		ck_value(&was, &is, once.s);
		ck_assert(format("t.clnrm.toml", &once, &twice));
		ck_assert_msg(strcmp(once.s ? once.s : "", twice.s ? twice.s : "") == 0,
		        "seed %llu: formatted again\n%s\nbecame\n%s", (unsigned long long)seed,
		        once.s, twice.s);
	}
}
END_TEST

/* A test file with tags in it, as text and within strings. */
static void gen_tagged(struct gen *g, struct strbuf *out)
{
	for (unsigned n = 1 + gen_below(g, 4); n; n--) {
		strbuf_printf(
		        out, "%s", GEN_PICK(g, "[meta]\n", "[[scenario]]\n", "[[steps]]\n", ""));
		put_space(g, out);
		strbuf_printf(out, "k%u=", n);
		put_space(g, out);
		strbuf_adds(out, "'''");
		if (gen_below(g, 2))
			gen_nodes(g, out, 2);
		strbuf_adds(out, "'''");
		put_line_end(g, out);
		if (gen_below(g, 3) == 0)
			strbuf_adds(out, "{% if i %}\n  x  =  1\n{%   endif %}\n");
	}
}

START_TEST(formatting_a_template_is_idempotent)
{
	uint64_t formatted = 0, n = gen_rounds(400);

	for (seed = 0; seed < n; seed++, begin()) {
		struct gen g = { seed };
		const char *name = gen_below(&g, 2) ? "t.clnrm.toml.tera" : "t.clnrm.tera";
		AUTO_STRBUF text = STRBUF_INIT;
		AUTO_STRBUF once = STRBUF_INIT;
		AUTO_STRBUF twice = STRBUF_INIT;

		gen_tagged(&g, &text);
		if (!format(name, &text, &once))
			continue;
		formatted++;
		ck_assert_msg(format(name, &once, &twice), "seed %llu", (unsigned long long)seed);
		ck_assert_msg(once.len == twice.len && memcmp(once.s, twice.s, once.len) == 0,
		        "seed %llu: formatted again\n%s\nbecame\n%s", (unsigned long long)seed,
		        once.s, twice.s);
	}
	ck_assert_msg(formatted > n / 10, "only %llu of %llu are formatted",
	        (unsigned long long)formatted, (unsigned long long)n);
}
END_TEST

/* ---- numbers ---- */

/* To the last bit, and the sign of 0. */
static bool is_same_float(double x, double y)
{
	uint64_t a_bits, b_bits;

	memcpy(&a_bits, &x, sizeof(x));
	memcpy(&b_bits, &y, sizeof(y));
	return a_bits == b_bits;
}

static void gen_number(struct gen *g, struct strbuf *out)
{
	strbuf_adds(out, GEN_PICK(g, "", "", "-", "+"));
	strbuf_addc(out, (char)('1' + gen_below(g, 9)));
	for (unsigned n = gen_below(g, 20); n; n--)
		strbuf_addc(out, (char)('0' + gen_below(g, 10)));
	if (gen_below(g, 4)) {
		strbuf_addc(out, '.');
		for (unsigned n = 1 + gen_below(g, 20); n; n--)
			strbuf_addc(out, (char)('0' + gen_below(g, 10)));
	}
	if (gen_below(g, 4) == 0)
		strbuf_printf(out, "%s%u", GEN_PICK(g, "e", "E-", "e+"), gen_below(g, 300));
}

START_TEST(numbers_are_those_of_the_library)
{
	for (seed = 0; seed < gen_rounds(20000); seed++) {
		struct gen g = { seed };
		AUTO_STRBUF number = STRBUF_INIT;
		AUTO_STRBUF text = STRBUF_INIT;
		struct node *root;
		struct diags d;
		double f;

		gen_number(&g, &number);
		strbuf_printf(&text, "v = %s", number.s);
		f = strtod(number.s, NULL);
		diags_init(&d, a);
		root = toml_read(text.s, text.len, "t", &limits, a, &d);
		if (d.errors) {
			ck_assert_msg(!strpbrk(number.s, ".eE") && (f >= 0x1p63 || f <= -0x1p63),
			        "%s: %s", number.s, d.v[0].message);
		} else if (strpbrk(number.s, ".eE")) {
			ck_assert_msg(
			        root->first->type == NODE_FLOAT && is_same_float(root->first->f, f),
			        "%s is read as %.17g", number.s, root->first->f);
		} else {
			ck_assert_msg(root->first->type == NODE_INT &&
			                      root->first->i == strtoll(number.s, NULL, 10),
			        "%s is read as %lld", number.s, (long long)root->first->i);
		}
		diags_release(&d);
		if (seed % 256 == 0)
			begin();
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { json_reads_as_what_was_printed,
		toml_reads_as_what_toml_encode_printed,
		a_document_reads_as_what_it_was_made_from_and_formatted_too,
		formatting_a_template_is_idempotent, numbers_are_those_of_the_library };

	return check_run_with("round trip", tests, ARRAY_LEN(tests), setup, teardown);
}
