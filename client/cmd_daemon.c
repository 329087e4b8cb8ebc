/* clnrm daemon start|stop|restart|status|logs: what must work whether a daemon runs or not. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/ask.h"
#include "client/call.h"
#include "client/print.h"
#include "client/spawn.h"
#include "client/start.h"
#include "common/clock.h"
#include "common/fs.h"
#include "common/json.h"

#define START_MS 10000

/* ---- answers of the client's own ---- */

static void string_list(struct json *j, const char *key, const char *item)
{
	json_arr(j, key);
	if (item)
		json_str(j, NULL, item);
	json_end(j);
}

/* "clnrmd started, pid 4121"; as JSON the object of commands that change something. */
static int tell(struct ctx *c, bool changed, pid_t pid, const char *what)
{
	AUTO_STRBUF out = STRBUF_INIT;
	struct json j = JSON_INIT(&out);

	if (c->format != FORMAT_JSON) {
		strbuf_printf(&out, "clnrmd %s", what);
		if (pid > 0)
			strbuf_printf(&out, ", pid %ld", (long)pid);
	} else {
		json_obj(&j, NULL);
		string_list(&j, "changed", changed ? "clnrmd" : NULL);
		string_list(&j, "kept", changed ? NULL : "clnrmd");
		string_list(&j, "failed", NULL);
		if (pid > 0)
			json_int(&j, "pid", pid);
		json_end(&j);
	}
	strbuf_addc(&out, '\n');
	return print_answer(c, &out);
}

/* ---- start ---- */

/* It answers when it has read the settings and swept what a crash left. */
static int await_answer(struct ctx *c, struct started *s, int64_t ms, struct fault *f)
{
	struct reply r = REPLY_INIT;
	int rc = ask(&c->where, "GET", "/v1/version", NULL, ms, &r, f);

	reply_release(&r);
	if (rc == 0 || start_failed(s, f))
		return rc;
	if (!f->code)
		fault_set(f, "daemon-start", "clnrmd does not listen at '%s'", c->where.socket);
	fault_help(f, "clnrm daemon logs");
	return -1;
}

/* One that is dying may still take a connection, and closes it. */
static bool was_dying(const struct started *s, int64_t end_ms, const struct fault *f)
{
	return s->pid == 0 && f->code && strcmp(f->code, "daemon-died") == 0 && clock_ms() < end_ms;
}

static int open_and_ask(struct ctx *c, int64_t ms, struct started *s, struct fault *f)
{
	int fd = start_open(&c->where, s, f);

	if (fd < 0)
		return -1;
	close(fd);
	return await_answer(c, s, ms, f);
}

static int start(struct ctx *c, int64_t ms, struct fault *f)
{
	struct started s = { 0 };
	int64_t end = clock_ms() + ms;
	int rc = open_and_ask(c, ms, &s, f);
	pid_t pid;

	while (rc < 0 && was_dying(&s, end, f)) {
		fault_reset(f);
		rc = open_and_ask(c, end - clock_ms(), &s, f);
	}
	pid = s.pid;
	started_release(&s);
	if (rc < 0)
		return fault_print(f, c->format);
	return pid > 0 ? tell(c, true, pid, "started")
	               : tell(c, false, where_holder(&c->where), "already running");
}

int cmd_daemon_start(struct ctx *c)
{
	AUTO_FAULT f = FAULT_INIT;

	if (!args_bool(&c->args, "foreground", false))
		return start(c, args_ms(&c->args, "wait", START_MS), &f);
	start_foreground(&c->where, &f);
	return fault_print(&f, c->format);
}

/* ---- stop, restart ---- */

static int64_t drain_ms(const struct ctx *c)
{
	return args_bool(&c->args, "now", false) ? 0 : args_ms(&c->args, "wait", DRAIN_MS);
}

int cmd_daemon_stop(struct ctx *c)
{
	AUTO_FAULT f = FAULT_INIT;
	int rc;

	if (where_check(&c->where, &f) < 0)
		return fault_print(&f, c->format);
	if (where_holder(&c->where) == 0)
		return tell(c, false, 0, "is not running");
	if (start_end_daemon(&c->where, NULL, drain_ms(c), &f) < 0)
		return fault_print(&f, c->format);
	rc = tell(c, true, 0, "stopped");
	if (where_is_unit(&c->where))
		say("help", "systemd listens on; 'systemctl --user disable --now clnrmd.socket' "
		            "ends that");
	return rc;
}

static int restart_unit(struct ctx *c, struct fault *f)
{
	const char *argv[] = { "systemctl", "--user", "restart", "clnrmd.service", NULL };
	int rc = spawn_wait(argv);

	if (rc != 0) {
		fault_set(f, "daemon-start",
		        "'systemctl --user restart clnrmd.service' failed (exit %d)", rc);
		fault_help(f, "journalctl --user -u clnrmd.service");
		return fault_print(f, c->format);
	}
	return tell(c, true, where_holder(&c->where), "started");
}

int cmd_daemon_restart(struct ctx *c)
{
	AUTO_FAULT f = FAULT_INIT;
	struct started s = { 0 };
	pid_t pid;
	int rc;

	if (where_is_unit(&c->where))
		return restart_unit(c, &f);
	rc = start_anew(&c->where, NULL, drain_ms(c), &s, &f);
	pid = s.pid;
	if (rc == 0)
		rc = await_answer(c, &s, START_MS, &f);
	started_release(&s);
	return rc < 0 ? fault_print(&f, c->format) : tell(c, true, pid, "started");
}

/* ---- status ---- */

static int not_running(struct ctx *c)
{
	AUTO_STRBUF out = STRBUF_INIT;
	struct stat st;
	bool stale = lstat(c->where.socket, &st) == 0 && !where_is_unit(&c->where);
	int rc;

	if (c->format == FORMAT_JSON)
		strbuf_adds(&out, "{\"schema\":\"clnrm.status/1\",\"running\":false}\n");
	else
		strbuf_adds(&out, "clnrmd is not running\n");
	rc = print_answer(c, &out);
	if (stale && c->verbose >= 0)
		say("note", "'%s' is stale: nobody listens there", c->where.socket);
	return rc ? rc : 1;
}

int cmd_daemon_status(struct ctx *c)
{
	const struct request req = {
		.method = "GET", .path = "/v1/status", .any_build = true, .never_start = true
	};
	AUTO_FAULT f = FAULT_INIT;
	pid_t pid;
	int rc;

	if (where_check(&c->where, &f) < 0)
		return fault_print(&f, c->format);
	pid = where_holder(&c->where);
	if (pid == 0)
		return not_running(c);
	/* Nobody listens: the call says so. */
	rc = ask_alive(&c->where, &f) == 0 ? call_quietly(c, &req, &f) : -1;
	if (rc >= 0)
		return rc;
	fault_help(&f, "process %ld holds 'life.lock' in '%s'", (long)pid, c->where.dir);
	return fault_print(&f, c->format);
}

/* ---- logs ---- */

#define LOG_MAX (16UL * 1024 * 1024) /* it is rotated at 10 MiB */

struct tail {
	int fd;
	int level;          /* of --level; -1 = all */
	struct strbuf part; /* a line that has no end yet */
};

static const char *const levels[] = { "error", "warn", "info", "debug", "trace", NULL };

static int level_of(const char *name, size_t n)
{
	for (int i = 0; levels[i]; i++) {
		if (strlen(levels[i]) == n && strncmp(levels[i], name, n) == 0)
			return i;
	}
	return -1;
}

/* Lines that have no level (a message of the C library) are always shown. */
static bool is_wanted(const struct tail *t, const char *line, size_t n)
{
	static const char key[] = "\"level\":\"";
	const char *at = memmem(line, n, key, sizeof(key) - 1);

	if (t->level < 0 || !at)
		return true;
	at += sizeof(key) - 1;
	return level_of(at, strcspn(at, "\"\n")) <= t->level;
}

/* Moves whole lines that are wanted from t->part to out. */
static void take_lines(struct tail *t, struct strbuf *out)
{
	size_t at = 0;
	char *end;

	while ((end = memchr(t->part.s + at, '\n', t->part.len - at)) != NULL) {
		size_t n = (size_t)(end + 1 - t->part.s) - at;

		if (is_wanted(t, t->part.s + at, n))
			strbuf_add(out, t->part.s + at, n);
		at += n;
	}
	strbuf_remove(&t->part, 0, at);
}

static void keep_last(struct strbuf *b, uint64_t lines)
{
	size_t at = b->len;

	while (at > 0 && lines > 0) {
		at--;
		while (at > 0 && b->s[at - 1] != '\n')
			at--;
		lines--;
	}
	strbuf_remove(b, 0, at);
}

/* Whatever was written since the last look. False when it cannot be read. */
static bool read_more(struct tail *t)
{
	char buf[16 * 1024];
	ssize_t n;

	while ((n = read(t->fd, buf, sizeof(buf))) > 0)
		strbuf_add(&t->part, buf, (size_t)n);
	return n == 0;
}

/* After a rotation the path is another file. */
static void reopen(struct tail *t, const char *path)
{
	struct stat now, old;
	int fd;

	if (stat(path, &now) < 0 || fstat(t->fd, &old) < 0 ||
	        (now.st_ino == old.st_ino && now.st_dev == old.st_dev))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	close_fd(&t->fd);
	t->fd = fd;
}

static int follow(struct ctx *c, struct tail *t, const char *path)
{
	AUTO_FD watch = inotify_init1(IN_CLOEXEC);
	AUTO_STR dir = strndup(path, (size_t)(strrchr(path, '/') - path));
	char events[4096];

	if (watch < 0 || inotify_add_watch(watch, dir, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
		return 5;
	for (;;) {
		AUTO_STRBUF out = STRBUF_INIT;
		int rc;

		read_more(t);
		reopen(t, path);
		read_more(t);
		take_lines(t, &out);
		rc = out.len > 0 ? print_answer(c, &out) : 0;
		if (rc != 0)
			return rc;
		if (read(watch, events, sizeof(events)) < 0 && errno != EINTR)
			return 5;
	}
}

static int show_log(struct ctx *c, struct tail *t, const char *path)
{
	AUTO_STRBUF out = STRBUF_INIT;
	struct stat st;
	int rc;

	if (fstat(t->fd, &st) == 0 && st.st_size > (off_t)LOG_MAX &&
	        lseek(t->fd, st.st_size - (off_t)LOG_MAX, SEEK_SET) < 0)
		return 5;
	read_more(t);
	take_lines(t, &out);
	keep_last(&out, args_uint(&c->args, "lines", 50));
	rc = print_answer(c, &out);
	return rc == 0 && args_bool(&c->args, "follow", false) ? follow(c, t, path) : rc;
}

/* systemd's daemon writes to the journal. */
static int show_journal(struct ctx *c)
{
	static const char *const priorities[] = { "err", "warning", "info", "debug", "debug" };
	const char *lines = args_value(&c->args, "lines"), *level = args_value(&c->args, "level");
	const char *argv[12] = { "journalctl", "--user", "-u", "clnrmd.service", "--no-pager", "-o",
		"cat", "-n" };
	size_t n = 8;

	argv[n++] = lines ? lines : "50";
	if (args_bool(&c->args, "follow", false))
		argv[n++] = "-f";
	if (level) {
		argv[n++] = "-p";
		argv[n++] = priorities[level_of(level, strlen(level))];
	}
	argv[n] = NULL;
	return spawn_wait(argv);
}

int cmd_daemon_logs(struct ctx *c)
{
	AUTO_FAULT f = FAULT_INIT;
	AUTO_STR path = where_log(&c->where, false);
	const char *level = args_value(&c->args, "level");
	struct tail t = {
		.fd = -1, .level = level ? level_of(level, strlen(level)) : -1, .part = STRBUF_INIT
	};
	int rc;

	if (where_is_unit(&c->where))
		return show_journal(c);
	t.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (t.fd < 0) {
		fault_set(&f, "not-found", "cannot read '%s': %s", path, strerror(errno));
		return fault_print(&f, c->format);
	}
	rc = show_log(c, &t, path);
	close_fd(&t.fd);
	strbuf_release(&t.part);
	return rc;
}
