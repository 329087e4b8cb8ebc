#include "daemon/server/body.h"

#include <string.h>

#include "common/mem.h"

void body_refuse(struct request *r, const struct decode *c)
{
	const char *first = c->d.n ? c->d.v[0].message : "the body is malformed";

	const char *code = decode_code(c), *comma = "";
	AUTO_STRBUF missing = STRBUF_INIT;

	strbuf_adds(&missing, ",\"missing\":[");
	for (size_t i = 0; i < c->missing.n; i++, comma = ",")
		strbuf_printf(&missing, "%s\"%s\"", comma, c->missing.v[i]);
	strbuf_addc(&missing, ']');
	answer_problem_with(r, code, 2, first, NULL, &c->d,
	        strcmp(code, "needs-feature") == 0 ? missing.s : NULL);
}

int body_check_dir(struct request *r, const struct body_dir *dir, int exit)
{
	struct err why;

	if (body_same_dir(dir, &why))
		return 0;
	answer_problem(r, "cwd-mismatch", exit, why.msg,
	        "client and daemon must see the same file system: run both in one mount "
	        "namespace, or give each its own --socket",
	        NULL);
	return -1;
}

int body_cwd(struct request *r, const char **cwd)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	__attribute__((cleanup(decode_release))) struct decode c;
	struct body_dir dir;

	decode_init(&c, a);
	body_read_dir(&c, json_object_get(r->json, "cwd"), &dir);
	if (!decode_ok(&c)) {
		body_refuse(r, &c);
		return -1;
	}
	if (body_check_dir(r, &dir, 6) < 0)
		return -1;
	/* The text itself lives as long as the request: decoding copied it for its arena. */
	const json_t *j = json_object_get(r->json, "cwd");
	*cwd = json_string_value(json_is_string(j) ? j : json_object_get(j, "path"));
	return 0;
}

struct client_env body_env(struct request *r, struct arena *a)
{
	__attribute__((cleanup(decode_release))) struct decode c;

	decode_init(&c, a);
	return body_read_env(&c, json_object_get(r->json, "env"), r->env_final);
}
