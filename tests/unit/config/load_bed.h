/* tests/unit/config/load_bed.h - a project in a directory of its own, and one test file in it that
 * is loaded from text. Only for programs with one table of tests. */
#ifndef TESTS_UNIT_CONFIG_LOAD_BED_H
#define TESTS_UNIT_CONFIG_LOAD_BED_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/strbuf.h"
#include "daemon/config/config.h"
#include "daemon/config/node.h"
#include "tests/unit/check_main.h"

#define MIB (1024ull * 1024)
#define SECOND 1000000000LL

struct bed {
	struct arena *a;
	char root[64];
	struct settings s;
	struct client_env env;
	struct config_flags flags;
	struct str_list need;
	struct test_file *f;
	bool validate; /* instead of a run */
};
static struct bed bed;

static inline void bed_make(void)
{
	memset(&bed, 0, sizeof(bed));
	bed.a = arena_new();
	snprintf(bed.root, sizeof(bed.root), "/tmp/clnrm-load-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(bed.root));
	bed.s = (struct settings){
		.root = bed.root,
		.scenario_timeout_ns = 300 * SECOND,
		.step_timeout_ns = 60 * SECOND,
		.isolation = ISOLATION_STANDARD,
		.file_system_isolation = true,
		.network_isolation = true,
		.hermetic_isolation = true,
	};
	bed.env.asked = true;
}

static inline void bed_remove(void)
{
	struct err e;

	test_file_unref(bed.f);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, bed.root, &e), 0);
	arena_free(bed.a);
}

/* A file or directory of the project. */
static inline const char *bed_path(const char *name)
{
	return arena_printf(bed.a, "%s/%s", bed.root, name);
}

static inline void bed_write(const char *name, const char *text)
{
	struct err e;

	ck_assert_int_eq(fs_write_atomic(bed_path(name), text, strlen(text), 0644, &e), 0);
}

static inline void bed_mkdir(const char *name)
{
	ck_assert_int_eq(mkdir(bed_path(name), 0755), 0);
}

static inline struct test_file *load_named(const char *name, const char *text)
{
	test_file_unref(bed.f);
	bed.f = config_load(name, bed_path(name), text, strlen(text), &bed.s, &bed.env, &bed.flags,
	        !bed.validate, &bed.need, bed.a);
	return bed.f;
}

static inline struct test_file *load_text(const char *text)
{
	return load_named("t.clnrm.toml", text);
}

static inline const char *findings(void)
{
	AUTO_STRBUF b = STRBUF_INIT;

	for (size_t i = 0; i < bed.f->diags.n; i++) {
		const struct diag *x = &bed.f->diags.v[i];

		strbuf_printf(&b, "%s %u:%u %s: %s\n", x->severity == SEV_ERROR ? "E" : "W",
		        x->pos.line, x->pos.col, x->code, x->message);
		for (size_t h = 0; h < DIAG_MAX_HELP && x->help[h]; h++)
			strbuf_printf(&b, "    help: %s\n", x->help[h]);
	}
	return arena_strdup(bed.a, b.s);
}

static inline const struct diag *find(const char *code)
{
	for (size_t i = 0; i < bed.f->diags.n; i++)
		if (strcmp(bed.f->diags.v[i].code, code) == 0)
			return &bed.f->diags.v[i];
	return NULL;
}

/* The text loads without any finding; gives the test. */
static inline const struct test *clean(const char *text)
{
	load_text(text);
	ck_assert_msg(bed.f->diags.n == 0, "for\n%.1500s\n%s", text, findings());
	ck_assert_ptr_nonnull(bed.f->tests);
	return bed.f->tests;
}

/* The text loads with warnings at most. */
static inline const struct test *fair(const char *text)
{
	load_text(text);
	ck_assert_msg(bed.f->diags.errors == 0, "for\n%.1500s\n%s", text, findings());
	ck_assert_ptr_nonnull(bed.f->tests);
	return bed.f->tests;
}

/* A finding of this severity, code and place, whose message holds `part`. */
static inline const struct diag *finding(
        enum severity sev, const char *code, uint32_t line, uint32_t col, const char *part)
{
	for (size_t i = 0; i < bed.f->diags.n; i++) {
		const struct diag *x = &bed.f->diags.v[i];

		if (x->severity == sev && strcmp(x->code, code) == 0 && x->pos.line == line &&
		        x->pos.col == col && strstr(x->message, part))
			return x;
	}
	ck_abort_msg("no %s at %u:%u with '%s' in\n%s", code, line, col, part, findings());
}

/* One error and nothing else; the file has no test. */
static inline const struct diag *only_error(
        const char *text, const char *code, uint32_t line, uint32_t col, const char *part)
{
	load_text(text);
	ck_assert_msg(bed.f->diags.n == 1, "for\n%.1500s\n%s", text, findings());
	ck_assert_ptr_null(bed.f->tests);
	return finding(SEV_ERROR, code, line, col, part);
}

static inline const struct diag *only_warning(
        const char *text, const char *code, uint32_t line, uint32_t col, const char *part)
{
	load_text(text);
	ck_assert_msg(bed.f->diags.n == 1, "for\n%.1500s\n%s", text, findings());
	ck_assert_ptr_nonnull(bed.f->tests);
	return finding(SEV_WARNING, code, line, col, part);
}

static inline const char *env_of(const struct step *s, const char *name)
{
	for (size_t i = 0; i < s->n_env; i++)
		if (strcmp(s->env[i].name, name) == 0)
			return s->env[i].value;
	return NULL;
}

static inline const char *argv_of(const struct step *s)
{
	AUTO_STRBUF b = STRBUF_INIT;

	for (size_t i = 0; i < s->argv.n; i++)
		strbuf_printf(&b, "%s%s", i ? "|" : "", s->argv.v[i]);
	ck_assert_ptr_null(s->argv.v[s->argv.n]);
	return arena_strdup(bed.a, b.s);
}

static inline void set_env(const struct env_var *v, size_t n)
{
	bed.env.v = v;
	bed.env.n = n;
}

/* A project file said so. */
static inline void project_says(const char *key, const char *source)
{
	struct setting_row *rows = arena_array(bed.a, bed.s.n_rows + 1, sizeof(*rows));

	if (bed.s.n_rows)
		memcpy(rows, bed.s.rows, bed.s.n_rows * sizeof(*rows));
	rows[bed.s.n_rows++] = (struct setting_row){ key, "", source };
	bed.s.rows = rows;
}

static inline struct str_list list_of(const char *const *words)
{
	struct str_list l = { 0 };

	while (words[l.n])
		l.n++;
	l.v = arena_array(bed.a, l.n + 1, sizeof(*l.v));
	memcpy(l.v, words, l.n * sizeof(*l.v));
	return l;
}
#define LIST(...) list_of((const char *const[]){ __VA_ARGS__, NULL })

#define LOAD_MAIN(name, ...)                                                                \
	int main(void)                                                                      \
	{                                                                                   \
		const TTest *const tests[] = { __VA_ARGS__ };                               \
                                                                                            \
		return check_run_with(name, tests, ARRAY_LEN(tests), bed_make, bed_remove); \
	}

#define META "[meta]\nname = \"t\"\n"

#endif
