/* Filters of strings: case, ends, parts. */
#include "daemon/template/slug.h"
#include "daemon/template/tera_priv.h"
#include "daemon/template/unicode.h"

#define ELLIPSIS "\xE2\x80\xA6"
#define DEFAULT_LENGTH 255

/* ---- case ---- */

int tera_filter_upper(struct call *c, struct tvalue *out)
{
	struct tvalue s;

	if (call_input_string(c, &s) < 0)
		return -1;

	struct tbuf *b = call_buf(c);

	unicode_upper(s.s, s.len, b);
	return call_give(c, b, out);
}

int tera_filter_lower(struct call *c, struct tvalue *out)
{
	struct tvalue s;

	if (call_input_string(c, &s) < 0)
		return -1;

	struct tbuf *b = call_buf(c);

	unicode_lower(s.s, s.len, b);
	return call_give(c, b, out);
}

/* The first character of the n > 0 bytes in upper case, the others in lower. */
static void add_capitalized(const char *p, size_t n, struct tbuf *b)
{
	uint32_t cp;
	size_t first = unicode_next(p, n, &cp);

	unicode_upper(p, first, b);
	unicode_lower(p + first, n - first, b);
}

int tera_filter_capitalize(struct call *c, struct tvalue *out)
{
	struct tvalue s;

	if (call_input_string(c, &s) < 0)
		return -1;

	struct tbuf *b = call_buf(c);

	if (s.len > 0)
		add_capitalized(s.s, s.len, b);
	return call_give(c, b, out);
}

/* Bytes of the word that begins at p with a word character: to its last word character, with
 * apostrophes between them. */
static size_t word_length(const char *p, size_t n)
{
	size_t end = 0;
	uint32_t cp;

	for (size_t at = 0; at < n;) {
		at += unicode_next(p + at, n - at, &cp);
		if (unicode_is_word(cp))
			end = at;
		else if (cp != '\'')
			break;
	}
	return end;
}

int tera_filter_title(struct call *c, struct tvalue *out)
{
	struct tvalue s;

	if (call_input_string(c, &s) < 0)
		return -1;

	struct tbuf *b = call_buf(c);
	uint32_t cp;

	for (size_t at = 0; at < s.len;) {
		size_t len = unicode_next(s.s + at, s.len - at, &cp);

		if (unicode_is_word(cp)) {
			len = word_length(s.s + at, s.len - at);
			add_capitalized(s.s + at, len, b);
		} else {
			tbuf_add(b, s.s + at, len);
		}
		at += len;
	}
	return call_give(c, b, out);
}

/* ---- ends ---- */

static void trim_start(struct tvalue *s)
{
	uint32_t cp;

	while (s->len > 0) {
		size_t len = unicode_next(s->s, s->len, &cp);

		if (!unicode_is_space(cp))
			return;
		*s = tvalue_str(s->s + len, s->len - len);
	}
}

static void trim_end(struct tvalue *s)
{
	uint32_t cp;

	while (s->len > 0) {
		size_t len = unicode_last(s->s, s->len, &cp);

		if (!unicode_is_space(cp))
			return;
		*s = tvalue_str(s->s, s->len - len);
	}
}

/* Trimmed strings share the bytes of what was trimmed. */
int tera_filter_trim(struct call *c, struct tvalue *out)
{
	if (call_input_string(c, out) < 0)
		return -1;
	trim_start(out);
	trim_end(out);
	return 0;
}

int tera_filter_trim_start(struct call *c, struct tvalue *out)
{
	if (call_input_string(c, out) < 0)
		return -1;
	trim_start(out);
	return 0;
}

int tera_filter_trim_end(struct call *c, struct tvalue *out)
{
	if (call_input_string(c, out) < 0)
		return -1;
	trim_end(out);
	return 0;
}

int tera_arg_text(struct call *c, const char *name, struct tvalue *out)
{
	struct tvalue raw;
	int rc = call_arg_string(c, name, &raw);

	if (rc <= 0)
		return rc;
	if (!memchr(raw.s, '\\', raw.len)) {
		*out = raw;
		return 1;
	}

	char *text = arena_alloc(call_arena(c), raw.len);
	size_t n = 0;

	for (size_t i = 0; i < raw.len; i++) {
		char next = i + 1 < raw.len ? raw.s[i + 1] : '\0';

		if (raw.s[i] == '\\' && (next == 'n' || next == 't')) {
			text[n++] = next == 'n' ? '\n' : '\t';
			i++;
		} else {
			text[n++] = raw.s[i];
		}
	}
	*out = tvalue_str(text, n);
	return 1;
}

/* The string and `pat`. */
static int trim_arguments(struct call *c, struct tvalue *s, struct tvalue *pat)
{
	if (call_input_string(c, s) < 0)
		return -1;

	int rc = tera_arg_text(c, "pat", pat);

	return rc == 0 ? call_missing_string_filter(c, "pat") : rc;
}

int tera_filter_trim_start_matches(struct call *c, struct tvalue *out)
{
	struct tvalue s, pat;

	if (trim_arguments(c, &s, &pat) < 0)
		return -1;
	while (pat.len > 0 && s.len >= pat.len && memcmp(s.s, pat.s, pat.len) == 0)
		s = tvalue_str(s.s + pat.len, s.len - pat.len);
	*out = s;
	return 0;
}

int tera_filter_trim_end_matches(struct call *c, struct tvalue *out)
{
	struct tvalue s, pat;

	if (trim_arguments(c, &s, &pat) < 0)
		return -1;
	while (pat.len > 0 && s.len >= pat.len &&
	        memcmp(s.s + s.len - pat.len, pat.s, pat.len) == 0)
		s.len -= pat.len;
	*out = s;
	return 0;
}

/* ---- parts ---- */

int tera_filter_truncate(struct call *c, struct tvalue *out)
{
	struct tvalue s, end = TVALUE_STR(ELLIPSIS);
	uint64_t length = DEFAULT_LENGTH;
	size_t at = 0;

	if (call_input_string(c, &s) < 0 || call_arg_usize(c, "length", &length) < 0 ||
	        call_arg_string(c, "end", &end) < 0)
		return -1;
	for (uint64_t i = 0; i < length && at < s.len; i++)
		at += unicode_grapheme(s.s + at, s.len - at);
	if (at >= s.len) {
		*out = s;
		return 0;
	}

	struct tbuf *b = call_buf(c);

	tbuf_add(b, s.s, at);
	tbuf_add(b, end.s, end.len);
	return call_give(c, b, out);
}

int tera_filter_wordcount(struct call *c, struct tvalue *out)
{
	struct tvalue s;
	int64_t words = 0;
	bool inside = false;
	uint32_t cp;

	if (call_input_string(c, &s) < 0)
		return -1;
	for (size_t at = 0; at < s.len;) {
		at += unicode_next(s.s + at, s.len - at, &cp);

		bool space = unicode_is_space(cp);

		words += !space && !inside;
		inside = !space;
	}
	*out = tvalue_int(words);
	return 0;
}

/* Around every character, as an empty string is found there. */
static void add_interleaved(const struct tvalue *s, const struct tvalue *to, struct tbuf *b)
{
	uint32_t cp;

	tbuf_add(b, to->s, to->len);
	for (size_t at = 0, len; at < s->len; at += len) {
		len = unicode_next(s->s + at, s->len - at, &cp);
		tbuf_add(b, s->s + at, len);
		tbuf_add(b, to->s, to->len);
	}
}

static void add_replaced(
        const struct tvalue *s, const struct tvalue *from, const struct tvalue *to, struct tbuf *b)
{
	const char *at = s->s, *end = s->s + s->len, *hit;

	while (!b->full && (hit = memmem(at, (size_t)(end - at), from->s, from->len))) {
		tbuf_add(b, at, (size_t)(hit - at));
		tbuf_add(b, to->s, to->len);
		at = hit + from->len;
	}
	tbuf_add(b, at, (size_t)(end - at));
}

int tera_filter_replace(struct call *c, struct tvalue *out)
{
	struct tvalue s, from, to;
	int rc;

	if (call_input_string(c, &s) < 0)
		return -1;
	if ((rc = call_arg_string(c, "from", &from)) <= 0)
		return rc < 0 ? -1 : call_missing_string_filter(c, "from");
	if ((rc = call_arg_string(c, "to", &to)) <= 0)
		return rc < 0 ? -1 : call_missing_string_filter(c, "to");

	struct tbuf *b = call_buf(c);

	if (from.len == 0)
		add_interleaved(&s, &to, b);
	else
		add_replaced(&s, &from, &to, b);
	return call_give(c, b, out);
}

static int push_part(struct call *c, struct tvec *parts, const char *p, size_t n)
{
	if (call_elements(c, parts->n + 1) < 0 || call_step(c) < 0)
		return -1;
	tvec_push(parts, tvalue_str(p, n));
	return 0;
}

/* An empty pattern is found around every character, ends included. */
static int split_characters(struct call *c, const struct tvalue *s, struct tvec *parts)
{
	uint32_t cp;

	if (push_part(c, parts, "", 0) < 0)
		return -1;
	for (size_t at = 0, len; at < s->len; at += len) {
		len = unicode_next(s->s + at, s->len - at, &cp);
		if (push_part(c, parts, s->s + at, len) < 0)
			return -1;
	}
	return push_part(c, parts, "", 0);
}

static int split_at(
        struct call *c, const struct tvalue *s, const struct tvalue *pat, struct tvec *parts)
{
	const char *at = s->s, *end = s->s + s->len, *hit;

	while ((hit = memmem(at, (size_t)(end - at), pat->s, pat->len))) {
		if (push_part(c, parts, at, (size_t)(hit - at)) < 0)
			return -1;
		at = hit + pat->len;
	}
	return push_part(c, parts, at, (size_t)(end - at));
}

int tera_filter_split(struct call *c, struct tvalue *out)
{
	struct tvalue s, pat;

	if (trim_arguments(c, &s, &pat) < 0)
		return -1;

	AUTO_TVEC parts = { 0 };
	int rc = pat.len ? split_at(c, &s, &pat, &parts) : split_characters(c, &s, &parts);

	return rc < 0 ? -1 : call_array(c, &parts, out);
}

int tera_filter_slugify(struct call *c, struct tvalue *out)
{
	struct tvalue s;

	if (call_input_string(c, &s) < 0)
		return -1;

	struct tbuf *b = call_buf(c);

	slug_add(s.s, s.len, b);
	return call_give(c, b, out);
}
