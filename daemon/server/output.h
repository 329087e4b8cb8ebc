/* daemon/server/output.h - output of steps: which of it is asked for, and as what text.
 *
 * The store keeps each stream of a step by itself, and when its pieces came. Stored output is shown
 * step by step; where a step wrote to both streams, line by line as they came. Runs that were
 * stored before times were have stdout, then stderr. Pure but for output_query_read().
 */
#ifndef DAEMON_SERVER_OUTPUT_H
#define DAEMON_SERVER_OUTPUT_H

#include "daemon/server/history.h"

enum output_stream { OUTPUT_STDOUT = 1, OUTPUT_STDERR = 2, OUTPUT_BOTH = 3 };

struct output_query {
	const char *ref;             /* of the run */
	const char *path;            /* "TEST[/SCENARIO[/STEP]]", or NULL = all */
	const char *scenario, *step; /* the same apart, or NULL */
	unsigned streams;            /* bits of enum output_stream */
	bool raw, timestamps, follow;
	uint64_t lines; /* only the last ones; UINT64_MAX = all */
	uint64_t offset, length;
};

/* Whether the output of that step is asked for. */
bool output_wants(
        const struct output_query *q, const char *test, const char *scenario, const char *step);

/* Less than the whole run is asked for. */
bool output_is_named(const struct output_query *q);
/* A step of r is asked for. */
bool output_matches(const struct output_query *q, const struct run_result *r);

struct output_text {
	struct strbuf text;
	unsigned steps;  /* that matched */
	bool order_lost; /* a step has both streams, and their order is not known */
	bool times_lost; /* when the output of a step came is not known */
};

/* The stored output as text for people. */
void output_text(const struct output_query *q, const struct run_result *r, struct output_text *out);
/* "clnrm.logs/1". */
void output_json(const struct output_query *q, const struct run_result *r, struct strbuf *out);
/* Stored bytes without any addition. */
void output_bytes(const struct output_query *q, const struct run_result *r, struct strbuf *out,
        unsigned *steps);

/* A name that nothing matched, and what there is beside it. */
struct output_missing {
	const char *kind, *name, *text; /* "step"; as asked for; a sentence */
	const char *const *known;       /* of that kind, NULL at the end */
	const char *first;              /* of known, or NULL */
};
/* Finds the first part of the path that nothing matches. Texts live in a. */
void output_missing(const struct output_query *q, const struct run_result *r, struct arena *a,
        struct output_missing *out);
/* Answers with it: not-found. */
void output_refuse(struct request *r, const struct output_missing *m);

/* Leaves the last lines alone. */
void output_tail(struct strbuf *text, uint64_t lines);

/* Follows an active run to its end. */
void output_follow(struct request *r, const struct output_query *q);

#endif
