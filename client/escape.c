#include "client/escape.h"

size_t escape_filter(struct escape *e, const char *typed, size_t n, char *to)
{
	size_t len = 0;

	for (size_t i = 0; i < n && !e->left; i++) {
		char c = typed[i];

		if (e->at == ESCAPE_LINE_START && c == '~') {
			e->at = ESCAPE_TILDE;
			continue;
		}
		if (e->at == ESCAPE_TILDE && c == '.') {
			e->left = true;
			continue;
		}
		if (e->at == ESCAPE_TILDE && c != '~')
			to[len++] = '~';
		to[len++] = c;
		e->at = c == '\r' || c == '\n' ? ESCAPE_LINE_START : ESCAPE_WITHIN;
	}
	return len;
}
