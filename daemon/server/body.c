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

void body_begin(const struct request *r, struct decode *c, struct arena *a)
{
	decode_init(c, a);
	c->command_line = r->form == FORM_FRAMES;
}

int body_decode(struct request *r, const struct field *fields, size_t n, struct arena *a, void *out)
{
	__attribute__((cleanup(decode_release))) struct decode c;

	body_begin(r, &c, a);
	if (decode_object(&c, r->json, "", fields, n, out))
		return 0;
	body_refuse(r, &c);
	return -1;
}
