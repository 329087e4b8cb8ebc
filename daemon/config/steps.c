/* Steps: the command, its process and what it must show (config.md 3.4). */
#include <string.h>

#include "common/fs.h"
#include "common/num.h"
#include "common/strbuf.h"
#include "daemon/config/load.h"
#include "daemon/core/regex.h"

#define NS_S 1000000000LL
#define NS_MS 1000000LL
#define USER_ID_MAX 65535 /* a sandbox has that many ids, and 0 */
#define MAX_STDIN ((size_t)16 << 20)

struct deadline load_deadline(const struct node *given, int64_t dflt, bool project, int64_t cap)
{
	struct deadline d = { dflt, project ? DEADLINE_PROJECT : DEADLINE_DEFAULT };

	if (given)
		d = (struct deadline){ given->i, DEADLINE_FILE };
	if (cap && (!d.ns || d.ns > cap))
		d = (struct deadline){ cap, DEADLINE_FLAG };
	return d;
}

struct regex *load_regex(struct loader *l, const struct node *n)
{
	struct test_file *f = l->file;
	size_t at = 0;
	struct err e;
	struct regex *re = regex_new(n->s, &at, &e);

	if (re) {
		f->patterns = xgrow(
		        f->patterns, &f->cap_patterns, f->n_patterns + 1, sizeof(*f->patterns));
		f->patterns[f->n_patterns++] = re;
	} else {
		check_report(&l->c, SEV_ERROR, "config.regex", check_offset(n, at), n, "%s", e.msg);
	}
	return re;
}

static struct pattern pattern_of(struct loader *l, const struct node *table, const char *key)
{
	const struct node *n = node_get(table, key);

	if (!n)
		return (struct pattern){ 0 };
	return (struct pattern){
		.text = arena_strdup(l->file->arena, n->s),
		.re = load_regex(l, n),
		.pos = n->pos,
	};
}

struct pattern load_joined_pattern(struct loader *l, const struct node *scenario)
{
	return pattern_of(l, scenario, "expected_output_regex");
}

/* ---- command ---- */

static void add_words(struct loader *l, struct str_list *argv, const struct node *list)
{
	for (const struct node *x = list ? list->first : NULL; x; x = x->next)
		str_list_add(l->file->arena, argv, arena_strdup(l->file->arena, x->s));
}

/* What a service runs: all of `command`, or `entrypoint`, and then `args`. */
static void service_words(struct loader *l, const struct node *service, struct str_list *argv)
{
	const struct node *command = node_get(service, "command");

	add_words(l, argv, command ? command : node_get(service, "entrypoint"));
	add_words(l, argv, node_get(service, "args"));
}

static const struct node *command_node(const struct node *n)
{
	const struct node *command = node_get(n, "run");

	return command ? command : node_get(n, "command");
}

/* ---- captures in shell text ---- */

static bool is_shell(const char *program)
{
	static const char *const shells[] = { "sh", "bash", "dash", "ash", "zsh", "ksh", "fish",
		"busybox" };
	const char *slash = strrchr(program, '/');

	for (size_t i = 0; i < ARRAY_LEN(shells); i++)
		if (strcmp(slash ? slash + 1 : program, shells[i]) == 0)
			return true;
	return false;
}

/* "${capture.x}" becomes "${CLNRM_CAPTURE_x}": what a step printed is then a value in every shell,
 * and never a part of its program. */
static const char *as_variables(struct arena *a, const char *text)
{
	static const char from[] = "${capture.", to[] = "${CLNRM_CAPTURE_";
	AUTO_STRBUF b = STRBUF_INIT;
	const char *at;

	if (!strstr(text, from))
		return text;
	for (; (at = strstr(text, from)); text = at + sizeof(from) - 1) {
		strbuf_add(&b, text, (size_t)(at - text));
		strbuf_adds(&b, to);
	}
	strbuf_adds(&b, text);
	return arena_strdup(a, b.s);
}

/* The word behind -c (-lc, -ec) is the shell's program. */
static void guard_shell_text(struct arena *a, struct str_list *argv)
{
	if (!argv->n || !is_shell(argv->v[0]))
		return;
	for (size_t i = 1; i + 1 < argv->n; i++) {
		const char *word = argv->v[i];

		if (word[0] != '-' || word[1] == '-' || !strchr(word, 'c'))
			continue;
		argv->v[i + 1] = as_variables(a, argv->v[i + 1]);
		return;
	}
}

static void fill_command(struct loader *l, const struct step_request *r, struct step *out)
{
	const struct node *command = command_node(r->node), *script = node_get(r->node, "script");
	struct arena *a = l->file->arena;

	out->command_pos = r->node->pos;
	if (command) {
		out->argv = node_list(a, command);
		out->command_pos = command->pos;
	} else if (script) {
		static const char *const shell[] = { "/bin/sh", "-e", "-c" };

		for (size_t i = 0; i < ARRAY_LEN(shell); i++)
			str_list_add(a, &out->argv, shell[i]);
		str_list_add(a, &out->argv, arena_strdup(a, script->s));
		out->is_script = true;
		out->command_pos = script->pos;
	} else if (r->is_scenario && r->service) {
		service_words(l, r->service->node, &out->argv);
		if (!out->argv.n && !load_is_damaged(l, r->service->node))
			load_refuse(l, "config.missing_key", r->node,
			        "scenario '%s' runs service '%s', which has no args", r->scenario,
			        r->service->name);
	}
}

static bool is_program(const char *program, const char *disallowed)
{
	const char *slash = strrchr(program, '/');

	if (disallowed[0] == '/')
		return strcmp(program, disallowed) == 0;
	return strcmp(slash ? slash + 1 : program, disallowed) == 0;
}

static void check_allowed(struct loader *l, const struct step_request *r, const struct step *s)
{
	const struct node *at = command_node(r->node), *script = node_get(r->node, "script");

	at = at ? at : script ? script : r->node;
	for (size_t i = 0; s->argv.n && i < r->disallowed->n; i++)
		if (is_program(s->argv.v[0], r->disallowed->v[i]))
			load_refuse(l, "config.policy_denied", at,
			        "step '%s' runs '%s', which disallowed_commands forbids", s->name,
			        s->argv.v[0]);
}

/* ---- process ---- */

/* Relative directories hang on the outer one. */
static void fill_workdir(struct loader *l, const struct scope *scope, struct step *out)
{
	AUTO_STR dir = xstrdup("/workspace");

	for (size_t i = scope->n; i-- > 0;) {
		const struct node *n = node_get(scope->v[i], "workdir");
		char *inner;

		if (!n)
			continue;
		if (!n->len) {
			load_refuse(l, "config.empty", n, "'workdir' must not be blank");
			continue;
		}
		inner = fs_join(dir, n->s);
		free(dir);
		dir = inner;
		out->workdir_given = true;
		if (!load_path_fits(l, n, dir)) {
			free(dir);
			dir = xstrdup("/workspace");
		}
	}

	AUTO_STR normal = fs_normalize(dir);
	out->workdir = arena_strdup(l->file->arena, normal);
}

/* A number that a sandbox has no id for. What is no number is a name, which the image decides. */
static bool is_bad_id(const char *s, size_t n)
{
	AUTO_STR text = xstrndup(s, n);
	bool number = n && (strspn(text, "0123456789") == n || *text == '-' || *text == '+');
	uint64_t id;
	struct err e;

	return number && str_to_u64(text, 0, USER_ID_MAX, &id, &e) < 0;
}

static void fill_user(struct loader *l, const struct scope *scope, struct step *out)
{
	const struct node *n = scope_get(scope, "user");

	if (!n)
		return;
	if (!n->len || strpbrk(n->s, " \t\r\n/")) {
		load_refuse(
		        l, "config.type", n, "'user' wants a name or uid[:gid], found '%s'", n->s);
		return;
	}
	size_t len = strcspn(n->s, ":");
	if (is_bad_id(n->s, len) || (n->s[len] && is_bad_id(n->s + len + 1, n->len - len - 1))) {
		load_refuse(l, "config.range", n, "'user' is '%s', wanted ids from 0 to %d", n->s,
		        USER_ID_MAX);
		return;
	}
	out->user = arena_strdup(l->file->arena, n->s);
}

static void stdin_file(struct loader *l, const struct node *at, struct step *out)
{
	AUTO_STRBUF bytes = STRBUF_INIT;
	struct stat st;
	struct err e;
	const char *path = load_beside(l, at, &st);

	if (!path)
		return;
	if (fs_read_file(path, MAX_STDIN, &bytes, &e) < 0) {
		load_refuse(
		        l, e.code == ERR_LIMIT ? "config.range" : "config.path", at, "%s", e.msg);
		return;
	}
	out->stdin_data = load_bytes(l, bytes.s, bytes.len);
	out->stdin_len = bytes.len;
	out->stdin_file = path;
}

static void fill_stdin(struct loader *l, const struct node *step, struct step *out)
{
	const struct node *n = node_get(step, "stdin");
	const struct node *file = node_get(n, "file"), *base64 = node_get(n, "base64");

	if (n && n->type == NODE_STRING) {
		out->stdin_data = load_bytes(l, n->s, n->len);
		out->stdin_len = n->len;
		out->stdin_text = true;
	} else if (file) {
		stdin_file(l, file, out);
	} else if (base64) {
		out->stdin_data = load_base64(l, base64, &out->stdin_len);
	}
}

static void fill_process(struct loader *l, const struct step_request *r, struct step *out)
{
	const struct env_names names = { l->test_name, r->scenario, out->name };
	const struct node *mask = scope_get(r->scope, "umask");

	load_env(l, r->scope, &names, &out->env, &out->n_env);
	fill_workdir(l, r->scope, out);
	fill_user(l, r->scope, out);
	fill_stdin(l, r->node, out);
	out->umask = mask ? (uint32_t)mask->i : 022;
}

/* ---- time ---- */

static void fill_timeout(struct loader *l, const struct step_request *r, struct step *out)
{
	const struct node *given = node_get(r->node, "timeout");
	int64_t cap = l->flags->step_timeout_ns;
	bool project = settings_says(l->s, "test_execution.step_timeout");

	if (r->teardown)
		out->timeout = load_deadline(given, 30 * NS_S, false, cap);
	else if (!r->is_scenario)
		out->timeout = load_deadline(given, l->s->step_timeout_ns, project, cap);
	else if (!r->scenario_timed)
		out->timeout = load_deadline(NULL, l->s->step_timeout_ns, project, cap);
	else if (out->should_fail || out->grace_ns)
		/* What these two do begins with a deadline of the step itself. */
		out->timeout = load_deadline(given, 0, false, cap);
	else
		out->timeout =
		        load_deadline(&(struct node){ .type = NODE_INT, .i = 0 }, 0, false, cap);
}

static void fill_grace(const struct node *n, struct step *out)
{
	const char *strategy = node_str(n, "timeout_strategy", NULL);
	int64_t dflt = strategy && strcmp(strategy, "graceful") == 0 ? 500 * NS_MS : 0;

	out->grace_ns = node_int(n, "grace", dflt);
}

static double node_float(const struct node *table, const char *key, double dflt)
{
	const struct node *n = node_get(table, key);

	return n && n->type == NODE_FLOAT ? n->f : dflt;
}

/* Three spellings, the newest first; `retries` of a scenario is its own. */
static void fill_retries(const struct step_request *r, struct step *out)
{
	const struct node *n = r->node, *retry = node_get(n, "retry");
	int64_t older = node_flag(n, "retry_on_failure", false) ? node_int(n, "max_retries", 0) : 0;
	int64_t attempts = node_int(retry, "max_attempts", older + 1);

	out->retries =
	        (unsigned)(r->is_scenario ? attempts - 1 : node_int(n, "retries", attempts - 1));
	out->retry_delay_ns = node_int(n, "retry_delay", node_int(retry, "delay", NS_S));
	out->retry_backoff = node_float(n, "retry_backoff", node_float(retry, "backoff", 1.0));
}

/* Between tries of a step that is tried once. */
static void tell_idle_delays(struct loader *l, const struct step_request *r, const struct step *s)
{
	static const char *const keys[] = { "retry_delay", "retry_backoff" };
	struct check *c = &l->c;
	bool anew = r->is_scenario && node_get(r->node, "retries");

	for (size_t i = 0; i < ARRAY_LEN(keys) && !s->retries; i++) {
		const struct node *n = node_get(r->node, keys[i]);

		if (n)
			check_report(c, c->strict ? SEV_ERROR : SEV_WARNING, "config.ignored_key",
			        n->key_pos, n, "'%s' has no effect: %s", n->key,
			        anew ? "'retries' of a scenario starts it anew at once, in another "
			               "sandbox; those of a step stand in 'steps'"
			             : "without 'retries' the step runs once");
	}
}

/* ---- what it must show ---- */

static void expect_code(struct step *out, int64_t code)
{
	out->expected_codes[code / 64] |= 1ull << (code % 64);
}

static void fill_exit(struct loader *l, const struct step_request *r, struct step *out)
{
	const struct node *codes = node_get(r->node, "expected_exit_code");
	const struct node *sig = node_get(r->node, "expected_signal");
	const struct node *fail = node_get(r->node, "should_fail");
	const struct node *success = node_get(r->node, "expect_success");

	if (codes && sig)
		load_refuse(l, "config.conflict", sig,
		        "give only one of expected_exit_code, expected_signal");
	for (const struct node *x = codes ? codes->first : NULL; x; x = x->next)
		expect_code(out, x->i);
	if (sig && sig->type == NODE_INT)
		out->expected_signal = (int)sig->i;
	else if (!codes)
		expect_code(out, 0);
	out->should_fail =
	        (fail && fail->b) || (r->is_scenario && !r->joined && success && !success->b);
	if (r->joined)
		out->should_fail = false;
	out->expected_code_pos = codes     ? codes->pos
	                         : sig     ? sig->pos
	                         : fail    ? fail->pos
	                         : success ? success->pos
	                                   : r->node->pos;
	if (out->should_fail && codes && out->expected_codes[0] & 1)
		load_refuse(l, "config.conflict", codes,
		        "'expected_exit_code' has 0, but the step should fail");
	/* The codes say more than that it fails. */
	if (codes || sig)
		out->should_fail = false;
}

static void fill_output(struct loader *l, const struct step_request *r, struct step *out)
{
	const struct node *contains = node_get(r->node, "expected_output_contains");

	if (!r->joined)
		out->out_regex = pattern_of(l, r->node, "expected_output_regex");
	out->out_regex_not = pattern_of(l, r->node, "expected_output_regex_not");
	if (contains) {
		out->out_contains = node_list(l->file->arena, contains);
		out->out_contains_pos = contains->pos;
	}
}

/* ---- */

void load_step(struct loader *l, const struct step_request *r, struct step *out)
{
	struct arena *a = l->file->arena;
	const char *skip = r->is_scenario ? NULL : node_str(r->node, "skip", NULL);

	*out = (struct step){
		.name = arena_strdup(a, r->is_scenario
		                                ? r->default_name
		                                : node_str(r->node, "name", r->default_name)),
		.pos = r->node->pos,
		.background = node_flag(r->node, "background", false),
		.continue_on_failure = node_flag(r->node, "continue_on_failure", false),
		.skip = arena_strdup(a, skip),
	};
	fill_command(l, r, out);
	guard_shell_text(a, &out->argv);
	check_allowed(l, r, out);
	fill_process(l, r, out);
	fill_exit(l, r, out);
	fill_output(l, r, out);
	load_expectations(l, r->node,
	        &(struct expect_of){ { r->unique, out->name, NULL }, out->workdir, r->joined },
	        out);
	fill_grace(r->node, out);
	fill_retries(r, out);
	tell_idle_delays(l, r, out);
	fill_timeout(l, r, out);
}
