#include <string.h>

#include "daemon/config/matrix.h"
#include "tests/unit/check_main.h"

static struct arena *a;
static struct diags d;
static struct check c;
static struct cell *cells;
static size_t n;

static void setup(void)
{
	a = arena_new();
	diags_init(&d, a);
	c = (struct check){ .file = "t.toml", .a = a, .d = &d };
}

static void teardown(void)
{
	diags_release(&d);
	arena_free(a);
}

static bool expand(const char *toml, const char *picked)
{
	const struct parse_limits lim = PARSE_LIMITS_DEFAULT;
	struct tvalue pick;
	AUTO_TERR e = TERR_INIT;
	const struct node *root = toml_read(toml, strlen(toml), "t.toml", &lim, a, &d);

	ck_assert_ptr_nonnull(root);
	ck_assert_int_eq(
	        tvalue_read_json(picked, strlen(picked), a, &tlimits_default, &pick, &e), 0);
	matrix_cells(&c, node_get(root, "matrix"), &pick, a, &tlimits_default, &cells, &n);
	return d.errors == 0;
}

static void shows(const char *toml, const char *picked, const char *want)
{
	AUTO_STRBUF b = STRBUF_INIT;

	ck_assert(expand(toml, picked));
	for (size_t i = 0; i < n; i++)
		strbuf_printf(&b, "[%s]", cells[i].name);
	ck_assert_str_eq(b.s, want);
}

static void refuses(const char *toml, const char *picked, const char *code, const char *message)
{
	ck_assert(!expand(toml, picked));
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_str_eq(d.v[d.n - 1].code, code);
	ck_assert_str_eq(d.v[d.n - 1].message, message);
	ck_assert_uint_eq(n, 1);
}

START_TEST(the_last_key_is_the_fastest)
{
	shows("matrix = { os = ['b', 'a'], v = [1, 2.5, true], d = [2025-01-01] }", "{}",
	        "[os=b,v=1,d=2025-01-01][os=b,v=2.5,d=2025-01-01][os=b,v=true,d=2025-01-01]"
	        "[os=a,v=1,d=2025-01-01][os=a,v=2.5,d=2025-01-01][os=a,v=true,d=2025-01-01]");
	ck_assert_int_eq(tvalue_get(&cells[1].values, "v", 1)->type, TVALUE_FLOAT);
	ck_assert_int_eq(tvalue_get(&cells[1].values, "os", 2)->type, TVALUE_STRING);
}
END_TEST

START_TEST(without_a_matrix_there_is_one_cell_without_a_name)
{
	shows("", "{\"os\":\"x\"}", "[]");
	ck_assert_uint_eq(cells[0].values.len, 0);
}
END_TEST

START_TEST(a_list_without_values_gives_no_cell_and_a_warning)
{
	shows("matrix = { os = [1], v = [] }", "{}", "");
	ck_assert_uint_eq(d.warnings, 1);
	ck_assert_str_eq(d.v[0].message, "'v' in [matrix] has no values: there is no test");
}
END_TEST

START_TEST(the_command_line_picks_values)
{
	shows("matrix = { os = ['a', 'b'], v = [1, 2] }", "{\"v\":\"2\",\"other\":\"x\"}",
	        "[os=a,v=2][os=b,v=2]");
	refuses("matrix = { os = ['a', 'b'] }", "{\"os\":\"c\"}", "config.enum",
	        "'c' is not a value of matrix.os, which has: a, b");
}
END_TEST

START_TEST(only_lists_of_scalars_make_cells)
{
	refuses("matrix = { os = 1 }", "{}", "config.type",
	        "'os' in [matrix] wants a list, found an integer");
}
END_TEST

START_TEST(a_table_is_no_value)
{
	refuses("matrix = { os = [{ a = 1 }] }", "{}", "config.type",
	        "'os' in [matrix] wants scalars, found a table");
}
END_TEST

START_TEST(with_an_error_there_is_one_cell_of_what_is_there)
{
	ck_assert(!expand("matrix = { a = [['x'], 'y', 'z'], b = 'w', c = {}, d = [1, 2] }", "{}"));
	ck_assert_uint_eq(d.errors, 3);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(cells[0].name, "a=y,b=w,c=,d=1");
}
END_TEST

START_TEST(as_many_as_the_limit_and_no_more)
{
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_adds(&b, "matrix = { a = [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16], "
	                "b = [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16] }");
	ck_assert(expand(b.s, "{}"));
	ck_assert_uint_eq(n, 256);
	strbuf_reset(&b);
	strbuf_adds(&b, "matrix = { x = [1,2], a = [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16], "
	                "b = [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16] }");
	refuses(b.s, "{\"x\":\"1\"}", "config.range",
	        "resource limit: matrix cells exceeds 256 (at t.toml:1:10)");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { the_last_key_is_the_fastest,
		without_a_matrix_there_is_one_cell_without_a_name,
		a_list_without_values_gives_no_cell_and_a_warning, the_command_line_picks_values,
		only_lists_of_scalars_make_cells, a_table_is_no_value,
		with_an_error_there_is_one_cell_of_what_is_there,
		as_many_as_the_limit_and_no_more };

	return check_run_with("matrix", tests, ARRAY_LEN(tests), setup, teardown);
}
