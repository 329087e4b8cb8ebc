#include "daemon/config/node.h"

#include <math.h>
#include <string.h>

#include "common/json.h"

struct node *node_get(const struct node *table, const char *key)
{
	size_t n = strlen(key);

	if (!table || table->type != NODE_TABLE)
		return NULL;
	for (struct node *c = table->first; c; c = c->next)
		if (c->key_len == n && memcmp(c->key, key, n) == 0)
			return c;
	return NULL;
}

const char *node_type_name(const struct node *n)
{
	static const char *const names[] = {
		[NODE_TABLE] = "a table",
		[NODE_ARRAY] = "a list",
		[NODE_STRING] = "a string",
		[NODE_INT] = "an integer",
		[NODE_FLOAT] = "a float",
		[NODE_BOOL] = "a boolean",
		[NODE_DATETIME] = "a date",
		[NODE_NULL] = "null",
	};

	return names[n->type];
}

/* One part of a JSON pointer: '~' and '/' are escaped (RFC 6901 section 3). */
static void put_part(struct strbuf *b, const struct node *n)
{
	size_t index = 0;

	strbuf_addc(b, '/');
	if (!n->key) {
		for (const struct node *c = n->parent->first; c && c != n; c = c->next)
			index++;
		strbuf_printf(b, "%zu", index);
		return;
	}
	for (size_t i = 0; i < n->key_len; i++) {
		if (n->key[i] == '~')
			strbuf_adds(b, "~0");
		else if (n->key[i] == '/')
			strbuf_adds(b, "~1");
		else
			strbuf_addc(b, n->key[i]);
	}
}

static void put_path(struct strbuf *b, const struct node *n)
{
	if (!n->parent)
		return;
	put_path(b, n->parent);
	put_part(b, n);
}

const char *node_pointer(const struct node *n, struct arena *a)
{
	AUTO_STRBUF b = STRBUF_INIT;

	put_path(&b, n);
	return arena_strndup(a, b.s, b.len);
}

/* ---- tagged JSON (toml-test) ---- */

static void put_float(struct strbuf *b, double f)
{
	if (isnan(f))
		strbuf_adds(b, "nan");
	else if (isinf(f))
		strbuf_adds(b, f < 0 ? "-inf" : "inf");
	else
		strbuf_printf(b, "%.17g", f);
}

/* "1979-05-27 07:32:00z" in the one form that the suite prints: T, Z. */
static void put_datetime(struct strbuf *b, const char *text)
{
	for (size_t i = 0; text[i]; i++) {
		bool separator = i == 10 && (text[i] == ' ' || text[i] == 't');

		strbuf_addc(b, separator ? 'T' : text[i] == 'z' ? 'Z' : text[i]);
	}
}

static void put_scalar(struct strbuf *out, const struct node *n)
{
	static const char *const dt_names[] = {
		[DT_OFFSET] = "datetime",
		[DT_LOCAL] = "datetime-local",
		[DT_DATE] = "date-local",
		[DT_TIME] = "time-local",
	};
	static const char *const type_names[] = {
		[NODE_STRING] = "string",
		[NODE_INT] = "integer",
		[NODE_FLOAT] = "float",
		[NODE_BOOL] = "bool",
		[NODE_NULL] = "null",
	};
	AUTO_STRBUF value = STRBUF_INIT;

	switch (n->type) {
	case NODE_STRING:
		strbuf_add(&value, n->s, n->len);
		break;
	case NODE_INT:
		strbuf_printf(&value, "%lld", (long long)n->i);
		break;
	case NODE_FLOAT:
		put_float(&value, n->f);
		break;
	case NODE_BOOL:
		strbuf_adds(&value, n->b ? "true" : "false");
		break;
	case NODE_DATETIME:
		put_datetime(&value, n->text);
		break;
	default:
		break;
	}
	strbuf_printf(out, "{\"type\":\"%s\",\"value\":",
	        n->type == NODE_DATETIME ? dt_names[n->dt] : type_names[n->type]);
	json_quote(out, value.s, value.len);
	strbuf_addc(out, '}');
}

/* Written by hand: a TOML key may hold U+0000, which the writer of common/json.h takes no keys
 * with. */
static void put_node(struct strbuf *out, const struct node *n)
{
	bool list = n->type == NODE_ARRAY;

	if (!list && n->type != NODE_TABLE) {
		put_scalar(out, n);
		return;
	}
	strbuf_addc(out, list ? '[' : '{');
	for (const struct node *c = n->first; c; c = c->next) {
		if (!list) {
			json_quote(out, c->key, c->key_len);
			strbuf_addc(out, ':');
		}
		put_node(out, c);
		if (c->next)
			strbuf_addc(out, ',');
	}
	strbuf_addc(out, list ? ']' : '}');
}

void node_tagged_json(const struct node *root, struct strbuf *out)
{
	put_node(out, root);
	strbuf_addc(out, '\n');
}
