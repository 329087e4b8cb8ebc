/* Listings, strict bodies, and the handlers that need no other room. */
#include "daemon/server/body.h"
#include "daemon/server/listing.h"
#include "daemon/server/skew.h"
#include "proto/schema.h"
#include "tests/unit/server/bench.h"

/* ---- listings ---- */

struct fruit {
	const char *name;
	uint64_t bytes;
};

static void cell_name(const void *row, struct strbuf *out)
{
	cell_text(out, ((const struct fruit *)row)->name);
}

static double bytes(const void *row)
{
	return (double)((const struct fruit *)row)->bytes;
}

static void cell_size(const void *row, struct strbuf *out)
{
	cell_bytes(out, ((const struct fruit *)row)->bytes);
}

static const struct column columns[] = {
	{ "FRUIT", "name", cell_name, NULL },
	{ "SIZE", "size_bytes", cell_size, bytes },
	{ 0 },
};

static void handle_fruit(struct request *r)
{
	struct fruit rows[60] = { { "pear", 5 }, { "apple", 2048 }, { "fig", 5 } };
	struct listing l = { columns, rows, 3, sizeof(rows[0]) };
	AUTO_STRBUF text = STRBUF_INIT;

	if (request_flag(r, "many"))
		for (l.n = 0; l.n < ARRAY_LEN(rows); l.n++)
			rows[l.n] = (struct fruit){ "x", 1 };
	if (listing_arrange(r, &l) < 0)
		return;
	listing_text(r, &l, &text);
	answer(r, 0, &text, &text);
}

static void expect_text(const char *query, const char *text)
{
	bench_ask(handle_fruit, &(struct bench_request){ .form = FORM_TEXT, .query = query });
	ck_assert_str_eq(bench_got.body.s, text);
}

START_TEST(rows_stay_in_order_unless_a_column_is_named)
{
	expect_text(NULL, "FRUIT  SIZE\npear   5 B\napple  2.0 KiB\nfig    5 B\n");
	expect_text("sort=name", "FRUIT  SIZE\napple  2.0 KiB\nfig    5 B\npear   5 B\n");
}
END_TEST

START_TEST(numbers_are_sorted_with_the_largest_first_and_equals_keep_their_order)
{
	expect_text("sort=size_bytes", "FRUIT  SIZE\napple  2.0 KiB\npear   5 B\nfig    5 B\n");
	expect_text("sort=SIZE&limit=1", "FRUIT  SIZE\napple  2.0 KiB\n");
}
END_TEST

START_TEST(a_listing_without_header_is_rows_alone)
{
	expect_text("no_header=1&limit=1", "pear  5 B\n");
	expect_text("no_header=0&limit=1", "FRUIT  SIZE\npear   5 B\n");
}
END_TEST

static size_t lines(void)
{
	size_t n = 0;

	for (const char *p = bench_got.body.s; (p = strchr(p, '\n')); p++)
		n++;
	return n;
}

START_TEST(fifty_rows_are_shown_unless_the_limit_says_otherwise)
{
	struct bench_request q = { .form = FORM_TEXT, .query = "many=1&no_header=1" };

	bench_ask(handle_fruit, &q);
	ck_assert_uint_eq(lines(), 50);
	q.query = "many=1&no_header=1&limit=0";
	bench_ask(handle_fruit, &q);
	ck_assert_uint_eq(lines(), 60);
	q.query = "many=1&no_header=1&limit=7";
	bench_ask(handle_fruit, &q);
	ck_assert_uint_eq(lines(), 7);
}
END_TEST

START_TEST(an_unknown_column_is_refused_with_those_there_are)
{
	bench_ask(handle_fruit, &(struct bench_request){ .query = "sort=colour" });
	ck_assert_int_eq(bench_got.status, 400);
	ck_assert_ptr_nonnull(strstr(bench_got.body.s, "\"code\":\"invalid-option\""));
	ck_assert_ptr_nonnull(strstr(bench_got.body.s, "one of: name, size_bytes"));
	ck_assert_ptr_nonnull(strstr(bench_got.headers.s, "Clnrm-Exit: 2\n"));
}
END_TEST

START_TEST(counts_are_parted_by_thousands)
{
	static const struct {
		uint64_t n;
		const char *text;
	} cases[] = { { 0, "0" }, { 999, "999" }, { 1204, "1,204" }, { 1000000, "1,000,000" } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_STRBUF b = STRBUF_INIT;

		cell_count(&b, cases[i].n);
		ck_assert_str_eq(b.s, cases[i].text);
	}
}
END_TEST

/* ---- bodies ---- */

struct wanted {
	const char *image;
	unsigned count;
	bool dry;
};

static const struct field fields[] = {
	{ .name = "image", .type = FIELD_TEXT, .at = offsetof(struct wanted, image) },
	{ .name = "count", .type = FIELD_UINT, .at = offsetof(struct wanted, count), .max = 9 },
	{ .name = "dry", .type = FIELD_BOOL, .at = offsetof(struct wanted, dry) },
};

static void handle_members(struct request *r)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct strbuf ok = { .s = (char *)(uintptr_t) "{}", .len = 2 };
	struct wanted w = { 0 };

	if (body_decode(r, fields, ARRAY_LEN(fields), a, &w) == 0)
		answer(r, 0, &ok, NULL);
}

START_TEST(a_body_of_known_members_is_taken_and_so_is_none)
{
	bench_ask(handle_members, &(struct bench_request){ 0 });
	ck_assert_int_eq(bench_got.status, 200);
	bench_ask(
	        handle_members, &(struct bench_request){
	                                .body = "{\"image\":\"host\",\"count\":0,\"dry\":false}" });
	ck_assert_int_eq(bench_got.status, 200);
}
END_TEST

START_TEST(every_bad_member_of_a_body_is_named_with_its_pointer)
{
	static const struct {
		const char *body, *pointer;
	} cases[] = {
		{ "{\"image\":5}", "/image" },
		{ "{\"image\":\"a\\u0000b\"}", "/image" },
		{ "{\"count\":-1}", "/count" },
		{ "{\"count\":10}", "/count" },
		{ "{\"count\":1.5}", "/count" },
		{ "{\"dry\":0}", "/dry" },
		{ "{\"imige\":\"host\"}", "/imige" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bench_ask(handle_members, &(struct bench_request){ .body = cases[i].body });
		json_t *problem = bench_json();
		json_t *finding = json_array_get(json_object_get(problem, "errors"), 0);

		ck_assert_int_eq(bench_got.status, 400);
		ck_assert_str_eq(
		        json_string_value(json_object_get(finding, "pointer")), cases[i].pointer);
		json_decref(problem);
	}
	ck_assert_ptr_nonnull(strstr(bench_got.body.s, "did you mean 'image'?"));
}
END_TEST

/* ---- schemas ---- */

START_TEST(a_schema_is_served_by_its_name_with_or_without_suffix)
{
	static const char *const names[] = { "run", "run.json" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		bench_ask(handle_schema_show, &(struct bench_request){ .part = names[i] });
		json_t *v = bench_json();

		ck_assert_int_eq(bench_got.status, 200);
		ck_assert_str_eq(json_string_value(json_object_get(v, "$id")), "/v1/schemas/run");
		json_decref(v);
	}
}
END_TEST

START_TEST(an_unknown_schema_is_not_found_with_a_proposal)
{
	bench_ask(handle_schema_show, &(struct bench_request){ .part = "statos" });
	ck_assert_int_eq(bench_got.status, 404);
	ck_assert_ptr_nonnull(strstr(bench_got.body.s, "did you mean 'status'?"));
	ck_assert_ptr_nonnull(strstr(bench_got.body.s,
	        "\"kind\":\"schema\",\"name\":\"statos\",\"similar\":[\"status\""));
}
END_TEST

static void count_refs(const json_t *v, const json_t *components, unsigned *n)
{
	const char *key;
	json_t *child;
	size_t i;

	json_array_foreach(v, i, child) count_refs(child, components, n);
	json_object_foreach((json_t *)(uintptr_t)v, key, child)
	{
		if (strcmp(key, "$ref") == 0) {
			const char *ref = json_string_value(child);

			ck_assert_msg(strncmp(ref, "#/components/schemas/", 21) == 0, "%s", ref);
			ck_assert_msg(json_object_get(components, ref + 21) != NULL, "%s", ref);
			++*n;
		}
		count_refs(child, components, n);
	}
}

START_TEST(the_openapi_document_has_every_route_and_no_reference_leads_nowhere)
{
	static const struct {
		const char *method, *path;
	} routes[] = {
#define ROUTE(id, method, path, query, body, answer, summary) { method, path },
		ROUTES(ROUTE)
#undef ROUTE
	};
	unsigned n = 0;

	bench_ask(handle_openapi_show, &(struct bench_request){ 0 });
	json_t *v = bench_json(), *paths = json_object_get(v, "paths");
	json_t *components = json_object_get(json_object_get(v, "components"), "schemas");

	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		char method[8] = "";

		for (size_t k = 0; routes[i].method[k]; k++)
			method[k] = (char)(routes[i].method[k] | 0x20);
		ck_assert_msg(
		        json_object_get(json_object_get(paths, routes[i].path), method) != NULL,
		        "%s %s", routes[i].method, routes[i].path);
	}
	count_refs(v, components, &n);
	ck_assert_uint_gt(n, 100);
	ck_assert_ptr_null(strstr(bench_got.body.s, "\"/v1/schemas/status\""));
	json_decref(v);
}
END_TEST

START_TEST(a_later_route_is_no_operation)
{
	static const char *const later[] = {
#define LATER(feature, method, path, summary) path,
		LATER_ROUTES(LATER)
#undef LATER
	};

	bench_ask(handle_openapi_show, &(struct bench_request){ 0 });
	json_t *v = bench_json(), *paths = json_object_get(v, "paths");

	for (size_t i = 0; i < ARRAY_LEN(later); i++) {
		const json_t *same = json_object_get(paths, later[i]);

		/* A path may be there for another method. */
		ck_assert_msg(!same || json_object_size(same) == 1, "%s", later[i]);
	}
	json_decref(v);
}
END_TEST

START_TEST(a_path_goes_to_the_route_that_says_most_of_it)
{
	static const struct {
		const char *method, *path, *route, *part, *feature;
	} rows[] = {
		{ "GET", "/v1/runs", "/v1/runs", NULL, NULL },
		{ "GET", "/v1/runs/abcd", "/v1/runs/{id}", "abcd", NULL },
		{ "GET", "/v1/runs/abcd/output", "/v1/runs/{id}/output", "abcd", NULL },
		{ "GET", "/v1/runs/abcd/events", "/v1/runs/{id}/events", "abcd", NULL },
		{ "GET", "/v1/runs/a/artifacts/x/y", "/v1/runs/{id}/artifacts/{name}", "a", NULL },
		{ "GET", "/v1/images/clnrm/base", "/v1/images/{ref}", "clnrm/base", NULL },
		{ "GET", "/v1/images/import", "/v1/images/{ref}", "import", NULL },
		{ "POST", "/v1/images/import", "/v1/images/import", NULL, NULL },
		{ "DELETE", "/v1/images/a/b:1,c", "/v1/images/{ref}", "a/b:1,c", NULL },
		{ "GET", "/v1/tests/a/b/history", "/v1/tests/{name}/history", "a/b", NULL },
		{ "GET", "/v1/runs/", NULL, NULL, NULL },
		{ "GET", "/v1/runs/a/b", NULL, NULL, NULL },
		{ "GET", "/v1/lint", NULL, NULL, NULL },
		{ "GET", "/v1/lintel", NULL, NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STR part = NULL;
		bool allowed = false;
		const struct route *r = route_find(rows[i].method, rows[i].path, &part, &allowed);

		ck_assert_pstr_eq(r ? r->path : NULL, rows[i].route);
		ck_assert_pstr_eq(part, rows[i].part);
		ck_assert_pstr_eq(r ? r->feature : NULL, rows[i].feature);
		ck_assert(r == NULL || (r->fn == NULL) == (r->feature != NULL));
		ck_assert(allowed == (r || strcmp(rows[i].path, "/v1/lint") == 0));
	}
}
END_TEST

START_TEST(versions_are_compared_by_their_numbers)
{
	ck_assert_int_eq(skew_compare("1.0.0+abc+debug", "1.0.0+def+release"), 0);
	ck_assert_int_lt(skew_compare("1.2.0+a", "1.10.0+a"), 0);
	ck_assert_int_gt(skew_compare("1.10.0", "1.9.9+x"), 0);
	ck_assert_int_lt(skew_compare("1.0+x", "1.0.1+x"), 0);
	ck_assert_int_eq(skew_compare("1.0", "1.0.0"), 0);
	ck_assert_int_lt(skew_compare("", "1"), 0);
	ck_assert_int_lt(skew_compare("junk+x", "1.0.0+x"), 0);
}
END_TEST

/* ---- shutdown ---- */

static int64_t shut_down = -2;

static void on_shutdown(void *arg, int64_t drain_ms)
{
	(void)arg;
	shut_down = drain_ms;
}

START_TEST(a_shutdown_is_accepted_first_and_begins_when_the_answer_is_out)
{
	bench_server.d.shutdown = on_shutdown;
	shut_down = -2;
	bench_ask(handle_shutdown, &(struct bench_request){ .body = "{\"drain_ms\":1500}" });
	ck_assert_int_eq(bench_got.status, 202);
	ck_assert_int_eq(shut_down, 1500); /* bench_ask() has ended the exchange */
	bench_ask(handle_shutdown, &(struct bench_request){ 0 });
	ck_assert_int_eq(shut_down, -1);
}
END_TEST

START_TEST(a_shutdown_meant_for_another_build_is_refused)
{
	bench_server.d.shutdown = on_shutdown;
	shut_down = -2;
	bench_ask(handle_shutdown, &(struct bench_request){ .body = "{\"if_build\":\"0.9\"}" });
	ck_assert_int_eq(bench_got.status, 409);
	ck_assert_ptr_nonnull(strstr(bench_got.body.s, "\"daemon_build\":\"1.0.0+test\""));
	ck_assert_ptr_nonnull(strstr(bench_got.headers.s, "Clnrm-Exit: 6\n"));
	ck_assert_int_eq(shut_down, -2);
	bench_ask(handle_shutdown,
	        &(struct bench_request){ .body = "{\"if_build\":\"1.0.0+test\"}" });
	ck_assert_int_eq(bench_got.status, 202);
}
END_TEST

/* ---- reload, gc ---- */

static int reload_rc;

static int on_reload(void *arg, struct reload *out)
{
	(void)arg;
	if (reload_rc < 0) {
		diags_add(&out->diags, SEV_ERROR, "config.type", "/u/cleanroom.toml",
		        (struct pos){ .line = 3, .col = 1 }, "expected an integer");
		return -1;
	}
	out->changed[out->n_changed++] = "performance.container_pool_size";
	out->restart[out->n_restart++] = "history.max_mb";
	return 0;
}

START_TEST(a_reload_names_what_changed_and_what_needs_a_restart)
{
	bench_server.d.reload = on_reload;
	reload_rc = 0;
	bench_ask(handle_reload, &(struct bench_request){ .form = FORM_TEXT });
	ck_assert_str_eq(bench_got.body.s,
	        "settings read again; changed: performance.container_pool_size\n"
	        "after a restart (clnrm daemon restart): history.max_mb\n");
}
END_TEST

START_TEST(a_reload_of_bad_settings_is_refused_with_its_findings)
{
	bench_server.d.reload = on_reload;
	reload_rc = -1;
	bench_ask(handle_reload, &(struct bench_request){ 0 });
	ck_assert_int_eq(bench_got.status, 422);
	ck_assert_ptr_nonnull(strstr(bench_got.headers.s, "Clnrm-Exit: 2\n"));
	ck_assert_ptr_nonnull(strstr(bench_got.body.s, "\"code\":\"config.type\""));
}
END_TEST

static bool gc_dry;

static void on_gc(void *arg, bool dry_run, swept_fn *done, void *done_arg)
{
	struct err e;

	(void)arg;
	gc_dry = dry_run;
	err_set(&e, ERR_BUSY, "not now");
	done(done_arg, 3, dry_run ? NULL : &e);
}

START_TEST(gc_tells_how_many_or_why_not)
{
	bench_server.d.gc = on_gc;
	bench_ask(handle_gc, &(struct bench_request){ .query = "dry_run=1" });
	ck_assert(gc_dry);
	ck_assert_str_eq(bench_got.body.s, "{\"swept\":3,\"dry_run\":true}");
	bench_ask(handle_gc, &(struct bench_request){ 0 });
	ck_assert(!gc_dry);
	ck_assert_int_eq(bench_got.status, 503);
	ck_assert_ptr_nonnull(strstr(bench_got.headers.s, "Retry-After: 1\n"));
}
END_TEST

START_TEST(the_version_answers_in_each_form)
{
	bench_server.d.started_wall_ns = clock_wall_ns();
	bench_ask(handle_version_show, &(struct bench_request){ 0 });
	json_t *v = bench_json();

	ck_assert_str_eq(json_string_value(json_object_get(v, "build")), "1.0.0+test");
	json_decref(v);
	bench_ask(handle_version_show, &(struct bench_request){ .form = FORM_TEXT });
	ck_assert_ptr_nonnull(strstr(bench_got.body.s, "clnrmd 1.0.0 ("));
	bench_ask(handle_version_show,
	        &(struct bench_request){ .form = FORM_FRAMES, .inner = INNER_JSON });
	ck_assert_int_eq(bench_got.body.s[0], 'o');
	ck_assert_ptr_nonnull(strstr(bench_got.body.s, "x 1\n0"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		rows_stay_in_order_unless_a_column_is_named,
		numbers_are_sorted_with_the_largest_first_and_equals_keep_their_order,
		a_listing_without_header_is_rows_alone,
		fifty_rows_are_shown_unless_the_limit_says_otherwise,
		an_unknown_column_is_refused_with_those_there_are,
		counts_are_parted_by_thousands,
		a_body_of_known_members_is_taken_and_so_is_none,
		every_bad_member_of_a_body_is_named_with_its_pointer,
		a_schema_is_served_by_its_name_with_or_without_suffix,
		an_unknown_schema_is_not_found_with_a_proposal,
		the_openapi_document_has_every_route_and_no_reference_leads_nowhere,
		a_later_route_is_no_operation,
		a_path_goes_to_the_route_that_says_most_of_it,
		versions_are_compared_by_their_numbers,
		a_shutdown_is_accepted_first_and_begins_when_the_answer_is_out,
		a_shutdown_meant_for_another_build_is_refused,
		a_reload_names_what_changed_and_what_needs_a_restart,
		a_reload_of_bad_settings_is_refused_with_its_findings,
		gc_tells_how_many_or_why_not,
		the_version_answers_in_each_form,
	};

	return check_run_with("handlers", tests, ARRAY_LEN(tests), bench_start, bench_stop);
}
