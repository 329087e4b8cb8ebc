#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/base64.h"
#include "common/json.h"
#include "common/utf8.h"

/* Everything up to the value: the comma that is due, and the key. */
static void begin_value(struct json *j, const char *key)
{
	if (j->comma)
		strbuf_addc(j->out, ',');
	j->comma = true;
	if (key) {
		assert(j->depth > 0 && j->close[j->depth - 1] == '}');
		json_quote(j->out, key, strlen(key));
		strbuf_addc(j->out, ':');
	}
}

static void open_level(struct json *j, const char *key, char open, char close)
{
	assert(j->depth < JSON_MAX_DEPTH);
	begin_value(j, key);
	strbuf_addc(j->out, open);
	j->close[j->depth++] = close;
	j->comma = false;
}

void json_obj(struct json *j, const char *key)
{
	open_level(j, key, '{', '}');
}

void json_arr(struct json *j, const char *key)
{
	open_level(j, key, '[', ']');
}

void json_end(struct json *j)
{
	assert(j->depth > 0);
	strbuf_addc(j->out, j->close[--j->depth]);
	j->comma = true;
}

void json_str(struct json *j, const char *key, const char *s)
{
	if (s)
		json_strn(j, key, s, strlen(s));
	else
		json_null(j, key);
}

void json_strn(struct json *j, const char *key, const char *s, size_t n)
{
	begin_value(j, key);
	json_quote(j->out, s, n);
}

/* printf(3) takes a good part of the time of a short document. */
static void put_digits(struct strbuf *out, uint64_t v)
{
	char text[20];
	size_t at = sizeof(text);

	do
		text[--at] = (char)('0' + v % 10);
	while (v /= 10);
	strbuf_add(out, text + at, sizeof(text) - at);
}

void json_int(struct json *j, const char *key, int64_t v)
{
	begin_value(j, key);
	if (v < 0)
		strbuf_addc(j->out, '-');
	put_digits(j->out, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void json_uint(struct json *j, const char *key, uint64_t v)
{
	begin_value(j, key);
	put_digits(j->out, v);
}

/* Thousandths, where there is no doubt how "%.3f" rounds. */
static bool put_thousandths(struct strbuf *out, double v)
{
	double scaled = v * 1000;
	uint64_t n;

	if (signbit(v) || scaled >= 1e9)
		return false;
	n = (uint64_t)scaled;
	if (fabs(scaled - (double)n - 0.5) < 1e-6) /* the product errs by 1e-7 at most */
		return false;
	n += scaled - (double)n > 0.5;
	put_digits(out, n / 1000);
	n %= 1000;
	if (!n)
		return true;
	strbuf_addc(out, '.');
	for (unsigned unit = 100; n; n %= unit, unit /= 10)
		strbuf_addc(out, (char)('0' + n / unit));
	return true;
}

void json_ms(struct json *j, const char *key, double v)
{
	char text[32];

	if (!isfinite(v)) {
		json_null(j, key);
		return;
	}
	begin_value(j, key);
	if (put_thousandths(j->out, v))
		return;
	if (fabs(v) >= 1e15) {
		strbuf_printf(j->out, "%.15g", v);
		return;
	}

	size_t n = (size_t)snprintf(text, sizeof(text), "%.3f", v);

	while (text[n - 1] == '0')
		n--;
	if (text[n - 1] == '.')
		n--;
	if (n == 2 && text[0] == '-' && text[1] == '0')
		strbuf_addc(j->out, '0');
	else
		strbuf_add(j->out, text, n);
}

void json_bool(struct json *j, const char *key, bool v)
{
	begin_value(j, key);
	strbuf_adds(j->out, v ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
	begin_value(j, key);
	strbuf_adds(j->out, "null");
}

void json_raw(struct json *j, const char *key, const char *raw, size_t n)
{
	begin_value(j, key);
	strbuf_add(j->out, raw, n);
}

const char *json_bytes(struct json *j, const char *key, const void *p, size_t n)
{
	if (utf8_valid(p, n)) {
		json_strn(j, key, p, n);
		return "utf-8";
	}
	begin_value(j, key);
	strbuf_addc(j->out, '"');
	base64_encode(j->out, p, n);
	strbuf_addc(j->out, '"');
	return "base64";
}

/* The letter after the backslash, or 0 for those that need \u00XX. */
static char short_escape(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

static void add_escaped(struct strbuf *b, unsigned char c)
{
	const char esc = short_escape(c);

	if (esc) {
		const char two[2] = { '\\', esc };

		strbuf_add(b, two, sizeof(two));
	} else {
		strbuf_printf(b, "\\u%04x", c);
	}
}

/* DEL is allowed in JSON but escaped all the same: a terminal acts on it. */
static bool needs_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\' || c == 0x7F;
}

/* s is valid UTF-8. */
static void add_body(struct strbuf *b, const char *s, size_t n)
{
	size_t start = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (!needs_escape(c))
			continue;
		strbuf_add(b, s + start, i - start);
		add_escaped(b, c);
		start = i + 1;
	}
	strbuf_add(b, s + start, n - start);
}

void json_quote(struct strbuf *b, const char *s, size_t n)
{
	strbuf_grow(b, n + 2);
	strbuf_addc(b, '"');
	if (utf8_valid(s, n)) {
		add_body(b, s, n);
	} else {
		AUTO_STRBUF clean = STRBUF_INIT;

		strbuf_add_utf8(&clean, s, n);
		add_body(b, clean.s, clean.len);
	}
	strbuf_addc(b, '"');
}
