/* daemon/config/tags.h - whether a text holds tags of templates, and where. */
#ifndef DAEMON_CONFIG_TAGS_H
#define DAEMON_CONFIG_TAGS_H

#include <stdbool.h>
#include <stddef.h>

struct node;

/* Offset of the first tag that is also closed, or len. An open one alone is no tag: the text stays
 * as it is (shells write ${#NAME}). */
size_t tags_find(const char *s, size_t len);
/* Offset of the first opening that nothing closes, or len; *open says which. */
size_t tags_find_open(const char *s, size_t len, const char **open);
/* The node itself: its key, or its value where that is a string. */
bool tags_in_key(const struct node *n);
bool tags_in_value(const struct node *n);
/* The first node below n, or n, of which the key or value holds a tag; NULL when none does. */
const struct node *tags_in_tree(const struct node *n);

#endif
