/* daemon/config/node.h - the tree that TOML and YAML readers give: values with their positions.
 *
 * Every later stage sees only this tree. Nodes live in an arena. Tables keep the order of the
 * file; keys are unique (the readers refuse duplicates).
 */
#ifndef DAEMON_CONFIG_NODE_H
#define DAEMON_CONFIG_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/model/diag.h"

enum node_type {
	NODE_TABLE,
	NODE_ARRAY,
	NODE_STRING,
	NODE_INT,
	NODE_FLOAT,
	NODE_BOOL,
	NODE_DATETIME, /* TOML: text holds the value as written, dt says which form */
	NODE_NULL,     /* YAML only */
};
enum datetime_form { DT_OFFSET, DT_LOCAL, DT_DATE, DT_TIME };

/* A large document is mostly these: 112 bytes. */
struct node {
	enum node_type type : 8;
	enum datetime_form dt : 8;
	bool plain : 1;      /* YAML: a plain scalar, whose type was guessed */
	bool is_inline : 1;  /* TOML: inline table or array literal: not extensible */
	uint32_t n_children; /* of tables and arrays */
	const char *key;     /* in a table; NULL in an array and for the root */
	size_t key_len;      /* a TOML key may hold any character but NUL is refused */
	struct pos key_pos, pos;
	struct node *parent;
	struct node *first, *last, *next; /* children of tables and arrays, in order */
	union {
		bool b;
		int64_t i;
		double f;
		struct {
			const char *s;
			size_t len; /* may hold NULs in TOML ("\u0000") */
		};
	};
	const char
	        *text; /* a scalar as written in the file, without quotes; for "text as written" */
};

struct parse_limits {
	size_t max_bytes;   /* 16 MiB */
	unsigned max_depth; /* 64 */
	size_t max_nodes;   /* 1,000,000 */
};
#define PARSE_LIMITS_DEFAULT                                                  \
	{                                                                     \
		.max_bytes = 16u << 20, .max_depth = 64, .max_nodes = 1000000 \
	}

/* Child of a table by key, NULL when absent. */
struct node *node_get(const struct node *table, const char *key);
const char *node_type_name(const struct node *n); /* "a table", "an integer", ... with article */
/* "/scenario/2/steps/0/comand" (RFC 6901) into arena a. */
const char *node_pointer(const struct node *n, struct arena *a);

/* TOML 1.0 (ours). The text need not be NUL-terminated. NULL when the tree is unusable; all
 * problems that can be told apart are in d with codes toml.* and file.* (file = name). The reader
 * recovers at line ends, so that one document may give several findings; a tree with errors in d
 * may be partial. */
struct node *toml_read(const char *text, size_t len, const char *name,
        const struct parse_limits *lim, struct arena *a, struct diags *d);

/* The same for YAML 1.2 core schema through libyaml (config.md 6), codes yaml.* and file.*. */
struct node *yaml_read(const char *text, size_t len, const char *name,
        const struct parse_limits *lim, struct arena *a, struct diags *d);

/* Tagged JSON as the public toml-test suite defines it. */
struct strbuf;
void node_tagged_json(const struct node *root, struct strbuf *out);

#endif
