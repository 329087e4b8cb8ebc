#include <string.h>

#include "daemon/config/vars.h"
#include "tests/unit/check_main.h"

static struct arena *a;
static struct vars v;
static struct terr e = TERR_INIT;
static struct tbuf shown = { .max = 100000 };

static void setup(void)
{
	a = arena_new();
	vars_init(&v, a, &tlimits_default);
}

static void teardown(void)
{
	arena_free(a);
	terr_release(&e);
	tbuf_release(&shown);
}

static struct tvalue json(const char *s)
{
	struct tvalue out;

	ck_assert_int_eq(tvalue_read_json(s, strlen(s), a, &tlimits_default, &out, &e), 0);
	return out;
}

static const char *as_json(const struct tvalue *x)
{
	tbuf_reset(&shown);
	tvalue_json(x, false, &shown);
	tbuf_addc(&shown, '\0');
	return shown.s;
}

static const char *get(const char *path)
{
	struct tvalue none = json("{}"), context;
	const struct tvalue *x;

	ck_assert_int_eq(vars_context(&v, &none, &context, &e), 0);
	x = tvalue_path(&context, path, strlen(path));
	return x ? as_json(x) : "-";
}

static void cli(const char *const *pairs, size_t n)
{
	struct str_list l = { (const char **)(uintptr_t)pairs, n };

	ck_assert_int_eq(vars_cli(&v, &l, &e), 0);
}
#define CLI(...)                                                   \
	do {                                                       \
		static const char *const list[] = { __VA_ARGS__ }; \
		cli(list, ARRAY_LEN(list));                        \
	} while (0)

static void add(struct tvalue *layer, const char *object)
{
	struct tvalue o = json(object);

	ck_assert_int_eq(vars_add(&v, layer, &o, &e), 0);
}

static const char *environment(void *arg, const char *name)
{
	(void)arg;
	return strcmp(name, "SERVICE_NAME") == 0 ? "from-env"
	       : strcmp(name, "ENV") == 0        ? ""
	                                         : NULL;
}

START_TEST(defaults_are_those_that_are_documented)
{
	ck_assert_str_eq(get("vars"),
	        "{\"endpoint\":\"http://localhost:4318\",\"env\":\"ci\",\"exporter\":\"otlp\","
	        "\"freeze_clock\":\"2025-01-01T00:00:00Z\",\"image\":\"registry/clnrm:1.0.0\","
	        "\"svc\":\"clnrm\",\"token\":\"\"}");
	ck_assert_str_eq(get("svc"), "\"clnrm\"");
	ck_assert_str_eq(get("otel"), "{}");
	ck_assert_str_eq(get("matrix"), "{}");
	ck_assert_str_eq(get("vars.vars"), "-");
}
END_TEST

START_TEST(layers_count_from_the_command_line_down)
{
	ck_assert_int_eq(vars_env(&v, environment, NULL, &e), 0);
	ck_assert_str_eq(get("svc"), "\"from-env\"");
	ck_assert_str_eq(get("env"), "\"\""); /* set, if empty */
	ck_assert_int_eq(vars_source(&v, "svc", 3), VAR_ENV);
	ck_assert_int_eq(vars_source(&v, "token", 5), VAR_DEFAULT);
	add(&v.layers[VAR_FILE], "{\"svc\":1,\"own\":[1]}");
	ck_assert_str_eq(get("svc"), "1");
	ck_assert_str_eq(get("vars.own.0"), "1");
	add(&v.layers[VAR_CONTEXT], "{\"svc\":2}");
	ck_assert_str_eq(get("svc"), "2");
	CLI("svc", "3");
	ck_assert_str_eq(get("vars.svc"), "\"3\"");
	ck_assert_int_eq(vars_source(&v, "svc", 3), VAR_CLI);
	ck_assert_str_eq(as_json(vars_get(&v, "svc", VAR_FILE)), "\"3\"");
	ck_assert_ptr_null(vars_get(&v, "env", VAR_FILE));
	ck_assert_ptr_nonnull(vars_get(&v, "env", VAR_ENV));
}
END_TEST

START_TEST(dotted_names_make_objects_that_merge)
{
	add(&v.layers[VAR_FILE], "{\"db\":{\"port\":1,\"host\":\"x\"}}");
	CLI("db.port", "2", "db.tls.on", "yes", "a", "1", "a.b", "2", "a.b", "3");
	ck_assert_str_eq(get("db"), "{\"host\":\"x\",\"port\":\"2\",\"tls\":{\"on\":\"yes\"}}");
	ck_assert_str_eq(get("vars.db.port"), "\"2\"");
	ck_assert_str_eq(get("a"), "{\"b\":\"3\"}");
}
END_TEST

START_TEST(otel_and_matrix_are_apart)
{
	struct tvalue cell = json("{\"os\":\"b\"}"), context;

	CLI("otel.endpoint", "e", "matrix.os", "b");
	add(&v.matrix, "{\"list\":[1]}");
	add(&v.layers[VAR_FILE], "{\"matrix\":5}");
	ck_assert_str_eq(get("otel"), "{\"endpoint\":\"e\"}");
	ck_assert_str_eq(get("matrix"), "{\"list\":[1]}");
	ck_assert_str_eq(get("vars.matrix"), "5");
	ck_assert_str_eq(as_json(&v.picked), "{\"os\":\"b\"}");
	ck_assert_int_eq(vars_context(&v, &cell, &context, &e), 0);
	ck_assert_str_eq(
	        as_json(tvalue_path(&context, "matrix", 6)), "{\"list\":[1],\"os\":\"b\"}");
}
END_TEST

START_TEST(nodes_keep_their_types_and_dates_become_text)
{
	static const char toml[] = "s = \"x\"\ni = 1\nf = 1.0\nb = true\nd = 2025-01-01\n"
	                           "t = { a = [1, { b = 'c' }] }\n";
	const struct parse_limits lim = PARSE_LIMITS_DEFAULT;
	struct diags d;
	struct tvalue out;

	diags_init(&d, a);
	const struct node *n = toml_read(toml, strlen(toml), "x", &lim, a, &d);

	ck_assert_int_eq(node_value(n, a, &tlimits_default, &out, &e), 0);
	ck_assert_str_eq(as_json(&out), "{\"b\":true,\"d\":\"2025-01-01\",\"f\":1.0,\"i\":1,\"s\":"
	                                "\"x\",\"t\":{\"a\":[1,{\"b\":\"c\"}]}}");
	diags_release(&d);
}
END_TEST

START_TEST(too_much_is_refused)
{
	struct tlimits small = tlimits_default;
	struct tvalue o = json("{\"a\":\"0123456789012345678901234567890123456789\"}"), out;

	v.limits = &small;
	small.max[TLIMIT_VALUE] = 100;
	ck_assert_int_eq(vars_add(&v, &v.layers[VAR_FILE], &o, &e), 0);
	ck_assert_int_eq(vars_merged(&v, &out, &e), -1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { defaults_are_those_that_are_documented,
		layers_count_from_the_command_line_down, dotted_names_make_objects_that_merge,
		otel_and_matrix_are_apart, nodes_keep_their_types_and_dates_become_text,
		too_much_is_refused };

	return check_run_with("vars", tests, ARRAY_LEN(tests), setup, teardown);
}
