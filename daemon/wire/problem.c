/* A file of its own: a room that only reads events need not link proto/. */
#include "proto/problem.h"
#include "daemon/wire/wire.h"

void wire_problem(const char *code, int exit, const char *detail, const char *instance,
        const char *const *help, size_t n_help, const struct diags *d, const char *extra,
        struct strbuf *out)
{
	const struct problem_kind *k = problem_kind(code);
	struct json j = JSON_INIT(out);

	if (!k)
		k = problem_kind("internal");
	json_obj(&j, NULL);
	AUTO_STRBUF type = STRBUF_INIT;
	strbuf_printf(&type, "urn:clnrm:problem:%s", code);
	json_str(&j, "type", type.s);
	json_str(&j, "title", k->title);
	json_int(&j, "status", k->status);
	json_str(&j, "detail", detail);
	json_str(&j, "instance", instance);
	json_str(&j, "code", code);
	json_int(&j, "exit", exit);
	json_arr(&j, "help");
	for (size_t i = 0; i < n_help; i++)
		if (help[i])
			json_str(&j, NULL, help[i]);
	json_end(&j);
	if (d) {
		wire_diags(&j, "errors", d);
	} else {
		json_arr(&j, "errors");
		json_end(&j);
	}
	if (extra)
		strbuf_adds(out, extra);
	json_end(&j);
	strbuf_addc(out, '\n');
}
