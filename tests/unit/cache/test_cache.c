/* The cache in front of a loader of its own: what counts is when it is called. */
#include "tests/unit/check_main.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"
#include "daemon/cache/cache.h"
#include "daemon/core/digest.h"

static char base[64];
static char *home, *dir, *real;
static struct config_cache *cache;
static struct metrics *metrics;
static struct arena *arena;
static struct settings *s;
static struct env_var vars[8];
static struct client_env env;
static struct config_flags flags;
static struct str_list need;
static struct test_file *file;
static bool hit;
static unsigned loads;

/* ---- a loader ---- */

static void ask(
        const char *name, const struct client_env *from, struct str_list *out, struct arena *a)
{
	const char **v;

	if (!out || from->asked)
		return;
	v = arena_array(a, out->n + 2, sizeof(*v));
	if (out->n)
		memcpy(v, out->v, out->n * sizeof(*v));
	v[out->n++] = arena_strdup(a, name);
	out->v = v;
}

/* Says that a file beside this one was included. */
static void include(struct test_file *f, const char *name)
{
	struct made_file *m = arena_array(f->arena, 1, sizeof(*m));
	AUTO_STR path = fs_join(dir, name);
	char hex[DIGEST_HEX];
	AUTO_STRBUF text = STRBUF_INIT;
	struct digest d;
	struct err e;

	ck_assert_int_eq(fs_read_file(path, 1 << 20, &text, &e), 0);
	digest_of(text.s, text.len, &d);
	digest_hex(&d, hex);
	m->name = m->real = arena_strdup(f->arena, path);
	m->sha256 = arena_strdup(f->arena, hex);
	f->made_from.files = m;
	f->made_from.n_files = 1;
}

/* A file of words: "$NAME" is a variable, "$*" all of them, "broken" an error, "volumes" something
 * else outside, "+NAME" a file that is included. The name of the test is what came out. */
struct test_file *config_load(const char *path, const char *where, const char *text, size_t len,
        const struct settings *with, const struct client_env *from, const struct config_flags *by,
        bool for_run, struct str_list *out, struct arena *need_arena)
{
	struct test_file *f = test_file_new();
	AUTO_STRBUF words = STRBUF_INIT, name = STRBUF_INIT;
	struct digest d;
	struct err e;

	(void)with, (void)by;
	ck_assert(for_run);
	loads++;
	f->path = arena_strdup(f->arena, path);
	f->real = arena_strdup(f->arena, where);
	if (text) {
		strbuf_add(&words, text, len);
	} else if (fs_read_file(where, 1 << 20, &words, &e) < 0) {
		diags_add(&f->diags, SEV_ERROR, "file.not_found", f->path, (struct pos){ 0 }, "%s",
		        e.msg);
		return f;
	}
	digest_of(words.s, words.len, &d);
	digest_hex(&d, f->sha256);
	for (const char *p = words.s; *p; p += strcspn(p, " "), p += *p == ' ') {
		const char *w = arena_strndup(f->arena, p, strcspn(p, " "));
		const char *value = w[0] == '$' ? client_env_get(from, w + 1) : w;

		if (strcmp(w, "broken") == 0)
			return f;
		f->transient = f->transient || strcmp(w, "volumes") == 0;
		if (w[0] == '+')
			include(f, w + 1);
		if (strcmp(w, "$*") == 0 || (w[0] == '$' && !value))
			ask(w + 1, from, out, need_arena);
		strbuf_printf(&name, "%s ", value ? value : "-");
		for (size_t i = 0; strcmp(w, "$*") == 0 && i < from->n; i++)
			strbuf_printf(&name, "%s,", from->v[i].value);
	}
	f->tests = arena_alloc(f->arena, sizeof(*f->tests));
	f->tests->name = arena_strdup(f->arena, name.s);
	return f;
}

/* ---- the bed ---- */

static void setup(void)
{
	struct err e;

	snprintf(base, sizeof(base), "/tmp/clnrm-cache-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(base));
	home = fs_join(base, "home");
	dir = fs_join(base, "a/b");
	real = fs_join(dir, "t.clnrm.toml");
	ck_assert_int_eq(fs_mkdirs(home, 0755, &e), 0);
	ck_assert_int_eq(fs_mkdirs(dir, 0755, &e), 0);
	vars[0] = (struct env_var){ "HOME", home };
	vars[1] = (struct env_var){ "XDG_CONFIG_HOME", home };
	env = (struct client_env){ .v = vars, .n = 2 };
	flags = (struct config_flags){ 0 };
	metrics = metrics_new("1", "2");
	cache = config_cache_new(metrics, 100, 1 << 20, NULL);
	arena = arena_new();
	need = (struct str_list){ 0 };
	file = NULL;
	s = config_cache_settings(cache, dir, &env, &flags, getuid());
	loads = 0;
}

static void teardown(void)
{
	struct err e;

	test_file_unref(file);
	settings_unref(s);
	config_cache_free(cache);
	metrics_free(metrics);
	arena_free(arena);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, base, &e), 0);
	free(home);
	free(dir);
	free(real);
}

/* In place, so that the inode stays. */
static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	struct err e;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fs_write_all(fd, text, strlen(text), &e), 0);
	close(fd);
}

static void set_mtime(const char *path, int64_t ns)
{
	const struct timespec t[2] = { { ns / NS_PER_S, ns % NS_PER_S },
		{ ns / NS_PER_S, ns % NS_PER_S } };

	ck_assert_int_eq(utimensat(AT_FDCWD, path, t, 0), 0);
}

static int64_t ctime_of(const char *path)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return (int64_t)st.st_ctim.tv_sec * NS_PER_S + st.st_ctim.tv_nsec;
}

/* Waits until the stamps of a file are old enough to be relied on. */
static void age(const char *path)
{
	while (clock_wall_ns() <= ctime_of(path) + 21 * NS_PER_MS)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

static const char *load_as(const char *path, bool force)
{
	test_file_unref(file);
	need = (struct str_list){ 0 };
	file = config_cache_load(cache, path, real, s, &env, &flags, force, &hit, &need, arena);
	ck_assert_ptr_nonnull(file);
	return file->tests ? file->tests->name : "";
}

static const char *load(void)
{
	return load_as("b/t.clnrm.toml", false);
}

static void get_settings(void)
{
	settings_unref(s);
	s = config_cache_settings(cache, dir, &env, &flags, getuid());
}

static void set_var(const char *name, const char *value)
{
	vars[env.n++] = (struct env_var){ name, value };
}

/* ---- content ---- */

static bool is_known(void)
{
	struct test_file *f =
	        config_cache_hit(cache, "b/t.clnrm.toml", real, s, &env, &flags, &need, arena);

	test_file_unref(f);
	return f;
}

START_TEST(an_unchanged_file_is_parsed_once)
{
	put(real, "one");
	age(real);
	ck_assert_str_eq(load(), "one ");
	ck_assert(!hit);
	struct test_file *first = test_file_ref(file);
	ck_assert_str_eq(load(), "one ");
	ck_assert(hit);
	ck_assert_ptr_eq(file, first);
	ck_assert_uint_eq(loads, 1);
	test_file_unref(first);
	ck_assert_int_eq(metrics_value(metrics, METRIC_CACHE_HITS_CONFIGS), 1);
	ck_assert_int_eq(metrics_value(metrics, METRIC_CACHE_MISSES_CONFIGS), 1);
	ck_assert_int_eq(metrics_value(metrics, METRIC_CACHE_ENTRIES_CONFIGS), 1);
	ck_assert_int_gt(metrics_value(metrics, METRIC_CACHE_BYTES_CONFIGS), 0);
	ck_assert_int_eq(metrics_value(metrics, METRIC_CACHE_BUILD_CONFIGS), 1);
}
END_TEST

START_TEST(a_touched_file_is_not_parsed_again)
{
	put(real, "one");
	age(real);
	load();
	set_mtime(real, 1000 * NS_PER_S);
	load();
	ck_assert(hit);
	ck_assert_uint_eq(loads, 1);
}
END_TEST

START_TEST(new_content_is_parsed)
{
	put(real, "one");
	age(real);
	load();
	put(real, "three");
	ck_assert_str_eq(load(), "three ");
	ck_assert(!hit);
	ck_assert_uint_eq(loads, 2);
}
END_TEST

/* One look at the file itself does not tell what it includes. */
START_TEST(an_include_that_changed_is_no_hit_of_the_first_look)
{
	AUTO_STR part = fs_join(dir, "part");

	put(part, "one");
	put(real, "+part");
	age(part);
	age(real);
	load();
	ck_assert(!is_known()); /* what it includes is yet to be read once more */
	load();
	load();
	ck_assert(hit);
	ck_assert(is_known());
	put(part, "three");
	ck_assert(!is_known());
	load();
	ck_assert(!hit);
	ck_assert_int_eq(unlink(part), 0);
	ck_assert(!is_known());
}
END_TEST

START_TEST(a_change_of_the_same_size_with_its_old_mtime_is_seen)
{
	put(real, "one");
	set_mtime(real, 1000 * NS_PER_S);
	age(real);
	load();
	load();
	ck_assert(hit);
	put(real, "two");
	set_mtime(real, 1000 * NS_PER_S);
	ck_assert_str_eq(load(), "two ");
}
END_TEST

START_TEST(a_file_written_just_now_is_compared_by_content)
{
	/* Twice within one tick of a clock that stands in files: only content can tell. */
	for (int i = 0; i < 200; i++) {
		put(real, "one");
		ck_assert_str_eq(load(), "one ");
		put(real, "two");
		ck_assert_str_eq(load(), "two ");
	}
	put(real, "one");
	load();
	loads = 0;
	load();
	ck_assert(hit);
	ck_assert_uint_eq(loads, 0);
}
END_TEST

START_TEST(a_file_that_was_replaced_is_parsed)
{
	AUTO_STR other = fs_join(dir, "other");

	put(real, "one");
	age(real);
	load();
	put(other, "two");
	ck_assert_int_eq(rename(other, real), 0);
	ck_assert_str_eq(load(), "two ");
}
END_TEST

START_TEST(a_file_that_went_away_is_an_error_and_forgotten)
{
	put(real, "one");
	age(real);
	load();
	ck_assert_int_eq(unlink(real), 0);
	load();
	ck_assert_ptr_null(file->tests);
	ck_assert_int_eq(metrics_value(metrics, METRIC_CACHE_ENTRIES_CONFIGS), 0);
	put(real, "one");
	ck_assert_str_eq(load(), "one ");
	ck_assert(!hit);
}
END_TEST

START_TEST(broken_and_transient_files_are_not_kept)
{
	put(real, "broken");
	age(real);
	load();
	load();
	ck_assert_uint_eq(loads, 2);
	put(real, "volumes");
	age(real);
	load();
	load();
	ck_assert(!hit);
	ck_assert_uint_eq(loads, 4);
	ck_assert_int_eq(metrics_value(metrics, METRIC_CACHE_ENTRIES_CONFIGS), 0);
}
END_TEST

/* ---- requests ---- */

START_TEST(force_parses_anew)
{
	put(real, "one");
	age(real);
	load();
	load_as("b/t.clnrm.toml", true);
	ck_assert(!hit);
	ck_assert_uint_eq(loads, 2);
	load();
	ck_assert(hit);
}
END_TEST

START_TEST(another_name_for_the_file_is_another_entry)
{
	put(real, "one");
	age(real);
	load();
	load_as("t.clnrm.toml", false);
	ck_assert(!hit);
	ck_assert_str_eq(file->path, "t.clnrm.toml");
	load();
	ck_assert(hit);
	ck_assert_str_eq(file->path, "b/t.clnrm.toml");
}
END_TEST

START_TEST(each_flag_counts)
{
	const char *map[] = { "a", "b" };

	put(real, "one");
	age(real);
#define CHANGES(change)                                        \
	do {                                                   \
		flags = (struct config_flags){ 0 };            \
		load();                                        \
		load();                                        \
		ck_assert(hit);                                \
		change;                                        \
		load();                                        \
		ck_assert_msg(!hit, #change);                  \
		load();                                        \
		ck_assert_msg(hit, "again, with %s", #change); \
	} while (0)
	CHANGES(flags.strict = true);
	CHANGES(flags.allow_unknown = true);
	CHANGES(flags.isolation = "strict");
	CHANGES(flags.run_timeout_ns = 1);
	CHANGES(flags.scenario_timeout_ns = 1);
	CHANGES(flags.step_timeout_ns = 1);
	CHANGES(flags.reports_off = true);
	CHANGES(flags.hermetic_env = true);
	CHANGES(flags.seed = "1");
	CHANGES(flags.freeze_clock = "2025-01-01T00:00:00Z");
	CHANGES(flags.map = ((struct str_list){ map, 2 }));
	CHANGES(flags.image_map = ((struct str_list){ map, 2 }));
}
END_TEST

/* What is loaded in three steps ends as it does in one. */
static bool is_loaded_elsewhere(const char *text)
{
	struct config_loading *l = config_loading_new(
	        cache, "t.clnrm.toml", real, text, text ? strlen(text) : 0, s, &env, &flags);

	if (!l)
		return false;
	config_loading_work(l);
	test_file_unref(file);
	file = config_loading_end(l, &hit, &need, arena);
	ck_assert_ptr_nonnull(file);
	return true;
}

START_TEST(templates_are_loaded_elsewhere_however_small)
{
	put(real, "one");
	ck_assert(!is_loaded_elsewhere(NULL));
	ck_assert(!is_loaded_elsewhere("one {{ two"));
	ck_assert(is_loaded_elsewhere("{{ one }}"));
	ck_assert_str_eq(file->tests->name, "{{ one }} "); /* the text, not what is there */
	put(real, "{{ one }}");
	ck_assert(is_loaded_elsewhere(NULL));
	age(real);
	ck_assert(is_loaded_elsewhere(NULL));
	ck_assert(!is_loaded_elsewhere(NULL)); /* kept, and to be relied on */
	ck_assert(is_loaded_elsewhere("{{ one }}"));
}
END_TEST

START_TEST(switched_off_nothing_is_kept)
{
	set_var("CLEANROOM_PERFORMANCE_CACHE_COMPILED_TESTS", "false");
	get_settings();
	put(real, "one");
	age(real);
	load();
	load();
	ck_assert(!hit);
	ck_assert_uint_eq(loads, 2);
}
END_TEST

/* ---- environment ---- */

START_TEST(variables_that_a_file_does_not_use_do_not_matter)
{
	put(real, "one");
	age(real);
	load();
	set_var("NEW", "x");
	env.asked = true;
	load();
	ck_assert(hit);
}
END_TEST

START_TEST(a_variable_that_changed_is_seen)
{
	set_var("CI", "1");
	put(real, "$CI");
	age(real);
	ck_assert_str_eq(load(), "1 ");
	load();
	ck_assert(hit);
	vars[2].value = "2";
	ck_assert_str_eq(load(), "2 ");
	ck_assert(!hit);
	env.n = 2;
	env.asked = true;
	ck_assert_str_eq(load(), "- ");
}
END_TEST

START_TEST(a_file_that_needs_more_is_asked_for_and_kept_once_it_has_it)
{
	put(real, "$WHO");
	age(real);
	ck_assert_str_eq(load(), "- ");
	ck_assert_uint_eq(need.n, 1);
	ck_assert_str_eq(need.v[0], "WHO");
	load();
	ck_assert(!hit);
	ck_assert_uint_eq(need.n, 1);
	set_var("WHO", "me");
	env.asked = true;
	ck_assert_str_eq(load(), "me ");
	ck_assert_uint_eq(need.n, 0);
	ck_assert(!hit);
	ck_assert_str_eq(load(), "me ");
	ck_assert(hit);
	/* The next run begins without it again: what it will be asked for is known. */
	loads = 0;
	env.n = 2;
	env.asked = false;
	load();
	ck_assert_uint_eq(need.n, 1);
	ck_assert_str_eq(need.v[0], "WHO");
	set_var("WHO", "me");
	env.asked = true;
	ck_assert_str_eq(load(), "me ");
	ck_assert_uint_eq(loads, 0);
	vars[2].value = "you";
	ck_assert_str_eq(load(), "you ");
}
END_TEST

START_TEST(a_file_that_takes_all_that_matches_sees_each_new_variable)
{
	put(real, "$*");
	age(real);
	load();
	ck_assert_uint_eq(need.n, 1);
	set_var("A", "1");
	env.asked = true;
	load();
	load();
	ck_assert(hit);
	set_var("B", "2");
	ck_assert_ptr_nonnull(strstr(load(), ",1,2,"));
	ck_assert(!hit);
	env.n--;
	ck_assert_ptr_null(strstr(load(), ",1,2,"));
}
END_TEST

START_TEST(new_content_may_ask_for_something_else)
{
	put(real, "$WHO");
	age(real);
	load();
	set_var("WHO", "me");
	env.asked = true;
	load();
	put(real, "$WHY");
	env.n = 2;
	env.asked = false;
	load();
	ck_assert_uint_eq(need.n, 1);
	ck_assert_str_eq(need.v[0], "WHY");
}
END_TEST

/* ---- bounds ---- */

static void load_many(unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		AUTO_STR name = xasprintf("%u", i);

		load_as(name, false);
	}
}

START_TEST(the_entry_used_longest_ago_goes_first)
{
	config_cache_free(cache);
	cache = config_cache_new(metrics, 3, 1 << 20, NULL);
	put(real, "one");
	age(real);
	load_many(0, 3);
	load_as("0", false);
	ck_assert(hit);
	load_many(3, 4); /* 1 goes */
	load_as("0", false);
	ck_assert(hit);
	load_as("1", false);
	ck_assert(!hit);
	ck_assert_int_eq(metrics_value(metrics, METRIC_CACHE_EVICTIONS_CONFIGS), 2);
	ck_assert_int_eq(metrics_value(metrics, METRIC_CACHE_ENTRIES_CONFIGS), 3);
}
END_TEST

START_TEST(bytes_are_bounded_too)
{
	config_cache_free(cache);
	cache = config_cache_new(metrics, 1000, 64 << 10, NULL);
	put(real, "one");
	age(real);
	load_many(0, 200);
	ck_assert_int_le(metrics_value(metrics, METRIC_CACHE_BYTES_CONFIGS), 64 << 10);
	ck_assert_int_lt(metrics_value(metrics, METRIC_CACHE_ENTRIES_CONFIGS), 200);
	ck_assert_int_gt(metrics_value(metrics, METRIC_CACHE_ENTRIES_CONFIGS), 0);
}
END_TEST

START_TEST(clear_forgets_everything)
{
	put(real, "one");
	age(real);
	load();
	config_cache_clear(cache);
	ck_assert_int_eq(metrics_value(metrics, METRIC_CACHE_ENTRIES_CONFIGS), 0);
	load();
	ck_assert(!hit);
}
END_TEST

/* ---- settings ---- */

static void put_project(const char *where, const char *text)
{
	AUTO_STR path = fs_join(where, "cleanroom.toml");

	put(path, text);
}

START_TEST(unchanged_settings_are_the_same_object)
{
	struct settings *first = s;

	get_settings();
	ck_assert_ptr_eq(s, first);
}
END_TEST

START_TEST(a_project_file_that_appears_or_changes_is_seen)
{
	AUTO_STR upper = fs_join(base, "a");

	put_project(upper, "[cli]\njobs = 2\n");
	get_settings();
	ck_assert_uint_eq(s->jobs, 2);
	put_project(upper, "[cli]\njobs = 3\n");
	get_settings();
	ck_assert_uint_eq(s->jobs, 3);
	put_project(dir, "[cli]\njobs = 4\n"); /* nearer */
	get_settings();
	ck_assert_uint_eq(s->jobs, 4);
	ck_assert_str_eq(s->root, dir);
}
END_TEST

START_TEST(a_nearer_project_file_makes_files_parse_anew)
{
	put(real, "one");
	age(real);
	load();
	put_project(dir, "[cli]\njobs = 4\n");
	get_settings();
	load();
	ck_assert(!hit);
	load();
	ck_assert(hit);
}
END_TEST

START_TEST(a_touched_project_file_keeps_files_good)
{
	AUTO_STR project = fs_join(dir, "cleanroom.toml");

	put(real, "one");
	put(project, "[cli]\njobs = 4\n");
	age(project);
	get_settings();
	load();
	set_mtime(project, 1000 * NS_PER_S);
	get_settings();
	load();
	ck_assert(hit);
}
END_TEST

START_TEST(variables_and_flags_have_settings_of_their_own)
{
	struct settings *plain = settings_ref(s);

	set_var("CLEANROOM_CLI_JOBS", "5");
	get_settings();
	ck_assert_uint_eq(s->jobs, 5);
	vars[2].value = "6";
	get_settings();
	ck_assert_uint_eq(s->jobs, 6);
	env.n = 2;
	set_var("UNRELATED", "5");
	get_settings();
	ck_assert_ptr_eq(s, plain);
	flags.isolation = "strict";
	get_settings();
	ck_assert_int_eq(s->isolation, ISOLATION_STRICT);
	settings_unref(plain);
}
END_TEST

static int run_all(void)
{
	const TTest *const tests[] = {
		an_unchanged_file_is_parsed_once,
		a_touched_file_is_not_parsed_again,
		new_content_is_parsed,
		an_include_that_changed_is_no_hit_of_the_first_look,
		a_change_of_the_same_size_with_its_old_mtime_is_seen,
		a_file_written_just_now_is_compared_by_content,
		a_file_that_was_replaced_is_parsed,
		a_file_that_went_away_is_an_error_and_forgotten,
		broken_and_transient_files_are_not_kept,
		force_parses_anew,
		another_name_for_the_file_is_another_entry,
		each_flag_counts,
		templates_are_loaded_elsewhere_however_small,
		switched_off_nothing_is_kept,
		variables_that_a_file_does_not_use_do_not_matter,
		a_variable_that_changed_is_seen,
		a_file_that_needs_more_is_asked_for_and_kept_once_it_has_it,
		a_file_that_takes_all_that_matches_sees_each_new_variable,
		new_content_may_ask_for_something_else,
		the_entry_used_longest_ago_goes_first,
		bytes_are_bounded_too,
		clear_forgets_everything,
		unchanged_settings_are_the_same_object,
		a_project_file_that_appears_or_changes_is_seen,
		a_nearer_project_file_makes_files_parse_anew,
		a_touched_project_file_keeps_files_good,
		variables_and_flags_have_settings_of_their_own,
	};

	return check_run_with("cache", tests, ARRAY_LEN(tests), setup, teardown);
}

int main(void)
{
	return run_all();
}
