/* GET /v1/schemas/{name}, and GET /v1/openapi.json, which is made from the table of routes and the
 * schemas. */
#include "proto/schema.h"

#include <string.h>

#include "common/strbuf.h"
#include "daemon/config/config.h"
#include "daemon/server/handlers.h"
#include "daemon/server/missing.h"
#include "daemon/wire/wire.h"

#define SCHEMA_BASE "/v1/schemas/"
#define MAX_SCHEMAS 256
#define DIALECT "https://json-schema.org/draft/2020-12/schema"

/* ---- one schema ---- */

static void not_found(struct request *r, const char *name)
{
	const char *names[MAX_SCHEMAS + 3] = { "test-file", "project-file" };
	AUTO_STRBUF why = STRBUF_INIT;

	for (size_t i = 0; i < MAX_SCHEMAS && schemas[i].name; i++)
		names[i + 2] = schemas[i].name;
	strbuf_printf(&why, "there is no schema '%.64s'", name);
	answer_missing(r, &(struct missing){ "not-found", "schema", name, names, why.s,
	                          "GET /v1/openapi.json holds them all" });
}

/* Adds what tree refers to, and what that refers to, to defs: each keeps its "$id", by which
 * references find it in the same document. */
static void collect_refs(json_t *tree, json_t *defs)
{
	const char *key, *ref = json_string_value(json_object_get(tree, "$ref"));
	json_t *value;
	size_t i;

	if (ref && strncmp(ref, SCHEMA_BASE, strlen(SCHEMA_BASE)) == 0) {
		const char *name = ref + strlen(SCHEMA_BASE);
		const struct schema *s = json_object_get(defs, name) ? NULL : schema_find(name);

		if (s) {
			json_t *other = json_loadb(s->text, s->len, 0, NULL);

			json_object_set_new(defs, name, other);
			collect_refs(other, defs);
		}
	}
	json_object_foreach(tree, key, value) collect_refs(value, defs);
	json_array_foreach(tree, i, value) collect_refs(value, defs);
}

/* For people and editors: one document that needs no other, on many lines. */
static void bundle(struct strbuf *text)
{
	json_t *tree = json_loadb(text->s, text->len, 0, NULL), *defs = json_object();
	char *dump;

	collect_refs(tree, defs);
	if (json_object_size(defs))
		json_object_set(tree, "$defs", defs);
	dump = json_dumps(tree, JSON_INDENT(2));
	strbuf_reset(text);
	strbuf_adds(text, dump);
	strbuf_addc(text, '\n');
	free(dump);
	json_decref(defs);
	json_decref(tree);
}

void handle_schema_show(struct request *r)
{
	size_t n = strlen(r->part);
	bool suffix = n > 5 && strcmp(r->part + n - 5, ".json") == 0;
	AUTO_STR name = xstrndup(r->part, suffix ? n - 5 : n);
	const struct schema *s = schema_find(name);
	AUTO_STRBUF json = STRBUF_INIT;

	if (!s && !config_schema(name, request_flag(r, "strict"), &json)) {
		not_found(r, name);
		return;
	}
	if (s)
		strbuf_add(&json, s->text, s->len);
	if (request_flag(r, "bundle"))
		bundle(&json);
	answer(r, 0, &json, NULL);
}

/* ---- OpenAPI ---- */

#define ROUTE(id, method, path, query, body, answer, summary) \
	{ #id, method, path, query, body, answer, summary },
static const struct route_doc {
	const char *id, *method, *path, *query, *request, *answer, *summary;
} routes[] = { ROUTES(ROUTE) };
#undef ROUTE

#define ARGUMENT(name, type, help) { name, type, help },
static const struct argument_doc {
	const char *name, *type, *help;
} arguments[] = { ARGUMENTS(ARGUMENT) };
#undef ARGUMENT

static void ref_schema(struct json *j, const char *name)
{
	AUTO_STRBUF ref = STRBUF_INIT;

	strbuf_printf(&ref, "#/components/schemas/%s", name);
	json_obj(j, "schema");
	json_str(j, "$ref", ref.s);
	json_end(j);
}

static void content(struct json *j, const char *type, const char *schema)
{
	json_obj(j, type);
	if (schema)
		ref_schema(j, schema);
	json_end(j);
}

static void parameter(
        struct json *j, const char *in, const char *name, const char *type, const char *help)
{
	json_obj(j, NULL);
	json_str(j, "name", name);
	json_str(j, "in", in);
	if (help)
		json_str(j, "description", help);
	if (strcmp(in, "path") == 0)
		json_bool(j, "required", true);
	json_obj(j, "schema");
	/* Flags are 0 and 1 in a query; a pattern is a text. */
	json_str(j, "type",
	        strcmp(type, "boolean") == 0   ? "integer"
	        : strcmp(type, "pattern") == 0 ? "string"
	                                       : type);
	if (strcmp(type, "boolean") == 0) {
		json_arr(j, "enum");
		json_int(j, NULL, 0);
		json_int(j, NULL, 1);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static void query_parameter(struct json *j, const char *name, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(arguments); i++)
		if (strlen(arguments[i].name) == n && strncmp(arguments[i].name, name, n) == 0)
			parameter(j, "query", arguments[i].name, arguments[i].type,
			        arguments[i].help);
}

static void parameters(struct json *j, const struct route_doc *d)
{
	const char *brace = strchr(d->path, '{');

	json_arr(j, "parameters");
	if (brace) {
		AUTO_STR name = xstrndup(brace + 1, strcspn(brace + 1, "}"));

		parameter(j, "path", name, "string", NULL);
	}
	for (const char *q = d->query; *q;) {
		size_t n = strcspn(q, " ");

		query_parameter(j, q, n);
		q += n + strspn(q + n, " ");
	}
	json_end(j);
}

static void request_body(struct json *j, const struct route_doc *d)
{
	if (strcmp(d->request, "none") == 0)
		return;
	json_obj(j, "requestBody");
	json_obj(j, "content");
	if (strchr(d->request, '/'))
		content(j, d->request, NULL);
	else
		content(j, "application/json", d->request);
	json_end(j);
	json_end(j);
}

/* A stream is one event a line; a document may also be had as text for people. */
static void answer_forms(struct json *j, const char *answer)
{
	if (strchr(answer, '/')) {
		content(j, answer, NULL);
	} else if (strcmp(answer, "event") == 0) {
		content(j, "application/x-ndjson", answer);
		content(j, "text/plain", NULL);
	} else {
		content(j, "application/json", answer);
		content(j, "text/plain", NULL);
	}
}

static void answer_content(struct json *j, const char *answer)
{
	json_obj(j, "content");
	for (const char *a = answer; *a;) {
		size_t n = strcspn(a, " ");
		AUTO_STR one = xstrndup(a, n);

		answer_forms(j, one);
		a += n + strspn(a + n, " ");
	}
	json_end(j);
}

static void responses(struct json *j, const struct route_doc *d)
{
	bool upgrade = strcmp(d->answer, "upgrade") == 0;
	bool none = upgrade || strcmp(d->answer, "none") == 0,
	     ending = strcmp(d->id, "shutdown") == 0;

	json_obj(j, "responses");
	json_obj(j, upgrade ? "101" : none ? "204" : ending ? "202" : "200");
	json_str(j, "description", d->summary);
	if (!none)
		answer_content(j, d->answer);
	json_end(j);
	json_obj(j, "default");
	json_str(j, "description", "why the request was refused");
	json_obj(j, "content");
	content(j, "application/problem+json", "problem");
	json_end(j);
	json_end(j);
	json_end(j);
}

static void operation(struct json *j, const struct route_doc *d)
{
	char method[8] = "";

	for (size_t i = 0; d->method[i] && i + 1 < sizeof(method); i++)
		method[i] = (char)(d->method[i] | 0x20);
	json_obj(j, method);
	json_str(j, "operationId", d->id);
	json_str(j, "summary", d->summary);
	parameters(j, d);
	request_body(j, d);
	responses(j, d);
	json_end(j);
}

/* Methods of one path stand together, wherever they are in the table. */
static void paths(struct json *j)
{
	json_obj(j, "paths");
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen = seen || strcmp(routes[k].path, routes[i].path) == 0;
		if (seen)
			continue;
		json_obj(j, routes[i].path);
		for (size_t k = i; k < ARRAY_LEN(routes); k++)
			if (strcmp(routes[k].path, routes[i].path) == 0)
				operation(j, &routes[k]);
		json_end(j);
	}
	json_end(j);
}

/* The schema with its references as those of an OpenAPI document. */
static void component(struct json *j, const struct schema *s)
{
	static const char from[] = "\"" SCHEMA_BASE, to[] = "\"#/components/schemas/";
	AUTO_STRBUF text = STRBUF_INIT;
	json_t *tree = json_loadb(s->text, s->len, 0, NULL);
	char *dump;

	json_object_del(tree, "$id");
	json_object_del(tree, "$schema");
	dump = json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(tree);
	for (const char *at = dump, *hit;; at = hit + sizeof(from) - 1) {
		hit = strstr(at, from);
		if (!hit) {
			strbuf_adds(&text, at);
			break;
		}
		strbuf_add(&text, at, (size_t)(hit - at));
		strbuf_adds(&text, to);
	}
	json_raw(j, s->name, text.s, text.len);
	free(dump);
}

void handle_openapi_show(struct request *r)
{
	AUTO_STRBUF json = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	json_obj(&j, NULL);
	json_str(&j, "openapi", "3.1.0");
	json_obj(&j, "info");
	json_str(&j, "title", "clnrm");
	json_str(&j, "version", r->d->version);
	json_str(&j, "description",
	        "HTTP over a Unix socket of the same user. Requests begin with /v1; members are "
	        "added within it, never removed.");
	json_end(&j);
	json_str(&j, "jsonSchemaDialect", DIALECT);
	paths(&j);
	json_obj(&j, "components");
	json_obj(&j, "schemas");
	for (const struct schema *s = schemas; s->name; s++)
		component(&j, s);
	json_end(&j);
	json_end(&j);
	json_end(&j);
	answer(r, 0, &json, NULL);
}
