/* daemon/model/assertion.h - what a test says of itself as a whole: [assertions], [[assertions]]
 * and [test.assertions] (config.md 3.8).
 *
 * A name claims something. What it takes to hold is in daemon/run/assert.c; which names there are
 * and what their values may be, in the option table.
 */
#ifndef DAEMON_MODEL_ASSERTION_H
#define DAEMON_MODEL_ASSERTION_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/model/diag.h"

enum claim {
	CLAIM_UNKNOWN, /* declared, and nothing here can check it */
	CLAIM_SCENARIOS_PASS,
	CLAIM_STEPS_PASS,
	CLAIM_NO_FAILURES,
	CLAIM_IN_ORDER,
	CLAIM_HERMETIC,
	CLAIM_NO_NETWORK,
	CLAIM_LIMITS_ENFORCED,
	CLAIM_LIMITS_RESPECTED,
	CLAIM_SERVICES, /* of services that are started: this build starts none */
	CLAIM_RATE,     /* share of steps that passed, at least rate */
	/* Numbers: another one is a failure only where that is enforced. */
	CLAIM_COMMANDS_RUN,
	CLAIM_STEPS_RUN,
	CLAIM_STEPS_LEAST,
	CLAIM_SANDBOXES_USED,
	CLAIM_SANDBOXES_GONE,
	/* Upper bounds. */
	CLAIM_DURATION, /* count: ms of all scenarios together */
	CLAIM_MEMORY,   /* count: MiB of each scenario */
	CLAIM_COUNT
};

struct assertion {
	const char *name; /* as it is written; of [[assertions]] the description or the type */
	enum claim claim;
	struct pos pos;
	int64_t count;
	double rate;
	bool enforce; /* a number that is another is a failure */
};

/* Whose result says what became of them, in the place of a scenario's name. */
#define ASSERTIONS_NAME "[assertions]"

/* What a key of [assertions] claims; CLAIM_UNKNOWN for any other word. */
enum claim assertion_claim(const char *key);

#endif
