#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/run/run_priv.h"

/* ---- signals ---- */

static const struct {
	int number;
	const char *name;
} signals[] = {
	{ SIGHUP, "SIGHUP" },
	{ SIGINT, "SIGINT" },
	{ SIGQUIT, "SIGQUIT" },
	{ SIGILL, "SIGILL" },
	{ SIGTRAP, "SIGTRAP" },
	{ SIGABRT, "SIGABRT" },
	{ SIGBUS, "SIGBUS" },
	{ SIGFPE, "SIGFPE" },
	{ SIGKILL, "SIGKILL" },
	{ SIGUSR1, "SIGUSR1" },
	{ SIGSEGV, "SIGSEGV" },
	{ SIGUSR2, "SIGUSR2" },
	{ SIGPIPE, "SIGPIPE" },
	{ SIGALRM, "SIGALRM" },
	{ SIGTERM, "SIGTERM" },
	{ SIGSTKFLT, "SIGSTKFLT" },
	{ SIGCHLD, "SIGCHLD" },
	{ SIGCONT, "SIGCONT" },
	{ SIGSTOP, "SIGSTOP" },
	{ SIGTSTP, "SIGTSTP" },
	{ SIGTTIN, "SIGTTIN" },
	{ SIGTTOU, "SIGTTOU" },
	{ SIGURG, "SIGURG" },
	{ SIGXCPU, "SIGXCPU" },
	{ SIGXFSZ, "SIGXFSZ" },
	{ SIGVTALRM, "SIGVTALRM" },
	{ SIGPROF, "SIGPROF" },
	{ SIGWINCH, "SIGWINCH" },
	{ SIGIO, "SIGIO" },
	{ SIGPWR, "SIGPWR" },
	{ SIGSYS, "SIGSYS" },
};

const char *signal_name(int sig)
{
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		if (signals[i].number == sig)
			return signals[i].name;
	return "a real-time signal";
}

const char *explain_exit(int code, int sig, struct arena *a)
{
	if (sig)
		return arena_printf(a, "killed by %s", signal_name(sig));
	return arena_printf(a, "exit status %d", code);
}

/* ---- a program that is not there ---- */

/* Where a PATH of this machine has it: for images other than `host`. */
static const char *on_this_machine(const char *name, struct arena *a)
{
	static const char *const dirs[] = { "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin",
		"/sbin" };

	if (strchr(name, '/'))
		return access(name, X_OK) == 0 ? arena_strdup(a, name) : NULL;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		const char *path = arena_printf(a, "%s/%s", dirs[i], name);

		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

static const char *not_found_hint(
        const char *name, const struct sandbox_spec *spec, struct arena *a)
{
	if (strcmp(spec->image, "host") != 0) {
		const char *path = on_this_machine(name, a);

		return path ? arena_printf(
		                      a, "this machine has '%s': image = \"host\" shows it", path)
		            : NULL;
	}
	AUTO_STR path = image_host_program(name);
	if (!path)
		return NULL;
	const char *slash = strrchr(path, '/');
	return arena_printf(a,
	        "this machine has '%s', which image host does not show; in cleanroom.toml: "
	        "[host] paths = [\"%.*s\"]",
	        path, (int)(slash - path), path);
}

/* Where the step looked: its own PATH, or else that of its sandbox. */
static const char *path_of(const struct step *def, const char *path_env)
{
	for (size_t i = 0; i < def->n_env; i++)
		if (strcmp(def->env[i].name, "PATH") == 0)
			return def->env[i].value;
	return path_env;
}

void explain_not_found(struct failure *f, const struct attempt *at, const struct sandbox_spec *spec,
        const char *path_env, struct arena *a)
{
	const char *name = at->def->argv.v[0];

	*f = (struct failure){
		.code = at->exit.what == 0 ? REASON_NOT_FOUND : REASON_SANDBOX,
		.step = at->def->name,
		.file = at->file,
		.pos = at->def->command_pos.line ? at->def->command_pos : at->def->pos,
		.actual = arena_strdup(a, at->exit.detail),
	};
	if (at->exit.what != 0) {
		const char *detail = at->exit.detail, *why = strerror(at->exit.value);

		f->message = at->exit.what == AGENT_WHAT_DIRECTORY
		                     ? arena_printf(a, "cannot work in '%s': %s", detail, why)
		             : at->exit.what == AGENT_WHAT_USER && at->exit.value == ENOENT
		                     ? arena_printf(a, "there is no user '%s' in image '%s'",
		                               detail, spec->image)
		             : at->exit.what == AGENT_WHAT_USER
		                     ? arena_printf(a, "cannot become user '%s': %s", detail, why)
		                     : arena_printf(a, "%s: %s", detail, why);
		return;
	}
	if (at->exit.detail && strstr(at->exit.detail, "interpreter")) {
		f->message = arena_printf(a, "command '%s': %s", name, at->exit.detail);
	} else if (at->exit.value == ENOENT) {
		f->message = arena_printf(a, "command '%s' not found in image '%s' (PATH=%s)", name,
		        spec->image, path_of(at->def, path_env));
		f->hint = not_found_hint(name, spec, a);
	} else {
		f->message = arena_printf(
		        a, "command '%s' cannot be executed: %s", name, strerror(at->exit.value));
	}
}

/* ---- no network ---- */

/* What programs say when a name or an address is not there, as near to the whole of it as they
 * agree: "dial tcp" alone is also said of a local server that is down. */
static const char *const network_words[] = {
	"Could not resolve",
	"Temporary failure in name resolution",
	"Name or service not known",
	"Name does not resolve",
	"No address associated",
	"unable to resolve host",
	"Network is unreachable",
	"network is unreachable",
	"Network unreachable",
	"ENETUNREACH",
	"getaddrinfo EAI_AGAIN",
	"getaddrinfo ENOTFOUND",
	"bad address '",
	"dial tcp: lookup ",
	": no such host",
};

/* A program says last why it gave up; looking through megabytes would hold up the loop. */
#define SAID_LAST (64u << 10)

static bool said_at_the_end(const struct strbuf *b, const char *word)
{
	size_t n = b->len < SAID_LAST ? b->len : SAID_LAST;

	return n && memmem(b->s + b->len - n, n, word, strlen(word));
}

#define NO_NETWORK                                                                              \
	"this sandbox has network = \"none\", its own loopback alone; network = \"host\" with " \
	"isolation = \"relaxed\" shows that of the machine"

const char *explain_network(
        const struct attempt *at, const struct sandbox_spec *spec, struct arena *a)
{
	const struct strbuf *streams[] = { at->err, at->out };
	static const char *const names[] = { "stderr", "stdout" };

	if (spec->network != NET_NONE)
		return NULL;
	for (size_t s = 0; s < ARRAY_LEN(streams); s++) {
		for (size_t i = 0; i < ARRAY_LEN(network_words); i++) {
			if (said_at_the_end(streams[s], network_words[i]))
				return arena_printf(a,
				        "if the network is missing (%s has \"%s\"): " NO_NETWORK,
				        names[s], network_words[i]);
		}
	}
	return NULL;
}

const char *explain_blocked(void)
{
	return "if the network is missing (an address outside was tried): " NO_NETWORK;
}

/* ---- secrets ---- */

/* Replaces every occurrence of secret in *text. */
static void mask_one(struct strbuf *text, const char *secret)
{
	size_t n = strlen(secret);
	char *hit;

	if (n < 3)
		return; /* would mask half of the command */
	for (size_t from = 0; (hit = memmem(text->s + from, text->len - from, secret, n));) {
		AUTO_STRBUF tail = STRBUF_INIT;
		size_t at = (size_t)(hit - text->s);

		strbuf_add(&tail, hit + n, text->len - at - n);
		strbuf_truncate(text, at);
		strbuf_adds(text, "***");
		strbuf_add(text, tail.s, tail.len);
		from = at + 3;
	}
}

struct str_list masked_argv(const struct step *def, struct arena *a)
{
	struct str_list out = list_copy(&def->argv, a);

	for (size_t v = 0; v < def->n_env; v++) {
		if (!config_is_secret_name(def->env[v].name))
			continue;
		for (size_t i = 0; i < out.n; i++) {
			AUTO_STRBUF text = STRBUF_INIT;

			strbuf_adds(&text, out.v[i]);
			mask_one(&text, def->env[v].value);
			out.v[i] = arena_strdup(a, text.s);
		}
	}
	return out;
}

/* ---- receipt ---- */

struct receipt *receipt_copy(const struct receipt *r, struct arena *a)
{
	struct receipt *c = arena_memdup(a, r, sizeof(*r));

	c->engine = arena_strdup(a, r->engine);
	c->mode = arena_strdup(a, r->mode);
	c->profile = arena_strdup(a, r->profile);
	c->namespaces = list_copy(&r->namespaces, a);
	c->uid_map = arena_strdup(a, r->uid_map);
	c->capabilities = list_copy(&r->capabilities, a);
	c->seccomp_sha256 = arena_strdup(a, r->seccomp_sha256);
	c->network = arena_strdup(a, r->network);
	c->image = arena_strdup(a, r->image);
	c->image_digest = arena_strdup(a, r->image_digest);
	c->prepared = arena_strdup(a, r->prepared);
	c->sandbox = arena_strdup(a, r->sandbox);
	c->limits = arena_array(a, r->n_limits + 1, sizeof(*c->limits));
	for (size_t i = 0; i < r->n_limits; i++)
		c->limits[i] = (struct env_var){
			.name = arena_strdup(a, r->limits[i].name),
			.value = arena_strdup(a, r->limits[i].value),
		};
	c->degraded = arena_array(a, r->n_degraded + 1, sizeof(*c->degraded));
	for (size_t i = 0; i < r->n_degraded; i++)
		c->degraded[i] = (struct degraded){
			.what = arena_strdup(a, r->degraded[i].what),
			.wanted = arena_strdup(a, r->degraded[i].wanted),
			.got = arena_strdup(a, r->degraded[i].got),
		};
	return c;
}
