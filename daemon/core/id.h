/* daemon/core/id.h - short random names: lower case letters and digits without 0 1 l o. */
#ifndef DAEMON_CORE_ID_H
#define DAEMON_CORE_ID_H

#define RUN_ID_LEN 8
#define SANDBOX_ID_LEN 6

/* n characters and a NUL into out, from the kernel's random source. The first is a letter. */
void id_make(char *out, unsigned n);

#endif
