/* client/print.h - answers that the client makes itself. */
#ifndef CLIENT_PRINT_H
#define CLIENT_PRINT_H

#include <sys/types.h>

#include "client/cmd.h"

/* To stdout, or the file of --output. 0, 141 when nobody reads, 5 with the error on stderr. */
int print_answer(const struct ctx *c, const struct strbuf *text);
/* Of files that are made: what the umask leaves. */
mode_t print_mode(void);
/* To stdout alone. */
int print_out(const struct strbuf *text);

#endif
