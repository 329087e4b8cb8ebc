#include "daemon/template/tera_priv.h"

#define ROW(kind, id, params) { #id, tera_##kind##_##id, params },

#define FILTER(id, params) ROW(filter, id, params)
static const struct builtin filters[] = { TERA_FILTERS(FILTER) };
#undef FILTER

#define TEST(id, params) ROW(test, id, params)
static const struct builtin tests[] = { TERA_TESTS(TEST) };
#undef TEST

#define FUNCTION(id, params) ROW(function, id, params)
static const struct builtin functions[] = { TERA_FUNCTIONS(FUNCTION) };
#undef FUNCTION

const struct library library_tera = {
	.filters = filters,
	.tests = tests,
	.functions = functions,
	.n_filters = ARRAY_LEN(filters),
	.n_tests = ARRAY_LEN(tests),
	.n_functions = ARRAY_LEN(functions),
};
