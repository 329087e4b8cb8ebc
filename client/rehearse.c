#include "client/rehearse.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"

#define COMMANDS_MAX (64u << 10)
#define INPUT_MAX (1u << 20)
#define ARGS_MAX 32
#define SETTLE_MS 50     /* stamps of files are coarser than a command is fast: cache/identity.c */
#define COMMAND_MS 60000 /* a command that takes longer is killed: what it waits for is broken */

/* One suite's, while its commands are done. */
struct stage {
	const struct ctx *c;
	struct rehearsal *r;
	const char *inputs; /* SUITE/inputs */
	const char *work;   /* where commands run */
	const char *seen;   /* where their output goes */
	char *const *env;   /* of commands */
	unsigned fresh;     /* texts made so far */
	int64_t written_ms; /* when a file was last */
	const char *file;   /* of the commands, for messages */
	unsigned line;
};

/* ---- directories ---- */

/* Below those whose directories every test may have as a volume (config.md 3.6). */
static char *make_private(struct fault *f)
{
	static const char *const places[] = { "/tmp", "/var/tmp" };

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		char *dir = xasprintf("%s/clnrm-self-test-%ld-XXXXXX", places[i], (long)getpid());

		/* Sandboxes of root are another user; there is nothing in it that is not known. */
		if (mkdtemp(dir) && chmod(dir, 0755) == 0)
			return dir;
		free(dir);
	}
	fault_set(f, "write", "cannot make a directory in /tmp or /var/tmp: %s", strerror(errno));
	return NULL;
}

static int make_dirs(const struct stage *s, struct fault *f)
{
	struct err e;

	if (fs_mkdirs(s->work, 0755, &e) < 0 || fs_mkdirs(s->seen, 0755, &e) < 0)
		return fault_set(f, "write", "%s", e.msg);
	return 0;
}

void rehearsal_end(struct rehearsal *r)
{
	struct err e;

	if (r->dir && fs_remove_tree(AT_FDCWD, r->dir, &e) < 0)
		say("warning", "cannot remove '%s': %s", r->dir, e.msg);
	free(r->dir);
	r->dir = NULL;
}

/* ---- environment ---- */

/* What finds the daemon and its files. What changes answers (CLEANROOM_*, CI, formats, variables
 * of templates) is the user's, not the installation's. */
static bool is_kept(const char *var)
{
	static const char *const kept[] = { "HOME=", "PATH=", "USER=", "LOGNAME=", "TMPDIR=",
		"CLNRM_HOME=", "CLNRM_DAEMON=", "CLNRM_LOG=", "CLNRM_IDLE_EXIT=", "XDG_" };

	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		if (strncmp(var, kept[i], strlen(kept[i])) == 0)
			return true;
	}
	return false;
}

static char **make_env(char *const *from)
{
	static char lang[] = "LANG=C.UTF-8";
	size_t n = 0;
	char **env;

	while (from[n])
		n++;
	env = xcalloc(n + 2, sizeof(*env));
	n = 0;
	for (; *from; from++) {
		if (is_kept(*from))
			env[n++] = *from;
	}
	env[n] = lang;
	return env;
}

/* ---- signals ---- */

static const int end_signals[] = { SIGINT, SIGTERM, SIGHUP };

/* What was ignored at our start stays so. */
static void watched(sigset_t *set)
{
	struct sigaction sa;

	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	for (size_t i = 0; i < ARRAY_LEN(end_signals); i++) {
		if (sigaction(end_signals[i], NULL, &sa) == 0 && sa.sa_handler != SIG_IGN)
			sigaddset(set, end_signals[i]);
	}
}

/* From here on they wait for a command, or for call(): what was made is always removed. */
static void hold_signals(void)
{
	const struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t set;

	sigaction(SIGCHLD, &dfl, NULL);
	watched(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* ---- one command ---- */

/* True when pid has ended within ms. A signal that is to end us is passed on. */
static bool ends_within(struct rehearsal *r, pid_t pid, int64_t ms, int *status)
{
	int64_t end = clock_ms() + ms;
	sigset_t set;

	watched(&set);
	while (waitpid(pid, status, WNOHANG) == 0) {
		int64_t left = end - clock_ms();
		const struct timespec ts = { .tv_sec = (time_t)(left / 1000 + 1) };
		int sig = left > 0 ? sigtimedwait(&set, NULL, &ts) : 0;

		if (left <= 0)
			return false;
		if (sig > 0 && sig != SIGCHLD) {
			r->signal = sig;
			kill(pid, sig);
		}
	}
	return true;
}

static int wait_for(struct rehearsal *r, pid_t pid)
{
	int status = 0;

	if (!ends_within(r, pid, COMMAND_MS, &status)) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A process group of its own: what the terminal sends comes to us, and is passed on. */
static int spawn_command(
        const struct stage *s, const char *const *argv, const char *out, const char *err)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t none;
	pid_t pid;
	int rc;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(
	        &fa, STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	posix_spawn_file_actions_addopen(
	        &fa, STDERR_FILENO, err, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	posix_spawn_file_actions_addchdir_np(&fa, s->work);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attr, &none);
	rc = posix_spawn(
	        &pid, "/proc/self/exe", &fa, &attr, (char *const *)(uintptr_t)argv, s->env);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&attr);
	return rc == 0 ? wait_for(s->r, pid) : 127;
}

static int write_file(const char *path, const char *p, size_t n, struct fault *f)
{
	struct err e;
	int rc = fs_write_atomic(path, p, n, 0644, &e);

	return rc < 0 ? fault_set(f, "write", "%s", e.msg) : 0;
}

/* Nothing is kept of a run whose files are too young to be known by their stamps. */
static void settle(const struct stage *s)
{
	int64_t left = s->written_ms + SETTLE_MS - clock_ms();
	const struct timespec ts = { .tv_nsec = (long)(left * 1000000) };

	if (left > 0)
		nanosleep(&ts, NULL);
}

static int do_command(
        struct stage *s, const char *name, char *const *words, size_t n, struct fault *f)
{
	const char *argv[ARGS_MAX + 8] = { "clnrm", "--no-config", "--socket", s->c->where.socket,
		"--daemon", s->c->may_start ? "auto" : "required" };
	AUTO_STR out = xasprintf("%s/%s.out", s->seen, name);
	AUTO_STR err = xasprintf("%s/%s.err", s->seen, name);
	AUTO_STR how = xasprintf("%s/%s.exit", s->seen, name);
	AUTO_STRBUF text = STRBUF_INIT;

	for (size_t i = 0; i < n; i++)
		argv[6 + i] = words[i];
	settle(s);
	strbuf_printf(&text, "%d\n", spawn_command(s, argv, out, err));
	return s->r->signal ? -1 : write_file(how, text.s, text.len, f);
}

/* ---- files ---- */

static int make_file(struct stage *s, const char *path, const struct strbuf *text, struct fault *f)
{
	int rc = write_file(path, text->s, text->len, f);

	s->written_ms = clock_ms();
	return rc;
}

static int do_copy(struct stage *s, char *const *words, struct fault *f)
{
	AUTO_STR from = fs_join(s->inputs, words[0]);
	AUTO_STR to = fs_join(s->work, words[1]);
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;

	if (fs_read_file(from, INPUT_MAX, &text, &e) < 0)
		return fault_set(f, "not-found", "%s", e.msg);
	return make_file(s, to, &text, f);
}

static int do_fresh(struct stage *s, char *const *words, struct fault *f)
{
	AUTO_STR to = fs_join(s->work, words[0]);
	AUTO_STRBUF text = STRBUF_INIT;

	strbuf_printf(&text, "%s %u\n", s->r->dir, s->fresh++);
	return make_file(s, to, &text, f);
}

/* ---- lines ---- */

static const struct verb {
	const char *name;
	size_t n_words;
	int (*run)(struct stage *s, char *const *words, struct fault *f);
} verbs[] = { { "copy", 2, do_copy }, { "fresh", 1, do_fresh } };

static size_t split(char *line, char **words, size_t max)
{
	size_t n = 0;

	for (char *at = line; n < max; n++) {
		size_t len;

		at += strspn(at, " \t");
		len = strcspn(at, " \t");
		if (len == 0)
			break;
		words[n] = at;
		at += len;
		if (*at)
			*at++ = '\0';
	}
	return n;
}

static bool are_names(char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strchr(words[i], '/') || words[i][0] == '.')
			return false;
	}
	return true;
}

static int do_line(struct stage *s, char *line, struct fault *f)
{
	char *words[ARGS_MAX];
	size_t n = split(line, words, ARRAY_LEN(words)), len;

	if (n == 0 || words[0][0] == '#')
		return 0;
	len = strlen(words[0]);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(words[0], verbs[i].name) == 0 && n == verbs[i].n_words + 1 &&
		        are_names(words + 1, n - 1))
			return verbs[i].run(s, words + 1, f);
	}
	if (n > 1 && len > 1 && words[0][len - 1] == ':' && are_names(words, 1)) {
		words[0][len - 1] = '\0';
		return do_command(s, words[0], words + 1, n - 1, f);
	}
	fault_set(f, "invalid-files", "%s:%u: no command of a suite", s->file, s->line);
	fault_help(f, "'make install' puts the suite back as it was");
	return -1;
}

static int do_lines(struct stage *s, char *text, struct fault *f)
{
	int rc = 0;

	for (char *at = text; *at && rc == 0;) {
		size_t n = strcspn(at, "\n");
		bool more = at[n] == '\n';

		at[n] = '\0';
		s->line++;
		rc = do_line(s, at, f);
		at += n + more;
	}
	return rc;
}

/* ---- a suite ---- */

static int do_suite(struct stage *s, char *text, struct fault *f)
{
	char **env = make_env(s->c->env);
	mode_t mask = umask(022);
	int rc;

	s->env = env;
	rc = make_dirs(s, f);
	if (rc == 0)
		rc = do_lines(s, text, f);
	umask(mask);
	free(env);
	return rc;
}

int rehearse(const struct ctx *c, const char *suite_dir, struct rehearsal *r, struct fault *f)
{
	const char *name = strrchr(suite_dir, '/') + 1;
	AUTO_STR file = fs_join(suite_dir, "commands");
	AUTO_STR inputs = fs_join(suite_dir, "inputs");
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;

	if (access(file, F_OK) < 0 && errno == ENOENT)
		return 0;
	if (fs_read_file(file, COMMANDS_MAX, &text, &e) < 0)
		return fault_set(f, "not-found", "%s", e.msg);
	hold_signals();
	if (!r->dir)
		r->dir = make_private(f);
	if (!r->dir)
		return -1;

	AUTO_STR seen = fs_join(r->dir, name);
	AUTO_STR work = xasprintf("%s/work/%s", r->dir, name);
	struct stage s = {
		.c = c, .r = r, .inputs = inputs, .work = work, .seen = seen, .file = file
	};

	return do_suite(&s, text.s, f);
}
