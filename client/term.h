/* client/term.h - what the terminal can do, and the live region on it (cli.md 1.2, 1.3).
 *
 * The live region is a block of whole lines below everything else. Before other text is written it
 * is erased, afterwards it is drawn again; the daemon sends its text whole and never wider than the
 * terminal.
 */
#ifndef CLIENT_TERM_H
#define CLIENT_TERM_H

#include <stdbool.h>

#include "client/fault.h"

struct term {
	bool out_tty, err_tty;
	const char *out_color, *err_color; /* "0" "1" "256" "truecolor" */
	unsigned columns;
	bool fixed_columns; /* by --width: SIGWINCH changes nothing */
	bool ascii;
	const char *progress; /* "live" "plain" "none" */
	struct strbuf region; /* text of the live region */
	unsigned drawn;       /* its lines on the terminal now */
};

struct term_wish {
	const char *color;    /* --color or NULL */
	const char *progress; /* --progress or NULL */
	unsigned width;       /* --width or 0 */
	bool to_file;         /* the answer goes to a file */
};

/* Looks at the descriptors and the environment. -1 with *f when a variable has a bad value. */
int term_init(struct term *t, const struct term_wish *wish, struct fault *f);
void term_release(struct term *t);

/* The width now; true when it differs from the one before. */
bool term_resized(struct term *t);

/* New text of the region; "" ends it. */
void term_set_region(struct term *t, const char *p, size_t n);
/* Appends what removes the region from the terminal, and what draws it. */
void term_erase(struct term *t, struct strbuf *out);
void term_draw(struct term *t, struct strbuf *out);

#endif
