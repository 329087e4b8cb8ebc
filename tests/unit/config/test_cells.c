/* What `clnrm render` shows of a test file. */
#include "tests/unit/config/load_bed.h"

#include "daemon/config/cells.h"

static struct cells *cells;

static bool check;

static void render_with(const char *name, const char *text, const struct tvalue *context)
{
	const struct cells_request q = { .path = name,
		.real = bed_path(name),
		.text = text,
		.len = strlen(text),
		.context = context,
		.check = check,
		.s = &bed.s,
		.env = &bed.env,
		.flags = &bed.flags,
		.need = &bed.need,
		.need_arena = bed.a };

	cells_free(cells);
	cells = config_render(&q);
}

static const char *render(const char *name, const char *text)
{
	render_with(name, text, NULL);
	ck_assert_uint_eq(cells->file->diags.errors, 0);
	ck_assert_uint_eq(cells->n, 1);
	ck_assert_uint_eq(strlen(cells->v[0].text), cells->v[0].len);
	return cells->v[0].text;
}

START_TEST(a_file_without_tags_is_itself)
{
	ck_assert_str_eq(
	        render("t.toml", "# c\n[meta]\nname = 'x'\n\n"), "# c\n[meta]\nname = 'x'\n\n");
	ck_assert_str_eq(render("t.toml", ""), "");
}
END_TEST

START_TEST(values_are_replaced_where_they_stand)
{
	ck_assert_str_eq(render("t.toml", "# {{ svc }}\n[meta]\nname = '{{ svc }}'  # é\n"
	                                  "tags = [\"é\", \"{{ env }}\", 'x'] # {{\n"),
	        "# {{ svc }}\n[meta]\nname = \"clnrm\"  # é\ntags = [\"é\", \"ci\", 'x'] # {{\n");
	ck_assert_str_eq(
	        render("t.toml", "a = \"\"\"\n{{ svc }}\n\\\"\"\"\"\n\"k {{ env }}\" = 1\n"),
	        "a = \"clnrm\\n\\\"\"\n\"k ci\" = 1\n");
	ck_assert_str_eq(render("t.yaml", "meta: { name: '{{ svc }}' }\nb: a {{ env }} b # c\n"),
	        "meta: { name: \"clnrm\" }\nb: \"a ci b\" # c\n");
}
END_TEST

/* [[a]] again behind [b]: the order of the tree is not that of the text. */
START_TEST(tables_may_stand_in_any_order)
{
	ck_assert_str_eq(
	        render("t.toml",
	                "[[a]]\nx = '{{ seq(name=\"n\") }}'\n[b]\ny = '{{ seq(name=\"n\") }}'\n"
	                "[[a]]\nz = '{{ seq(name=\"n\") }}'\n"),
	        "[[a]]\nx = \"0\"\n[b]\ny = \"2\"\n[[a]]\nz = \"1\"\n");
}
END_TEST

START_TEST(all_other_files_are_text)
{
	ck_assert_str_eq(
	        render("t.toml.tera", "{% for i in [1, 2] %}{{ i }},{% endfor %}"), "1,2,");
	ck_assert_str_eq(render("page.html", "{{ '<' }}"), "&lt;");
	ck_assert_str_eq(render("_macros.tera", "{{ svc }}"), "clnrm");
}
END_TEST

START_TEST(each_cell_has_its_text)
{
	render_with("t.toml.tera", "[matrix]\nos = ['a', 'b']\n[meta]\nname = '{{ matrix.os }}'\n",
	        NULL);
	ck_assert_uint_eq(cells->n, 2);
	ck_assert_str_eq(cells->v[1].name, "os=b");
	ck_assert_str_eq(cells->v[1].text, "[matrix]\nos = ['a', 'b']\n[meta]\nname = 'b'\n");
	render_with(
	        "t.toml", "[matrix]\nos = ['a', 'b']\n[meta]\nname = '{{ matrix.os }}'\n", NULL);
	ck_assert_str_eq(cells->v[1].text, "[matrix]\nos = ['a', 'b']\n[meta]\nname = \"b\"\n");
}
END_TEST

START_TEST(a_context_is_between_the_command_line_and_the_file)
{
	struct tvalue context, all;
	AUTO_TERR e = TERR_INIT;
	static const char json[] = "{\"a\":\"c\",\"b\":\"c\",\"n\":[1]}";

	ck_assert_int_eq(
	        tvalue_read_json(json, strlen(json), bed.a, &tlimits_default, &context, &e), 0);
	bed.flags.map = LIST("a", "cli");
	render_with("t.toml", "x = '{{ a }} {{ b }} {{ n[0] }}'\n[vars]\na = 1\nb = 1\nc = 1\n",
	        &context);
	ck_assert_str_eq(cells->v[0].text, "x = \"cli c 1\"\n[vars]\na = 1\nb = 1\nc = 1\n");
	ck_assert_int_eq(vars_merged(&cells->vars, &all, &e), 0);
	ck_assert_int_eq(vars_source(&cells->vars, "a", 1), VAR_CLI);
	ck_assert_int_eq(vars_source(&cells->vars, "b", 1), VAR_CONTEXT);
	ck_assert_int_eq(vars_source(&cells->vars, "c", 1), VAR_FILE);
	ck_assert_int_eq(vars_source(&cells->vars, "svc", 3), VAR_DEFAULT);
}
END_TEST

START_TEST(what_fails_has_no_text)
{
	render_with("t.toml.tera", "ok\n{{ nope }}", NULL);
	ck_assert_ptr_null(cells->v);
	ck_assert_uint_eq(cells->file->diags.errors, 1);
	ck_assert_str_eq(cells->file->diags.v[0].trace,
	        "error: Failed to render 't.toml.tera'\n  --> t.toml.tera:2:4\n"
	        "  caused by: Variable `nope` not found in context while rendering "
	        "'t.toml.tera'\n");
	cells_free(cells);

	const struct cells_request q = { .path = "none.toml",
		.real = bed_path("none.toml"),
		.s = &bed.s,
		.env = &bed.env,
		.flags = &bed.flags };

	cells = config_render(&q);
	ck_assert_str_eq(cells->file->diags.v[0].code, "file.not_found");
}
END_TEST

START_TEST(what_is_checked_must_be_a_test_file)
{
	check = true;
	ck_assert_str_eq(
	        render("t.toml.tera", "[meta]\nname = '{{ svc }}'\n[[steps]]\nrun = 'x'\n"),
	        "[meta]\nname = 'clnrm'\n[[steps]]\nrun = 'x'\n");
	render_with("t.toml.tera", "[meta]\nname = '{{ svc }}'\n", NULL);
	ck_assert_ptr_null(cells->v);
	ck_assert_str_eq(cells->file->diags.v[0].code, "config.missing_key");
}
END_TEST

static void remove_all(void)
{
	cells_free(cells);
	cells = NULL;
	bed_remove();
}

int main(void)
{
	const TTest *const tests[] = { a_file_without_tags_is_itself,
		values_are_replaced_where_they_stand, tables_may_stand_in_any_order,
		all_other_files_are_text, each_cell_has_its_text,
		a_context_is_between_the_command_line_and_the_file, what_fails_has_no_text,
		what_is_checked_must_be_a_test_file };

	return check_run_with("cells", tests, ARRAY_LEN(tests), bed_make, remove_all);
}
