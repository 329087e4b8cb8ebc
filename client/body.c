#include "client/body.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/glob.h"
#include "common/mem.h"
#include "common/num.h"

/* Variables that go along with every request (cli.md 1.2, template.md B2). */
static const char *const told[] = { "LANG", "LC_ALL", "TZ", "TERM", "CI", "SERVICE_NAME", "ENV",
	"OTEL_*", "CLNRM_IMAGE", "FREEZE_CLOCK", /* the last is the settings: */ "CLEANROOM_*" };

/* ---- environment ---- */

static bool var_matches(const char *pattern, size_t n, const char *var, size_t len)
{
	if (n > 0 && n <= 256 && len <= 256) {
		AUTO_STR p = xstrndup(pattern, n);
		AUTO_STR name = xstrndup(var, len);

		return glob_match(p, name, false);
	}
	return false;
}

/* The table is matched by hand: no allocation for each of a hundred variables. */
static bool is_told(const char *var, size_t len, bool settings_only)
{
	for (size_t i = settings_only ? ARRAY_LEN(told) - 1 : 0; i < ARRAY_LEN(told); i++) {
		size_t n = strlen(told[i]);
		bool all = told[i][n - 1] == '*';

		n -= all;
		if ((all ? len >= n : len == n) && strncmp(told[i], var, n) == 0)
			return true;
	}
	return false;
}

static bool is_needed(const char *need, const char *var, size_t len)
{
	while (*need) {
		size_t n;

		need += strspn(need, ", ");
		n = strcspn(need, ", ");
		if (var_matches(need, n, var, len))
			return true;
		need += n;
	}
	return false;
}

/* --env NAME or NAME=V for this variable? */
static bool is_given(const struct args *a, const char *var, size_t len)
{
	for (size_t i = 0; i < a->n_given; i++) {
		const struct given *g = &a->given[i];

		if (strcmp(g->flag->name, "env") == 0 && strncmp(g->value, var, len) == 0 &&
		        (g->value[len] == '=' || g->value[len] == '\0'))
			return true;
	}
	return false;
}

static void add_var(struct json *j, const char *var, size_t len, const char *value)
{
	AUTO_STR name = xstrndup(var, len);

	json_str(j, name, value);
}

/* The last --env of a name counts. */
static bool is_last_of_name(const struct args *a, size_t at)
{
	size_t len = strcspn(a->given[at].value, "=");

	for (size_t i = at + 1; i < a->n_given; i++) {
		const struct given *g = &a->given[i];

		if (g->flag == a->given[at].flag && strcspn(g->value, "=") == len &&
		        strncmp(g->value, a->given[at].value, len) == 0)
			return false;
	}
	return true;
}

static void add_given_vars(struct json *j, const struct args *a)
{
	for (size_t i = 0; i < a->n_given; i++) {
		const struct given *g = &a->given[i];
		size_t len;
		const char *value;

		if (strcmp(g->flag->name, "env") != 0 || !is_last_of_name(a, i))
			continue;
		len = strcspn(g->value, "=");
		if (g->value[len] == '=') {
			add_var(j, g->value, len, g->value + len + 1);
			continue;
		}
		value = getenv(g->value);
		if (value)
			json_str(j, g->value, value);
	}
}

void body_env(struct json *j, const struct ctx *c, const char *need_env, bool settings_only)
{
	json_obj(j, "env");
	for (char *const *v = c->env; *v; v++) {
		size_t len = strcspn(*v, "=");

		if ((*v)[len] != '=' || is_given(&c->args, *v, len))
			continue;
		if (is_told(*v, len, settings_only) || is_needed(need_env, *v, len))
			add_var(j, *v, len, *v + len + 1);
	}
	add_given_vars(j, &c->args);
	json_end(j);
}

/* ---- directory and paths ---- */

void body_cwd(struct json *j)
{
	char path[PATH_MAX];
	struct stat st;

	json_obj(j, "cwd");
	if (getcwd(path, sizeof(path)) && stat(".", &st) == 0) {
		json_str(j, "path", path);
		json_uint(j, "dev", st.st_dev);
		json_uint(j, "ino", st.st_ino);
	}
	json_end(j);
}

void body_paths(struct json *j, const struct ctx *c)
{
	json_arr(j, "paths");
	for (size_t i = 0; i < c->args.n_pos; i++)
		json_str(j, NULL, c->args.pos[i]);
	json_end(j);
}

void body_pairs(struct json *j, const char *key, const struct args *a, const char *flag)
{
	if (args_count(a, flag) == 0)
		return;
	json_obj(j, key);
	for (size_t i = 0; i < a->n_given; i++) {
		const struct given *g = &a->given[i];

		if (strcmp(g->flag->name, flag) != 0 || !g->value || !is_last_of_name(a, i))
			continue;

		size_t len = strcspn(g->value, "=");

		add_var(j, g->value, len, g->value + len + 1);
	}
	json_end(j);
}

/* ---- options ---- */

/* "step-timeout" as "step_timeout_ms"; the caller frees. */
static char *option_name(const struct flag *f)
{
	char *name = f->type == FLAG_TIME ? xasprintf("%s_ms", f->name) : xstrdup(f->name);

	for (char *p = name; *p; p++) {
		if (*p == '-')
			*p = '_';
	}
	return name;
}

/* How long it may be has been looked at. */
static int64_t time_ms(const char *value)
{
	struct err e;
	int64_t ns = 0;

	return dur_parse_to(value, NS_PER_S, FLAG_DAYS_AGO, &ns, &e) == 0
	               ? (ns + NS_PER_MS - 1) / NS_PER_MS
	               : 0;
}

/* A number; false when it is a word such as 'auto', which is the same as leaving it out. */
static bool number(const char *value, int64_t *n)
{
	struct err e;

	return str_to_i64(value, INT64_MIN, INT64_MAX, n, &e) == 0;
}

static void add_list(struct json *j, const char *name, const struct args *a, const struct flag *f)
{
	json_arr(j, name);
	for (size_t i = 0; i < a->n_given; i++) {
		if (a->given[i].flag == f)
			json_str(j, NULL, a->given[i].value);
	}
	json_end(j);
}

/* The text of a file, and what messages call it. */
static void add_file(struct json *j, const char *name, const struct given *g)
{
	AUTO_STR file = xasprintf("%s_file", name);

	json_str(j, name, g->value);
	json_str(j, file, g->file);
}

static void add_option(struct json *j, const struct args *a, const struct given *g)
{
	const struct flag *f = g->flag;
	AUTO_STR name = option_name(f);
	int64_t n;

	if (f->list && f->type == FLAG_PAIR)
		body_pairs(j, name, a, f->name);
	else if (f->list)
		add_list(j, name, a, f);
	else if (f->type == FLAG_FILE)
		add_file(j, name, g);
	else if (f->bare && f->type == FLAG_INT && number(g->value ? g->value : f->bare, &n))
		json_int(j, name, n);
	else if (f->bare)
		json_str(j, name, g->value ? g->value : f->bare);
	else if (f->type == FLAG_BOOL || (f->optional && !g->value))
		json_bool(j, name, g->on);
	else if (f->type == FLAG_TIME)
		json_int(j, name, time_ms(g->value));
	else if (f->type == FLAG_INT && number(g->value, &n))
		json_int(j, name, n);
	else if (f->type != FLAG_INT)
		json_str(j, name, g->value);
}

/* Each flag once, where it was given last. */
static bool is_option(const struct args *a, size_t i)
{
	const struct given *g = &a->given[i];

	/* What an optional value says stands beside the options. */
	return !g->flag->local && !(g->flag->optional && g->value && !g->flag->bare) &&
	       args_last(a, g->flag->name) == g;
}

void body_options(struct json *j, const struct ctx *c)
{
	const struct args *a = &c->args;
	const char *config = args_value(a, "config");

	json_obj(j, "options");
	for (size_t i = 0; i < a->n_given; i++) {
		if (is_option(a, i))
			add_option(j, a, &a->given[i]);
	}
	/* -p is the default; without it one at a time, unless a number is given. */
	if (!args_bool(a, "parallel", true) && !args_value(a, "jobs"))
		json_int(j, "jobs", 1);
	if (config)
		json_str(j, "config", config);
	if (args_bool(a, "no-config", false))
		json_bool(j, "no_config", true);
	json_end(j);
}

/* ---- query strings ---- */

void url_escape(struct strbuf *out, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (; *s; s++) {
		unsigned char ch = (unsigned char)*s;
		bool plain = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
		             (ch >= '0' && ch <= '9');

		if (plain || strchr("-._~", ch)) {
			strbuf_addc(out, *s);
			continue;
		}
		strbuf_addc(out, '%');
		strbuf_addc(out, hex[ch >> 4]);
		strbuf_addc(out, hex[ch & 15]);
	}
}

void query_add(struct strbuf *out, const char *name, const char *value)
{
	strbuf_addc(out, strchr(out->s, '?') ? '&' : '?');
	strbuf_adds(out, name);
	strbuf_addc(out, '=');
	url_escape(out, value);
}

void query_options(struct strbuf *out, const struct ctx *c)
{
	const struct args *a = &c->args;

	for (size_t i = 0; i < a->n_given; i++) {
		const struct given *g = &a->given[i];
		AUTO_STR name = option_name(g->flag);
		char ms[24];

		if (g->flag->local || (!g->flag->list && args_last(a, g->flag->name) != g))
			continue;
		if (g->flag->type == FLAG_BOOL) {
			query_add(out, name, g->on ? "1" : "0");
		} else if (g->flag->type == FLAG_TIME) {
			snprintf(ms, sizeof(ms), "%lld", (long long)time_ms(g->value));
			query_add(out, name, ms);
		} else {
			query_add(out, name, g->value);
		}
	}
}
