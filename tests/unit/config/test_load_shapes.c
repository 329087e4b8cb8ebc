/* Every key of a test file with values of every shape: each is taken or refused, and a finding
 * knows its place. */
#include "daemon/config/options.h"
#include "tests/unit/config/load_bed.h"

#define DEPTH_MAX 3

static const char *const shapes[] = {
	"5",
	"-1",
	"1.5",
	"true",
	"\"\"",
	"\"x\"",
	"\"a:b\"",
	"2020-01-01",
	"[]",
	"[5]",
	"[\"x\", 5]",
	"[[1]]",
	"[true, {}]",
	"{}",
	"{ a = 5 }",
	"{ a = \"x\" }",
	"{ a = { b = [1] } }",
	"[{ a = 5 }, 6]",
	"[{}, \"x\", {}]",
	"{ \"/x\" = [\"y\"], b = 4 }",
};

static unsigned loads;

static void load_with(const char *before, const char *key, const char *value, const char *after)
{
	AUTO_STRBUF text = STRBUF_INIT;

	strbuf_printf(&text, "%s%s = %s%s\n", before, key, value, after);
	for (int run = 0; run < 2; run++) {
		bed.validate = run == 0;
		load_text(text.s);
		loads++;
		for (size_t i = 0; i < bed.f->diags.n; i++) {
			const struct diag *d = &bed.f->diags.v[i];

			ck_assert_msg(d->message && d->message[0], "for\n%s", text.s);
			ck_assert_msg(!d->pointer || d->pointer[0] == '/', "for\n%s: %s", text.s,
			        d->pointer);
		}
	}
}

static void walk(enum table_kind kind, const char *before, const char *after, unsigned depth);

/* The keys of the key's own table, in each form that tables have. */
static void walk_below(
        const struct option *o, const char *before, const char *after, unsigned depth)
{
	static const char *const forms[][2] = {
		{ " = { ", " }" },
		{ " = [{ ", " }]" },
		{ " = { x = { ", " } }" },
	};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		bool named = o->type == V_MAP || o->type == V_CAPTURES || o->type == V_WINDOW;

		/* All three are tried where the table stands at the top. */
		if (depth > 1 && named != (i == 2))
			continue;
		AUTO_STR head = xasprintf("%s%s%s", before, o->name, forms[i][0]);
		AUTO_STR tail = xasprintf("%s%s", forms[i][1], after);

		walk(o->table, head, tail, depth + 1);
	}
}

static void walk(enum table_kind kind, const char *before, const char *after, unsigned depth)
{
	const struct option *o;

	/* Deep down a few shapes show as much. */
	const size_t step = depth > 2 ? 7 : depth;

	for (size_t at = 0; (o = option_next(kind, &at));) {
		for (size_t i = 0; i < ARRAY_LEN(shapes); i += step)
			load_with(before, o->name, shapes[i], after);
		if (o->table && depth < DEPTH_MAX)
			walk_below(o, before, after, depth);
	}
}

START_TEST(no_shape_of_any_value_is_too_much)
{
	walk(TABLE_ROOT, "", "", 1);
	ck_assert_uint_gt(loads, 5000);
}
END_TEST

START_TEST(a_finding_in_a_list_names_the_element_as_it_was_written)
{
	load_text("scenario = [{ name = \"a\", run = \"true\" }, 5, { name = \"b\" }, \"x\"]\n"
	          "meta.name = \"n\"\n");
	ck_assert_str_eq(bed.f->diags.v[0].pointer, "/scenario/1");
	ck_assert_str_eq(bed.f->diags.v[bed.f->diags.n - 1].pointer, "/scenario/3");
	load_text("[meta]\nname = \"n\"\nfiles = [1, { path = \"/x\", content = \"\" }, 2]\n"
	          "[[steps]]\nrun = \"true\"\n");
	ck_assert_str_eq(bed.f->diags.v[0].pointer, "/meta/files/0");
	ck_assert_str_eq(bed.f->diags.v[1].pointer, "/meta/files/2");
}
END_TEST

LOAD_MAIN("load shapes", no_shape_of_any_value_is_too_much,
        a_finding_in_a_list_names_the_element_as_it_was_written)
