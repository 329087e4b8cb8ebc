#include "client/start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/ask.h"
#include "client/link.h"
#include "client/spawn.h"
#include "common/clock.h"
#include "common/fs.h"
#include "common/json.h"
#include "common/mem.h"

#define BACKLOG 1024
#define LOG_TAIL_LINES 20
#define LOG_TAIL_MAX (64 * 1024)

void started_release(struct started *s)
{
	free(s->log);
	*s = (struct started){ 0 };
}

/* ---- listening ---- */

/* A temporary name that is never longer than the socket's own directory allows: where it would be,
 * the directory is named by its descriptor. */
static char *temporary_name(const struct where *w, int dirfd)
{
	char *name = xasprintf("%s/.s%ld", w->dir, (long)getpid());

	if (strlen(name) <= SOCKET_PATH_MAX)
		return name;
	free(name);
	return xasprintf("/proc/self/fd/%d/.s%ld", dirfd, (long)getpid());
}

/* Bound, of mode 0600 and listening before it gets its name: there is no moment at which the path
 * is there and of no use. */
static int listen_at(const struct where *w, struct fault *f)
{
	AUTO_FD dirfd = open(w->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	AUTO_STR name = temporary_name(w, dirfd);
	const struct sockaddr_un sa = link_address(name);

	unlink(name);
	if (fd < 0 || dirfd < 0 || bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0)
		return fault_set(f, "daemon-start", "cannot bind a socket in '%s': %s", w->dir,
		        strerror(errno));
	if (chmod(name, 0600) < 0 || listen(fd, BACKLOG) < 0 || rename(name, w->socket) < 0) {
		fault_set(
		        f, "daemon-start", "cannot listen at '%s': %s", w->socket, strerror(errno));
		unlink(name);
		return -1;
	}
	return steal_fd(&fd);
}

/* ---- starting ---- */

/* One that drains, or hangs, still holds life.lock though its socket is gone. */
static int wait_for_former(const struct where *w, struct fault *f)
{
	pid_t pid;

	if (where_wait_free(w, DRAIN_MS + END_AFTER_DRAIN_MS))
		return 0;
	pid = where_holder(w);
	fault_set(f, "daemon-start",
	        "a clnrmd (pid %ld) holds 'life.lock' in '%s' but does not listen", (long)pid,
	        w->dir);
	fault_help(f, "look at 'clnrm daemon logs'; kill %ld ends it", (long)pid);
	return -1;
}

static int spawn_locked(const struct where *w, struct started *s, struct fault *f)
{
	AUTO_STR program = where_daemon(f);
	AUTO_FD listener = -1;
	struct stat st;

	if (!program || wait_for_former(w, f) < 0)
		return -1;
	listener = listen_at(w, f);
	if (listener < 0)
		return -1;
	started_release(s);
	s->log = where_log(w, true);
	s->log_from = stat(s->log, &st) == 0 ? st.st_size : 0;
	s->pid = spawn_daemon(program, w->socket, listener, s->log, f);
	if (s->pid < 0) {
		s->pid = 0;
		unlink(w->socket);
		return -1;
	}
	return 0;
}

int start_open(const struct where *w, struct started *s, struct fault *f)
{
	int fd = link_open(w, f);

	if (fd >= 0 || f->code || where_make(w, f) < 0)
		return fd;

	AUTO_FD lock = where_lock_start(w, f);

	if (lock < 0)
		return -1;
	fd = link_open(w, f); /* someone was faster? */
	if (fd >= 0 || f->code || spawn_locked(w, s, f) < 0)
		return fd;
	fd = link_open(w, f);
	if (fd < 0 && !f->code && !start_failed(s, f))
		fault_set(f, "daemon-start", "clnrmd was started and does not listen at '%s'",
		        w->socket);
	return fd;
}

/* ---- a start that failed ---- */

/* The last lines of what the daemon wrote. */
static void add_log_tail(const struct started *s, struct fault *f)
{
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_FD fd = s->log ? open(s->log, O_RDONLY | O_CLOEXEC) : -1;
	struct err e;
	struct stat st;
	unsigned lines = 0;
	size_t at;

	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	if (lseek(fd,
	            st.st_size - s->log_from > LOG_TAIL_MAX ? st.st_size - LOG_TAIL_MAX
	                                                    : s->log_from,
	            SEEK_SET) < 0)
		return;
	if (fs_read_fd(fd, s->log, 2 * LOG_TAIL_MAX, &text, &e) < 0 || text.len == 0)
		return;
	for (at = text.len - (text.s[text.len - 1] == '\n'); at > 0; at--) {
		if (text.s[at - 1] == '\n' && ++lines == LOG_TAIL_LINES)
			break;
	}
	strbuf_printf(&f->message, "; the end of '%s':\n", s->log);
	strbuf_add(&f->message, text.s + at, text.len - at);
	if (f->message.s[f->message.len - 1] == '\n')
		strbuf_truncate(&f->message, f->message.len - 1);
}

bool start_failed(struct started *s, struct fault *f)
{
	AUTO_STRBUF how = STRBUF_INIT;

	if (s->pid <= 0 || !spawn_ended_badly(s->pid, &how))
		return false;
	s->pid = 0;
	fault_set(f, "daemon-start", "clnrmd ended right after its start (%s)", how.s);
	add_log_tail(s, f);
	fault_help(f, "clnrm health");
	return true;
}

/* ---- ending ---- */

static void shutdown_body(const char *build, int64_t drain_ms, struct strbuf *out)
{
	struct json j = JSON_INIT(out);

	json_obj(&j, NULL);
	json_int(&j, "drain_ms", drain_ms);
	if (build)
		json_str(&j, "if_build", build);
	json_end(&j);
}

int start_end_daemon(const struct where *w, const char *build, int64_t drain_ms, struct fault *f)
{
	AUTO_STRBUF body = STRBUF_INIT;
	struct reply r = REPLY_INIT;
	pid_t pid = where_holder(w);
	int rc;

	shutdown_body(build, drain_ms, &body);
	rc = ask(w, "POST", "/v1/shutdown", &body, drain_ms + END_AFTER_DRAIN_MS, &r, f);
	/* Another client may have ended it already: then it is gone, or of another build. */
	if (rc == 0 && r.head.status >= 400 && r.head.status != 409)
		rc = fault_set(f, "daemon-died", "clnrmd (pid %ld) refused to end (status %d)",
		        (long)pid, r.head.status);
	reply_release(&r);
	if (rc < 0 && f->code && where_holder(w) != 0)
		return -1;
	fault_reset(f);
	if (where_wait_free(w, drain_ms + END_AFTER_DRAIN_MS))
		return 0;
	fault_set(f, "daemon-died", "clnrmd (pid %ld) has not ended in time", (long)pid);
	fault_help(f, "clnrm daemon stop --now, or kill %ld", (long)pid);
	return -1;
}

int start_anew(const struct where *w, const char *build, int64_t drain_ms, struct started *s,
        struct fault *f)
{
	if (where_make(w, f) < 0)
		return -1;

	AUTO_FD lock = where_lock_start(w, f);

	if (lock < 0)
		return -1;
	if (where_holder(w) != 0 && start_end_daemon(w, build, drain_ms, f) < 0)
		return -1;
	/* Under systemd the socket listens on; what connects starts the unit's daemon. */
	return where_is_unit(w) ? 0 : spawn_locked(w, s, f);
}

int start_foreground(const struct where *w, struct fault *f)
{
	AUTO_STR program = where_daemon(f);

	if (!program || where_make(w, f) < 0)
		return -1;
	return exec_daemon(program, w->socket, f);
}
