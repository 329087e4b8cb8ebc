/* Regular expressions of templates: a pattern, a byte 1, a text. What is compiled twice is the same
 * twice, and a pattern that matches a text matches it within more text, unless it looks at the
 * ends. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "daemon/template/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_SIZE 1024 /* the cost is that of the pattern times that of the text */

static int search(const char *source, size_t source_len, const char *text, size_t len)
{
	static const struct thost host = { .frozen = true };
	AUTO_TSESSION s;
	AUTO_TERR e = TERR_INIT;
	AUTO_STRBUF why = STRBUF_INIT;
	CLEANUP(pattern_free) struct pattern *p = pattern_new(source, source_len, &why);
	int rc = -1;

	tsession_init(&s, &host, NULL);
	if (p)
		rc = pattern_search(p, text, len, &s, &e);
	if ((p != NULL) == (why.len > 0))
		abort();
	return rc;
}

static bool looks_around(const char *source, size_t len)
{
	return memchr(source, '^', len) || memchr(source, '$', len) || memchr(source, '\\', len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *source = (const char *)data, *end = size ? memchr(data, 1, size) : NULL;
	size_t source_len = end ? (size_t)(end - source) : size;
	const char *text = end ? end + 1 : source;
	size_t len = end ? size - source_len - 1 : size;
	AUTO_STRBUF more = STRBUF_INIT;
	int found;

	if (size > MAX_SIZE || !utf8_valid(source, source_len) || !utf8_valid(text, len))
		return 0;
	found = search(source, source_len, text, len);
	if (search(source, source_len, text, len) != found)
		abort();
	strbuf_add(&more, text, len);
	strbuf_adds(&more, "\nab");
	if (found == 1 && !looks_around(source, source_len) &&
	        search(source, source_len, more.s, more.len) != 1)
		abort();
	return 0;
}
