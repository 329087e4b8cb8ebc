/* common/base64.h - RFC 4648 section 4, with padding. */
#ifndef COMMON_BASE64_H
#define COMMON_BASE64_H

#include <stddef.h>

#include "common/err.h"
#include "common/strbuf.h"

void base64_encode(struct strbuf *out, const void *p, size_t n);

/* White space is skipped; anything else outside the alphabet, bits left over or missing padding
 * is ERR_INVALID. */
int base64_decode(struct strbuf *out, const char *s, size_t n, struct err *e) MUST_CHECK;

#endif
