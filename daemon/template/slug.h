/* daemon/template/slug.h - text as part of an address: a-z, 0-9 and single dashes between them. */
#ifndef DAEMON_TEMPLATE_SLUG_H
#define DAEMON_TEMPLATE_SLUG_H

#include "daemon/template/buf.h"

/* Appends the slug of n bytes of UTF-8: other scripts in Latin letters where there is a custom of
 * writing them so, all in lower case, dashes for everything else but none at the ends. Pure. */
void slug_add(const char *p, size_t n, struct tbuf *out);

#endif
