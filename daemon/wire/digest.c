/* The digest of a run: canonical JSON, its objects with sorted keys, its lists in the order of
 * bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/core/digest.h"
#include "daemon/wire/wire_priv.h"

struct named {
	const char *first, *second; /* what it is ordered by, then by its place */
	size_t place;
};

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = strcmp(x->first, y->first);

	if (!order)
		order = strcmp(x->second, y->second);
	return order ? order : (x->place > y->place) - (x->place < y->place);
}

/* Of what `clnrm logs` prints: where a limit cut the stream, a line says how much is missing. */
static void write_sha256(struct json *j, const char *key, const struct captured *c)
{
	CLEANUP(digest_free) struct digest_ctx *ctx = digest_new();
	size_t head = c->total > c->len && c->head <= c->len ? c->head : c->len;
	char hex[DIGEST_HEX];
	struct digest d;

	digest_add(ctx, c->len ? c->data : "", head);
	if (c->total > c->len) {
		AUTO_STRBUF cut = STRBUF_INIT;

		strbuf_printf(&cut, "\n[... %llu bytes cut ...]\n",
		        (unsigned long long)(c->total - c->len));
		digest_add(ctx, cut.s, cut.len);
		digest_add(ctx, c->len ? c->data + head : "", c->len - head);
	}
	digest_end(ctx, &d);
	digest_hex(&d, hex);
	json_str(j, key, hex);
}

static void write_step(struct json *j, const struct step_result *s)
{
	json_obj(j, NULL);
	if (s->exit_code >= 0)
		json_int(j, "exit_code", s->exit_code);
	else
		json_null(j, "exit_code");
	json_str(j, "name", s->name);
	if (s->signal > 0)
		json_int(j, "signal", s->signal);
	else
		json_null(j, "signal");
	write_sha256(j, "stderr_sha256", &s->err);
	write_sha256(j, "stdout_sha256", &s->out);
	json_end(j);
}

static void write_scenario(struct json *j, const struct scenario_result *s)
{
	json_obj(j, NULL);
	json_str(j, "name", s->name);
	json_str(j, "reason", reason_names[s->reason]);
	json_arr(j, "steps");
	for (size_t i = 0; i < s->n_steps; i++)
		write_step(j, &s->steps[i]);
	json_end(j);
	json_null(j, "trace_digest");
	json_str(j, "verdict", verdict_names[s->verdict]);
	json_end(j);
}

static void write_test(struct json *j, const struct test_outcome *t, const char *path)
{
	struct named *order = xcalloc(t->n_scenarios + 1, sizeof(*order));

	json_obj(j, NULL);
	json_str(j, "file_sha256", *t->sha256 ? t->sha256 : NULL);
	json_str(j, "name", t->name);
	json_str(j, "path", path);
	for (size_t i = 0; i < t->n_scenarios; i++)
		order[i] = (struct named){ t->scenarios[i]->name, "", i };
	qsort(order, t->n_scenarios, sizeof(*order), by_name);
	json_arr(j, "scenarios");
	for (size_t i = 0; i < t->n_scenarios; i++)
		write_scenario(j, t->scenarios[order[i].place]);
	json_end(j);
	json_end(j);
	free(order);
}

static void write_tests(struct json *j, const struct run_result *r)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct named *order = arena_array(a, r->n_tests + 1, sizeof(*order));

	for (size_t i = 0; i < r->n_tests; i++) {
		AUTO_STR path = run_result_path(r, r->tests[i].file);

		order[i] = (struct named){ arena_strdup(a, path), r->tests[i].name, i };
	}
	qsort(order, r->n_tests, sizeof(*order), by_name);
	json_arr(j, "tests");
	for (size_t i = 0; i < r->n_tests; i++)
		write_test(j, &r->tests[order[i].place], order[i].first);
	json_end(j);
}

static bool is_partial(const struct run_result *r)
{
	for (size_t t = 0; t < r->n_tests; t++)
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++)
			if (scenario_result_is_partial(r->tests[t].scenarios[i]))
				return true;
	return false;
}

bool wire_digest(const struct run_result *r, char out[RUN_DIGEST_LEN])
{
	static const char prefix[] = "sha256:";
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&text);
	struct digest d;

	if (r->digest) {
		snprintf(out, RUN_DIGEST_LEN, "%s", r->digest);
		return *out;
	}
	*out = '\0';
	if (is_partial(r))
		return false;
	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.digest/1");
	write_tests(&j, r);
	json_end(&j);
	digest_of(text.s, text.len, &d);
	memcpy(out, prefix, sizeof(prefix));
	digest_hex(&d, out + sizeof(prefix) - 1);
	return true;
}
