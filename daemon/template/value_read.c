/* Reading JSON into values. jansson keeps no integer above 2^63, and its tree would be a second
 * copy. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "daemon/template/value.h"

#define MAX_LEVELS 128u
#define MAX_NUMBER 1024u /* characters */

struct reader {
	const char *start, *at, *end;
	struct arena *a;
	const struct tlimits *limits;
	struct terr *e;
	unsigned level;
};

static int fail(struct reader *r, const char *what)
{
	uint32_t line = 1, col = 1;

	for (const char *p = r->start; p < r->at; p++) {
		if (*p == '\n') {
			line++;
			col = 1;
		} else if ((*p & 0xc0) != 0x80) {
			col++;
		}
	}
	terr_set(r->e, "%s", what);
	r->e->kind = TERR_PARSE;
	terr_at(r->e, "", line, col);
	return -1;
}

static void skip_space(struct reader *r)
{
	while (r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at)
		r->at++;
}

static bool accept(struct reader *r, char c)
{
	skip_space(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool read_hex4(struct reader *r, uint32_t *out)
{
	*out = 0;
	if (r->end - r->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char c = r->at[i];
		const char *digits = "0123456789abcdef",
		           *d = strchr(digits, c | (c > '9' ? 0x20 : 0));

		if (!c || !d)
			return false;
		*out = *out * 16 + (uint32_t)(d - digits);
	}
	r->at += 4;
	return true;
}

/* After "\u". */
static int read_code_point(struct reader *r, struct tbuf *out)
{
	uint32_t cp, low;
	char utf8[4];

	if (!read_hex4(r, &cp))
		return fail(r, "expected four hex digits");
	if (cp >= 0xd800 && cp < 0xdc00) {
		if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
			return fail(r, "unpaired surrogate");
		r->at += 2;
		if (!read_hex4(r, &low) || low < 0xdc00 || low > 0xdfff)
			return fail(r, "unpaired surrogate");
		cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
	} else if (cp >= 0xdc00 && cp <= 0xdfff) {
		return fail(r, "unpaired surrogate");
	}
	tbuf_add(out, utf8, utf8_encode(cp, utf8));
	return 0;
}

static int read_escape(struct reader *r, struct tbuf *out)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *found = r->at < r->end && *r->at ? strchr(letters, *r->at) : NULL;

	if (r->at < r->end && *r->at == 'u') {
		r->at++;
		return read_code_point(r, out);
	}
	if (!found)
		return fail(r, "invalid escape");
	tbuf_addc(out, meant[found - letters]);
	r->at++;
	return 0;
}

/* After the opening quote; strings without escapes are copied in one piece. */
static int read_string(struct reader *r, struct tvalue *out)
{
	AUTO_TBUF text = { .max = r->limits->max[TLIMIT_VALUE] };

	for (;;) {
		const char *p = r->at;

		while (p < r->end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
			p++;
		tbuf_add(&text, r->at, (size_t)(p - r->at));
		r->at = p;
		if (p == r->end)
			return fail(r, "string without end");
		r->at++;
		if (*p == '"')
			break;
		if (*p != '\\') {
			r->at--;
			return fail(r, "control character in a string");
		}
		if (read_escape(r, &text) < 0)
			return -1;
	}
	if (text.full)
		return terr_limit(r->e, r->limits, TLIMIT_VALUE);
	*out = tvalue_str(text.len ? arena_memdup(r->a, text.s, text.len) : "", text.len);
	return 0;
}

static size_t skip_digits(struct reader *r)
{
	const char *from = r->at;

	while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
		r->at++;
	return (size_t)(r->at - from);
}

/* The text between two places as an integer, or as a float where it is none or too large. */
static int convert(struct reader *r, const char *from, bool whole, struct tvalue *out)
{
	char text[MAX_NUMBER + 1];
	size_t n = (size_t)(r->at - from);
	bool negative = *from == '-';

	if (n > MAX_NUMBER)
		return fail(r, "number of more than 1024 characters");
	memcpy(text, from, n);
	text[n] = '\0';
	errno = 0;
	if (whole && negative)
		*out = tvalue_int(strtoll(text, NULL, 10));
	else if (whole)
		*out = tvalue_uint(strtoull(text, NULL, 10));
	/* "-0" is a float, as a zero with a sign has no other form. */
	if (!whole || errno == ERANGE || (negative && out->i == 0))
		*out = tvalue_float(strtod(text, NULL));
	if (out->type == TVALUE_FLOAT &&
	        (out->f > 1.7976931348623157e308 || out->f < -1.7976931348623157e308))
		return fail(r, "number out of range");
	return 0;
}

static int read_number(struct reader *r, struct tvalue *out)
{
	const char *from = r->at;
	bool whole = true;

	if (*r->at == '-')
		r->at++;

	const char *digits = r->at;
	size_t n = skip_digits(r);

	if (n == 0 || (n > 1 && *digits == '0'))
		return fail(r, "expected a value");
	if (r->at < r->end && *r->at == '.') {
		r->at++;
		whole = false;
		if (!skip_digits(r))
			return fail(r, "expected a digit");
	}
	if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
		r->at++;
		whole = false;
		if (r->at < r->end && (*r->at == '+' || *r->at == '-'))
			r->at++;
		if (!skip_digits(r))
			return fail(r, "expected a digit");
	}
	return convert(r, from, whole, out);
}

static int read_value(struct reader *r, struct tvalue *out);

static int read_array(struct reader *r, struct tvalue *out)
{
	AUTO_TVEC items = { 0 };

	if (!accept(r, ']')) {
		do {
			struct tvalue item = tvalue_null();

			if (read_value(r, &item) < 0)
				return -1;
			tvec_push(&items, item);
		} while (accept(r, ','));
		if (!accept(r, ']'))
			return fail(r, "expected ',' or ']'");
	}
	return tvec_make(&items, r->a, r->limits, out, r->e);
}

static int read_member(struct reader *r, struct tmap *members)
{
	struct tvalue key, value = tvalue_null();

	if (!accept(r, '"'))
		return fail(r, "expected a key in quotes");
	if (read_string(r, &key) < 0)
		return -1;
	if (!accept(r, ':'))
		return fail(r, "expected ':'");
	if (read_value(r, &value) < 0)
		return -1;
	tmap_put(members, key.s, key.len, value);
	return 0;
}

static int read_object(struct reader *r, struct tvalue *out)
{
	AUTO_TMAP members = { 0 };

	if (!accept(r, '}')) {
		do
			if (read_member(r, &members) < 0)
				return -1;
		while (accept(r, ','));
		if (!accept(r, '}'))
			return fail(r, "expected ',' or '}'");
	}
	return tmap_make(&members, r->a, r->limits, out, r->e);
}

static bool read_word(struct reader *r, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0)
		return false;
	r->at += n;
	return true;
}

static int read_nested(
        struct reader *r, int (*read)(struct reader *, struct tvalue *), struct tvalue *out)
{
	r->at++;
	if (++r->level > MAX_LEVELS)
		return fail(r, "more than 128 levels");

	int rc = read(r, out);

	r->level--;
	return rc;
}

static int read_value(struct reader *r, struct tvalue *out)
{
	skip_space(r);
	if (r->at == r->end)
		return fail(r, "expected a value");
	switch (*r->at) {
	case '{':
		return read_nested(r, read_object, out);
	case '[':
		return read_nested(r, read_array, out);
	case '"':
		r->at++;
		return read_string(r, out);
	default:
		break;
	}
	*out = tvalue_null();
	if (read_word(r, "null"))
		return 0;
	*out = tvalue_bool(true);
	if (read_word(r, "true"))
		return 0;
	*out = tvalue_bool(false);
	if (read_word(r, "false"))
		return 0;
	return read_number(r, out);
}

int tvalue_read_json(const char *text, size_t len, struct arena *a, const struct tlimits *limits,
        struct tvalue *out, struct terr *e)
{
	struct reader r = { text, text, text + len, a, limits, e, 0 };
	size_t valid = utf8_valid_prefix(text, len);

	if (valid < len) {
		r.at = text + valid;
		return fail(&r, "not UTF-8");
	}
	if (read_value(&r, out) < 0)
		return -1;
	skip_space(&r);
	return r.at == r.end ? 0 : fail(&r, "expected the end");
}
