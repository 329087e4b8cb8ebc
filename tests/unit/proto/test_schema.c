/* The schemas in the program, and the routes that name them. */
#include <string.h>

#include "proto/routes.h"
#include "proto/schema.h"
#include "tests/unit/check_main.h"

static const struct {
	const char *path, *query, *request, *answer;
} routes[] = {
#define ROUTE(id, method, path, query, body, answer, summary) { path, query, body, answer },
	ROUTES(ROUTE)
#undef ROUTE
};

static const char *const arguments[] = {
#define ARGUMENT(name, type, help) name,
	ARGUMENTS(ARGUMENT) NULL
#undef ARGUMENT
};

START_TEST(the_answer_and_the_request_of_each_route_have_a_schema)
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		const char *blank = strchr(routes[i].answer, ' ');
		const char *names[] = { routes[i].request, blank ? blank + 1 : routes[i].answer };

		for (size_t k = 0; k < ARRAY_LEN(names); k++)
			if (strcmp(names[k], "none") != 0 && strcmp(names[k], "upgrade") != 0 &&
			        !strchr(names[k], '/'))
				ck_assert_msg(schema_find(names[k]) != NULL, "%s: '%s'",
				        routes[i].path, names[k]);
	}
}
END_TEST

START_TEST(each_argument_of_a_route_is_explained)
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		for (const char *q = routes[i].query; *q;) {
			size_t n = strcspn(q, " "), k = 0;

			while (arguments[k] &&
			        (strlen(arguments[k]) != n || strncmp(arguments[k], q, n) != 0))
				k++;
			ck_assert_msg(
			        arguments[k] != NULL, "%s: '%.*s'", routes[i].path, (int)n, q);
			q += n + strspn(q + n, " ");
		}
	}
}
END_TEST

START_TEST(each_schema_is_whole_and_found_by_its_name)
{
	size_t n = 0;

	for (const struct schema *s = schemas; s->name; s++, n++) {
		ck_assert_ptr_eq(schema_find(s->name), s);
		ck_assert_uint_eq(strlen(s->text), s->len);
		ck_assert_int_eq(s->text[0], '{');
		ck_assert_mem_eq(s->text + s->len - 2, "}\n", 2);
	}
	ck_assert_uint_gt(n, 40);
}
END_TEST

START_TEST(what_is_no_schema_is_not_found)
{
	ck_assert_ptr_null(schema_find(""));
	ck_assert_ptr_null(schema_find("run.json"));
	ck_assert_ptr_null(schema_find("no-such"));
}
END_TEST

CHECK_MAIN("schema", the_answer_and_the_request_of_each_route_have_a_schema,
        each_argument_of_a_route_is_explained, each_schema_is_whole_and_found_by_its_name,
        what_is_no_schema_is_not_found)
