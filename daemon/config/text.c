#include "daemon/config/text.h"

#include <string.h>

#include "common/utf8.h"

#define BOM "\xef\xbb\xbf"

static int bad_encoding(struct diags *d, const char *name, size_t at, const char *what)
{
	struct diag *x = diags_add(
	        d, SEV_ERROR, "file.encoding", name, (struct pos){ 0 }, "%s at byte %zu", what, at);

	diag_help(d, x, "save it as UTF-8, without control characters");
	return -1;
}

static bool is_utf16(const unsigned char *s, size_t n)
{
	return n >= 2 && ((s[0] == 0xff && s[1] == 0xfe) || (s[0] == 0xfe && s[1] == 0xff));
}

/* What is wrong with the byte at s[i], or NULL. */
static const char *bad_byte(const unsigned char *s, size_t n, size_t i)
{
	if ((s[i] >= 0x20 && s[i] != 0x7f) || s[i] == '\t' || s[i] == '\n')
		return NULL;
	if (s[i] != '\r')
		return s[i] ? "a control character" : "a NUL";
	return i + 1 < n && s[i + 1] == '\n' ? NULL : "a lone carriage return";
}

#define CHUNK 64

/* Nothing among the next CHUNK bytes needs a closer look. A loop of known length without an exit:
 * compilers make vectors of it. */
static bool is_plain(const unsigned char *s)
{
	unsigned char odd = 0;

	for (size_t i = 0; i < CHUNK; i++)
		odd |= (unsigned char)((s[i] < 0x20) & (s[i] != '\n') & (s[i] != '\t')) |
		       (unsigned char)(s[i] == 0x7f);
	return !odd;
}

int text_check(const char **text, size_t *len, const char *name, const struct parse_limits *lim,
        struct diags *d)
{
	const unsigned char *s = (const unsigned char *)*text;
	size_t n = *len, bom = n >= 3 && memcmp(s, BOM, 3) == 0 ? 3 : 0, good;

	if (n > lim->max_bytes) {
		struct diag *x = diags_add(d, SEV_ERROR, "file.too_large", name, (struct pos){ 0 },
		        "file has %zu bytes, the limit is %zu (parser.max_file)", n,
		        lim->max_bytes);

		diag_help(d, x, "split it, or raise parser.max_file in cleanroom.toml");
		return -1;
	}
	if (is_utf16(s, n))
		return bad_encoding(
		        d, name, 0, "the file is UTF-16, wanted UTF-8: a byte order mark");
	good = utf8_valid_prefix(*text, n);
	if (good < n)
		return bad_encoding(d, name, good, "invalid UTF-8");
	for (size_t i = bom, to; i < n; i = to) {
		to = n - i < CHUNK ? n : i + CHUNK;
		if (to - i == CHUNK && is_plain(s + i))
			continue;
		for (size_t k = i; k < to; k++) {
			const char *what = bad_byte(s, n, k);

			if (what)
				return bad_encoding(d, name, k, what);
		}
	}
	*text += bom;
	*len -= bom;
	return 0;
}
