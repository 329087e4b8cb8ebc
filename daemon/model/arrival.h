/* daemon/model/arrival.h - when the bytes of a step's two streams came.
 *
 * A stream is a list of pieces, each with the time since the step began; two such lists, merged by
 * time, are the order between the streams. Pieces of one stream that come within a millisecond are
 * one, unless the other stream came in between; beyond ARRIVALS_MAX pieces of a stream the grain
 * grows, so that a step that writes for hours costs no more than its first seconds.
 *
 * What is kept of a result is a text: "LEN:US LEN:US ...", the microseconds from one piece to the
 * next. Positions are those of the stream as the step wrote it, so that what is cut out of the
 * bytes later changes nothing here.
 */
#ifndef DAEMON_MODEL_ARRIVAL_H
#define DAEMON_MODEL_ARRIVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mem.h"

#define ARRIVALS_MAX 1024

struct arrival {
	uint64_t len, us;
};

struct arrivals {
	struct arrival *v[2]; /* of stdout, stderr */
	size_t n[2], cap[2];
	bool last;         /* the stream that came last */
	uint64_t grain_us; /* 0 = the first one */
};

void arrivals_add(struct arrivals *a, bool is_stderr, size_t len, uint64_t us);
void arrivals_reset(struct arrivals *a);
void arrivals_release(struct arrivals *a);
/* The text of one stream, in arena to; NULL when nothing came. cut_at and total as in AGENT_EXITED:
 * what the init left out after cut_at bytes counts as come with what follows it. */
const char *arrivals_text(const struct arrivals *a, bool is_stderr, uint64_t cut_at, uint64_t total,
        struct arena *to);

/* Reads a text: { .at = text }. One that ends early, or makes no sense, gives the last time that
 * did.
 */
struct arrival_reader {
	const char *at;
	uint64_t end, us; /* of the piece that is read */
};
/* The next piece: its bytes end at end. False when there is none. */
bool arrival_next(struct arrival_reader *r);
/* Microseconds since the step began for the byte at pos; pos never goes back. */
uint64_t arrival_of(struct arrival_reader *r, uint64_t pos);

#endif
