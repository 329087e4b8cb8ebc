#include "client/args.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/help.h"
#include "common/clock.h"
#include "common/mem.h"
#include "common/num.h"
#include "common/suggest.h"

#define SUGGESTIONS 3

struct parser {
	struct args *a;
	struct fault *u;
	char **argv;
	int argc, at;
};

void args_release(struct args *a)
{
	free(a->given);
	free(a->pos);
}

/* ---- proposals ---- */

static void say_nearest(
        const char *word, const char *const *names, const char *prefix, struct fault *u)
{
	const char *best[SUGGESTIONS];
	size_t n = suggest_nearest(word, names, best, SUGGESTIONS);

	for (size_t i = 0; i < n; i++)
		strbuf_printf(
		        &u->help, "%s'%s%s'", i == 0 ? "did you mean " : " or ", prefix, best[i]);
	if (n > 0)
		strbuf_adds(&u->help, "? ");
}

/* Puts up to three close names of the flags that cmd takes into f->help. */
static void suggest_flag(const struct cmd *cmd, const char *name, struct fault *u)
{
	const struct flag *sets[FLAG_SETS];
	const char *names[160];
	size_t n = 0;

	flag_sets(cmd, sets);
	for (size_t i = 0; i < FLAG_SETS && sets[i]; i++) {
		for (const struct flag *f = sets[i]; f->name && n + 1 < ARRAY_LEN(names); f++)
			names[n++] = f->name;
	}
	names[n] = NULL;
	say_nearest(name, names, "--", u);
}

static void see_help(const struct args *a, struct fault *u)
{
	strbuf_adds(&u->help, "See 'clnrm ");
	if (a->parent)
		strbuf_printf(&u->help, "%s ", a->parent->name);
	if (a->cmd)
		strbuf_printf(&u->help, "%s ", a->cmd->name);
	strbuf_adds(&u->help, "--help'");
}

static int unknown_flag(struct parser *p, const char *shown, const char *name)
{
	const struct cmd *cmd = p->a->cmd;

	if (name)
		suggest_flag(cmd, name, p->u);
	see_help(p->a, p->u);
	AUTO_STRBUF of = STRBUF_INIT;

	if (cmd)
		strbuf_addc(&of, ' ');
	if (cmd)
		cmd_full_name(&of, p->a->parent, cmd);
	return fault_set(p->u, "unknown-flag", "'%s' is not a flag of clnrm%s", shown, of.s);
}

/* Of the original, and left out here: a word, or two. */
static bool was_dropped(const char *words, struct fault *u)
{
	for (const char *const *d = dropped_commands; *d; d++) {
		if (strcmp(*d, words) != 0)
			continue;
		strbuf_adds(
		        &u->help, "'clnrm flaky' and 'clnrm runs' show statistics of past runs");
		fault_set(u, "unknown-command", "'%s' is not part of clnrm", words);
		return true;
	}
	return false;
}

int args_unknown_command(const struct cmd *parent, const char *word, struct fault *u)
{
	const struct cmd *list = parent ? parent->subs : commands;
	const char *names[80];
	size_t n = 0;

	if (!parent && was_dropped(word, u))
		return -1;
	for (const struct cmd *c = list; c && c->name && n + 1 < ARRAY_LEN(names); c++) {
		if (!c->hidden)
			names[n++] = c->name;
	}
	names[n] = NULL;
	say_nearest(word, names, "", u);
	see_help(&(struct args){ .cmd = parent }, u);
	return fault_set(u, "unknown-command", "'%s' is not a clnrm %s%scommand", word,
	        parent ? parent->name : "", parent ? " " : "");
}

/* "a b c" as names for a proposal, and for people. */
static int unknown_word(const struct args *a, const char *word, struct fault *u)
{
	AUTO_STRBUF words = STRBUF_INIT;
	const char *names[40];
	size_t n = 0;

	strbuf_adds(&words, a->cmd->words);
	for (char *at = words.s; *at && n + 1 < ARRAY_LEN(names);) {
		size_t len = strcspn(at, " ");

		names[n++] = at;
		at += len;
		if (*at)
			*at++ = '\0';
	}
	names[n] = NULL;
	say_nearest(word, names, "", u);
	see_help(a, u);
	return fault_set(u, "invalid-value", "'%s' is not one of: %s", word, a->cmd->words);
}

/* ---- values ---- */

static int bad_value(struct fault *u, const struct flag *f, const char *value, const char *expected)
{
	return fault_set(u, "invalid-value", "--%s: '%s' is not %s", f->name, value, expected);
}

static int check_int(const struct flag *f, const char *value, struct fault *u)
{
	AUTO_STRBUF what = STRBUF_INIT;
	struct err e;
	int64_t n;

	if (values_have(f->values, value) || str_to_i64(value, f->min, f->max, &n, &e) == 0)
		return 0;
	strbuf_printf(&what, "an integer from %lld to %lld", (long long)f->min, (long long)f->max);
	if (f->values)
		strbuf_printf(&what, " or '%s'", f->values);
	return bad_value(u, f, value, what.s);
}

static int check_time(const struct flag *f, const char *value, struct fault *u)
{
	AUTO_STRBUF what = STRBUF_INIT;
	int64_t days = f->max ? f->max : 7, ns;
	struct err e;

	if (dur_parse_to(value, NS_PER_S, days, &ns, &e) == 0)
		return 0;
	strbuf_printf(&what, "a duration (250ms, 30s, 5m, 2h; at least 1ms, at most %lldd)",
	        (long long)days);
	return bad_value(u, f, value, what.s);
}

static int check_enum(const struct flag *f, const char *value, struct fault *u)
{
	AUTO_STRBUF what = STRBUF_INIT;

	if (values_have(f->values, value))
		return 0;
	strbuf_printf(&what, "one of: %s", f->values);
	for (size_t i = 0; i < what.len; i++) {
		if (i > strlen("one of:") && what.s[i] == ' ')
			what.s[i] = '|';
	}
	return bad_value(u, f, value, what.s);
}

/* K=V; with .values the K is one of them. */
static int check_pair(const struct flag *f, const char *value, struct fault *u)
{
	const char *eq = strchr(value, '=');
	AUTO_STR key = NULL;

	if (!eq || eq == value)
		return bad_value(u, f, value, f->metavar);
	if (!f->values)
		return 0;
	key = xstrndup(value, (size_t)(eq - value));
	return check_enum(f, key, u);
}

static int check_var(const struct flag *f, const char *value, struct fault *u)
{
	size_t n = strcspn(value, "=");

	for (size_t i = 0; i < n; i++) {
		char c = value[i];
		bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';

		if (!letter && (i == 0 || c < '0' || c > '9'))
			return bad_value(u, f, value,
			        "a name of a variable (letters, digits, '_'), or NAME=VALUE");
	}
	return n > 0 ? 0 : bad_value(u, f, value, f->metavar);
}

static int check_value(const struct flag *f, const char *value, struct fault *u)
{
	static int (*const checks[])(const struct flag *, const char *, struct fault *) = {
		[FLAG_INT] = check_int,
		[FLAG_TIME] = check_time,
		[FLAG_ENUM] = check_enum,
		[FLAG_PAIR] = check_pair,
		[FLAG_VAR] = check_var,
	};

	if (!value || f->type >= ARRAY_LEN(checks) || !checks[f->type])
		return 0;
	return checks[f->type](f, value, u);
}

/* ---- flags ---- */

static int add_given(struct parser *p, const struct flag *f, const char *value, bool on);

/* The value of the one as a value of the other. */
static int add_alias(struct parser *p, const struct flag *f, const char *value)
{
	static char with_unit[32]; /* of the one that is given last, which counts */
	const struct flag *target = flag_find(p->a->cmd, f->alias_of, strlen(f->alias_of));

	if (check_value(f, value, p->u) < 0)
		return -1;
	if (!f->alias_value)
		return add_given(p, target, value, true);
	snprintf(with_unit, sizeof(with_unit), "%s%s", value, f->alias_value);
	return add_given(p, target, with_unit, true);
}

static int add_given(struct parser *p, const struct flag *f, const char *value, bool on)
{
	struct args *a = p->a;

	if (f->issue != ISSUE_FOUNDATION) {
		AUTO_STRBUF shown = STRBUF_INIT;

		strbuf_printf(&shown, "--%s", f->name);
		return fault_needs(p->u, shown.s, f->issue);
	}
	if (f->alias_of && f->metavar)
		return add_alias(p, f, value);
	if (f->alias_of) {
		const struct flag *target = flag_find(a->cmd, f->alias_of, strlen(f->alias_of));

		if (target->type == FLAG_BOOL)
			return add_given(p, target, NULL, on);
		return on ? add_given(p, target, f->alias_value, true) : 0;
	}
	if (check_value(f, value, p->u) < 0)
		return -1;
	if (strcmp(f->name, "help") == 0)
		a->help = on;
	if (strcmp(f->name, "version") == 0)
		a->version = on;
	a->given = xgrow(a->given, &a->cap_given, a->n_given + 1, sizeof(*a->given));
	a->given[a->n_given++] = (struct given){ .flag = f, .value = value, .on = on };
	return 0;
}

static void enter_default_sub(struct args *a)
{
	a->parent = a->cmd;
	a->cmd = cmd_find(a->cmd->subs, a->cmd->default_sub);
}

/* By name, or by letter when name is NULL. A flag that a group does not have may be one of its
 * default subcommand: 'clnrm runs --limit 5'. */
static const struct flag *find_flag(struct parser *p, const char *name, size_t len, char letter)
{
	struct args *a = p->a;
	const struct flag *f =
	        name ? flag_find(a->cmd, name, len) : flag_find_letter(a->cmd, letter);
	const struct cmd *sub =
	        a->cmd && a->cmd->default_sub ? cmd_find(a->cmd->subs, a->cmd->default_sub) : NULL;

	if (f || !sub)
		return f;
	f = name ? flag_find(sub, name, len) : flag_find_letter(sub, letter);
	if (f)
		enter_default_sub(a);
	return f;
}

/* The next word as the value of flag f. */
static int take_value(struct parser *p, const struct flag *f)
{
	if (f->optional)
		return add_given(p, f, NULL, true);
	if (p->at >= p->argc)
		return fault_set(
		        p->u, "missing-argument", "--%s needs a value (%s)", f->name, f->metavar);
	return add_given(p, f, p->argv[p->at++], true);
}

static int parse_long(struct parser *p, const char *word)
{
	const char *name = word + 2, *eq = strchr(name, '=');
	size_t len = eq ? (size_t)(eq - name) : strlen(name);
	const struct flag *f = find_flag(p, name, len, 0);

	if (!f && len > 3 && strncmp(name, "no-", 3) == 0) {
		f = find_flag(p, name + 3, len - 3, 0);
		if (f && f->type == FLAG_BOOL && !eq)
			return add_given(p, f, NULL, false);
		f = NULL;
	}
	if (!f) {
		AUTO_STR bare = xstrndup(name, len);

		return unknown_flag(p, word, bare);
	}
	if (f->metavar)
		return eq ? add_given(p, f, eq + 1, true) : take_value(p, f);
	if (eq)
		return fault_set(p->u, "invalid-value", "--%s takes no value", f->name);
	return add_given(p, f, NULL, true);
}

/* "-pv", "-j4", "-j 4" */
static int parse_short(struct parser *p, const char *word)
{
	for (const char *c = word + 1; *c; c++) {
		const struct flag *f = find_flag(p, NULL, 0, *c);

		if (!f) {
			char shown[] = { '-', *c, '\0' };

			return unknown_flag(p, shown, NULL);
		}
		if (f->metavar && c[1])
			return add_given(p, f, c + 1, true);
		if (f->metavar)
			return take_value(p, f);
		if (add_given(p, f, NULL, true) < 0)
			return -1;
	}
	return 0;
}

/* ---- words ---- */

static bool wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	}
	return false;
}

/* A command that is not built takes any arguments: it is refused, unless its help is wanted. */
static int name_command(struct parser *p, const struct cmd *cmd)
{
	p->a->parent = p->a->cmd;
	p->a->cmd = cmd;
	if (cmd->issue == ISSUE_FOUNDATION)
		return 0;
	if (wants_help(p->argc - p->at, p->argv + p->at)) {
		p->a->help = true;
		p->at = p->argc;
		return 0;
	}
	if (p->at < p->argc) {
		AUTO_STR both = xasprintf("%s %s", cmd->name, p->argv[p->at]);

		if (was_dropped(both, p->u))
			return -1;
	}
	return fault_needs(p->u, cmd->name, cmd->issue);
}

static int parse_word(struct parser *p, const char *word)
{
	struct args *a = p->a;
	const struct cmd *list = a->cmd ? a->cmd->subs : commands;

	if (list) {
		const struct cmd *cmd = cmd_find(list, word);

		if (!cmd && a->cmd && a->cmd->open_words) {
			enter_default_sub(a);
			a->pos[a->n_pos++] = word;
			return 0;
		}
		return cmd ? name_command(p, cmd) : args_unknown_command(a->cmd, word, p->u);
	}
	a->pos[a->n_pos++] = word;
	return 0;
}

static void take_rest(struct parser *p)
{
	p->a->rest = p->argv + p->at;
	p->a->n_rest = (size_t)(p->argc - p->at);
	p->at = p->argc;
}

static int parse_words(struct parser *p)
{
	while (p->at < p->argc) {
		const char *word = p->argv[p->at++];
		int rc;

		if (strcmp(word, "--") == 0) {
			take_rest(p);
			return 0;
		}
		if (word[0] == '-' && word[1] == '-')
			rc = parse_long(p, word);
		else if (word[0] == '-' && word[1])
			rc = parse_short(p, word);
		else
			rc = parse_word(p, word);
		if (rc < 0)
			return -1;
	}
	return 0;
}

/* ---- the whole ---- */

static void use_default_sub(struct args *a)
{
	if (!a->cmd || !a->cmd->subs || !a->cmd->default_sub || a->help)
		return;
	enter_default_sub(a);
}

/* What follows "--" are further arguments, except where a command wants it apart. */
static void join_rest(struct args *a)
{
	if (!a->rest || !a->cmd || a->cmd->rest || a->cmd->may_rest)
		return;
	for (size_t i = 0; i < a->n_rest; i++)
		a->pos[a->n_pos++] = a->rest[i];
	a->rest = NULL;
	a->n_rest = 0;
}

static int too_many(const struct args *a, const char *name, struct fault *u)
{
	const char *word = a->pos[a->cmd->max_args];

	if (a->cmd->rest)
		strbuf_printf(
		        &u->help, "put '--' before the command: clnrm %s -- %s", name, a->pos[0]);
	return fault_set(u, "invalid-value", "'clnrm %s' does not take '%s'", name, word);
}

/* The first flag without which the command does nothing, and which is not given. */
static const struct flag *missing_flag(const struct args *a)
{
	for (const struct flag *f = a->cmd->flags; f && f->name; f++)
		if (f->required && !args_last(a, f->name))
			return f;
	return NULL;
}

static int missing(const struct args *a, struct fault *u, const char *fmt, ...) PRINTF(3, 4);

/* What is missing, and how the whole is written. */
static int missing(const struct args *a, struct fault *u, const char *fmt, ...)
{
	AUTO_STRBUF name = STRBUF_INIT;
	AUTO_STRBUF what = STRBUF_INIT;
	AUTO_STRBUF usage = STRBUF_INIT;
	va_list ap;

	cmd_full_name(&name, a->parent, a->cmd);
	cmd_usage(&usage, a->parent, a->cmd);
	va_start(ap, fmt);
	strbuf_vprintf(&what, fmt, ap);
	va_end(ap);
	fault_set(u, "missing-argument", "'clnrm %s' needs %s", name.s, what.s);
	fault_help(u, "%s", usage.s);
	return -1;
}

/* An argument that is empty names nothing; most often a variable of a script has no value. What
 * follows "--" of a command that is run is the command's own. */
static int check_empty(const struct args *a, struct fault *u)
{
	AUTO_STRBUF name = STRBUF_INIT;

	for (size_t i = 0; i < a->n_pos; i++) {
		if (*a->pos[i])
			continue;
		cmd_full_name(&name, a->parent, a->cmd);
		return fault_set(u, "invalid-value", "an argument is empty: 'clnrm %s' takes %s",
		        name.s, a->cmd->args);
	}
	return 0;
}

static int check_counts(const struct args *a, struct fault *u)
{
	const struct cmd *cmd = a->cmd;
	const struct flag *flag;
	AUTO_STRBUF name = STRBUF_INIT;

	cmd_full_name(&name, a->parent, cmd);
	if (cmd->subs)
		return missing(a, u, "one of: %s", cmd->args);
	if (a->n_pos < (size_t)cmd->min_args)
		return missing(a, u, "%s", cmd->args);
	if (cmd->max_args >= 0 && a->n_pos > (size_t)cmd->max_args)
		return too_many(a, name.s, u);
	if (cmd->words && a->n_pos && !values_have(cmd->words, a->pos[0]))
		return unknown_word(a, a->pos[0], u);
	if (cmd->rest && a->n_rest == 0)
		return missing(a, u, "a command after '--'");
	if ((flag = missing_flag(a)))
		return missing(a, u, "--%s %s", flag->name, flag->metavar);
	return check_empty(a, u);
}

static bool is_on(const struct args *a, const char *name)
{
	const struct given *g = args_last(a, name);

	return g && g->on;
}

static int check_conflicts(const struct args *a, struct fault *u)
{
	for (const struct conflict *c = conflicts; c->cmd; c++) {
		if (strcmp(c->cmd, a->cmd->name) == 0 && is_on(a, c->a) && is_on(a, c->b))
			return fault_set(u, "conflicting-flags", "--%s and --%s exclude each other",
			        c->a, c->b);
	}
	if (args_count(a, "verbose") > 0 && args_count(a, "quiet") > 0)
		return fault_set(
		        u, "conflicting-flags", "--verbose and --quiet exclude each other");
	if (is_on(a, "config") && is_on(a, "no-config"))
		return fault_set(
		        u, "conflicting-flags", "--config and --no-config exclude each other");
	return 0;
}

int args_parse(struct args *a, int argc, char **argv, struct fault *u)
{
	struct parser p = { .a = a, .u = u, .argv = argv, .argc = argc, .at = 1 };

	*a = (struct args){ .pos = xcalloc((size_t)argc + 1, sizeof(*a->pos)) };
	if (parse_words(&p) < 0)
		return -1;
	use_default_sub(a);
	join_rest(a);
	if (!a->cmd || a->help || a->version)
		return 0;
	return check_counts(a, u) < 0 ? -1 : check_conflicts(a, u);
}

/* ---- reading ---- */

const struct given *args_last(const struct args *a, const char *name)
{
	for (size_t i = a->n_given; i > 0; i--) {
		if (strcmp(a->given[i - 1].flag->name, name) == 0)
			return &a->given[i - 1];
	}
	return NULL;
}

const char *args_value(const struct args *a, const char *name)
{
	const struct given *g = args_last(a, name);

	return g ? g->value : NULL;
}

bool args_bool(const struct args *a, const char *name, bool dflt)
{
	const struct given *g = args_last(a, name);

	return g ? g->on : dflt;
}

int args_count(const struct args *a, const char *name)
{
	int n = 0;

	for (size_t i = 0; i < a->n_given; i++)
		n += strcmp(a->given[i].flag->name, name) == 0;
	return n;
}

int64_t args_ms(const struct args *a, const char *name, int64_t dflt)
{
	const char *v = args_value(a, name);
	struct err e;
	int64_t ns;

	if (!v || dur_parse(v, NS_PER_S, &ns, &e) < 0)
		return dflt;
	return ns / NS_PER_MS;
}

uint64_t args_uint(const struct args *a, const char *name, uint64_t dflt)
{
	const char *v = args_value(a, name);
	struct err e;
	uint64_t n;

	return v && str_to_u64(v, 0, UINT64_MAX, &n, &e) == 0 ? n : dflt;
}
