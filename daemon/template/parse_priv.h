/* daemon/template/parse_priv.h - bodies while they grow, and the tags in them.
 *
 * parse.c reads bodies: text, what prints, and which tag may stand where; parse_tags.c the tags.
 * All return -1 with the error of the scan on failure.
 */
#ifndef DAEMON_TEMPLATE_PARSE_PRIV_H
#define DAEMON_TEMPLATE_PARSE_PRIV_H

#include "daemon/template/scan_priv.h"

/* What may stand in a body. */
enum place {
	PLACE_TOP = 1,
	PLACE_BLOCK = 2,
	PLACE_MACRO = 4,
	PLACE_FOR = 8,
	PLACE_FILTER = 16,
};

/* A body while it grows. */
struct builder {
	struct body body;
	struct tnode **tail;
	struct tnode *last;
	enum place place;
	bool within_if;  /* macros, imports and blocks that others redefine are not for here */
	bool keep_space; /* the else of a loop */
	bool trim_next;
	bool leading;   /* nothing but white space, comments, imports and `extends` so far */
	bool swallow;   /* white space behind an import or `extends` goes */
	bool untouched; /* nothing but comments so far */
	struct builder *outer;
};

struct tag {
	size_t at; /* of its {% */
	struct name word;
	size_t word_end;
	bool trim_left, trim_right;
};

/* Empty, in the body of outer (NULL: the template itself). It is started where it stays. */
void builder_init(struct builder *b, enum place place, struct builder *outer);
void builder_start(struct builder *b);
struct tnode *builder_add(struct scan *s, struct builder *b, enum node_kind kind, size_t at);
void builder_trim_last(struct builder *b);
/* Behind a tag with a body: no later dash reaches the text before it. */
void builder_note_empty(struct builder *b);

/* At {%: reads up to its first word. */
void tag_open(struct scan *s, struct tag *tag);
bool tag_is(const struct tag *tag, const char *word);
int tag_close(struct scan *s, struct tag *tag);
int tag_need_space(struct scan *s, const char *what);
/* What the dashes of a tag do to the text before and behind it. */
void tag_begins(struct builder *b, const struct tag *tag);
void tag_ends(struct builder *b, const struct tag *tag);
int tag_wrong_end(struct scan *s, const struct tag *end, const char *wanted);

/* Reads nodes up to a tag that ends a body, which is left to the caller with the place behind its
 * word; at the end of the text, a tag without a word. */
int parse_body(struct scan *s, struct builder *b, struct tag *end);
/* A body up to the tag `word`, which may have a name behind it, and that tag. */
int parse_until(
        struct scan *s, struct builder *b, bool trim_start, const char *word, struct tag *end);

/* ---- parse_tags.c: behind the word of the tag ---- */
int parse_set(struct scan *s, struct builder *b, struct tag *tag);
int parse_if(struct scan *s, struct builder *b, struct tag *tag);
int parse_for(struct scan *s, struct builder *b, struct tag *tag);
int parse_filter_section(struct scan *s, struct builder *b, struct tag *tag);
int parse_block(struct scan *s, struct builder *b, struct tag *tag);
int parse_macro(struct scan *s, struct builder *b, struct tag *tag);
int parse_include(struct scan *s, struct builder *b, struct tag *tag);
int parse_extends(struct scan *s, struct builder *b, struct tag *tag);
int parse_import(struct scan *s, struct builder *b, struct tag *tag);
int parse_raw(struct scan *s, struct builder *b, struct tag *tag);
int parse_jump(struct scan *s, struct builder *b, struct tag *tag);

#endif
