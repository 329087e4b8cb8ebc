#include "daemon/server/listing.h"

#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/num.h"

#define DIGEST_SHOWN 12

/* ---- cells ---- */

void cell_text(struct strbuf *out, const char *s)
{
	strbuf_adds(out, s && *s ? s : "-");
}

void cell_age(struct strbuf *out, double ms)
{
	dur_format(out, (int64_t)(ms * (double)NS_PER_MS));
}

void cell_bytes(struct strbuf *out, uint64_t bytes)
{
	if (bytes)
		size_format(out, bytes);
	else
		strbuf_addc(out, '-');
}

void cell_count(struct strbuf *out, uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			strbuf_addc(out, ',');
		strbuf_addc(out, digits[i]);
	}
}

void cell_digest(struct strbuf *out, const char *digest)
{
	size_t n = digest ? strlen(digest) : 0;

	if (n)
		strbuf_add(out, digest, n < DIGEST_SHOWN ? n : DIGEST_SHOWN);
	else
		strbuf_addc(out, '-');
}

/* ---- order ---- */

static const struct column *find_column(const struct column *columns, const char *name)
{
	for (const struct column *c = columns; c->title; c++)
		if (strcasecmp(c->title, name) == 0 || strcasecmp(c->name, name) == 0)
			return c;
	return NULL;
}

static void no_such_column(struct request *r, const struct column *columns, const char *name)
{
	AUTO_STRBUF why = STRBUF_INIT;
	AUTO_STRBUF help = STRBUF_INIT;

	strbuf_printf(&why, "sort: there is no column '%.64s'", name);
	strbuf_adds(&help, "one of:");
	for (const struct column *c = columns; c->title; c++)
		strbuf_printf(&help, "%s %s", c == columns ? "" : ",", c->name);
	answer_problem(r, "invalid-option", 2, why.s, help.s, NULL);
}

/* A row beside what it is compared by. */
struct keyed {
	const struct column *column;
	size_t at;
	double number;
	struct strbuf text;
};

static int compare(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int by = x->column->number ? (x->number < y->number) - (x->number > y->number)
	                           : strcmp(x->text.s, y->text.s);

	return by ? by : (x->at > y->at) - (x->at < y->at);
}

static void sort(struct listing *l, const struct column *c)
{
	struct keyed *keys = xcalloc(l->n + 1, sizeof(*keys));
	char *sorted = xcalloc(l->n + 1, l->size);

	for (size_t i = 0; i < l->n; i++) {
		const char *row = (const char *)l->rows + i * l->size;

		keys[i] = (struct keyed){ .column = c, .at = i, .text = STRBUF_INIT };
		if (c->number)
			keys[i].number = c->number(row);
		else
			c->cell(row, &keys[i].text);
	}
	qsort(keys, l->n, sizeof(*keys), compare);
	for (size_t i = 0; i < l->n; i++) {
		memcpy(sorted + i * l->size, (char *)l->rows + keys[i].at * l->size, l->size);
		strbuf_release(&keys[i].text);
	}
	memcpy(l->rows, sorted, l->n * l->size);
	free(sorted);
	free(keys);
}

int listing_arrange(struct request *r, struct listing *l)
{
	const char *by = request_query(r, "sort");
	uint64_t limit = request_number(r, "limit", LISTING_LIMIT);
	const struct column *c = by ? find_column(l->columns, by) : NULL;

	if (by && !c) {
		no_such_column(r, l->columns, by);
		return -1;
	}
	if (c)
		sort(l, c);
	if (limit && l->n > limit)
		l->n = (size_t)limit;
	return 0;
}

/* ---- text ---- */

void listing_text(const struct request *r, const struct listing *l, struct strbuf *out)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	const char *header[LISTING_MAX_COLUMNS + 1] = { 0 };
	const char *const **rows = arena_array(a, l->n + 1, sizeof(*rows));
	size_t n = 0;

	while (n < LISTING_MAX_COLUMNS && l->columns[n].title) {
		header[n] = l->columns[n].title;
		n++;
	}
	for (size_t i = 0; i < l->n; i++) {
		const char **cells = arena_array(a, n + 1, sizeof(*cells));

		for (size_t k = 0; k < n; k++) {
			AUTO_STRBUF cell = STRBUF_INIT;

			l->columns[k].cell((const char *)l->rows + i * l->size, &cell);
			cells[k] = arena_strdup(a, cell.s);
		}
		rows[i] = cells;
	}
	table_text(header, rows, l->n, &r->style, request_flag(r, "no_header"), out);
}
