/* jansson.h and common/json.h share names: this file reads, and writes no JSON. */
#include <jansson.h>

#include "daemon/report/human_priv.h"

static void add_help(const json_t *help, const struct text_style *style, struct strbuf *out)
{
	size_t i;
	json_t *line;

	json_array_foreach(help, i, line)
	{
		if (!json_is_string(line))
			continue;
		strbuf_adds(out, "      ");
		text_inked(out, style->err, INK_INFO, "help:");
		strbuf_addc(out, ' ');
		text_line(out, json_string_value(line), json_string_length(line));
		strbuf_addc(out, '\n');
	}
}

void problem_text(const char *problem_json, const struct text_style *style, struct strbuf *out)
{
	json_error_t je;
	json_t *p = json_loads(problem_json, 0, &je);
	const char *code = json_string_value(json_object_get(p, "code"));
	const char *detail = json_string_value(json_object_get(p, "detail"));

	text_ink(out, style->err, INK_FAIL);
	strbuf_adds(out, "error[");
	text_str(out, code ? code : "internal");
	strbuf_addc(out, ']');
	text_plain(out, style->err, INK_FAIL);
	strbuf_adds(out, ": ");
	text_str(out, detail ? detail : "no detail");
	strbuf_addc(out, '\n');
	add_help(json_object_get(p, "help"), style, out);
	json_decref(p);
}
