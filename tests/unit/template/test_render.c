/* Compiling, linking and rendering through the door; what templates print is in tests/conformance.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/template/libraries.h"
#include "daemon/template/template.h"
#include "tests/unit/check_main.h"

/* ---- a bed: templates by name, a clock that the test moves ---- */

struct source {
	const char *name, *text;
};

static struct source sources[8];
static struct tlimits limits;
static struct terr e = TERR_INIT;
static struct tbuf out;
static atomic_llong ticks; /* several threads render */
static int64_t tick_step;
static char asked[512]; /* "NAME<FROM;" for each template that was looked for */

static void setup(void)
{
	limits = tlimits_default;
	memset(sources, 0, sizeof(sources));
	asked[0] = '\0';
	ticks = 0;
	tick_step = 0;
}

static void teardown(void)
{
	terr_release(&e);
	tbuf_release(&out);
}

static int64_t now_ns(void *arg)
{
	(void)arg;
	return 1735689600000000000;
}

static int64_t ticks_ns(void *arg)
{
	(void)arg;
	return atomic_fetch_add(&ticks, tick_step) + tick_step;
}

static const struct thost host = {
	.now_ns = now_ns, .frozen = true, .ticks_ns = ticks_ns, .seeded = true, .seed = 42
};

static void add(const char *name, const char *text)
{
	size_t i = 0;

	while (sources[i].name)
		i++;
	sources[i] = (struct source){ name, text };
}

static struct template *load(void *arg, const char *name, const char *from, struct terr *err)
{
	size_t n = strlen(asked);

	(void)arg;
	snprintf(asked + n, sizeof(asked) - n, "%s<%s;", name, from);
	for (size_t i = 0; sources[i].name; i++)
		if (strcmp(sources[i].name, name) == 0)
			return template_compile(
			        name, sources[i].text, strlen(sources[i].text), &limits, err);
	return NULL;
}

static const struct tloader loader = { .load = load };

static struct bundle *bundle_of(const char *text)
{
	CLEANUP(template_unref)
	struct template *t = template_compile("main", text, strlen(text), &limits, &e);

	return t ? bundle_new(t, &loader, &limits, &e) : NULL;
}

static int render_with(const struct bundle *b, const char *json)
{
	AUTO_TSESSION s;
	struct tvalue context;

	tsession_init(&s, &host, &limits);
	ck_assert_int_eq(tvalue_read_json(json, strlen(json), s.arena, &limits, &context, &e), 0);
	tbuf_reset(&out);
	return bundle_render(b, &s, &library_clnrm, &context, &out, &e);
}

static int render(const char *text, const char *json)
{
	CLEANUP(bundle_free) struct bundle *b = bundle_of(text);

	return b ? render_with(b, json) : -1;
}

static const char *printed(void)
{
	tbuf_addc(&out, '\0');
	out.len--;
	return out.s;
}

#define PRINTS(text, json, want)                                                                 \
	do {                                                                                     \
		ck_assert_msg(                                                                   \
		        render(text, json) == 0, "%s: %s", text, e.n_causes ? e.causes[0] : ""); \
		ck_assert_str_eq(printed(), want);                                               \
	} while (0)

#define FAILS(text, json, cause)                          \
	do {                                              \
		ck_assert_int_eq(render(text, json), -1); \
		ck_assert_str_eq(e.causes[0], cause);     \
		terr_release(&e);                         \
	} while (0)

/* ---- bundles ---- */

START_TEST(a_bundle_is_rendered_again_and_again)
{
	add("p", "({{ x }})");

	CLEANUP(bundle_free) struct bundle *b = bundle_of("{% include 'p' %}{% include 'p' %}");

	ck_assert_ptr_nonnull(b);
	ck_assert_int_eq(render_with(b, "{\"x\": 1}"), 0);
	ck_assert_str_eq(printed(), "(1)(1)");
	ck_assert_int_eq(render_with(b, "{\"x\": \"a\"}"), 0);
	ck_assert_str_eq(printed(), "(a)(a)");
	ck_assert_str_eq(asked, "p<main;");
	ck_assert_str_eq(template_name(bundle_template(b, 1)), "p");
	ck_assert_ptr_null(bundle_template(b, 2));
}
END_TEST

START_TEST(an_error_leaves_a_bundle_as_it_was)
{
	CLEANUP(bundle_free)
	struct bundle *b = bundle_of("{% macro m() %}{{ x }}{% endmacro %}{% for i in [1] %}{{ "
	                             "self::m() }}{% endfor %}");

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(render_with(b, "{}"), -1);
		ck_assert_str_eq(
		        e.head.s, "Failed to render 'main': error while rendering macro `self::m`");
		ck_assert_uint_eq(e.col, 19);
		terr_release(&e);
		ck_assert_int_eq(render_with(b, "{\"x\": 1}"), 0);
		ck_assert_str_eq(printed(), "1");
	}
}
END_TEST

START_TEST(templates_are_looked_for_from_the_file_that_names_them)
{
	add("a", "{% include 'b' %}");
	add("b", "b");
	PRINTS("{% include 'a' %}", "{}", "b");
	ck_assert_str_eq(asked, "a<main;b<a;");
}
END_TEST

START_TEST(a_template_outlives_its_bundle)
{
	CLEANUP(template_unref) struct template *t = template_compile("x", "{{ 1 }}", 7, NULL, &e);
	struct bundle *b = bundle_new(t, &loader, NULL, &e);

	bundle_free(b);
	b = bundle_new(t, &loader, NULL, &e);
	ck_assert_int_eq(render_with(b, "{}"), 0);
	ck_assert_str_eq(printed(), "1");
	bundle_free(b);
	ck_assert_uint_gt(template_bytes(t), 100);
}
END_TEST

static void *render_many(void *arg)
{
	for (int i = 0; i < 200; i++) {
		AUTO_TSESSION s;
		AUTO_TBUF b = { 0 };
		AUTO_TERR err = TERR_INIT;
		struct tvalue none = { .type = TVALUE_OBJECT };

		tsession_init(&s, &host, NULL);
		if (bundle_render(arg, &s, &library_clnrm, &none, &b, &err) < 0 || b.len != 14 ||
		        memcmp(b.s, "0,1,2,3,4,5,6,", 14) != 0)
			return arg;
	}
	return NULL;
}

START_TEST(threads_share_a_bundle)
{
	CLEANUP(bundle_free)
	struct bundle *b = bundle_of("{% for i in range(7) %}{{ i }},{% endfor %}");
	pthread_t threads[4];

	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, render_many, b), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		ck_assert_ptr_null(wrong);
	}
}
END_TEST

/* ---- what a render sees ---- */

START_TEST(equal_input_gives_equal_bytes)
{
	static const char text[] =
	        "{{ uuid_v4() }} {{ rand_hex(n=8) }} {{ get_random(end=1000) }} {{ seq('a') }}";
	char first[200];

	ck_assert_int_eq(render(text, "{}"), 0);
	snprintf(first, sizeof(first), "%s", printed());
	PRINTS(text, "{}", first);
}
END_TEST

START_TEST(renders_of_one_session_go_on_with_chance_and_counters)
{
	CLEANUP(bundle_free) struct bundle *b = bundle_of("{{ seq('a') }}:{{ rand_hex(n=4) }} ");
	AUTO_TSESSION s;
	struct tvalue none = { .type = TVALUE_OBJECT };

	tsession_init(&s, &host, NULL);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(bundle_render(b, &s, &library_clnrm, &none, &out, &e), 0);
	ck_assert(strncmp(printed(), "0:", 2) == 0);
	ck_assert(strncmp(printed() + 7, "1:", 2) == 0);
	ck_assert(strncmp(printed() + 2, printed() + 9, 4) != 0);
}
END_TEST

START_TEST(an_integer_beyond_63_bits_keeps_all_its_digits)
{
	PRINTS("{{ u }} {{ u | json_encode }}", "{\"u\": 18446744073709551615}",
	        "18446744073709551615 18446744073709551615");
}
END_TEST

/* ---- limits ---- */

START_TEST(time_is_up_whatever_runs)
{
	static const char *const texts[] = {
		"{% for i in range(100000) %}{% for j in range(9) %}{% endfor %}{% endfor %}",
		"{% for i in range(100000) %}{{ i }}{% endfor %}",
		/* in parentheses: two pieces of one text */
		("{% macro m(n) %}{% for i in range(5) %}{{ self::m(n=n) }}{% endfor %}{% endmacro "
		 "%}{{ self::m(n=1) }}"),
	};

	tick_step = 2000000000;
	limits.max[TLIMIT_CALL_DEPTH] = 20;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		ticks = 0;
		ck_assert_int_eq(render(texts[i], "{}"), -1);
		ck_assert_int_eq(e.kind, TERR_LIMIT);
		if (i < 2)
			ck_assert_str_eq(e.causes[0], "resource limit: render time exceeds 10 s");
		terr_release(&e);
	}
}
END_TEST

START_TEST(memory_of_values_is_bounded)
{
	limits.max[TLIMIT_MEMORY] = 1 << 20;
	FAILS("{% for i in range(100000) %}{% set_global x = i ~ "
	      "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}{% endfor %}",
	        "{}", "resource limit: memory of values exceeds 1 MiB");
}
END_TEST

/* One node may hold a tree of literals that is far larger than itself. */
START_TEST(large_literals_are_counted_while_they_are_made)
{
	AUTO_STRBUF text = STRBUF_INIT;

	limits.max[TLIMIT_MEMORY] = 4 << 20;
	strbuf_adds(&text, "{% for i in range(400) %}{% set x = [");
	for (int i = 0; i < 40; i++) {
		strbuf_addc(&text, '[');
		for (int k = 0; k < 900; k++)
			strbuf_adds(&text, "1,");
		strbuf_adds(&text, "],");
	}
	strbuf_adds(&text, "] %}{% endfor %}");
	FAILS(text.s, "{}", "resource limit: memory of values exceeds 4 MiB");
}
END_TEST

START_TEST(many_blocks_macros_and_files_are_compiled_in_no_time)
{
	AUTO_STRBUF text = STRBUF_INIT;

	for (int i = 0; i < 50000; i++)
		strbuf_printf(&text,
		        "{%% block b%d %%}{%% endblock %%}{%% include 'f%d' ignore missing %%}", i,
		        i);

	CLEANUP(template_unref)
	struct template *t = template_compile("x", text.s, text.len, NULL, &e);

	ck_assert_ptr_nonnull(t);
}
END_TEST

START_TEST(limits_are_met_exactly)
{
	limits.max[TLIMIT_ITERATIONS] = 10;
	PRINTS("{% for i in range(10) %}{{ i }}{% endfor %}", "{}", "0123456789");
	FAILS("{% for i in range(11) %}{% endfor %}", "{}",
	        "resource limit: loop iterations exceeds 10");
	limits.max[TLIMIT_OUTPUT] = 5;
	PRINTS("12345", "{}", "12345");
	FAILS("123456", "{}", "resource limit: output size exceeds 5");
	FAILS("12{% filter upper %}345{% endfilter %}6", "{}",
	        "resource limit: output size exceeds 5");
	limits.max[TLIMIT_OUTPUT] = 1000;
	limits.max[TLIMIT_NESTING] = 3;
	PRINTS("{{ (((1))) }}", "{}", "1");
	FAILS("{{ ((((1)))) }}", "{}", "resource limit: nesting exceeds 3");
	PRINTS("{% if true %}{% if true %}{% if true %}1{% endif %}{% endif %}{% endif %}", "{}",
	        "1");
	limits.max[TLIMIT_OPERATORS] = 3;
	PRINTS("{{ 1 + 1 + 1 + 1 }}", "{}", "4");
	FAILS("{{ 1 + 1 + 1 + 1 + 1 }}", "{}", "resource limit: operator chain exceeds 3");
	limits.max[TLIMIT_SOURCE] = 4;
	PRINTS("1234", "{}", "1234");
	FAILS("12345", "{}", "resource limit: template size exceeds 4");
}
END_TEST

START_TEST(a_limit_is_not_taken_for_false)
{
	limits.max[TLIMIT_CALL_DEPTH] = 5;
	FAILS("{% macro m() %}{{ self::m() }}{% endmacro %}{% if u | default(value=self::m()) %}{% "
	      "endif %}",
	        "{}", "resource limit: call depth exceeds 5");
}
END_TEST

START_TEST(all_sources_together_are_bounded)
{
	limits.max[TLIMIT_SOURCES] = 30;
	add("a", "12345678901234567890");
	ck_assert_int_eq(render("{% include 'a' %}", "{}"), -1);
	ck_assert_str_eq(e.causes[0], "resource limit: size of all templates exceeds 30");
	ck_assert_str_eq(e.head.s, "Failed to parse 'main'");
	ck_assert_uint_eq(e.line, 1);
}
END_TEST

/* ---- errors that do not count ---- */

START_TEST(a_failure_in_a_condition_leaves_no_trace)
{
	PRINTS("{% macro m() %}{{ nope }}{% endmacro %}{% for i in [1, 2] %}{% if u | "
	       "default(value=self::m()) %}a"
	       "{% else %}{{ i }}{{ loop.last }}{% endif %}{% endfor %}",
	        "{}", "1false2true");
	PRINTS("{% if o[u] %}a{% else %}b{% endif %}{{ o[u] is defined }}{{ o[u] | "
	       "default(value='d') }}",
	        "{\"o\": {}}", "bfalsed");
}
END_TEST

START_TEST(bytes_that_are_no_utf8_are_refused_with_their_place)
{
	ck_assert_ptr_null(template_compile("x", "a\n\xc3\xa9 \xff", 6, NULL, &e));
	ck_assert_str_eq(e.causes[0], "expected UTF-8, found the byte 0xff");
	ck_assert_uint_eq(e.line, 2);
	ck_assert_uint_eq(e.col, 3);
}
END_TEST

START_TEST(files_that_import_each_other_are_linked_once)
{
	add("a", "{% import 'b' as b %}{% macro x() %}x{{ b::y() }}{% endmacro %}");
	add("b", "{% import 'a' as a %}{% macro y() %}y{% endmacro %}");
	PRINTS("{% import 'a' as a %}{{ a::x() }}", "{}", "xy");
}
END_TEST

/* ---- generated sums ---- */

static uint64_t random_state = 88172645463325252u;

static unsigned pick(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state % n);
}

static bool overflowed; /* then the template says so as well, and there is nothing to compare */

static int64_t sum_of(struct strbuf *text, unsigned depth);

static int64_t factor_of(struct strbuf *text, unsigned depth)
{
	int64_t n = pick(20);

	if (depth < 4 && pick(3) == 0) {
		strbuf_adds(text, "(");
		n = sum_of(text, depth + 1);
		strbuf_adds(text, ")");
		return n;
	}
	strbuf_printf(text, "%lld", (long long)n);
	return n;
}

static int64_t product_of(struct strbuf *text, unsigned depth)
{
	int64_t n = factor_of(text, depth);

	while (pick(3) == 0) {
		strbuf_adds(text, pick(2) ? " * " : "*");
		overflowed |= __builtin_mul_overflow(n, factor_of(text, depth), &n);
	}
	return n;
}

static int64_t sum_of(struct strbuf *text, unsigned depth)
{
	int64_t n = product_of(text, depth);

	while (pick(2)) {
		bool plus = pick(2);

		strbuf_adds(text, plus ? " + " : " - ");

		int64_t next = product_of(text, depth);

		overflowed |= plus ? __builtin_add_overflow(n, next, &n)
		                   : __builtin_sub_overflow(n, next, &n);
	}
	return n;
}

START_TEST(generated_sums_are_what_c_makes_of_them)
{
	for (int i = 0; i < 2000; i++) {
		AUTO_STRBUF text = STRBUF_INIT;
		char want[32];

		overflowed = false;
		strbuf_adds(&text, "{{ ");
		snprintf(want, sizeof(want), "%lld", (long long)sum_of(&text, 0));
		strbuf_adds(&text, " }}");
		if (!overflowed)
			PRINTS(text.s, "{}", want);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { a_bundle_is_rendered_again_and_again,
		an_error_leaves_a_bundle_as_it_was,
		templates_are_looked_for_from_the_file_that_names_them,
		a_template_outlives_its_bundle, threads_share_a_bundle,
		equal_input_gives_equal_bytes,
		renders_of_one_session_go_on_with_chance_and_counters,
		an_integer_beyond_63_bits_keeps_all_its_digits, time_is_up_whatever_runs,
		memory_of_values_is_bounded, large_literals_are_counted_while_they_are_made,
		many_blocks_macros_and_files_are_compiled_in_no_time, limits_are_met_exactly,
		a_limit_is_not_taken_for_false, all_sources_together_are_bounded,
		a_failure_in_a_condition_leaves_no_trace,
		bytes_that_are_no_utf8_are_refused_with_their_place,
		files_that_import_each_other_are_linked_once,
		generated_sums_are_what_c_makes_of_them };

	return check_run_with("render", tests, ARRAY_LEN(tests), setup, teardown);
}
