#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/mem.h"

static const struct {
	const char *name;
	char priority; /* syslog(3) */
} levels[] = {
	[LOG_ERROR_] = { "error", '3' },
	[LOG_WARN_] = { "warn", '4' },
	[LOG_INFO_] = { "info", '6' },
	[LOG_DEBUG_] = { "debug", '7' },
	[LOG_TRACE_] = { "trace", '7' },
};

/* The one global of the program: a log that had to be handed through every call would not be used.
 */
static struct {
	_Atomic int fd;
	_Atomic int level;
	_Atomic uint64_t dropped;
	bool journald;
	const char *program;
	const char *path; /* NULL: it may grow */
	uint64_t max;
	atomic_flag rotating;
} log_state = { .fd = -1, .level = LOG_INFO_, .rotating = ATOMIC_FLAG_INIT };

void log_init(int fd, enum log_level level, bool journald, const char *program)
{
	log_state.journald = journald;
	log_state.program = program;
	log_set_level(level);
	log_set_fd(fd);
}

void log_set_level(enum log_level level)
{
	atomic_store(&log_state.level, (int)level);
}

void log_set_fd(int fd)
{
	atomic_store(&log_state.fd, fd);
}

int log_level_parse(const char *s)
{
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		if (strcmp(levels[i].name, s) == 0)
			return (int)i;
	}
	return -1;
}

uint64_t log_dropped(void)
{
	return atomic_load(&log_state.dropped);
}

bool log_enabled(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&log_state.level, memory_order_relaxed) &&
	       atomic_load_explicit(&log_state.fd, memory_order_relaxed) >= 0;
}

static bool is_full(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size > log_state.max;
}

static bool is_at_path(int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(log_state.path, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* The file is locked: of all who find it full one renames it. The descriptor keeps its number, with
 * which other threads may be writing. */
static int exchange(int fd, struct err *e)
{
	if (is_at_path(fd)) {
		AUTO_STR old = xasprintf("%s.1", log_state.path);

		if (rename(log_state.path, old) < 0)
			return err_sys(e, "cannot rename the log '%s'", log_state.path);
	}
	AUTO_FD fresh =
	        open(log_state.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fresh < 0)
		return err_sys(e, "cannot open the log '%s'", log_state.path);
	return dup3(fresh, fd, O_CLOEXEC) < 0 ? err_sys(e, "cannot exchange the log") : 0;
}

/* Never waits: who is not given the lock writes into the full file once more. */
static int rotate(int fd, struct err *e)
{
	int rc = 0;

	if (atomic_flag_test_and_set(&log_state.rotating))
		return 0;
	/* What another left at the path may be full, too. */
	for (int i = 0; rc == 0 && i < 3 && is_full(fd) && flock(fd, LOCK_EX | LOCK_NB) == 0; i++) {
		AUTO_FD locked = fcntl(fd, F_DUPFD_CLOEXEC, 3);

		rc = exchange(fd, e);
		flock(locked, LOCK_UN);
	}
	atomic_flag_clear(&log_state.rotating);
	return rc;
}

int log_rotate(const char *path, uint64_t max, struct err *e)
{
	log_state.path = xstrdup(path);
	log_state.max = max;
	return rotate(atomic_load(&log_state.fd), e);
}

/* One write(2) a line keeps lines of several threads apart. A full pipe must not hold up the loop:
 * the descriptor is then O_NONBLOCK and the line is lost. */
static void put(const struct strbuf *line)
{
	int fd = atomic_load(&log_state.fd);
	struct err e;
	ssize_t n;

	do {
		n = write(fd, line->s, line->len);
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)line->len)
		atomic_fetch_add(&log_state.dropped, 1);
	if (log_state.path)
		(void)rotate(fd, &e); /* there is no log to say so in */
}

void log_line(enum log_level level, const char *fmt, ...)
{
	if (!log_enabled(level))
		return;

	int saved = errno;
	AUTO_STRBUF msg = STRBUF_INIT;
	AUTO_STRBUF line = STRBUF_INIT;
	struct json j = JSON_INIT(&line);
	char ts[RFC3339_LEN];
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(&msg, fmt, ap);
	va_end(ap);
	clock_rfc3339(clock_wall_ns(), ts);
	if (log_state.journald)
		strbuf_printf(&line, "<%c>", levels[level].priority);
	json_obj(&j, NULL);
	json_str(&j, "ts", ts);
	json_str(&j, "level", levels[level].name);
	json_str(&j, "program", log_state.program);
	json_strn(&j, "msg", msg.s, msg.len);
	json_end(&j);
	strbuf_addc(&line, '\n');
	put(&line);
	errno = saved;
}
