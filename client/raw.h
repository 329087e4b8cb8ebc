/* client/raw.h - our terminal, while its keys are those of a terminal elsewhere: nothing is echoed,
 * buffered or made a signal here. */
#ifndef CLIENT_RAW_H
#define CLIENT_RAW_H

#include <stdbool.h>
#include <termios.h>

struct raw {
	bool on;
	int fd; /* our own: stdin may be something else by the time it ends */
	struct termios saved;
};

/* Nothing happens where stdin is no terminal, or is in the hands of another job. */
void raw_open(struct raw *r);
void raw_close(struct raw *r); /* as it was; any number of times */

/* Rows and columns of the terminal at stdin or stdout; 24 and 80 where there is none. */
void raw_size(unsigned *rows, unsigned *columns);

#endif
