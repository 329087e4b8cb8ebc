#include "daemon/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/build.h"
#include "common/clock.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/num.h"
#include "daemon/config/config.h"

#define LISTEN_BACKLOG 1024
#define LOG_MAX_BYTES (10u << 20)
#define IDLE_EXIT_NS (1800 * NS_PER_S)
#define SYSTEMD_FIRST_FD 3 /* sd_listen_fds(3) */

const char *const started_by_names[] = { "client", "systemd", "user" };

/* ---- options ---- */

static const char usage[] =
        "usage: clnrmd [--foreground] [--socket PATH] [--idle-exit D] [--log FILE|-]\n"
        "              [--log-level error|warn|info|debug|trace] [--no-history]\n";

static int idle_exit(const char *text, int64_t *ns, struct err *e)
{
	if (strcmp(text, "0") == 0) {
		*ns = 0;
		return 0;
	}
	return dur_parse(text, NS_PER_S, ns, e);
}

/* The environment first, so that options win. */
static int options_from_env(struct daemon_options *o, struct err *e)
{
	const char *idle = getenv("CLNRM_IDLE_EXIT"), *level = getenv("CLNRM_LOG");

	*o = (struct daemon_options){ .idle_exit_ns = IDLE_EXIT_NS };
	o->socket = getenv("CLNRM_SOCKET");
	if (o->socket && !*o->socket)
		o->socket = NULL;
	if (level && *level)
		o->log_level = level;
	if (idle && *idle && idle_exit(idle, &o->idle_exit_ns, e) < 0)
		return err_wrap(e, "CLNRM_IDLE_EXIT");
	return 0;
}

int setup_options(int argc, char **argv, struct daemon_options *o, struct err *e)
{
	enum { FOREGROUND = 256, SOCKET, IDLE, LOGFILE, LEVEL, NO_HISTORY };
	static const struct option longs[] = {
		{ "foreground", no_argument, NULL, FOREGROUND },
		{ "socket", required_argument, NULL, SOCKET },
		{ "idle-exit", required_argument, NULL, IDLE },
		{ "log", required_argument, NULL, LOGFILE },
		{ "log-level", required_argument, NULL, LEVEL },
		{ "no-history", no_argument, NULL, NO_HISTORY },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	int c;

	if (options_from_env(o, e) < 0)
		return -1;
	while ((c = getopt_long(argc, argv, "hV", longs, NULL)) != -1) {
		switch (c) {
		case FOREGROUND:
			o->foreground = true;
			break;
		case SOCKET:
			o->socket = optarg;
			break;
		case LOGFILE:
			o->log = optarg;
			break;
		case LEVEL:
			o->log_level = optarg;
			break;
		case NO_HISTORY:
			o->no_history = true;
			break;
		case IDLE:
			if (idle_exit(optarg, &o->idle_exit_ns, e) < 0)
				return err_wrap(e, "--idle-exit");
			break;
		case 'h':
			fputs(usage, stdout);
			return 1;
		case 'V':
			printf("clnrmd %s (%s, %s)\n", build_version(), build_commit(),
			        build_mode());
			return 1;
		default:
			return err_set(e, ERR_INVALID, "see 'clnrmd --help'");
		}
	}
	if (optind < argc)
		return err_set(e, ERR_INVALID, "'%s' is not expected", argv[optind]);
	if (o->log_level && log_level_parse(o->log_level) < 0)
		return err_set(e, ERR_INVALID, "'%s' is no log level", o->log_level);
	return 0;
}

/* ---- settings ---- */

void setup_settings_env(struct arena *a, struct client_env *out)
{
	static const char prefix[] = "CLEANROOM_";
	struct env_var *v;
	size_t n = 0;

	while (environ[n])
		n++;
	v = arena_array(a, n + 1, sizeof(*v));
	out->v = v;
	for (char **at = environ; *at; at++) {
		const char *eq = strchr(*at, '=');

		if (!eq || strncmp(*at, prefix, sizeof(prefix) - 1) != 0)
			continue;
		v[out->n++] = (struct env_var){ arena_strndup(a, *at, (size_t)(eq - *at)), eq + 1 };
	}
}

/* ---- directories ---- */

static const char *env_abs(const char *name)
{
	const char *v = getenv(name);

	return v && v[0] == '/' ? v : NULL;
}

static char *default_socket(void)
{
	const char *run = env_abs("XDG_RUNTIME_DIR");

	if (run)
		return xasprintf("%s/clnrm/clnrmd.sock", run);
	if (getuid() == 0)
		return xstrdup("/run/clnrm/clnrmd.sock");
	return xasprintf("/tmp/clnrm-%u/clnrmd.sock", getuid());
}

/* The run-time directory is ours alone: 0700, no link. */
static int check_run_dir(const char *dir, struct err *e)
{
	struct stat st;

	if (mkdir(dir, 0700) == 0)
		return 0;
	if (errno != EEXIST)
		return err_sys(e, "cannot make '%s'", dir);
	if (lstat(dir, &st) < 0)
		return err_sys(e, "cannot look at '%s'", dir);
	if (!S_ISDIR(st.st_mode) || st.st_uid != getuid() || (st.st_mode & 077))
		return err_set(
		        e, ERR_DENIED, "'%s' is not a directory of ours with mode 0700", dir);
	return 0;
}

static bool writable_dir(const char *dir)
{
	struct err e;

	return fs_mkdirs(dir, 0700, &e) == 0 && access(dir, W_OK) == 0;
}

/* $CLNRM_HOME/<kind>, else $XDG_<KIND>_HOME/clnrm, else ~/<fallback>/clnrm, else beside the socket.
 */
static char *home_dir(const char *kind, const char *xdg, const char *fallback, const char *run_dir)
{
	const char *own = env_abs("CLNRM_HOME"), *base = env_abs(xdg), *home = env_abs("HOME");
	char *dir = own    ? xasprintf("%s/%s", own, kind)
	            : base ? xasprintf("%s/clnrm", base)
	            : home ? xasprintf("%s/%s/clnrm", home, fallback)
	                   : NULL;

	if (dir && writable_dir(dir))
		return dir;
	free(dir);
	dir = xasprintf("%s/%s", run_dir, kind);
	return dir;
}

/* A companion stands beside clnrmd, or in <prefix>/libexec/clnrm/. */
static char *companion(const char *name, struct err *e)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0) {
		err_sys(e, "cannot find my own program");
		return NULL;
	}
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	static const char *const places[] = { "%s/%s", "%s/../libexec/clnrm/%s" };
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		char *path = i == 0 ? xasprintf("%s/%s", self, name)
		                    : xasprintf("%s/../libexec/clnrm/%s", self, name);

		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	err_set(e, ERR_NOT_FOUND, "'%s' is neither beside clnrmd in '%s' nor in its libexec folder",
	        name, self);
	return NULL;
}

int setup_paths(const struct daemon_options *o, struct daemon_paths *p, struct err *e)
{
	p->socket = o->socket ? xstrdup(o->socket) : default_socket();
	if (p->socket[0] != '/')
		return err_set(e, ERR_INVALID, "socket path '%s' is not absolute", p->socket);
	if (strlen(p->socket) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return err_set(
		        e, ERR_LIMIT, "socket path '%s' is longer than 107 bytes", p->socket);
	p->run_dir = xstrndup(p->socket, (size_t)(strrchr(p->socket, '/') - p->socket));
	if (check_run_dir(p->run_dir, e) < 0)
		return -1;
	p->state_dir = home_dir("state", "XDG_STATE_HOME", ".local/state", p->run_dir);
	p->cache_dir = home_dir("cache", "XDG_CACHE_HOME", ".cache", p->run_dir);
	p->data_dir = home_dir("data", "XDG_DATA_HOME", ".local/share", p->run_dir);
	p->log_file = fs_join(p->state_dir, "clnrmd.log");
	p->artifacts_dir = fs_join(p->state_dir, "artifacts");
	if (fs_mkdirs(p->state_dir, 0700, e) < 0 || fs_mkdirs(p->cache_dir, 0700, e) < 0 ||
	        fs_mkdirs(p->data_dir, 0700, e) < 0)
		return -1;
	own_dirs_init(&p->own,
	        (const char *const[]){ p->run_dir, p->state_dir, p->cache_dir, p->data_dir },
	        OWN_DIRS_MAX);
	p->launcher = companion("clnrm-launcher", e);
	p->init = p->launcher ? companion("clnrm-init", e) : NULL;
	p->unpacker = p->init ? companion("clnrm-unpack", e) : NULL;
	return p->unpacker ? 0 : -1;
}

/* ---- the life lock ---- */

int setup_life_lock(const struct daemon_paths *p, struct err *e)
{
	AUTO_STR path = fs_join(p->run_dir, "life.lock");
	char text[32] = "";
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_sys(e, "cannot open '%s'", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		ssize_t n = read(fd, text, sizeof(text) - 1);

		close(fd);
		text[n > 0 ? n : 0] = '\0';
		text[strcspn(text, "\n")] = '\0';
		return err_set(e, ERR_BUSY, "another clnrmd runs on '%s', pid %s", p->socket,
		        *text ? text : "unknown");
	}
	snprintf(text, sizeof(text), "%d\n", getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, strlen(text), 0) < 0) {
		close(fd);
		return err_sys(e, "cannot write '%s'", path);
	}
	return 0; /* fd stays open for the life of the process */
}

/* ---- the listener ---- */

static bool is_listener(int fd)
{
	int type = 0, listening = 0, domain = 0;
	socklen_t n = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_STREAM &&
	       getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 && domain == AF_UNIX &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) == 0 && listening;
}

static int take_over(const char *what, int fd, struct err *e)
{
	if (!is_listener(fd))
		return err_set(
		        e, ERR_INVALID, "%s: descriptor %d is no listening Unix socket", what, fd);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return fd;
}

static int bind_own(const struct daemon_paths *p, struct err *e)
{
	AUTO_STR lock = fs_join(p->run_dir, "start.lock");
	AUTO_STR temporary = xasprintf("%s.%d", p->socket, getpid());
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	AUTO_FD guard = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (guard < 0 || flock(guard, LOCK_EX) < 0)
		return err_sys(e, "cannot lock '%s'", lock);
	if (strlen(temporary) >= sizeof(sa.sun_path))
		return err_set(e, ERR_LIMIT, "socket path '%s' leaves no room for a temporary name",
		        p->socket);
	memcpy(sa.sun_path, temporary, strlen(temporary) + 1);
	unlink(temporary);
	/* Bound, listening, then renamed: there is no moment with an unusable path. */
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	        chmod(temporary, 0600) < 0 || listen(fd, LISTEN_BACKLOG) < 0 ||
	        rename(temporary, p->socket) < 0)
		return err_sys(e, "cannot listen on '%s'", p->socket);
	return steal_fd(&fd);
}

int setup_listener(const struct daemon_paths *p, enum started_by *by, struct err *e)
{
	const char *own = getenv("CLNRM_LISTEN_FD"), *pid = getenv("LISTEN_PID");
	uint64_t n = 0;

	if (own && str_to_u64(own, 3, 1024, &n, e) == 0) {
		unsetenv("CLNRM_LISTEN_FD");
		*by = STARTED_BY_CLIENT;
		return take_over("CLNRM_LISTEN_FD", (int)n, e);
	}
	if (CLNRM_WITH_SYSTEMD && pid && str_to_u64(pid, 1, INT32_MAX, &n, e) == 0 &&
	        (pid_t)n == getpid()) {
		unsetenv("LISTEN_PID");
		unsetenv("LISTEN_FDS");
		unsetenv("LISTEN_FDNAMES");
		*by = STARTED_BY_SYSTEMD;
		return take_over("LISTEN_FDS", SYSTEMD_FIRST_FD, e);
	}
	*by = STARTED_BY_USER;
	return bind_own(p, e);
}

void setup_unlink_socket(const struct daemon_paths *p, enum started_by by)
{
	if (by != STARTED_BY_SYSTEMD)
		unlink(p->socket);
}

/* ---- log ---- */

int setup_log(const struct daemon_options *o, const struct daemon_paths *p, struct err *e)
{
	const char *path = o->log ? o->log : p->log_file;
	int level = o->log_level ? log_level_parse(o->log_level) : LOG_INFO_;
	bool journald = CLNRM_WITH_SYSTEMD && getenv("JOURNAL_STREAM") != NULL && o->log == NULL &&
	                getenv("NOTIFY_SOCKET");
	int fd = STDERR_FILENO;

	if (strcmp(path, "-") != 0 && !journald && !(o->foreground && !o->log)) {
		fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			return err_sys(e, "cannot open the log '%s'", path);
	}
	log_init(fd, (enum log_level)level, journald, "clnrmd");
	return fd == STDERR_FILENO ? 0 : log_rotate(path, LOG_MAX_BYTES, e);
}

/* ---- systemd ---- */

#if CLNRM_WITH_SYSTEMD
void setup_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	size_t n = path ? strlen(path) : 0;

	if (!n || n >= sizeof(sa.sun_path))
		return;
	memcpy(sa.sun_path, path, n);
	if (sa.sun_path[0] == '@')
		sa.sun_path[0] = '\0';
	AUTO_FD fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&sa,
		        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
}
#else
void setup_notify(const char *state)
{
	(void)state;
}
#endif
