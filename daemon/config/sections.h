/* daemon/config/sections.h - finds in unrendered text the tables that decide how it is rendered.
 *
 * [vars], [vars.X], [template.*], [matrix] and [determinism] (template.md B3) are read before the
 * text is a document at all: it may hold tags anywhere. A section is a header line and what follows
 * up to the next header line or a line that begins with "{%". It consists of entries, one `key =
 * value` each, with the lines that its value takes; tags are opaque. What stands between tags that
 * have an end tag ({% if %} ... {% endif %}) is not taken. In YAML a section is a top-level key
 * with the indented lines below it, and one entry. No TOML is checked here. Thread: any.
 */
#ifndef DAEMON_CONFIG_SECTIONS_H
#define DAEMON_CONFIG_SECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum section_kind {
	SECTION_VARS,
	SECTION_TEMPLATE,
	SECTION_MATRIX,
	SECTION_DETERMINISM,
	SECTION_KINDS,
};

struct entry {
	const char *text; /* not ended by a NUL */
	size_t len;
	uint32_t line; /* of its first byte, from 1 */
};

struct section {
	enum section_kind kind;
	const char *header; /* "vars.db", as written between the brackets; YAML: the key */
	size_t header_len;
	uint32_t line;
	struct entry *entries;
	size_t n;
};

/* The sections of text, in order, in arena a. */
struct section *sections_find(const char *text, size_t len, bool yaml, struct arena *a, size_t *n);

#endif
