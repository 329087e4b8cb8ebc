#include <string.h>

#include "common/strbuf.h"
#include "daemon/template/casing.h"
#include "tests/unit/check_main.h"

typedef void casing_fn(const char *s, size_t len, struct strbuf *out);

static void gives(casing_fn *fn, const char *in, const char *want)
{
	AUTO_STRBUF b = STRBUF_INIT;

	fn(in, strlen(in), &b);
	ck_assert_str_eq(b.s, want);
}

START_TEST(kebab_case)
{
	static const char *const cases[][2] = {
		{ "My Company, Inc.", "my-company-inc" },
		{ "MyVariable", "my-variable" },
		{ "HTTPServer", "http-server" },
		{ "a1b2", "a-1b-2" },
		{ "v2.0", "v-2-0" },
		{ "Version2025Test", "version-2025-test" },
		{ "don't", "don-t" },
		{ "", "" },
		{ "--", "" },
		{ "__a__b__", "a-b" },
		{ "ABC", "abc" },
		{ "A", "a" },
		{ "42", "42" },
		{ "caf\u00e9 au lait", "caf\u00e9-au-lait" },
		{ "\u201ca\u201d\u2014b", "a-b" },
		{ "\u00dcberX", "\u00dcber-x" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		gives(casing_kebab, cases[i][0], cases[i][1]);
}
END_TEST

START_TEST(snake_case_differs_in_the_separator_alone)
{
	gives(casing_snake, "My Company, Inc.", "my_company_inc");
	gives(casing_snake, "HTTPServer", "http_server");
	gives(casing_snake, "already_snake", "already_snake");
}
END_TEST

START_TEST(camel_case)
{
	static const char *const cases[][2] = {
		{ "foo_bar-baz", "fooBarBaz" },
		{ "Foo 2 Bar", "foo2Bar" },
		{ "HTTPServer", "httpserver" },
		{ "myHTTPServer", "myHTTPServer" },
		{ "", "" },
		{ "..a..", "a" },
		{ "__foo", "foo" },
		{ "1st place", "1StPlace" },
		{ "\u00e9t\u00e9 x", "\u00e9t\u00e9X" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		gives(casing_camel, cases[i][0], cases[i][1]);
}
END_TEST

START_TEST(pascal_case)
{
	gives(casing_pascal, "HTTPServer", "Httpserver");
	gives(casing_pascal, "foo_bar-baz", "FooBarBaz");
	gives(casing_pascal, " hello world ", "HelloWorld");
}
END_TEST

START_TEST(bytes_that_are_no_utf8_are_separators)
{
	AUTO_STRBUF b = STRBUF_INIT;

	casing_kebab("a\xff\xfe"
	             "b\xc3",
	        5, &b);
	ck_assert_str_eq(b.s, "a-b");
}
END_TEST

CHECK_MAIN("casing", kebab_case, snake_case_differs_in_the_separator_alone, camel_case, pascal_case,
        bytes_that_are_no_utf8_are_separators)
