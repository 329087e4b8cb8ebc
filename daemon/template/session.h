/* daemon/template/session.h - what renders of one file share: memory, limits, clock, chance,
 * counters.
 *
 * A session is one file rendered once, or the many small templates of one file's values, or one
 * cell of a matrix: random stream, counters and the clock go on from one render to the next. It
 * reads nothing of the machine itself; all that comes from outside comes through struct thost.
 * Thread: one at a time.
 */
#ifndef DAEMON_TEMPLATE_SESSION_H
#define DAEMON_TEMPLATE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/template/prng.h"
#include "daemon/template/value.h"

/* The world, as far as a template sees it. Any function may be NULL where said so. */
struct thost {
	void *arg;
	/* Wall clock, nanoseconds since 1970 UTC: frozen, or the real one. */
	int64_t (*now_ns)(void *arg);
	bool frozen; /* then local time is UTC */
	/* Seconds east of UTC at a moment, for now(); NULL: UTC. */
	int32_t (*utc_offset)(void *arg, int64_t unix_s);
	/* An environment variable, or NULL when it is unset or not to be seen; NULL: none is seen.
	 * The string lives as long as the session. */
	const char *(*env)(void *arg, const char *name);
	bool seeded; /* then seed starts the stream of calls that have no seed of their own */
	uint64_t seed;
	/* Unpredictable bytes, for calls where nothing is seeded. */
	void (*entropy)(void *arg, void *out, size_t n);
	/* Monotonic nanoseconds, for the limit on time. */
	int64_t (*ticks_ns)(void *arg);
	/* Nobody waits for what is rendered; NULL: somebody does. */
	bool (*stopped)(void *arg);
	/* `env.NAME` is the variable NAME, unless something named env is an object. */
	bool env_paths;
};

struct torigins;
struct tstate;

struct tsession {
	struct arena *arena; /* values of this session */
	struct arena *own;   /* states */
	const struct thost *host;
	struct tlimits limits;
	struct tbuf scratch; /* of the call that is running */
	struct tstate *states;
	struct prng stream;
	struct torigins *origins; /* filled by renders; NULL: nobody asks */
	bool has_now;
	int64_t now_ns;      /* read once */
	uint64_t iterations; /* of all loops */
	uint32_t steps;      /* since the clock was asked */
	int64_t started_ns;
};

/* host must outlive the session; limits NULL: the defaults. */
void tsession_init(struct tsession *s, const struct thost *host, const struct tlimits *limits);
void tsession_release(struct tsession *s);
#define AUTO_TSESSION __attribute__((cleanup(tsession_release))) struct tsession

/* The clock of this session: the same at each call. */
int64_t tsession_now_ns(struct tsession *s);
/* NULL when unset or hidden. */
const char *tsession_env(struct tsession *s, const char *name);

/* A block of n zeroed bytes that lives as long as the session; the same one for the same key, which
 * is any address that the caller has for itself. */
void *tsession_state(struct tsession *s, const void *key, size_t n);

/* The generator of one call: started with its own seed when it has one, else with the next number
 * of the session's stream, else with entropy. */
void tsession_prng(struct tsession *s, const uint64_t *seed, struct prng *out);

/* Counts one step; -1 with *e when time is up, values have taken too much memory or the host says
 * stop. Cheap: looks at the clock once in 500 steps. */
int tsession_check(struct tsession *s, struct terr *e) MUST_CHECK;
static inline int tsession_step(struct tsession *s, struct terr *e)
{
	return ++s->steps < 500 ? 0 : tsession_check(s, e);
}

#endif
