#include "daemon/wire/wire_priv.h"

static const char *const severities[] = { "error", "warning", "note" };

static void position(struct json *j, const char *key, uint32_t v)
{
	if (v == 0)
		json_null(j, key);
	else
		json_uint(j, key, v);
}

static void write_fix(struct json *j, const struct diag *d)
{
	if (!d->n_edits) {
		json_null(j, "fix");
		return;
	}
	json_obj(j, "fix");
	json_arr(j, "edits");
	for (size_t i = 0; i < d->n_edits; i++) {
		const struct pos *at = &d->edits[i].at;

		json_obj(j, NULL);
		json_uint(j, "line", at->line);
		json_uint(j, "column", at->col);
		json_uint(j, "end_line", at->end_line);
		json_uint(j, "end_column", at->end_col);
		json_str(j, "text", d->edits[i].text);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

void wire_diag_members(struct json *j, const struct diag *d)
{
	json_str(j, "severity", severities[d->severity]);
	json_str(j, "code", d->code);
	json_str(j, "message", d->message);
	json_str(j, "expected", d->expected);
	json_str(j, "found", d->found);
	json_str(j, "file", d->file);
	position(j, "line", d->pos.line);
	position(j, "column", d->pos.col);
	position(j, "end_line", d->pos.end_line);
	position(j, "end_column", d->pos.end_col);
	json_str(j, "pointer", d->pointer);
	json_str(j, "source_line", d->source_line);
	if (d->source_col)
		json_uint(j, "source_column", d->source_col);
	if (d->from) {
		json_uint(j, "source_number", d->source_number);
		json_str(j, "from", d->from);
	}
	if (d->trace)
		json_str(j, "trace", d->trace);
	json_arr(j, "help");
	for (size_t i = 0; i < DIAG_MAX_HELP && d->help[i]; i++)
		json_str(j, NULL, d->help[i]);
	json_end(j);
	write_fix(j, d);
	if (d->group)
		json_str(j, "group", d->group);
}

void wire_diag(struct json *j, const char *key, const struct diag *d)
{
	json_obj(j, key);
	wire_diag_members(j, d);
	json_end(j);
}

void wire_diags(struct json *j, const char *key, const struct diags *d)
{
	json_arr(j, key);
	for (size_t i = 0; i < d->n; i++)
		wire_diag(j, NULL, &d->v[i]);
	json_end(j);
}

void read_diag(const json_t *o, struct arena *a, struct diag *d)
{
	size_t n;
	const json_t *help = read_array(o, "help", &n);

	*d = (struct diag){
		.severity = read_name(o, "severity", severities, ARRAY_LEN(severities), SEV_ERROR),
		.code = read_str_or(o, "code", a, "internal"),
		.message = read_str_or(o, "message", a, ""),
		.expected = read_str(o, "expected", a),
		.found = read_str(o, "found", a),
		.file = read_str(o, "file", a),
		.pos.line = read_uint(o, "line"),
		.pos.col = read_uint(o, "column"),
		.pos.end_line = read_uint(o, "end_line"),
		.pos.end_col = read_uint(o, "end_column"),
		.pointer = read_str(o, "pointer", a),
		.source_line = read_str(o, "source_line", a),
		.source_col = read_uint(o, "source_column"),
		.source_number = read_uint(o, "source_number"),
		.from = read_str(o, "from", a),
		.trace = read_str(o, "trace", a),
		.group = read_str(o, "group", a),
	};
	for (size_t i = 0; i < n && i < DIAG_MAX_HELP; i++)
		d->help[i] = arena_strdup(a, json_string_value(json_array_get(help, i)));
}
