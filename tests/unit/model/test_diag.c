#include <stdio.h>
#include <string.h>

#include "daemon/model/diag.h"
#include "tests/unit/check_main.h"

static struct arena *arena;
static struct diags d;

static void make(void)
{
	arena = arena_new();
	diags_init(&d, arena);
}

static void destroy(void)
{
	diags_release(&d);
	arena_free(arena);
}

static struct diag *add(enum severity s, uint32_t line, uint32_t col, const char *text)
{
	return diags_add(&d, s, "config.test", "f.toml", (struct pos){ .line = line, .col = col },
	        "%s", text);
}

START_TEST(a_finding_keeps_what_it_was_given)
{
	struct diag *x = add(SEV_ERROR, 3, 7, "unknown key 'comand'");

	ck_assert_ptr_eq(x, &d.v[0]);
	ck_assert_int_eq(x->severity, SEV_ERROR);
	ck_assert_str_eq(x->code, "config.test");
	ck_assert_str_eq(x->file, "f.toml");
	ck_assert_str_eq(x->message, "unknown key 'comand'");
	ck_assert_uint_eq(x->pos.line, 3);
	ck_assert_uint_eq(x->pos.col, 7);
	ck_assert_ptr_null(x->help[0]);
}
END_TEST

START_TEST(errors_and_warnings_are_counted_notes_are_not)
{
	add(SEV_ERROR, 1, 1, "a");
	add(SEV_WARNING, 1, 1, "b");
	add(SEV_WARNING, 1, 1, "c");
	add(SEV_NOTE, 1, 1, "d");
	ck_assert_uint_eq(d.n, 4);
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_uint_eq(d.warnings, 2);
}
END_TEST

START_TEST(beyond_the_bound_findings_are_counted_but_not_kept)
{
	for (uint32_t i = 0; i < 150; i++) {
		struct diag *x = add(SEV_ERROR, i, 1, "again");

		ck_assert_ptr_nonnull(x);
		diag_help(&d, x, "help %u", i);
	}
	ck_assert_uint_eq(d.n, 100);
	ck_assert_uint_eq(d.errors, 150);
	ck_assert_uint_eq(d.v[99].pos.line, 99);
	ck_assert_str_eq(d.v[99].help[0], "help 99");
}
END_TEST

START_TEST(four_lines_of_help_fit_the_fifth_is_dropped)
{
	struct diag *x = add(SEV_ERROR, 1, 1, "a");

	for (int i = 0; i < 6; i++)
		diag_help(&d, x, "help %d", i);
	for (int i = 0; i < DIAG_MAX_HELP; i++) {
		char want[32];

		snprintf(want, sizeof(want), "help %d", i);
		ck_assert_str_eq(x->help[i], want);
	}
}
END_TEST

START_TEST(sorting_is_by_position_and_keeps_the_order_of_equals)
{
	static const struct {
		uint32_t line, col;
		const char *text;
	} in[] = { { 9, 1, "e" }, { 2, 5, "b1" }, { 2, 5, "b2" }, { 2, 9, "d" }, { 0, 0, "a" },
		{ 2, 5, "b3" } };
	static const char *const want[] = { "a", "b1", "b2", "b3", "d", "e" };

	for (size_t i = 0; i < ARRAY_LEN(in); i++)
		add(SEV_ERROR, in[i].line, in[i].col, in[i].text);
	diags_sort(&d);
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		ck_assert_str_eq(d.v[i].message, want[i]);
}
END_TEST

START_TEST(a_copy_does_not_need_the_original)
{
	struct arena *other = arena_new();
	struct diags src;

	diags_init(&src, other);

	struct diag *x = diags_add(&src, SEV_WARNING, "config.code", arena_strdup(other, "file"),
	        (struct pos){ .line = 4 }, "message %d", 1);

	x->expected = arena_strdup(other, "expected");
	x->found = arena_strdup(other, "found");
	x->pointer = arena_strdup(other, "/a/b");
	x->source_line = arena_strdup(other, "a = b");
	x->group = arena_strdup(other, "group");
	diag_help(&src, x, "help");
	add(SEV_ERROR, 1, 1, "first");
	diags_copy(&d, &src);
	diags_release(&src);
	arena_free(other);
	ck_assert_uint_eq(d.n, 2);
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_uint_eq(d.warnings, 1);
	ck_assert_str_eq(d.v[1].code, "config.code");
	ck_assert_str_eq(d.v[1].file, "file");
	ck_assert_str_eq(d.v[1].message, "message 1");
	ck_assert_str_eq(d.v[1].expected, "expected");
	ck_assert_str_eq(d.v[1].found, "found");
	ck_assert_str_eq(d.v[1].pointer, "/a/b");
	ck_assert_str_eq(d.v[1].source_line, "a = b");
	ck_assert_str_eq(d.v[1].group, "group");
	ck_assert_str_eq(d.v[1].help[0], "help");
	ck_assert_ptr_null(d.v[1].help[1]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_finding_keeps_what_it_was_given,
		errors_and_warnings_are_counted_notes_are_not,
		beyond_the_bound_findings_are_counted_but_not_kept,
		four_lines_of_help_fit_the_fifth_is_dropped,
		sorting_is_by_position_and_keeps_the_order_of_equals,
		a_copy_does_not_need_the_original,
	};

	return check_run_with("diag", tests, ARRAY_LEN(tests), make, destroy);
}
