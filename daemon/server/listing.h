/* daemon/server/listing.h - lists of things: --limit, --sort and --no-header, for people and as
 * rows.
 *
 * A listing is an array of rows and a table of columns. Text is sorted by its bytes, numbers the
 * largest first; rows that are equal keep their order.
 */
#ifndef DAEMON_SERVER_LISTING_H
#define DAEMON_SERVER_LISTING_H

#include "daemon/server/handler.h"

#define LISTING_LIMIT 50 /* unless ?limit= says otherwise; 0 = all */
#define LISTING_MAX_COLUMNS 12

struct column {
	const char *title; /* "MEM" */
	const char *name;  /* what ?sort= takes: the member's name in JSON */
	void (*cell)(const void *row, struct strbuf *out);
	double (*number)(const void *row); /* NULL: sorted by the cell's text */
};

/* Columns end with a title of NULL. */
struct listing {
	const struct column *columns;
	void *rows;
	size_t n, size; /* of rows; bytes of one */
};

/* Sorts and cuts as the request says. -1: there is no such column, answered. */
int listing_arrange(struct request *r, struct listing *l) MUST_CHECK;
/* The table for people, header line and all. */
void listing_text(const struct request *r, const struct listing *l, struct strbuf *out);

/* Cells that several listings have. NULL, and what is not known, is "-". */
void cell_text(struct strbuf *out, const char *s);
void cell_age(struct strbuf *out, double ms);
void cell_bytes(struct strbuf *out, uint64_t bytes);
/* 1204 as "1,204": for people. */
void cell_count(struct strbuf *out, uint64_t n);
/* The first 12 digits. */
void cell_digest(struct strbuf *out, const char *digest);

#endif
