#ifndef DAEMON_TEMPLATE_GRAPHEME_H
#define DAEMON_TEMPLATE_GRAPHEME_H
#include "common/utf8.h"
static inline size_t grapheme_next(const char *s, size_t len)
{
	uint32_t cp;
	return utf8_decode(s, len, &cp);
}
#endif
