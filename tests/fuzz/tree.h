/* tests/fuzz/tree.h - what holds of every tree that a reader gives, whatever the bytes were. */
#ifndef TESTS_FUZZ_TREE_H
#define TESTS_FUZZ_TREE_H

#include <stdlib.h>
#include <string.h>

#include "common/strbuf.h"
#include "daemon/config/node.h"

#define REQUIRE(what)            \
	do {                     \
		if (!(what))     \
			abort(); \
	} while (0)

struct tree_seen {
	size_t nodes, bytes;
	unsigned depth, deepest;
};

static inline void tree_walk(const struct node *n, struct tree_seen *seen)
{
	size_t children = 0;
	const struct node *last = NULL;

	seen->nodes++;
	REQUIRE(n->pos.line && n->pos.col);
	if (n->type == NODE_STRING)
		seen->bytes += n->len ? (unsigned char)n->s[n->len - 1] : 0;
	if (n->type != NODE_TABLE && n->type != NODE_ARRAY)
		return;
	seen->depth++;
	seen->deepest = seen->depth > seen->deepest ? seen->depth : seen->deepest;
	for (const struct node *x = n->first; x; x = x->next, children++) {
		REQUIRE(x->parent == n);
		REQUIRE((x->key != NULL) == (n->type == NODE_TABLE));
		if (x->key)
			seen->bytes += strlen(x->key) + x->key_len;
		last = x;
		tree_walk(x, seen);
	}
	seen->depth--;
	REQUIRE(children == n->n_children && last == n->last);
}

typedef struct node *tree_reader(const char *text, size_t len, const char *name,
        const struct parse_limits *lim, struct arena *a, struct diags *d);

/* Reads with small bounds, so that a search meets them. */
static inline void tree_try(tree_reader *read, const uint8_t *data, size_t size)
{
	struct parse_limits lim = { .max_bytes = 1 << 16, .max_depth = 16, .max_nodes = 4096 };
	CLEANUP(arena_free) struct arena *a = arena_new();
	AUTO_STRBUF out = STRBUF_INIT;
	struct tree_seen seen = { 0 };
	struct diags d;

	diags_init(&d, a);

	struct node *root = read((const char *)data, size, "f", &lim, a, &d);

	REQUIRE(root || d.errors);
	REQUIRE(d.n <= d.max);
	if (root && !d.errors) {
		REQUIRE(root->type == NODE_TABLE && !root->parent);
		tree_walk(root, &seen);
		/* The reader counts a table or two of its own. */
		REQUIRE(seen.nodes <= lim.max_nodes + 64 && seen.deepest <= lim.max_depth + 2);
		node_tagged_json(root, &out);
		REQUIRE(out.len > 2);
	}
	diags_release(&d);
}

#endif
