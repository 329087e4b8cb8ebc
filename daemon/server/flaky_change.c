/* POST /v1/flaky/quarantine and /v1/flaky/release: entries of [[quarantine]] in the project file.
 * The client writes it, as it writes all files. */
#include <string.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/glob.h"
#include "daemon/server/body.h"
#include "daemon/server/handlers.h"
#include "daemon/server/missing.h"
#include "daemon/server/offload.h"
#include "daemon/wire/wire.h"

#define TEXT_MOST 1000 /* bytes of a name, owner or reason */
#define FILE_MOST (16u << 20)

struct change {
	struct offload o;
	struct arena *a;
	struct store *store;
	struct settings *settings;
	struct quarantine q; /* owner NULL: it is released */
	/* What the worker finds. */
	bool existed, unknown;
	struct strbuf text;
	bool failed;
	struct err e;
};

struct change_wish {
	const json_t *cwd;
	const char *config, *test, *owner, *until, *reason;
};

#define AT(member) .at = offsetof(struct change_wish, member)
#define SHARED                                                                              \
	{ .name = "cwd", .type = FIELD_JSON, AT(cwd) },                                     \
	        { .name = "config", .type = FIELD_TEXT, AT(config), .max = BODY_PATH_MAX }, \
	{                                                                                   \
		.name = "test", .type = FIELD_TEXT, AT(test), .max = TEXT_MOST              \
	}
static const struct field put_fields[] = {
	SHARED,
	{ .name = "owner", .type = FIELD_TEXT, AT(owner), .max = TEXT_MOST },
	{ .name = "until", .type = FIELD_TEXT, AT(until), .max = 64 },
	{ .name = "reason", .type = FIELD_TEXT, AT(reason), .max = TEXT_MOST },
};
static const struct field drop_fields[] = { SHARED };
#undef SHARED
#undef AT

static void release(struct offload *o)
{
	struct change *c = (struct change *)o;

	strbuf_release(&c->text);
	settings_unref(c->settings);
	arena_free(c->a);
	free(c);
}

/* ---- on a worker ---- */

/* A name that no run has shown may be new, or written wrong. */
static bool is_unknown(struct change *c)
{
	CLEANUP(flakes_free) struct flakes *all = flakes_new();
	const struct flake_filter any = { 0 };
	const char *root = c->settings->root;
	size_t n, cut = strcmp(root, "/") == 0 ? 0 : strlen(root);
	const struct flake *v;
	struct err e;

	if (!c->store || store_flakes(c->store, &any, all, &e) < 0)
		return false;
	v = flakes_rows(all, &n);
	for (size_t i = 0; i < n; i++)
		if (fs_is_below(v[i].file, root) && v[i].file[cut] == '/' &&
		        quarantine_names(&c->q, v[i].file + cut + 1, v[i].name, v[i].id))
			return false;
	return true;
}

static void edit(struct offload *o)
{
	struct change *c = (struct change *)o;
	AUTO_STRBUF before = STRBUF_INIT;
	int rc = fs_read_file(c->settings->project_file, FILE_MOST, &before, &c->e);

	if (rc == 0)
		rc = c->q.owner ? config_quarantine_put(
		                          before.s, before.len, &c->q, &c->text, &c->existed, &c->e)
		                : config_quarantine_drop(
		                          before.s, before.len, c->q.test, &c->text, &c->e);
	c->failed = rc < 0;
	if (!c->failed && c->q.owner)
		c->unknown = is_unknown(c);
}

/* ---- answers ---- */

static void refuse(struct change *c)
{
	const struct settings *s = c->settings;
	const char **names = arena_array(c->a, s->n_quarantine + 1, sizeof(*names));

	for (size_t i = 0; i < s->n_quarantine; i++)
		names[i] = s->quarantine[i].test;
	if (c->e.code == ERR_NOT_FOUND) {
		answer_missing(c->o.r, &(struct missing){ "not-found", "quarantine", c->q.test,
		                               names, c->e.msg, "clnrm flaky lists them" });
		return;
	}
	AUTO_STR why = xasprintf("'%s': %s", s->project_file, c->e.msg);

	answer_problem(c->o.r, "bad-request", 2, why, "edit the file by hand", NULL);
}

static void say(const struct change *c, struct strbuf *out)
{
	if (c->o.r->style.verbosity < 0)
		return;
	strbuf_adds(out, c->q.owner ? "quarantined  " : "released  ");
	strbuf_add_visible(out, c->q.test, strlen(c->q.test));
	if (c->q.owner) {
		strbuf_printf(out, "  until %s (", c->q.until);
		strbuf_add_visible(out, c->q.owner, strlen(c->q.owner));
		strbuf_adds(out, c->existed ? "), which was quarantined before" : ")");
	}
	strbuf_printf(out, "\nwrote  %s\n", c->settings->project_file);
}

static void write_json(const struct change *c, bool with_text, struct strbuf *out)
{
	const char *path = c->settings->project_file;
	struct json j = JSON_INIT(out);

	json_obj(&j, NULL);
	json_arr(&j, with_text ? "files" : "changed");
	if (with_text) {
		json_obj(&j, NULL);
		json_str(&j, "path", path);
		json_strn(&j, "text", c->text.s, c->text.len);
		json_end(&j);
	} else {
		json_str(&j, NULL, path);
	}
	json_end(&j);
	json_arr(&j, "kept");
	json_end(&j);
	if (!with_text) {
		json_arr(&j, "failed");
		json_end(&j);
	}
	json_end(&j);
	strbuf_addc(out, '\n');
}

static void send_frames(const struct change *c, const struct strbuf *said)
{
	struct request *r = c->o.r;
	AUTO_STR real = fs_real_target(c->settings->project_file); /* the client follows no links */
	AUTO_STRBUF frames = STRBUF_INIT;
	AUTO_STRBUF aside = STRBUF_INIT;

	if (c->unknown && r->style.verbosity >= 0) {
		strbuf_adds(&aside, "note[quarantine]: no run of the history has a scenario '");
		strbuf_add_visible(&aside, c->q.test, strlen(c->q.test));
		strbuf_adds(&aside, "'\n");
	}
	frame_put_name(&frames, 1, real ? real : c->settings->project_file);
	frame_put_file(&frames, 1, c->text.s, c->text.len);
	stream_open(r, NULL);
	if (aside.len)
		stream_frame(r->x, 'e', aside.s, aside.len);
	if (said->len)
		stream_frame(r->x, 'o', said->s, said->len);
	stream_write(r->x, frames.s, frames.len);
	stream_exit(r->x, 0);
	stream_end(r->x);
}

static void reply(struct offload *o)
{
	struct change *c = (struct change *)o;
	AUTO_STRBUF said = STRBUF_INIT;

	if (c->failed) {
		refuse(c);
		return;
	}
	if (o->r->form != FORM_FRAMES) {
		write_json(c, true, &said);
		answer(o->r, 0, &said, NULL);
		return;
	}
	if (o->r->inner == INNER_HUMAN)
		say(c, &said);
	else
		write_json(c, false, &said);
	send_frames(c, &said);
}

/* ---- what is asked for ---- */

static bool is_blank(const char *s)
{
	return !s || !s[strspn(s, " \t\r\n")];
}

/* What is wrong with a text that is blank. */
static const char *lack(const char *s)
{
	return s ? "is empty" : "is missing";
}

/* What a wish lacks, and what it should have. */
static void check_wish(struct decode *d, const struct change_wish *w, bool put)
{
	int64_t end = 0;
	struct diag *x = NULL;

	if (is_blank(w->test))
		diag_help(&d->d, decode_blame(d, "test", "%s", lack(w->test)),
		        "the name of a scenario, TEST/SCENARIO, or a glob");
	if (!put)
		return;
	if (w->test && glob_unclosed(w->test) != (size_t)-1)
		diag_help(&d->d, decode_blame(d, "test", "has a '[' that is never closed"),
		        "a bracket that stands for itself is written \\[");
	if (is_blank(w->owner))
		diag_help(&d->d, decode_blame(d, "owner", "%s", lack(w->owner)),
		        "somebody has to care: a name, a team, an address");
	if (!w->until)
		x = decode_blame(d, "until", "is missing");
	else if (strlen(w->until) != QUARANTINE_DATE_LEN || !quarantine_end(w->until, &end))
		x = decode_blame(d, "until", "is no day: '%s'", w->until);
	else if (end <= clock_wall_ns())
		x = decode_blame(d, "until", "is over: '%s'", w->until);
	if (x)
		diag_help(&d->d, x, "YYYY-MM-DD: the last day on which failures do not count");
}

/* What is asked for, and the project of the directory. -1: answered. */
static int find_project(struct request *r, struct change *c, const struct change_wish *w, bool put)
{
	__attribute__((cleanup(decode_release))) struct decode d;
	const struct client_env env = { .asked = true };
	struct config_flags flags = { 0 };
	struct body_dir dir;

	body_begin(r, &d, c->a);
	check_wish(&d, w, put);
	body_read_dir(&d, w->cwd, &dir);
	if (!decode_ok(&d)) {
		body_refuse(r, &d);
		return -1;
	}
	if (body_check_dir(r, &dir, 6) < 0)
		return -1;
	AUTO_STR config = w->config ? fs_join(dir.path, w->config) : NULL;

	flags.config_file = config;
	c->settings = config_cache_settings(r->d->cache, dir.path, &env, &flags, getuid());
	if (c->settings->diags.errors) {
		answer_problem(r, "invalid-files", 2, "the settings are invalid", NULL,
		        &c->settings->diags);
		return -1;
	}
	if (c->settings->project_file)
		return 0;
	answer_problem(r, "not-found", 3, "there is no project file to write to",
	        "clnrm init --config makes cleanroom.toml", NULL);
	return -1;
}

static void begin(struct request *r, const struct field *fields, size_t n, bool put)
{
	struct change *c = xcalloc(1, sizeof(*c));
	struct change_wish w = { 0 };

	c->o = (struct offload){ .work = edit, .answer = reply, .release = release };
	c->a = arena_new();
	c->text = (struct strbuf)STRBUF_INIT;
	c->store = r->d->store;
	if (body_decode(r, fields, n, c->a, &w) < 0 || find_project(r, c, &w, put) < 0) {
		release(&c->o);
		return;
	}
	c->q = (struct quarantine){
		.test = w.test,
		.owner = put ? w.owner : NULL,
		.until = w.until,
		.reason = is_blank(w.reason) ? NULL : w.reason,
	};
	offload(r, &c->o);
}

void handle_flaky_quarantine(struct request *r)
{
	begin(r, put_fields, ARRAY_LEN(put_fields), true);
}

void handle_flaky_release(struct request *r)
{
	begin(r, drop_fields, ARRAY_LEN(drop_fields), false);
}
