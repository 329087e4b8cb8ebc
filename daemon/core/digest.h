/* daemon/core/digest.h - SHA-256 and SHA-1 (FIPS 180-4) through libcrypto. */
#ifndef DAEMON_CORE_DIGEST_H
#define DAEMON_CORE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct digest {
	uint8_t b[32];
};
#define DIGEST_HEX 65 /* 64 digits and a NUL */

struct digest_ctx;

/* SHA-256 of what is added piece by piece. Never NULL. */
struct digest_ctx *digest_new(void);
void digest_free(struct digest_ctx *c);
CLEANUP_FN(digest_free, struct digest_ctx *)
void digest_add(struct digest_ctx *c, const void *p, size_t n);
/* A string with its NUL, so that neighbours cannot flow together. */
void digest_add_str(struct digest_ctx *c, const char *s);
void digest_end(struct digest_ctx *c, struct digest *out); /* c may be used for the next one */

/* SHA-256 of n bytes in one piece. */
void digest_of(const void *p, size_t n, struct digest *out);
void digest_hex(const struct digest *d, char out[DIGEST_HEX]);

/* SHA-1 of the two parts in a row, for formats that ask for it (UUID version 5); it protects
 * nothing.
 */
#define SHA1_BYTES 20
void sha1_of_two(const void *p, size_t n, const void *q, size_t m, uint8_t out[SHA1_BYTES]);

#endif
