#include <stdlib.h>

#include "daemon/template/slug.h"
#include "daemon/template/slug_priv.h"
#include "daemon/template/unicode.h"

#define HANGUL_FIRST 0xAC00u
#define HANGUL_LAST 0xD7A3u
#define N_VOWELS 21u
#define N_TAILS 28u

struct slug {
	struct tbuf *out;
	bool dash; /* one is owed before the next letter */
	bool any;  /* there is a letter already: then a dash may be written */
};

static void add_char(struct slug *s, char c)
{
	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
		s->dash = s->any;
		return;
	}
	if (s->dash)
		tbuf_addc(s->out, '-');
	tbuf_addc(s->out, c);
	s->dash = false;
	s->any = true;
}

static void add_text(struct slug *s, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_char(s, p[i]);
}

/* A syllable is a consonant, a vowel and an end (Unicode, 3.12). */
static void add_hangul(struct slug *s, uint32_t syllable)
{
	static const char *const heads[] = { "g", "gg", "n", "d", "dd", "r", "m", "b", "bb", "s",
		"ss", "", "j", "jj", "c", "k", "t", "p", "h" };
	static const char *const vowels[N_VOWELS] = { "a", "ae", "ya", "yae", "eo", "e", "yeo",
		"ye", "o", "wa", "wae", "oe", "yo", "u", "weo", "we", "wi", "yu", "eu", "yi", "i" };
	static const char *const tails[N_TAILS] = { "", "g", "gg", "gs", "n", "nj", "nh", "d", "l",
		"lg", "lm", "lb", "ls", "lt", "lp", "lh", "m", "b", "bs", "s", "ss", "ng", "j", "c",
		"k", "t", "p", "h" };
	const char *parts[] = { heads[syllable / (N_VOWELS * N_TAILS)],
		vowels[syllable / N_TAILS % N_VOWELS], tails[syllable % N_TAILS] };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		add_text(s, parts[i], strlen(parts[i]));
}

static int compare(const void *key, const void *row)
{
	uint32_t cp = *(const uint32_t *)key, from = ((const struct slug_chunk *)row)->from;

	return cp < from ? -1 : cp >= from + SLUG_CHUNK;
}

static void add_listed(struct slug *s, uint32_t cp)
{
	const struct slug_chunk *chunk =
	        bsearch(&cp, slug_chunks, slug_n_chunks, sizeof(*slug_chunks), compare);
	const char *text;
	size_t n;

	if (!chunk) {
		add_char(s, '-');
		return;
	}
	text = chunk->texts;
	for (uint32_t skip = cp % SLUG_CHUNK; skip > 0; skip--)
		text = strchr(text, ' ') + 1;
	n = strcspn(text, " ");
	if (n > 0 && text[n - 1] == '=')
		add_text(s, text, n - 1);
	else
		add_text(s, text, n);
	if (chunk->dashed && (n == 0 || text[n - 1] != '='))
		add_char(s, '-');
}

void slug_add(const char *p, size_t n, struct tbuf *out)
{
	struct slug s = { .out = out };
	uint32_t cp;

	for (size_t at = 0; at < n;) {
		at += unicode_next(p + at, n - at, &cp);
		if (cp < 0x80)
			add_char(&s, (char)cp);
		else if (cp >= HANGUL_FIRST && cp <= HANGUL_LAST)
			add_hangul(&s, cp - HANGUL_FIRST);
		else
			add_listed(&s, cp);
	}
}
