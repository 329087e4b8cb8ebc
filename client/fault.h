/* client/fault.h - what keeps the client from an answer, and how it is said (cli.md 1.5).
 *
 * A fault is a problem of cli.md 5.3 that the client finds by itself: code, message, remedies. It
 * is printed on stderr, and with a JSON format also on stdout as one problem object.
 */
#ifndef CLIENT_FAULT_H
#define CLIENT_FAULT_H

#include "client/table.h"
#include "common/strbuf.h"

struct fault {
	const char *code;            /* static text; NULL = none */
	const char *missing;         /* of needs-feature: the part that builds it; static text */
	struct strbuf message, help; /* help: lines */
};
#define FAULT_INIT                                                        \
	{                                                                 \
		.code = NULL, .message = STRBUF_INIT, .help = STRBUF_INIT \
	}
#define AUTO_FAULT __attribute__((cleanup(fault_release))) struct fault

void fault_release(struct fault *f);
void fault_reset(struct fault *f);
/* Returns -1. */
int fault_set(struct fault *f, const char *code, const char *fmt, ...) PRINTF(3, 4);
/* "needs-feature": what (as the user said it) is built by a later part. Returns -1. */
int fault_needs(struct fault *f, const char *what, enum issue issue);
/* One line of remedy. */
void fault_help(struct fault *f, const char *fmt, ...) PRINTF(2, 3);
/* Prints it; returns its exit status. */
int fault_print(const struct fault *f, enum format format);

/* "note: ..." or "warning: ..." on stderr. */
void say(const char *kind, const char *fmt, ...) PRINTF(2, 3);

#endif
