/* Bad practice that is no error: one table of rules, a function a rule. */
#include "daemon/config/lint.h"

#include <ctype.h>
#include <string.h>

#include "common/fs.h"
#include "common/strbuf.h"

/* ---- shell texts ---- */

static bool is_one_of(const char *word, size_t n, const char *words)
{
	for (const char *w = words; *w; w += strspn(w, " ")) {
		size_t len = strcspn(w, " ");

		if (len == n && strncmp(w, word, n) == 0)
			return true;
		w += len;
	}
	return false;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_shell(const char *program)
{
	program = base_name(program);
	return is_one_of(program, strlen(program), "sh bash dash ash zsh ksh");
}

/* A step, or a scenario with a command of its own. */
static const struct node *argv_of(const struct node *step)
{
	const struct node *n = node_get(step, "run");

	n = n ? n : node_get(step, "command");
	return n && n->type == NODE_ARRAY && n->first && n->first->type == NODE_STRING ? n : NULL;
}

/* The text that a shell gets: of script, or of `sh -c TEXT`; at is where. NULL: no shell. */
static const char *shell_text(const struct node *step, const struct node **at)
{
	const struct node *n = node_get(step, "script"), *argv = argv_of(step);

	*at = n;
	if (n)
		return n->type == NODE_STRING ? n->s : NULL;
	if (!argv || argv->n_children < 3 || !is_shell(argv->first->s))
		return NULL;
	n = argv->first->next;
	if (n->type != NODE_STRING || n->s[0] != '-' || n->s[strlen(n->s) - 1] != 'c')
		return NULL;
	*at = n->next->type == NODE_STRING ? n->next : NULL;
	return *at ? (*at)->s : NULL;
}

/* Behind what a quote, a backslash or a comment takes out of the shell's sight; p when it is none.
 */
static const char *skip_hidden(const char *text, const char *p)
{
	char quote = *p;

	if (*p == '\\')
		return p[1] ? p + 2 : p + 1;
	if (*p == '#' && (p == text || isspace((unsigned char)p[-1])))
		return p + strcspn(p, "\n");
	if (quote != '\'' && quote != '"')
		return p;
	for (p++; *p && *p != quote; p++)
		if (quote == '"' && *p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

/* The next word that the shell would see as one, from *p on; its length, 0 at the end. */
static size_t next_word(const char *text, const char **p)
{
	const char *from;

	while (**p && strchr(" \t\n;&|()", **p))
		++*p;
	for (from = *p; **p && !strchr(" \t\n;&|()", **p);) {
		const char *next = skip_hidden(text, *p);

		*p = next > *p ? next : *p + 1;
	}
	return (size_t)(*p - from);
}

static bool has_word(const char *text, const char *words)
{
	for (const char *p = text;;) {
		size_t n = next_word(text, &p);

		if (!n)
			return false;
		if (is_one_of(p - n, n, words))
			return true;
	}
}

/* "|| true" or "|| :" as its last command. */
static bool swallows(const char *text)
{
	size_t n = strlen(text);

	while (n && isspace((unsigned char)text[n - 1]))
		n--;
	if (n > 4 && strncmp(text + n - 4, "true", 4) == 0)
		n -= 4;
	else if (n > 1 && text[n - 1] == ':')
		n--;
	else
		return false;
	while (n && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	return n >= 2 && text[n - 1] == '|' && text[n - 2] == '|';
}

/* ---- what a step says of its end ---- */

static const char *const expectations[] = { "expected_exit_code", "expected_signal", "should_fail",
	"expected_output_regex", "expected_output_regex_not", "expected_output_contains",
	"expected_stdout", "expected_stderr", "expected_files", "expected_duration_ms", "snapshot",
	"capture" };

static bool expects(const struct node *table)
{
	for (size_t i = 0; i < ARRAY_LEN(expectations); i++)
		if (node_get(table, expectations[i]))
			return true;
	return false;
}

/* No exit code but 0, whatever happens. */
static bool cannot_fail(const struct node *step)
{
	const struct node *at, *argv = argv_of(step);
	const char *text = shell_text(step, &at), *program;

	if (expects(step))
		return false;
	if (text)
		return swallows(text);
	if (!argv)
		return false;
	program = base_name(argv->first->s);
	return is_one_of(program, strlen(program), "echo printf true :");
}

/* ---- rules about a step ---- */

static void pipe_status(struct loader *l, const struct node *step, const struct node *scenario)
{
	const struct node *at;
	const char *text = shell_text(step, &at), *command;

	/* What comes out is looked at instead. */
	if (!text || strstr(text, "pipefail") || has_word(text, "case") || expects(step) ||
	        (scenario != step && expects(scenario)))
		return;
	command = text;
	for (const char *p = text; *p;) {
		const char *next = skip_hidden(text, p), *word = command;
		size_t n;

		if (next > p) {
			p = next;
			continue;
		}
		if (strchr("\n;&({", *p) || (p[0] == '|' && p[1] == '|')) {
			command = p + 1 + (p[0] == p[1]);
			p = command;
			continue;
		}
		if (*p++ != '|')
			continue;
		n = next_word(text, &word);
		if (n && !is_one_of(word - n, n, "echo printf cat yes seq true")) {
			struct diag *x = check_warn(&l->c, "lint.pipe_status", at,
			        "the exit status of '%.*s' is lost in the pipe", (int)n, word - n);

			diag_help(l->c.d, x,
			        "write its output to a file first, or use bash with pipefail");
			return;
		}
		command = p;
	}
}

static void sleep_as_wait(struct loader *l, const struct node *step, const struct node *scenario)
{
	static const char *const meant[] = { "should_fail", "expected_signal", "timeout",
		"background", "expected_duration_ms" };
	const struct node *at, *argv = argv_of(step), *steps = node_get(scenario, "steps");
	const char *text = shell_text(step, &at);
	bool alone = step == scenario || !steps || steps->n_children < 2;

	for (size_t i = 0; i < ARRAY_LEN(meant); i++)
		if (node_get(step, meant[i]))
			return;
	if (text && (!has_word(text, "sleep") || has_word(text, "while until for")))
		return;
	if (text && strspn(text, " \t\n") == (size_t)(strstr(text, "sleep") - text) && alone &&
	        !strpbrk(text, ";\n&|"))
		return;
	if (!text && (!argv || alone || strcmp(base_name(argv->first->s), "sleep") != 0))
		return;

	struct diag *x = check_warn(&l->c, "lint.sleep_as_wait", text ? at : argv,
	        "'sleep' waits for a time, not for an event");

	diag_help(l->c.d, x,
	        "let the step that needs it try again: retries = 50, retry_delay = \"100ms\"");
}

static void swallowed_status(struct loader *l, const struct node *step, const struct node *scenario)
{
	const struct node *at;
	const char *text = shell_text(step, &at);

	(void)scenario;
	if (text && swallows(text) && !expects(step)) {
		struct diag *x = check_warn(
		        &l->c, "lint.swallowed_status", at, "'|| true' hides every failure");

		diag_help(l->c.d, x, "say which codes are fine: expected_exit_code = [0, 1]");
	}
}

/* ---- rules about a table of any kind that has sandbox or process keys ---- */

static const char *string_of(const struct node *table, const char *key)
{
	const struct node *n = node_get(table, key);

	return n && n->type == NODE_STRING ? n->s : NULL;
}

static void latest_tag(struct loader *l, const struct node *table, const struct node *unused)
{
	const char *image = string_of(table, "image"), *name, *colon;

	(void)unused;
	if (!image || load_image_is_built_in(image) || strchr(image, '@') || strstr(image, "{{"))
		return;
	name = base_name(image);
	colon = strchr(name, ':');
	if (colon && strcmp(colon, ":latest") != 0)
		return;

	struct diag *x = check_warn(&l->c, "lint.latest_tag", node_get(table, "image"),
	        "image '%s' %s: it is another one tomorrow", image,
	        colon ? "is the latest" : "has no tag");

	diag_help(l->c.d, x, "name a version, or a digest: name@sha256:...");
}

static void weak_isolation(struct loader *l, const struct node *table, const struct node *unused)
{
	const char *isolation = string_of(table, "isolation");
	const struct node *network = node_get(table, "network"),
	                  *volumes = node_get(table, "volumes");
	const char *mode =
	        network && network->type == NODE_TABLE ? string_of(network, "mode") : NULL;

	(void)unused;
	if (isolation && strcmp(isolation, "relaxed") == 0)
		check_warn(&l->c, "lint.weak_isolation", node_get(table, "isolation"),
		        "isolation = \"relaxed\": what the machine cannot give is left out");
	if (mode && strcmp(mode, "host") == 0)
		check_warn(&l->c, "lint.weak_isolation", network,
		        "network = \"host\": the test sees and reaches what this machine does");
	for (const struct node *v = volumes && volumes->type == NODE_ARRAY ? volumes->first : NULL;
	        v; v = v->next) {
		const char *m = string_of(v, "mode");
		const struct node *ro = node_get(v, "read_only");

		if ((m && strcmp(m, "rw") == 0) || (ro && ro->type == NODE_BOOL && !ro->b))
			check_warn(&l->c, "lint.weak_isolation", v,
			        "a writable volume: the test changes this machine");
	}
}

static void host_path(struct loader *l, const struct node *table, const struct node *unused)
{
	const struct node *volumes = node_get(table, "volumes");

	(void)unused;
	for (const struct node *v = volumes && volumes->type == NODE_ARRAY ? volumes->first : NULL;
	        v; v = v->next) {
		const char *path = string_of(v, "host_path");

		if (!path || path[0] != '/' || fs_is_below(path, l->s->root) ||
		        fs_is_below(path, "/tmp"))
			continue;
		struct diag *x = check_warn(&l->c, "lint.host_path", node_get(v, "host_path"),
		        "'%s' is a path of this machine alone", path);

		diag_help(l->c.d, x, "paths relative to the project are the same everywhere");
	}
}

static void secret_literal(struct loader *l, const struct node *table, const struct node *unused)
{
	const struct node *env = node_get(table, "env");

	(void)unused;
	for (const struct node *v = env && env->type == NODE_TABLE ? env->first : NULL; v;
	        v = v->next) {
		if (!config_is_secret_name(v->key) || v->type != NODE_STRING || !v->len ||
		        strstr(v->s, "${") || strstr(v->s, "{{"))
			continue;
		struct diag *x = check_report(&l->c, SEV_WARNING, "lint.secret_literal",
		        v->key_pos.line ? v->key_pos : v->pos, v,
		        "the value of '%s' stands in the file", v->key);

		diag_help(l->c.d, x, "take it from the caller: env_pass = [\"%s\"]", v->key);
	}
}

static void no_reason(struct loader *l, const struct node *table, const struct node *unused)
{
	const struct node *skip = node_get(table, "skip");

	(void)unused;
	/* The normal form of a mere true. */
	if (skip && skip->type == NODE_STRING && strcmp(skip->s, "skip = true") == 0)
		diag_help(l->c.d,
		        check_warn(&l->c, "lint.skip_without_reason", skip,
		                "nobody will know why it is skipped"),
		        "skip = \"the reason\"");
}

static void left_only(struct loader *l, const struct node *table, const struct node *unused)
{
	const struct node *only = node_get(table, "only");

	(void)unused;
	if (only && only->type == NODE_BOOL && only->b)
		check_warn(&l->c, "lint.only", only, "'only' leaves all other scenarios out");
}

/* ---- rules about a scenario, a service, the file ---- */

#define LOOK_MAX (1ull << 30) /* bytes that are searched for names in one file: a second or so */

/* Once more through the whole text; false when that has been done too often. */
static bool may_look(struct loader *l)
{
	l->looked += l->raw_len + 1;
	return l->looked < LOOK_MAX;
}

static void no_check(struct loader *l, const struct node *scenario, const struct node *unused)
{
	const struct node *steps = node_get(scenario, "steps");
	const struct node *name = node_get(scenario, "name");
	bool own = argv_of(scenario) || node_get(scenario, "script");

	(void)unused;
	if (expects(scenario) || (own && !cannot_fail(scenario)) || (!own && !steps))
		return;
	for (const struct node *x = steps && steps->type == NODE_ARRAY ? steps->first : NULL; x;
	        x = x->next)
		if (!cannot_fail(x))
			return;
	diag_help(l->c.d,
	        check_warn(&l->c, "lint.no_check", scenario, "nothing in scenario '%s' can fail",
	                name && name->type == NODE_STRING ? name->s : "?"),
	        "say what must come out: expected_output_regex");
}

static void unused_service(struct loader *l, const struct node *root, const struct node *unused)
{
	(void)root, (void)unused;
	for (size_t i = 0; i < l->n_services; i++) {
		const struct service *s = &l->services[i];

		if (s->class == SERVICE_ON_DEMAND && !s->used)
			check_report(&l->c, SEV_WARNING, "lint.unused_service", s->node->key_pos,
			        s->node, "no scenario uses service '%s'", s->name);
	}
}

static bool is_letter(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The name as a word between the marks of a tag. */
static bool used_in_tags(const char *text, size_t len, const char *name)
{
	const char *end = text + len, *open = text;
	size_t n = strlen(name);

	while ((open = memmem(open, (size_t)(end - open), "{", 1)) && end - open > 2) {
		const char *close;

		if (open[1] != '{' && open[1] != '%') {
			open++;
			continue;
		}
		close = memmem(open, (size_t)(end - open), "}", 1);
		for (const char *p = open; close && p + n <= close; p++)
			if (memcmp(p, name, n) == 0 && !is_letter(p[-1]) && !is_letter(p[n]))
				return true;
		open = close ? close : open + 2;
	}
	return false;
}

static bool takes_other_templates(const char *text, size_t len)
{
	static const char *const words[] = { "include", "import", "extends" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (used_in_tags(text, len, words[i]))
			return true;
	return false;
}

static void unused_var(struct loader *l, const struct node *root, const struct node *unused)
{
	const struct node *vars = node_get(root, "vars");

	(void)unused;
	if (!vars || vars->type != NODE_TABLE || takes_other_templates(l->raw, l->raw_len))
		return;
	for (const struct node *v = vars->first; v; v = v->next)
		if (may_look(l) && !used_in_tags(l->raw, l->raw_len, v->key))
			check_report(&l->c, SEV_WARNING, "lint.unused_var", v->key_pos, v,
			        "no tag uses the variable '%s'", v->key);
}

static void unused_capture(struct loader *l, const struct node *step, const struct node *scenario)
{
	const struct node *capture = node_get(step, "capture");

	(void)scenario;
	for (const struct node *x = capture && capture->type == NODE_TABLE ? capture->first : NULL;
	        x; x = x->next) {
		AUTO_STRBUF a = STRBUF_INIT;
		AUTO_STRBUF b = STRBUF_INIT;

		strbuf_printf(&a, "capture.%s", x->key);
		strbuf_printf(&b, "CLNRM_CAPTURE_%s", x->key);
		for (char *c = b.s; *c; c++)
			*c = (char)toupper((unsigned char)*c);
		if (may_look(l) && !memmem(l->raw, l->raw_len, a.s, a.len) &&
		        !memmem(l->raw, l->raw_len, b.s, b.len))
			check_report(&l->c, SEV_WARNING, "lint.unused_capture", x->key_pos, x,
			        "nothing uses what is captured as '%s'", x->key);
	}
}

/* ---- the table ---- */

enum { ON_FILE = 1, ON_META = 2, ON_SERVICE = 4, ON_SCENARIO = 8, ON_STEP = 16 };
#define ON_SANDBOX (ON_META | ON_SERVICE | ON_SCENARIO)
#define ON_PROCESS (ON_SANDBOX | ON_STEP)

static const struct {
	struct config_lint_rule rule;
	unsigned on;
	/* The table, and of a step the scenario that it is in. */
	void (*look)(struct loader *l, const struct node *table, const struct node *scenario);
} rules[] = {
	{ { "lint.deprecated_key", "an older spelling of a key" }, 0, NULL },
	{ { "lint.host_path", "a volume whose path is of this machine alone" }, ON_SANDBOX,
	        host_path },
	{ { "lint.latest_tag", "an image without a version" }, ON_SANDBOX, latest_tag },
	{ { "lint.no_check", "a scenario in which nothing can fail" }, ON_SCENARIO, no_check },
	{ { "lint.only", "'only' that was left in a file" }, ON_META | ON_SCENARIO, left_only },
	{ { "lint.orphan", "a template that no file names" }, 0, NULL },
	{ { "lint.pipe_status", "a pipe that hides the exit status of its first part" },
	        ON_STEP | ON_SCENARIO, pipe_status },
	{ { "lint.secret_literal", "a secret that stands in the file" }, ON_PROCESS,
	        secret_literal },
	{ { "lint.skip_without_reason", "something skipped, and nobody says why" },
	        ON_META | ON_SCENARIO | ON_STEP, no_reason },
	{ { "lint.sleep_as_wait", "sleep in place of waiting for an event" }, ON_STEP | ON_SCENARIO,
	        sleep_as_wait },
	{ { "lint.swallowed_status", "'|| true' at the end of a step without a check" },
	        ON_STEP | ON_SCENARIO, swallowed_status },
	{ { "lint.unused_capture", "a captured value that nothing uses" }, ON_STEP | ON_SCENARIO,
	        unused_capture },
	{ { "lint.unused_service", "a service that no scenario uses" }, ON_FILE, unused_service },
	{ { "lint.unused_var", "a variable that no tag uses" }, ON_FILE, unused_var },
	{ { "lint.weak_isolation", "a sandbox that is less than one" }, ON_SANDBOX,
	        weak_isolation },
};

const struct config_lint_rule *config_lint_rule(size_t i)
{
	return i < ARRAY_LEN(rules) ? &rules[i].rule : NULL;
}

static void look(
        struct loader *l, unsigned on, const struct node *table, const struct node *scenario)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (rules[i].on & on)
			rules[i].look(l, table, scenario);
}

static void look_at_steps(struct loader *l, const struct node *list, const struct node *scenario)
{
	if (!list || list->type != NODE_ARRAY)
		return;
	for (const struct node *x = list->first; x; x = x->next)
		if (x->type == NODE_TABLE)
			look(l, ON_STEP, x, scenario);
}

void lint_file(struct loader *l)
{
	look(l, ON_FILE, l->root, NULL);
	look(l, ON_META, l->meta, NULL);
	for (size_t i = 0; i < l->n_services; i++)
		look(l, ON_SERVICE, l->services[i].node, NULL);
	look_at_steps(l, l->steps, l->root);
	for (const struct node *x = l->scenarios ? l->scenarios->first : NULL; x; x = x->next) {
		if (x->type != NODE_TABLE)
			continue;
		look(l, ON_SCENARIO, x, x);
		look_at_steps(l, node_get(x, "setup"), x);
		look_at_steps(l, node_get(x, "steps"), x);
		look_at_steps(l, node_get(x, "teardown"), x);
	}
}

/* ---- older spellings ---- */

static bool ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), t = strlen(tail);

	return n >= t && strcmp(s + n - t, tail) == 0;
}

bool lint_is_older(const struct option *o, const char *spelling)
{
	/* Synonyms, and spellings that say the unit. */
	static const char synonyms[] =
	        "scenarios step needs cwd working_dir profile host source container "
	        "target command test min max spans windows level cpus cpu memory";

	return strcmp(o->name, spelling) != 0 && !is_one_of(spelling, strlen(spelling), synonyms) &&
	       !ends_with(spelling, "_ms") && !ends_with(spelling, "_secs") &&
	       !ends_with(spelling, "_seconds");
}
