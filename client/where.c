#include "client/where.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"
#include "common/num.h"

#define LOCK_TICK_US 50000 /* how late a deadline for a lock may be seen */

/* An empty variable counts as none. */
static const char *env_value(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

static char *absolute(const char *path)
{
	char cwd[PATH_MAX];

	if (path[0] == '/' || !getcwd(cwd, sizeof(cwd)))
		return xstrdup(path);
	return fs_join(cwd, path);
}

/* ---- socket ---- */

static char *default_socket(void)
{
	const char *run = env_value("XDG_RUNTIME_DIR");

	if (run && run[0] == '/')
		return xasprintf("%s/clnrm/clnrmd.sock", run);
	if (getuid() == 0)
		return xstrdup("/run/clnrm/clnrmd.sock");
	return xasprintf("/tmp/clnrm-%ld/clnrmd.sock", (long)getuid());
}

int where_init(struct where *w, const char *flag, struct fault *f)
{
	const char *given = flag ? flag : env_value("CLNRM_SOCKET");
	const char *slash;

	w->socket = given ? absolute(given) : default_socket();
	slash = strrchr(w->socket, '/');
	w->dir = slash && slash > w->socket ? xstrndup(w->socket, (size_t)(slash - w->socket))
	                                    : xstrdup("/");
	if (strlen(w->socket) <= SOCKET_PATH_MAX && slash && slash[1])
		return 0;
	fault_set(f, "socket-path", "'%s' cannot be a socket: %s", w->socket,
	        slash && slash[1] ? "a socket's path is at most 107 bytes" : "it names no file");
	fault_help(f, "set XDG_RUNTIME_DIR or CLNRM_SOCKET to a shorter path");
	return -1;
}

void where_release(struct where *w)
{
	free(w->socket);
	free(w->dir);
	*w = (struct where){ 0 };
}

int where_check(const struct where *w, struct fault *f)
{
	struct stat st;

	if (lstat(w->dir, &st) < 0) {
		if (errno == ENOENT)
			return 0;
		return fault_set(
		        f, "socket-path", "cannot look at '%s': %s", w->dir, strerror(errno));
	}
	if (S_ISDIR(st.st_mode) && st.st_uid == getuid() && (st.st_mode & 077) == 0)
		return 1;
	fault_set(f, "socket-owner", "'%s' is not a directory of this user alone (mode 0700)",
	        w->dir);
	if (S_ISDIR(st.st_mode) && st.st_uid == getuid())
		fault_help(f, "chmod 700 '%s'", w->dir);
	else
		fault_help(f, "set CLNRM_SOCKET to a path in a directory of your own");
	return -1;
}

int where_make(const struct where *w, struct fault *f)
{
	struct err e;
	int rc = where_check(w, f);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (mkdir(w->dir, 0700) < 0 && errno == ENOENT && fs_mkdirs(w->dir, 0700, &e) < 0)
		return fault_set(f, "socket-path", "%s", e.msg);
	rc = where_check(w, f);
	if (rc == 0)
		return fault_set(f, "socket-path", "cannot make directory '%s'", w->dir);
	return rc < 0 ? -1 : 0;
}

/* The file beside the socket: "start.lock", "life.lock". The caller frees. */
static char *where_beside(const struct where *w, const char *name)
{
	return fs_join(w->dir, name);
}

/* ---- log ---- */

static char *state_dir(void)
{
	const char *home = env_value("CLNRM_HOME");

	if (home) {
		AUTO_STR abs = absolute(home);

		return fs_join(abs, "state");
	}
	home = env_value("XDG_STATE_HOME");
	if (home && home[0] == '/')
		return fs_join(home, "clnrm");
	home = env_value("HOME");
	return home && home[0] == '/' ? fs_join(home, ".local/state/clnrm") : NULL;
}

/* W_OK alone does not tell: root may write to any mode, yet not to a read-only file system. */
static bool usable(const char *dir, bool make)
{
	struct err e;

	return (!make || fs_mkdirs(dir, 0700, &e) == 0) && access(dir, W_OK) == 0;
}

char *where_log(const struct where *w, bool make)
{
	AUTO_STR dir = state_dir();

	if (!dir || !usable(dir, make)) {
		free(dir);
		dir = where_beside(w, "state");
		usable(dir, make);
	}
	return fs_join(dir, "clnrmd.log");
}

/* ---- program ---- */

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static char *own_dir(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	return xstrdup(path);
}

static char *beside_self(void)
{
	static const char *const places[] = { "clnrmd", "../libexec/clnrm/clnrmd" };
	AUTO_STR dir = own_dir();

	for (size_t i = 0; dir && i < ARRAY_LEN(places); i++) {
		char *path = fs_join(dir, places[i]);

		if (is_program(path))
			return path;
		free(path);
	}
	return NULL;
}

static char *on_path(void)
{
	for (const char *at = env_value("PATH"); at && *at;) {
		size_t n = strcspn(at, ":");
		AUTO_STR dir = xstrndup(at, n);
		char *path = fs_join(dir, "clnrmd");

		if (dir[0] == '/' && is_program(path))
			return path;
		free(path);
		at += n + (at[n] == ':');
	}
	return NULL;
}

char *where_daemon(struct fault *f)
{
	const char *named = env_value("CLNRM_DAEMON");
	char *path;

	if (named) {
		path = absolute(named);
		if (is_program(path))
			return path;
		fault_set(f, "daemon-start", "CLNRM_DAEMON: '%s' is not a program", path);
		free(path);
		return NULL;
	}
	path = beside_self();
	if (!path)
		path = on_path();
	if (!path) {
		fault_set(f, "daemon-start",
		        "the program 'clnrmd' is not beside clnrm, in ../libexec/clnrm or in PATH");
		fault_help(f, "set CLNRM_DAEMON to its path");
	}
	return path;
}

/* ---- locks ---- */

static int open_life(const struct where *w)
{
	AUTO_STR path = where_beside(w, "life.lock");

	return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

pid_t where_holder(const struct where *w)
{
	AUTO_FD fd = open_life(w);
	char text[24];
	ssize_t n;
	struct err e;
	uint64_t pid;

	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return 0;
	n = pread(fd, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	text[strcspn(text, "\n ")] = '\0';
	return str_to_u64(text, 1, INT_MAX, &pid, &e) == 0 ? (pid_t)pid : -1;
}

static void on_tick(int sig)
{
	(void)sig;
}

/* Blocks in flock() until the lock is ours, or ms are over: a repeating timer interrupts it, so
 * that a tick between the look at the clock and the call is not the last one. */
static bool lock_within(int fd, int op, int64_t ms)
{
	const struct itimerval tick = { { 0, LOCK_TICK_US }, { 0, LOCK_TICK_US } }, none = { 0 };
	const struct sigaction sa = { .sa_handler = on_tick };
	struct sigaction old;
	int64_t end = clock_ms() + ms;
	int rc;

	sigaction(SIGALRM, &sa, &old);
	setitimer(ITIMER_REAL, &tick, NULL);
	do
		rc = flock(fd, op);
	while (rc < 0 && errno == EINTR && clock_ms() < end);
	setitimer(ITIMER_REAL, &none, NULL);
	sigaction(SIGALRM, &old, NULL);
	return rc == 0;
}

bool where_wait_free(const struct where *w, int64_t ms)
{
	AUTO_FD fd = open_life(w);

	return fd < 0 || lock_within(fd, LOCK_SH, ms);
}

int where_lock_start(const struct where *w, struct fault *f)
{
	AUTO_STR path = where_beside(w, "start.lock");
	AUTO_FD fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int rc;

	if (fd < 0)
		return fault_set(f, "daemon-start", "cannot open '%s': %s", path, strerror(errno));
	do
		rc = flock(fd, LOCK_EX);
	while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return fault_set(f, "daemon-start", "cannot lock '%s': %s", path, strerror(errno));
	return steal_fd(&fd);
}

bool where_is_unit(const struct where *w)
{
	const char *run = env_value("XDG_RUNTIME_DIR");
	struct stat st;
	size_t n;

	if (!run || env_value("CLNRM_SOCKET"))
		return false;
	n = strlen(run);
	if (strncmp(w->socket, run, n) != 0 || strcmp(w->socket + n, "/clnrm/clnrmd.sock") != 0)
		return false;
	/* systemd keeps a link "invocation:UNIT" for each active unit. */
	AUTO_STR path = fs_join(run, "systemd/units/invocation:clnrmd.socket");

	return lstat(path, &st) == 0;
}
