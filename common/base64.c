#include <stdint.h>

#include "common/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct strbuf *out, const void *data, size_t n)
{
	const uint8_t *p = data;

	strbuf_grow(out, n / 3 * 4 + 4);
	for (size_t i = 0; i < n; i += 3) {
		size_t have = n - i < 3 ? n - i : 3;
		uint32_t v = (uint32_t)p[i] << 16;

		if (have > 1)
			v |= (uint32_t)p[i + 1] << 8;
		if (have > 2)
			v |= p[i + 2];

		const char four[4] = {
			alphabet[v >> 18],
			alphabet[v >> 12 & 63],
			have > 1 ? alphabet[v >> 6 & 63] : '=',
			have > 2 ? alphabet[v & 63] : '=',
		};

		strbuf_add(out, four, sizeof(four));
	}
}

/* The value of a digit, or -1. */
static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct decoder {
	uint32_t bits;
	unsigned digits; /* of the current group of four, padding not included */
	unsigned pads;
};

static int feed(struct decoder *d, char c, struct strbuf *out)
{
	if (c == '=')
		return ++d->pads + d->digits <= 4 && d->digits >= 2 ? 0 : -1;

	int v = digit(c);

	if (v < 0 || d->pads > 0)
		return -1;
	d->bits = d->bits << 6 | (uint32_t)v;
	if (++d->digits == 4) {
		const char three[3] = { (char)(d->bits >> 16), (char)(d->bits >> 8),
			(char)d->bits };

		strbuf_add(out, three, sizeof(three));
		d->digits = 0;
		d->bits = 0;
	}
	return 0;
}

/* What stands in the last group; bits left over must be zero (RFC 4648 section 3.5). */
static int finish(struct decoder *d, struct strbuf *out)
{
	if (d->digits == 0)
		return d->pads == 0 ? 0 : -1;
	if (d->digits + d->pads != 4)
		return -1;
	if (d->digits == 2) {
		strbuf_addc(out, (char)(d->bits >> 4));
		return d->bits & 0xF ? -1 : 0;
	}
	strbuf_addc(out, (char)(d->bits >> 10));
	strbuf_addc(out, (char)(d->bits >> 2));
	return d->bits & 0x3 ? -1 : 0;
}

int base64_decode(struct strbuf *out, const char *s, size_t n, struct err *e)
{
	struct decoder d = { 0 };
	size_t before = out->len;

	for (size_t i = 0; i < n; i++) {
		if (is_space(s[i]))
			continue;
		if (feed(&d, s[i], out) < 0) {
			strbuf_truncate(out, before);
			return err_set(e, ERR_INVALID, "not base64 at byte %zu", i);
		}
	}
	if (finish(&d, out) < 0) {
		strbuf_truncate(out, before);
		return err_set(e, ERR_INVALID, "base64 ends in the middle of a group");
	}
	return 0;
}
