/* client/escape.h - "~." at the beginning of a line, typed into a terminal that is not ours: leave.
 */
#ifndef CLIENT_ESCAPE_H
#define CLIENT_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

struct escape {
	enum { ESCAPE_LINE_START, ESCAPE_TILDE, ESCAPE_WITHIN } at;
	bool left; /* it was typed */
};

/* Copies n typed bytes to where at most n + 1 fit, which may begin one byte before them; "~~" is
 * one
 * "~". Returns how many there are. A "~" at the beginning of a line is held until the next byte. */
size_t escape_filter(struct escape *e, const char *typed, size_t n, char *to);

#endif
