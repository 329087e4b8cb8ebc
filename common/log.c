#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"

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
} log_state = { .fd = -1, .level = LOG_INFO_ };

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

/* One write(2) a line keeps lines of several threads apart. A full pipe must not hold up the loop:
 * the descriptor is then O_NONBLOCK and the line is lost. */
static void put(const struct strbuf *line)
{
	ssize_t n;

	do {
		n = write(atomic_load(&log_state.fd), line->s, line->len);
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)line->len)
		atomic_fetch_add(&log_state.dropped, 1);
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
