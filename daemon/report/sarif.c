/* Findings as SARIF 2.1.0 (OASIS, 27 March 2020): one run, every rule named, remedies as fixes. */
#include <ctype.h>
#include <string.h>

#include "common/json.h"
#include "daemon/report/report.h"

#define SARIF_SCHEMA                                                          \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/" \
	"sarif-schema-2.1.0.json"

/* A relative reference (RFC 3986): what is not allowed in a path is escaped. */
static void write_uri(struct json *j, const char *path)
{
	AUTO_STRBUF uri = STRBUF_INIT;

	if (path[0] == '/')
		strbuf_adds(&uri, "file://");
	for (const char *p = path; *p; p++) {
		if (isalnum((unsigned char)*p) || strchr("-._~/", *p))
			strbuf_addc(&uri, *p);
		else
			strbuf_printf(&uri, "%%%02X", (unsigned char)*p);
	}
	json_obj(j, "artifactLocation");
	json_str(j, "uri", uri.s);
	json_end(j);
}

static void write_region(struct json *j, const char *key, const struct pos *at)
{
	json_obj(j, key);
	json_uint(j, "startLine", at->line);
	json_uint(j, "startColumn", at->col ? at->col : 1);
	if (at->end_line) {
		json_uint(j, "endLine", at->end_line);
		json_uint(j, "endColumn", at->end_col ? at->end_col : 1);
	}
	json_end(j);
}

static void write_location(struct json *j, const struct diag *d)
{
	json_arr(j, "locations");
	if (d->file) {
		json_obj(j, NULL);
		json_obj(j, "physicalLocation");
		write_uri(j, d->file);
		if (d->pos.line)
			write_region(j, "region", &d->pos);
		json_end(j);
		json_end(j);
	}
	json_end(j);
}

static void write_fix(struct json *j, const struct diag *d)
{
	if (!d->n_edits || !d->file)
		return;
	json_arr(j, "fixes");
	json_obj(j, NULL);
	json_arr(j, "artifactChanges");
	json_obj(j, NULL);
	write_uri(j, d->file);
	json_arr(j, "replacements");
	for (size_t i = 0; i < d->n_edits; i++) {
		json_obj(j, NULL);
		write_region(j, "deletedRegion", &d->edits[i].at);
		json_obj(j, "insertedContent");
		json_str(j, "text", d->edits[i].text);
		json_end(j);
		json_end(j);
	}
	json_end(j);
	json_end(j);
	json_end(j);
	json_end(j);
	json_end(j);
}

static void write_result(struct json *j, const struct diag *d)
{
	static const char *const levels[] = {
		[SEV_ERROR] = "error", [SEV_WARNING] = "warning", [SEV_NOTE] = "note"
	};
	AUTO_STRBUF text = STRBUF_INIT;

	strbuf_adds(&text, d->message);
	for (size_t i = 0; i < DIAG_MAX_HELP && d->help[i]; i++)
		strbuf_printf(&text, "%s%s", i ? "; " : ": ", d->help[i]);
	json_obj(j, NULL);
	json_str(j, "ruleId", d->code);
	json_str(j, "level", levels[d->severity]);
	json_obj(j, "message");
	json_str(j, "text", text.s);
	json_end(j);
	write_location(j, d);
	write_fix(j, d);
	json_end(j);
}

static void write_rule(struct json *j, const char *code, const char *summary)
{
	json_obj(j, NULL);
	json_str(j, "id", code);
	if (summary) {
		json_obj(j, "shortDescription");
		json_str(j, "text", summary);
		json_end(j);
	}
	json_end(j);
}

/* Those of lint, then what else the findings are of. */
static void write_rules(struct json *j, const struct sarif_rules *rules, const struct diags *d)
{
	json_arr(j, "rules");
	for (size_t i = 0; i < rules->n; i++)
		write_rule(j, rules->v[i].code, rules->v[i].summary);
	for (size_t i = 0; i < d->n; i++) {
		bool known = strncmp(d->v[i].code, "lint.", 5) == 0;

		for (size_t k = 0; k < i && !known; k++)
			known = strcmp(d->v[k].code, d->v[i].code) == 0;
		if (!known)
			write_rule(j, d->v[i].code, NULL);
	}
	json_end(j);
}

void sarif_write(const char *version, const struct sarif_rules *rules, const struct diags *d,
        struct strbuf *out)
{
	struct json j = JSON_INIT(out);

	json_obj(&j, NULL);
	json_str(&j, "$schema", SARIF_SCHEMA);
	json_str(&j, "version", "2.1.0");
	json_arr(&j, "runs");
	json_obj(&j, NULL);
	json_obj(&j, "tool");
	json_obj(&j, "driver");
	json_str(&j, "name", "clnrm");
	json_str(&j, "version", version);
	write_rules(&j, rules, d);
	json_end(&j);
	json_end(&j);
	json_str(&j, "columnKind", "unicodeCodePoints");
	json_arr(&j, "results");
	for (size_t i = 0; i < d->n; i++)
		write_result(&j, &d->v[i]);
	json_end(&j);
	json_end(&j);
	json_end(&j);
	json_end(&j);
	strbuf_addc(out, '\n');
}
