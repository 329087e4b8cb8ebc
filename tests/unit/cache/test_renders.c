/* What the caches of templates and of rendered text give is what rendering gives. That no
 * dependency is forgotten is shown from outside (tests/conformance/run-rendered). */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"
#include "daemon/cache/renders.h"
#include "daemon/cache/templates.h"
#include "daemon/config/bare.h"
#include "tests/unit/check_main.h"
#include "tests/unit/generate.h"

static char dir[64];
static char *path;
static struct metrics *metrics;
static struct template_cache *templates;
static struct render_cache *renders;
static struct settings settings;
static struct env_var vars[2];
static struct client_env env;
static struct config_flags flags;
static struct arena *arena;
static const char *context = "{}";

static void put(const char *name, const char *text, size_t len)
{
	AUTO_STR at = fs_join(dir, name);
	AUTO_STR fresh = xasprintf("%s.new", at);
	FILE *f = fopen(fresh, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, len, f), len);
	fclose(f);
	ck_assert_int_eq(rename(fresh, at), 0);
}

static void puts_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/clnrm-renders-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	path = fs_join(dir, "main.html");
	metrics = metrics_new("1", "2");
	templates = template_cache_new(metrics, 100, 1 << 20);
	renders = render_cache_new(metrics, 100, 1 << 20);
	settings = (struct settings){ .root = dir, .memo = template_cache_memo(templates) };
	env = (struct client_env){ .v = vars, .asked = true };
	flags = (struct config_flags){ .seed = "7", .freeze_clock = "2026-01-01T00:00:00Z" };
	arena = arena_new();
	context = "{}";
}

static void teardown(void)
{
	struct err e;

	render_cache_free(renders);
	template_cache_free(templates);
	metrics_free(metrics);
	arena_free(arena);
	free(path);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, dir, &e), 0);
}

/* ---- rendering ---- */

struct rendered {
	bool good;
	const char *text; /* or what is wrong with it */
	size_t len;
	struct made_from from;
};

static struct rendered render(const struct memo *memo)
{
	struct rendered r = { 0 };
	struct str_list need = { 0 };
	struct settings s = settings;
	struct tvalue variables;
	AUTO_TERR e = TERR_INIT;
	AUTO_TBUF out = { 0 };
	AUTO_STRBUF why = STRBUF_INIT;
	const struct bare b = { .root = dir,
		.path = path,
		.shown = "main.html",
		.context = &variables,
		.s = &s,
		.env = &env,
		.flags = &flags,
		.need = &need,
		.arena = arena };

	s.memo = memo;
	ck_assert_int_eq(
	        tvalue_read_json(context, strlen(context), arena, &tlimits_default, &variables, &e),
	        0);
	r.good = config_render_bare(&b, &out, &r.from, &e) == 0;
	if (!r.good)
		terr_text(&e, &why);
	r.len = r.good ? out.len : why.len;
	r.text = arena_memdup(arena, r.good ? out.s : why.s, r.len);
	return r;
}

static struct render_ask ask_now(void)
{
	return (struct render_ask){ .kind = "bare",
		.shown = "main.html",
		.real = path,
		.root = dir,
		.context = context,
		.context_len = strlen(context),
		.s = &settings,
		.env = &env,
		.flags = &flags };
}

/* From the cache or, if it has none, rendered and kept; the text, which *hit says where from. */
static const char *get(bool *hit)
{
	const struct render_ask ask = ask_now();
	struct depends_why why;
	const struct render_kept *k = render_cache_get(renders, &ask, &why);
	struct rendered r;
	const char *text;

	*hit = k != NULL;
	if (k) {
		text = arena_strndup(arena, k->v[0].text, k->v[0].len);
		render_kept_unref(k);
		return text;
	}
	r = render(settings.memo);
	render_cache_put(renders, &ask, &why, &r.from, NULL,
	        &(struct render_text){ "", r.text, r.len }, r.good ? 1 : 0, 1);
	return r.good ? arena_strndup(arena, r.text, r.len) : NULL;
}

static void is(const char *text, bool from_cache)
{
	bool hit;
	const char *got = get(&hit);

	ck_assert_ptr_nonnull(got);
	ck_assert_str_eq(got, text);
	ck_assert_int_eq(hit, from_cache);
}

static int64_t figure(enum metric m)
{
	return metrics_value(metrics, m);
}

/* ---- examples ---- */

START_TEST(what_did_not_change_is_not_rendered_again)
{
	puts_text("main.html", "{{ x }} {% include 'part.txt' %}");
	puts_text("part.txt", "part");
	context = "{\"x\": 1}";
	is("1 part", false);
	is("1 part", true);
	context = "{\"x\": 2}";
	is("2 part", false);
	context = "{\"x\": 1}";
	is("1 part", true);
	puts_text("part.txt", "other");
	is("1 other", false);
	ck_assert_int_eq(figure(METRIC_CACHE_HITS_RENDERS), 2);
	ck_assert_int_eq(figure(METRIC_CACHE_MISSES_RENDERS), 3);
	ck_assert_int_eq(figure(METRIC_CACHE_BUILD_RENDERS), 3);
	ck_assert_int_eq(figure(METRIC_CACHE_ENTRIES_RENDERS), 2);
	ck_assert_int_gt(figure(METRIC_CACHE_BYTES_RENDERS), 0);
	render_cache_clear(renders);
	ck_assert_int_eq(figure(METRIC_CACHE_ENTRIES_RENDERS), 0);
	is("1 other", false);
}
END_TEST

/* A client that was not asked may have the variable. */
START_TEST(a_variable_that_was_not_sent_is_asked_for)
{
	puts_text("main.html", "{{ get_env(name='GEN', default='unset') }}");
	is("unset", false);
	is("unset", true);
	env.asked = false;
	is("unset", false);
	vars[0] = (struct env_var){ "GEN", "set" };
	env.n = 1;
	is("set", false);
	is("set", true);
	vars[0].value = "";
	is("", false);
}
END_TEST

START_TEST(what_is_not_to_be_kept_is_not)
{
	bool hit;

	flags.freeze_clock = NULL;
	puts_text("main.html", "{{ now() }}");
	for (int i = 0; i < 3; i++) {
		ck_assert_ptr_nonnull(get(&hit));
		ck_assert(!hit);
	}
	flags.freeze_clock = "2026-01-01T00:00:00Z";
	flags.seed = NULL;
	puts_text("main.html", "{{ get_random(end=9) }}");
	for (int i = 0; i < 3; i++) {
		ck_assert_ptr_nonnull(get(&hit));
		ck_assert(!hit);
	}
	puts_text("main.html", "{{ missing }}");
	ck_assert_ptr_null(get(&hit));
	ck_assert_ptr_null(get(&hit));
	ck_assert(!hit);
	puts_text("main.html", "{{ 1 }}");
	is("1", false);
	is("1", true);
}
END_TEST

START_TEST(it_is_bounded)
{
	char text[64];

	render_cache_free(renders);
	renders = render_cache_new(metrics, 3, 1 << 20);
	puts_text("main.html", "{{ x }}");
	for (int i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), "{\"x\": %d}", i);
		context = arena_strdup(arena, text);
		is(arena_printf(arena, "%d", i), false);
	}
	ck_assert_int_eq(figure(METRIC_CACHE_EVICTIONS_RENDERS), 2);
	ck_assert_uint_eq(render_cache_fill(renders).entries, 3);
	is("4", true);
	context = "{\"x\": 0}";
	is("0", false);
}
END_TEST

/* What is in use stays when the cache is gone over. */
START_TEST(text_outlives_its_entry)
{
	struct depends_why why;
	bool hit;

	puts_text("main.html", "text");
	get(&hit);

	const struct render_ask ask = ask_now();
	const struct render_kept *k = render_cache_get(renders, &ask, &why);

	ck_assert_ptr_nonnull(k);
	render_cache_clear(renders);
	ck_assert_int_eq(memcmp(k->v[0].text, "text", 4), 0);
	render_kept_unref(k);
}
END_TEST

START_TEST(templates_are_told_apart_by_name_text_and_limits)
{
	const struct memo *m = template_cache_memo(templates);
	struct tlimits other = tlimits_default;
	AUTO_TERR e = TERR_INIT;
	char text[200];

	memset(text, 'x', sizeof(text));
	other.max[TLIMIT_NESTING]--;

	struct template *t = memo_compile(m, "a", text, 200, NULL, &e);
	struct template *same = memo_compile(m, "a", text, 200, &tlimits_default, &e);
	struct template *name = memo_compile(m, "b", text, 200, NULL, &e);
	struct template *shorter = memo_compile(m, "a", text, 199, NULL, &e);
	struct template *limits = memo_compile(m, "a", text, 200, &other, &e);

	text[100] = 'y';

	struct template *byte = memo_compile(m, "a", text, 200, NULL, &e);

	ck_assert_ptr_eq(t, same);
	ck_assert(t != name && t != shorter && t != limits && t != byte);
	ck_assert_str_eq(template_name(name), "b");
	ck_assert_int_eq(figure(METRIC_CACHE_HITS_TEMPLATES), 1);
	ck_assert_int_eq(figure(METRIC_CACHE_MISSES_TEMPLATES), 5);
	ck_assert_int_eq(figure(METRIC_CACHE_ENTRIES_TEMPLATES), 5);
	memcpy(text, "{% if", 5);
	ck_assert_ptr_null(memo_compile(m, "a", text, 200, NULL, &e));
	ck_assert_int_eq(figure(METRIC_CACHE_ENTRIES_TEMPLATES), 5);

	struct template *const all[] = { t, same, name, shorter, limits, byte };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		template_unref(all[i]);
}
END_TEST

/* ---- properties ---- */

static void same(
        uint64_t seed, const char *what, const struct rendered *x, const struct rendered *y)
{
	ck_assert_msg(
	        x->good == y->good && x->len == y->len && memcmp(x->text, y->text, x->len) == 0,
	        "seed %llu: %s: '%.*s' and '%.*s'", (unsigned long long)seed, what, (int)x->len,
	        x->text, (int)y->len, y->text);
}

START_TEST(rendering_is_the_same_each_time_with_and_without_caches)
{
	uint64_t good = 0, n = gen_rounds(300);

	for (uint64_t seed = 0; seed < n; seed++) {
		struct gen g = { seed };
		AUTO_STRBUF main = STRBUF_INIT;
		AUTO_STRBUF part = STRBUF_INIT;
		AUTO_STRBUF json = STRBUF_INIT;
		bool hit;

		gen_nodes(&g, &part, 0);
		gen_nodes(&g, &main, 3);
		gen_context(&g, &json);
		put("main.html", main.s, main.len);
		put("part.txt", part.s, part.len);
		context = json.s;

		struct rendered plain = render(NULL), again = render(NULL);
		struct rendered cold = render(settings.memo), warm = render(settings.memo);

		same(seed, "twice", &plain, &again);
		same(seed, "compiled and kept", &plain, &cold);
		same(seed, "kept", &plain, &warm);
		for (int i = 0; i < 2; i++) {
			const char *text = get(&hit);

			ck_assert_msg(!text == !plain.good, "seed %llu", (unsigned long long)seed);
			ck_assert_msg(hit == (i && plain.good), "seed %llu: %d, hit %d",
			        (unsigned long long)seed, i, hit);
			if (text)
				ck_assert_msg(memcmp(text, plain.text, plain.len) == 0,
				        "seed %llu: the cache has '%s', not '%.*s'",
				        (unsigned long long)seed, text, (int)plain.len, plain.text);
		}
		good += plain.good;
		arena_free(arena);
		arena = arena_new();
	}
	ck_assert_msg(good > n / 4, "only %llu of %llu render: too few to show anything",
	        (unsigned long long)good, (unsigned long long)n);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { what_did_not_change_is_not_rendered_again,
		a_variable_that_was_not_sent_is_asked_for, what_is_not_to_be_kept_is_not,
		it_is_bounded, text_outlives_its_entry,
		templates_are_told_apart_by_name_text_and_limits,
		rendering_is_the_same_each_time_with_and_without_caches };

	return check_run_with("renders", tests, ARRAY_LEN(tests), setup, teardown);
}
