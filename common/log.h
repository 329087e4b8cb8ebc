/* common/log.h - one JSON object a line to one descriptor, one write(2) each.
 *
 * Rooms return errors; run/, server/ and main.c log them. Debug lines may come from anywhere.
 * Lines that a full pipe would block on are dropped and counted. Thread safe after log_init().
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/cleanup.h"
#include "common/err.h"

enum log_level { LOG_ERROR_, LOG_WARN_, LOG_INFO_, LOG_DEBUG_, LOG_TRACE_ };

/* fd is borrowed and stays open. journald prefixes "<N>" to each line (sd-daemon(3)). program
 * goes into each line and is not copied. */
void log_init(int fd, enum log_level level, bool journald, const char *program);
void log_set_level(enum log_level level);
void log_set_fd(int fd); /* -1: nothing is written any more */
/* The descriptor is the file of this path: when that has more than max bytes, it becomes "<path>.1"
 * and the descriptor a new file of mode 0600, now or with any later line. Processes may share the
 * file: one renames it, the others follow. Once, after log_init(); path is copied. -1 with *e when
 * the file is full and cannot be exchanged. */
int log_rotate(const char *path, uint64_t max, struct err *e) MUST_CHECK;
/* "error" ... "trace"; -1 when it is none of them. */
int log_level_parse(const char *s);
/* Lines that could not be written, since the start. */
uint64_t log_dropped(void);
/* For what costs something to say. */
bool log_enabled(enum log_level level);

/* The message is formatted text; it becomes the "msg" member. Never put environment values or
 * output of tests into it. */
void log_line(enum log_level level, const char *fmt, ...) PRINTF(2, 3);

#define log_error(...) log_line(LOG_ERROR_, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN_, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO_, __VA_ARGS__)
#define log_debug(...)                                     \
	do {                                               \
		if (log_enabled(LOG_DEBUG_))               \
			log_line(LOG_DEBUG_, __VA_ARGS__); \
	} while (0)

#endif
