/* YAML 1.2 through libyaml's events (config.md section 6). Its document API is not used: that
 * expands no alias, keeps no text of scalars and has no bounds. An error of the parser ends the
 * reading, any other finding does not. */
#include <string.h>

#include "daemon/config/text.h"
#include "daemon/config/yaml_priv.h"

#define MAX_ANCHORS 1000
#define MAX_ALIASES 10000
#define INDEX_FROM 16 /* mappings with more keys than this get a hash index */

struct anchor {
	struct node *node;
	bool open; /* the node is still being read: an alias to it would be a cycle */
};

static int next_event(struct yaml *y, yaml_event_t *ev)
{
	return yaml_parser_parse(&y->parser, ev) ? 0 : yaml_parser_fail(y);
}

/* ---- nodes and bounds ---- */

static struct node *new_node(struct yaml *y, enum node_type type, struct pos pos)
{
	struct node *n;

	if (y->nodes >= y->lim->max_nodes) {
		yaml_fail(y, "file.too_many_nodes", pos, "more than %zu values (parser.max_nodes)",
		        y->lim->max_nodes);
		return NULL;
	}
	y->nodes++;
	n = arena_alloc(y->a, sizeof(*n));
	n->type = type;
	n->pos = pos;
	return n;
}

static bool is_collection(const struct node *n)
{
	return n->type == NODE_TABLE || n->type == NODE_ARRAY;
}

static void append(struct node *parent, struct node *child)
{
	child->parent = parent;
	child->next = NULL;
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->n_children++;
}

/* The root counts no level, as in TOML. */
static int enter(struct yaml *y, struct pos pos)
{
	if (++y->depth <= y->lim->max_depth + 1)
		return 0;
	return yaml_fail(y, "file.depth", pos, "nested deeper than %u levels (parser.max_depth)",
	        y->lim->max_depth);
}

/* ---- keys of a mapping ---- */

struct fields {
	struct node *table;
	struct map *index; /* NULL while there are few */
};

static struct node *field(const struct fields *f, const char *key, size_t len)
{
	if (f->index)
		return map_getn(f->index, key, len);
	for (struct node *n = f->table->first; n; n = n->next)
		if (n->key_len == len && memcmp(n->key, key, len) == 0)
			return n;
	return NULL;
}

static void add_field(struct fields *f, struct node *n)
{
	append(f->table, n);
	if (f->index) {
		map_put(f->index, n->key, n);
	} else if (f->table->n_children > INDEX_FROM) {
		f->index = map_new();
		for (struct node *x = f->table->first; x; x = x->next)
			map_put(f->index, x->key, x);
	}
}

/* ---- anchors and aliases ---- */

/* NULL with a finding when there are too many. */
static struct anchor *anchor(struct yaml *y, const yaml_char_t *name, struct node *n)
{
	struct anchor *a;

	if (++y->n_anchors > MAX_ANCHORS) {
		yaml_fail(y, "yaml.alias", n->pos, "more than %d anchors", MAX_ANCHORS);
		return NULL;
	}
	a = arena_alloc(y->a, sizeof(*a));
	a->node = n;
	a->open = is_collection(n);
	map_put(y->anchors, (const char *)name, a);
	return a;
}

/* A deep copy: later stages change nodes in place. */
static struct node *copy(struct yaml *y, const struct node *src)
{
	struct node *n = new_node(y, src->type, src->pos);

	if (!n)
		return NULL;
	*n = *src;
	n->parent = n->next = NULL;
	if (!is_collection(src))
		return n;
	n->first = n->last = NULL;
	n->n_children = 0;
	if (enter(y, src->pos) < 0)
		return NULL;
	for (const struct node *x = src->first; x; x = x->next) {
		struct node *child = copy(y, x);

		if (!child)
			return NULL;
		append(n, child);
	}
	y->depth--;
	return n;
}

/* The node that an alias stands for; NULL in *out after a finding that does not end the reading. */
static int resolve(struct yaml *y, const yaml_event_t *ev, const struct node **out)
{
	const char *name = (const char *)ev->data.alias.anchor;
	struct pos pos = yaml_pos(&ev->start_mark, &ev->end_mark);
	const struct anchor *a = map_get(y->anchors, name);

	*out = NULL;
	if (++y->n_aliases > MAX_ALIASES)
		return yaml_fail(y, "yaml.alias", pos, "more than %d aliases", MAX_ALIASES);
	if (!a)
		yaml_fail(
		        y, "yaml.alias", pos, "no anchor '&%.80s' stands before this alias", name);
	else if (a->open)
		yaml_fail(y, "yaml.cycle", pos, "'*%.80s' stands inside its own anchor", name);
	else
		*out = a->node;
	return 0;
}

static int alias(struct yaml *y, const yaml_event_t *ev, struct node **out)
{
	struct pos pos = yaml_pos(&ev->start_mark, &ev->end_mark);
	const struct node *target;

	if (resolve(y, ev, &target) < 0)
		return -1;
	*out = target ? copy(y, target) : new_node(y, NODE_NULL, pos);
	if (!*out)
		return -1;
	(*out)->pos = pos;
	(*out)->text = target ? (*out)->text : "";
	(*out)->key = NULL;
	(*out)->key_len = 0;
	return 0;
}

/* ---- tags ---- */

/* The tag's short name; NULL when there is none, or after a finding when it fits no such node. */
static const char *tag_of(
        struct yaml *y, const yaml_char_t *tag, const char *collection, struct pos pos)
{
	const char *text = (const char *)tag, *name = text ? yaml_tag_name(text) : NULL;
	struct diag *d;

	if (!text)
		return NULL;
	if (name && (strcmp(name, "seq") == 0 || strcmp(name, "map") == 0)
	                ? collection && strcmp(name, collection) == 0
	                : name && !collection)
		return name;
	if (name) {
		yaml_fail(y, "yaml.tag", pos, "tag '!!%s' does not fit what follows it", name);
		return NULL;
	}
	d = diags_add(
	        y->d, SEV_ERROR, "yaml.tag", y->name, pos, "tag '%.80s' is not allowed", text);
	diag_help(y->d, d, "known tags: !!str !!int !!float !!bool !!null !!seq !!map");
	return NULL;
}

/* ---- values ---- */

static int value(struct yaml *y, const yaml_event_t *ev, struct node **out);

static int scalar(struct yaml *y, const yaml_event_t *ev, struct node **out)
{
	struct pos pos = yaml_pos(&ev->start_mark, &ev->end_mark);
	bool plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	struct node *n = new_node(y, NODE_STRING, pos);

	if (!n)
		return -1;
	n->text = arena_memdup(y->a, ev->data.scalar.value, ev->data.scalar.length + 1);
	n->s = n->text;
	n->len = ev->data.scalar.length;
	/* A finding about the value leaves a string. */
	if (yaml_scalar(y, n, tag_of(y, ev->data.scalar.tag, NULL, pos), plain) < 0)
		n->plain = false;
	*out = n;
	return ev->data.scalar.anchor && !anchor(y, ev->data.scalar.anchor, n) ? -1 : 0;
}

/* Up to the end of a collection: 1 and its last event, 0 and the next one, -1. */
static int inside(struct yaml *y, yaml_event_t *ev)
{
	if (next_event(y, ev) < 0)
		return -1;
	return ev->type == YAML_SEQUENCE_END_EVENT || ev->type == YAML_MAPPING_END_EVENT;
}

static void end_at(struct node *n, const yaml_event_t *ev)
{
	struct pos end = yaml_pos(&ev->end_mark, NULL);

	n->pos.end_line = end.line;
	n->pos.end_col = end.col;
}

/* One element; a null one is reported and left out. */
static int element(struct yaml *y, struct node *list, const yaml_event_t *ev)
{
	struct node *n;

	if (value(y, ev, &n) < 0)
		return -1;
	if (n->type != NODE_NULL)
		append(list, n);
	else if (n->plain) /* an alias that leads nowhere was reported already */
		yaml_fail(y, "config.type", n->pos, "an element of a list must not be null");
	return 0;
}

static int elements(struct yaml *y, struct node *list)
{
	for (;;) {
		__attribute__((cleanup(yaml_event_delete))) yaml_event_t ev = { 0 };
		int rc = inside(y, &ev);

		if (rc < 0)
			return -1;
		if (rc && list->is_inline)
			end_at(list, &ev);
		if (rc)
			return 0;
		if (element(y, list, &ev) < 0)
			return -1;
	}
}

/* ---- mappings ---- */

struct key {
	const char *s;
	size_t len;
	struct pos pos;
	bool merge;
	bool bad; /* reported; the value is read and dropped */
};

static int scalar_key(struct yaml *y, const yaml_event_t *ev, struct key *k)
{
	const yaml_char_t *tag = ev->data.scalar.tag;
	struct node *n;

	k->len = ev->data.scalar.length;
	k->s = arena_memdup(y->a, ev->data.scalar.value, k->len + 1);
	k->merge =
	        !tag && ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && strcmp(k->s, "<<") == 0;
	tag_of(y, tag, NULL, k->pos);
	if (strlen(k->s) != k->len) {
		k->bad = true;
		yaml_fail(y, "yaml.syntax", k->pos, "a key must not hold a NUL");
	}
	return ev->data.scalar.anchor ? scalar(y, ev, &n) : 0;
}

static int odd_key(struct yaml *y, const yaml_event_t *ev, struct key *k)
{
	struct node *dropped;

	k->bad = true;
	yaml_fail(y, "yaml.syntax", k->pos, "a key must be a text, found a %s",
	        ev->type == YAML_SEQUENCE_START_EVENT ? "list" : "table");
	return value(y, ev, &dropped);
}

static int key(struct yaml *y, const yaml_event_t *ev, struct key *k)
{
	const struct node *target;

	*k = (struct key){ .pos = yaml_pos(&ev->start_mark, &ev->end_mark) };
	if (ev->type == YAML_SCALAR_EVENT)
		return scalar_key(y, ev, k);
	if (ev->type != YAML_ALIAS_EVENT)
		return odd_key(y, ev, k);
	if (resolve(y, ev, &target) < 0)
		return -1;
	k->bad = !target || is_collection(target) || !target->text;
	if (target && k->bad)
		yaml_fail(y, "yaml.syntax", k->pos, "a key must be a text, found %s",
		        node_type_name(target));
	if (!k->bad) {
		k->s = target->text;
		k->len = strlen(target->text);
	}
	return 0;
}

static int duplicate(struct yaml *y, const struct key *k, struct pos old)
{
	size_t n = y->d->n;

	yaml_fail(y, "yaml.duplicate_key", k->pos,
	        "key '%.80s' was already set at line %u, column %u", k->s, old.line, old.col);
	if (y->d->n > n)
		y->d->v[n].other = old;
	return -1;
}

/* Keys of src that the table does not have go to it: own keys win, then the first listed. */
static void merge_table(struct fields *f, struct node *src)
{
	for (struct node *n = src->first, *next; n; n = next) {
		next = n->next;
		if (!field(f, n->key, n->key_len))
			add_field(f, n);
	}
}

static void merge(struct yaml *y, struct fields *f, struct node *src)
{
	const struct node *odd = src->type == NODE_TABLE || src->type == NODE_ARRAY ? NULL : src;

	if (src->type == NODE_TABLE)
		merge_table(f, src);
	for (struct node *n = src->type == NODE_ARRAY ? src->first : NULL, *next; n; n = next) {
		next = n->next;
		if (n->type == NODE_TABLE)
			merge_table(f, n);
		else
			odd = n;
	}
	/* An alias that leads nowhere was reported already. */
	if (odd && (odd->type != NODE_NULL || odd->plain))
		yaml_fail(y, "yaml.syntax", odd->pos,
		        "'<<' merges a mapping or a list of mappings, found %s",
		        node_type_name(odd));
}

static int key_value(struct yaml *y, struct fields *f, const yaml_event_t *ev, struct node **merged)
{
	__attribute__((cleanup(yaml_event_delete))) yaml_event_t next = { 0 };
	const struct node *old;
	struct node *n;
	struct key k;

	if (key(y, ev, &k) < 0 || next_event(y, &next) < 0 || value(y, &next, &n) < 0)
		return -1;
	if (k.bad)
		return 0;
	old = k.merge ? *merged : field(f, k.s, k.len);
	if (old) {
		duplicate(y, &k, old->key_pos);
		return 0;
	}
	n->key = k.s;
	n->key_len = k.len;
	n->key_pos = k.pos;
	if (k.merge)
		*merged = n;
	else
		add_field(f, n);
	return 0;
}

static int pairs(struct yaml *y, struct fields *f, struct node **merged)
{
	for (;;) {
		__attribute__((cleanup(yaml_event_delete))) yaml_event_t ev = { 0 };
		int rc = inside(y, &ev);

		if (rc < 0)
			return -1;
		if (rc && f->table->is_inline)
			end_at(f->table, &ev);
		if (rc)
			return 0;
		if (key_value(y, f, &ev, merged) < 0)
			return -1;
	}
}

static int mapping(struct yaml *y, struct node *table)
{
	struct fields f = { .table = table };
	struct node *merged = NULL;
	int rc = pairs(y, &f, &merged);

	if (rc == 0 && merged)
		merge(y, &f, merged);
	map_free(f.index, NULL);
	return rc;
}

static int collection(struct yaml *y, const yaml_event_t *ev, struct node **out)
{
	bool list = ev->type == YAML_SEQUENCE_START_EVENT;
	const yaml_char_t *tag = list ? ev->data.sequence_start.tag : ev->data.mapping_start.tag,
	                  *name = list ? ev->data.sequence_start.anchor
	                               : ev->data.mapping_start.anchor;
	struct pos pos = yaml_pos(&ev->start_mark, NULL);
	struct node *n = new_node(y, list ? NODE_ARRAY : NODE_TABLE, pos);
	struct anchor *a = NULL;

	if (!n || enter(y, pos) < 0)
		return -1;
	n->is_inline = list ? ev->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
	                    : ev->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
	tag_of(y, tag, list ? "seq" : "map", pos);
	if (name) {
		a = anchor(y, name, n);
		if (!a)
			return -1;
	}
	if ((list ? elements(y, n) : mapping(y, n)) < 0)
		return -1;
	if (a)
		a->open = false;
	y->depth--;
	*out = n;
	return 0;
}

static int value(struct yaml *y, const yaml_event_t *ev, struct node **out)
{
	if (ev->type == YAML_ALIAS_EVENT)
		return alias(y, ev, out);
	if (ev->type == YAML_SCALAR_EVENT)
		return scalar(y, ev, out);
	return collection(y, ev, out);
}

/* ---- the document ---- */

/* libyaml takes U+0085, U+2028 and U+2029 as line ends, as YAML 1.1 had it; in 1.2 they are text.
 * It would fold them silently, so they must be written as escapes. */
static int check_breaks(struct yaml *y)
{
	struct pos pos = { .line = 1, .col = 1 };

	for (const char *s = y->text; s < y->end; s++) {
		/* Valid UTF-8: the bytes behind a leading one are there. */
		bool nel = *s == '\xc2' && s[1] == '\x85';
		bool line = *s == '\xe2' && s[1] == '\x80' && s[2] == '\xa8';
		bool paragraph = *s == '\xe2' && s[1] == '\x80' && s[2] == '\xa9';
		const char *what = nel         ? "U+0085 must be written as '\\N'"
		                   : line      ? "U+2028 must be written as '\\L'"
		                   : paragraph ? "U+2029 must be written as '\\P'"
		                               : NULL;

		if (what)
			return yaml_fail(y, "yaml.syntax", pos, "%s in double quotes", what);
		pos.line += *s == '\n';
		pos.col = *s == '\n' ? 1 : pos.col + (((unsigned char)*s & 0xc0) != 0x80);
	}
	return 0;
}

static int check_directives(struct yaml *y, const yaml_event_t *ev)
{
	if (ev->data.document_start.tag_directives.start ==
	        ev->data.document_start.tag_directives.end)
		return 0;
	return yaml_fail(y, "yaml.syntax", yaml_pos(&ev->start_mark, NULL),
	        "%%TAG is not allowed; only %%YAML is");
}

static struct node *empty(struct yaml *y)
{
	return new_node(y, NODE_TABLE, (struct pos){ .line = 1, .col = 1 });
}

/* The one value of the stream; an empty stream is an empty table. */
static int document(struct yaml *y, const yaml_event_t *start, struct node **root)
{
	__attribute__((cleanup(yaml_event_delete))) yaml_event_t body = { 0 }, end = { 0 },
	                                                         after = { 0 };

	if (check_directives(y, start) < 0 || next_event(y, &body) < 0 ||
	        value(y, &body, root) < 0 || next_event(y, &end) < 0 || next_event(y, &after) < 0)
		return -1;
	if (after.type == YAML_DOCUMENT_START_EVENT)
		return yaml_fail(y, "yaml.documents", yaml_pos(&after.start_mark, NULL),
		        "a second document begins here, a file holds one");
	if ((*root)->type == NODE_NULL && (*root)->plain)
		*root = empty(y);
	if ((*root)->type != NODE_TABLE)
		return yaml_fail(y, "yaml.syntax", (*root)->pos,
		        "the file must be a mapping, found %s", node_type_name(*root));
	return 0;
}

static struct node *stream(struct yaml *y)
{
	__attribute__((cleanup(yaml_event_delete))) yaml_event_t begin = { 0 }, doc = { 0 };
	struct node *root = NULL;

	if (next_event(y, &begin) < 0 || next_event(y, &doc) < 0)
		return NULL;
	if (doc.type == YAML_STREAM_END_EVENT)
		return empty(y);
	return document(y, &doc, &root) < 0 ? NULL : root;
}

struct node *yaml_read(const char *text, size_t len, const char *name,
        const struct parse_limits *lim, struct arena *a, struct diags *d)
{
	struct yaml y = { .name = name, .lim = lim, .a = a, .d = d };
	struct node *root = NULL;

	if (text_check(&text, &len, name, lim, d) < 0)
		return NULL;
	y.text = text;
	y.end = text + len;
	if (check_breaks(&y) < 0)
		return NULL;
	if (!yaml_parser_initialize(&y.parser)) {
		yaml_fail(&y, "yaml.syntax", (struct pos){ 0 }, "out of memory");
		return NULL;
	}
	yaml_parser_set_encoding(&y.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&y.parser, (const unsigned char *)text, len);
	y.anchors = map_new();
	root = stream(&y);
	map_free(y.anchors, NULL);
	yaml_parser_delete(&y.parser);
	return root;
}
