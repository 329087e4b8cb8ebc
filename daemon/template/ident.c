#include "daemon/template/ident.h"

#include <string.h>

#include "common/strbuf.h"
#include "daemon/core/digest.h"

static void stamp(struct uuid *u, unsigned version)
{
	u->b[6] = (uint8_t)((u->b[6] & 0x0f) | version << 4);
	u->b[8] = (uint8_t)((u->b[8] & 0x3f) | 0x80);
}

struct uuid uuid_v4(struct prng *r)
{
	struct uuid u;

	prng_bytes(r, u.b, sizeof(u.b));
	stamp(&u, 4);
	return u;
}

static void put_ms(struct uuid *u, uint64_t ms)
{
	for (unsigned i = 0; i < 6; i++)
		u->b[i] = (uint8_t)(ms >> (40 - 8 * i));
}

struct uuid uuid_v7(uint64_t ms, struct prng *r)
{
	struct uuid u;

	put_ms(&u, ms);
	prng_bytes(r, u.b + 6, 10);
	stamp(&u, 7);
	return u;
}

/* Counts up through what is no version and no variant, from the last byte into the time. */
struct uuid uuid_v7_next(const struct uuid *u)
{
	static const uint8_t free_bits[UUID_BYTES] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f,
		0xff, 0x3f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct uuid next = *u;

	for (size_t i = UUID_BYTES; i-- > 0;) {
		next.b[i] = (uint8_t)((next.b[i] + 1) & free_bits[i]);
		if (next.b[i])
			break;
	}
	stamp(&next, 7);
	return next;
}

struct uuid uuid_of_number(uint64_t n)
{
	struct uuid u = { { 0 } };

	for (unsigned i = 0; i < 8; i++)
		u.b[8 + i] = (uint8_t)(n >> (56 - 8 * i));
	return u;
}

void uuid_put(const struct uuid *u, struct strbuf *out)
{
	for (size_t i = 0; i < UUID_BYTES; i++)
		strbuf_printf(
		        out, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", u->b[i]);
}

/* ---- version 5 ---- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 32 digits, with hyphens where they belong or with none. */
static bool uuid_parse(const char *s, size_t len, struct uuid *out)
{
	size_t n = 0;

	if (len != 32 && len != 36)
		return false;
	for (size_t i = 0; i < len; i++) {
		int v = hex_value(s[i]);

		if (len == 36 && (i == 8 || i == 13 || i == 18 || i == 23)) {
			if (s[i] != '-')
				return false;
			continue;
		}
		if (v < 0)
			return false;
		out->b[n / 2] = (uint8_t)(n % 2 ? out->b[n / 2] | v : v << 4);
		n++;
	}
	return true;
}

bool uuid_namespace(const char *ns, size_t len, struct uuid *out)
{
	/* RFC 9562, 6.6: they differ in one byte. */
	static const struct {
		const char *name;
		uint8_t b;
	} known[] = { { "dns", 0x10 }, { "url", 0x11 }, { "oid", 0x12 }, { "x500", 0x14 } };
	static const struct uuid base = { { 0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80,
		0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i].name) != len || memcmp(known[i].name, ns, len) != 0)
			continue;
		*out = base;
		out->b[3] = known[i].b;
		return true;
	}
	return uuid_parse(ns, len, out);
}

struct uuid uuid_v5(const struct uuid *ns, const char *name, size_t len)
{
	uint8_t hash[SHA1_BYTES];
	struct uuid u;

	sha1_of_two(ns->b, sizeof(ns->b), name, len, hash);
	memcpy(u.b, hash, sizeof(u.b));
	stamp(&u, 5);
	return u;
}

/* ---- ULID, traces ---- */

void ulid_put(uint64_t ms, struct prng *r, struct strbuf *out)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

	ms &= (1ull << 48) - 1;
	for (unsigned i = 0; i < 10; i++)
		strbuf_addc(out, alphabet[ms >> (45 - 5 * i) & 31]);
	for (unsigned i = 0; i < 16; i++)
		strbuf_addc(out, alphabet[prng_below(r, 32)]);
}

void trace_hex_put(struct prng *r, size_t n, struct strbuf *out)
{
	size_t start = out->len;

	do {
		strbuf_truncate(out, start);
		strbuf_grow(out, n);
		prng_hex(r, out->s + start, n);
		out->len = start + n;
		out->s[out->len] = '\0';
	} while (strspn(out->s + start, "0") == n);
}

bool is_trace_hex(const char *s, size_t len, size_t n)
{
	for (size_t i = 0; i < len; i++)
		if (hex_value(s[i]) < 0)
			return false;
	return len == n;
}

void baggage_value_put(const char *s, size_t len, struct strbuf *out)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c > ' ' && c < 0x7f && !strchr("\",;\\%", c))
			strbuf_addc(out, s[i]);
		else
			strbuf_printf(out, "%%%02X", c);
	}
}
