/* POST /v1/config: settings of a directory and where each comes from. */
#include <string.h>

#include "common/fs.h"
#include "daemon/server/body.h"
#include "daemon/server/handlers.h"
#include "daemon/server/listing.h"
#include "daemon/server/missing.h"
#include "daemon/wire/wire.h"

struct question {
	const json_t *cwd, *env;
	const char *config, *key;
	bool no_config, files;
};

#define AT(member) .at = offsetof(struct question, member)
static const struct field fields[] = {
	{ .name = "cwd", .type = FIELD_JSON, AT(cwd) },
	{ .name = "env", .type = FIELD_JSON, AT(env) },
	{ .name = "config", .type = FIELD_TEXT, AT(config), .max = BODY_PATH_MAX },
	{ .name = "no_config", .type = FIELD_BOOL, AT(no_config) },
	{ .name = "key", .type = FIELD_TEXT, AT(key) },
	{ .name = "files", .type = FIELD_BOOL, AT(files) },
};
#undef AT

/* ---- rows ---- */

static void cell_key(const void *row, struct strbuf *out)
{
	cell_text(out, ((const struct setting_row *)row)->key);
}

static void cell_value(const void *row, struct strbuf *out)
{
	cell_text(out, ((const struct setting_row *)row)->value);
}

static void cell_source(const void *row, struct strbuf *out)
{
	cell_text(out, ((const struct setting_row *)row)->source);
}

static const struct column columns[] = {
	{ "KEY", "key", cell_key, NULL },
	{ "VALUE", "value", cell_value, NULL },
	{ "SOURCE", "source", cell_source, NULL },
	{ 0 },
};

/* "cli.jobs" is itself, "cli" all of its table. */
static bool is_asked(const char *key, const char *asked)
{
	size_t n = asked ? strlen(asked) : 0;

	return !asked || (strncmp(key, asked, n) == 0 && (key[n] == '\0' || key[n] == '.'));
}

static size_t pick(const struct settings *s, const char *asked, struct setting_row *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_rows; i++)
		if (is_asked(s->rows[i].key, asked))
			out[n++] = s->rows[i];
	return n;
}

static void unknown_key(struct request *r, const struct settings *s, const char *key)
{
	const char **names = xcalloc(s->n_rows + 1, sizeof(*names));
	AUTO_STRBUF why = STRBUF_INIT;

	for (size_t i = 0; i < s->n_rows; i++)
		names[i] = s->rows[i].key;
	strbuf_printf(&why, "there is no setting '%.128s'", key);
	answer_missing(r, &(struct missing){
	                          "not-found", "setting", key, names, why.s, "clnrm config show" });
	free(names);
}

/* ---- answer ---- */

static void write_settings(struct json *j, const struct settings *s, const struct listing *l)
{
	const struct setting_row *rows = l->rows;

	json_str(j, "schema", "clnrm.config/1");
	json_str(j, "root", s->root);
	json_str(j, "project_file", s->project_file);
	json_str(j, "user_file", s->user_file);
	json_arr(j, "settings");
	for (size_t i = 0; i < l->n; i++) {
		json_obj(j, NULL);
		json_str(j, "key", rows[i].key);
		json_str(j, "value", rows[i].value);
		json_str(j, "source", rows[i].source);
		json_end(j);
	}
	json_end(j);
	wire_diags(j, "diagnostics", &s->diags);
}

static void files_text(const struct settings *s, struct strbuf *out)
{
	if (s->project_file)
		strbuf_printf(out, "%s\n", s->project_file);
	if (s->user_file)
		strbuf_printf(out, "%s\n", s->user_file);
	if (!s->project_file && !s->user_file)
		strbuf_adds(out, "no file is read: all is built in\n");
}

static void answer_settings(struct request *r, const struct settings *s, const struct question *q)
{
	struct setting_row *rows = xcalloc(s->n_rows + 1, sizeof(*rows));
	struct listing l = { columns, rows, pick(s, q->key, rows), sizeof(*rows) };
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_STRBUF aside = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	if (q->key && !l.n) {
		unknown_key(r, s, q->key);
	} else {
		json_obj(&j, NULL);
		write_settings(&j, s, &l);
		json_end(&j);
		if (q->files)
			files_text(s, &text);
		else
			listing_text(r, &l, &text);
		/* A misspelt variable is looked for here first. */
		if (r->style.verbosity >= 0)
			diags_text(&s->diags, &r->style, r->style.err, &aside);
		answer_beside(r, 0, &json, &text, &aside);
	}
	free(rows);
}

static void look_up(
        struct request *r, const struct question *q, const char *cwd, const struct client_env *env)
{
	AUTO_STR path = q->config ? fs_join(cwd, q->config) : NULL;
	struct config_flags flags = { .no_config = q->no_config, .config_file = path };
	struct settings *s = config_cache_settings(r->d->cache, cwd, env, &flags, getuid());

	if (s->diags.errors)
		answer_problem(r, "invalid-files", 2, "the settings are invalid", NULL, &s->diags);
	else
		answer_settings(r, s, q);
	settings_unref(s);
}

void handle_config_show(struct request *r)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	__attribute__((cleanup(decode_release))) struct decode c;
	struct question q = { 0 };
	struct body_dir dir;

	body_begin(r, &c, a);
	decode_object(&c, r->json, "", fields, ARRAY_LEN(fields), &q);
	body_read_dir(&c, q.cwd, &dir);

	struct client_env env = body_read_env(&c, q.env, r->env_final);

	if (!decode_ok(&c))
		body_refuse(r, &c);
	else if (body_check_dir(r, &dir, 6) == 0)
		look_up(r, &q, dir.path, &env);
}
