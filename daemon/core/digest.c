#include "daemon/core/digest.h"

#include <assert.h>
#include <openssl/evp.h>
#include <string.h>

#include "common/mem.h"

struct digest_ctx {
	EVP_MD *md; /* fetched once: an implicit fetch costs as much as hashing 200 bytes */
	EVP_MD_CTX *ctx;
};

struct digest_ctx *digest_new(void)
{
	struct digest_ctx *c = xcalloc(1, sizeof(*c));

	c->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	c->ctx = EVP_MD_CTX_new();
	if (!c->md || !c->ctx || !EVP_DigestInit_ex2(c->ctx, c->md, NULL))
		abort(); /* libcrypto without SHA-256, or out of memory */
	return c;
}

void digest_free(struct digest_ctx *c)
{
	if (!c)
		return;
	EVP_MD_CTX_free(c->ctx);
	EVP_MD_free(c->md);
	free(c);
}

void digest_add(struct digest_ctx *c, const void *p, size_t n)
{
	EVP_DigestUpdate(c->ctx, p, n);
}

void digest_add_str(struct digest_ctx *c, const char *s)
{
	digest_add(c, s, strlen(s) + 1);
}

void digest_end(struct digest_ctx *c, struct digest *out)
{
	unsigned n = 0;

	EVP_DigestFinal_ex(c->ctx, out->b, &n);
	assert(n == sizeof(out->b));
	EVP_DigestInit_ex2(c->ctx, c->md, NULL);
}

void digest_of(const void *p, size_t n, struct digest *out)
{
	CLEANUP(digest_free) struct digest_ctx *c = digest_new();

	digest_add(c, p, n);
	digest_end(c, out);
}

void digest_hex(const struct digest *d, char out[DIGEST_HEX])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < sizeof(d->b); i++) {
		out[2 * i] = digits[d->b[i] >> 4];
		out[2 * i + 1] = digits[d->b[i] & 15];
	}
	out[DIGEST_HEX - 1] = '\0';
}

void sha1_of_two(const void *p, size_t n, const void *q, size_t m, uint8_t out[SHA1_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || !EVP_DigestInit_ex(ctx, EVP_sha1(), NULL))
		abort(); /* libcrypto without SHA-1, or out of memory */
	EVP_DigestUpdate(ctx, p, n);
	EVP_DigestUpdate(ctx, q, m);
	EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
}
