#include "daemon/config/tags.h"

#include <string.h>

#include "daemon/config/node.h"

static const char *const pairs[][2] = { { "{{", "}}" }, { "{%", "%}" }, { "{#", "#}" } };

size_t tags_find(const char *s, size_t len)
{
	size_t first = len;

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		const char *open = memmem(s, len, pairs[i][0], 2);
		size_t at = open ? (size_t)(open - s) : len;

		if (open && memmem(open + 2, len - at - 2, pairs[i][1], 2) && at < first)
			first = at;
	}
	return first;
}

/* Of this kind. */
static size_t find_open(const char *s, size_t len, const char *const tag[2])
{
	size_t at = 0;

	for (;;) {
		const char *open = memmem(s + at, len - at, tag[0], 2), *close;

		if (!open)
			return len;
		at = (size_t)(open - s) + 2;
		close = memmem(s + at, len - at, tag[1], 2);
		if (!close)
			return at - 2;
		at = (size_t)(close - s) + 2;
	}
}

size_t tags_find_open(const char *s, size_t len, const char **open)
{
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		size_t at = find_open(s, len, pairs[i]);

		*open = pairs[i][0];
		if (at < len)
			return at;
	}
	return len;
}

bool tags_in_key(const struct node *n)
{
	return n->key && tags_find(n->key, n->key_len) < n->key_len;
}

bool tags_in_value(const struct node *n)
{
	return n->type == NODE_STRING && tags_find(n->s, n->len) < n->len;
}

const struct node *tags_in_tree(const struct node *n)
{
	if (tags_in_key(n) || tags_in_value(n))
		return n;
	if (n->type != NODE_TABLE && n->type != NODE_ARRAY)
		return NULL;
	for (const struct node *x = n->first; x; x = x->next) {
		const struct node *found = tags_in_tree(x);

		if (found)
			return found;
	}
	return NULL;
}
