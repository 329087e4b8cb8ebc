/* daemon/pool/pool.h - sandboxes that have never run anything, made ahead of need.
 *
 * One stock for each sandbox spec; one with volumes is kept only while somebody says that it will
 * be wanted again (pool_stand_by()). pool_take() asks for a sandbox, warm or made for it;
 * pool_give() ends the loan whatever became of it: what was lent is destroyed in the background and
 * never lent again. Stock follows demand: it covers bursts, not rate.
 *
 * A volume is mounted when a sandbox is made, so a warm one is lent only while it shows what a new
 * one would: the path leads to the same inode, and nothing was mounted on this machine since.
 *
 * Thread: the loop's only.
 */
#ifndef DAEMON_POOL_POOL_H
#define DAEMON_POOL_POOL_H

#include "daemon/core/loop.h"
#include "daemon/core/metrics.h"
#include "daemon/core/work.h"
#include "daemon/sandbox/sandbox.h"

struct pool;
struct lease; /* one sandbox, or one wait for it */

struct pool_config {
	unsigned max_warm; /* for one spec: performance.container_pool_size */
	unsigned max_live; /* warm, lent and ending together, all specs */
	bool reuse;        /* false: nothing is kept warm */
};

enum lease_state { LEASE_WAITING, LEASE_LENT, LEASE_OVER };

struct lease_events {
	/* Lent. warm: it was ready before it was asked for. */
	void (*lent)(void *arg, struct lease *le, const struct receipt *receipt, bool warm);
	/* Cannot be had; the lease is over. */
	void (*failed)(void *arg, struct lease *le, const struct err *e);
	void (*bytes)(void *arg, struct lease *le, const void *p, size_t n);
	/* As of struct sandbox_events; after lease_expect() alone. May be NULL. */
	void (*descriptor)(void *arg, struct lease *le, int fd);
	/* It ended although nobody gave it back. */
	void (*died)(void *arg, struct lease *le, enum sandbox_end why);
};

/* One row of `clnrm pool` and one of `clnrm ps`. Strings are borrowed until the next call. */
struct pool_row {
	const char *image, *image_digest, *profile, *engine;
	unsigned warm, target, busy;
	uint64_t hits, misses;
	double refill_p50_ms, refill_p95_ms;
	uint64_t memory_bytes;
	char differs[128]; /* what its sandboxes have that is not the default, cut off; "" = nothing
	                    */
};
struct sandbox_row {
	const char *id, *state, *scenario, *run, *image, *engine,
	        *isolation;      /* state: making warm run kept ending */
	double age_ms;           /* of what is kept: since it is */
	int64_t expires_wall_ns; /* 0 = does not */
	unsigned processes;
	uint64_t memory_bytes;
};

/* Images that have to be made first are a worker's work. */
struct pool *pool_new(struct loop *l, struct work_pool *work, struct engine *en,
        struct image_store *images, struct metrics *m, const struct pool_config *cfg);
/* Destroys everything and calls done (may be NULL) when the last sandbox is gone. */
void pool_drain_all(struct pool *p, loop_fn *done, void *arg);
void pool_free(struct pool *p); /* after pool_drain_all() */
void pool_set_config(struct pool *p, const struct pool_config *cfg);

/* Asks for a sandbox of this spec. warm_cap (0 = the daemon's own) lowers the stock that this
 * demand may raise. scenario and run are for `ps` (copied). Never calls back from inside. Never
 * NULL. */
struct lease *pool_take(struct pool *p, const struct sandbox_spec *spec, unsigned warm_cap,
        const char *scenario, const char *run, const struct lease_events *ev, void *arg);
/* For who would do at once what lent() is for: the receipt when pool_take() found a warm one, and
 * lent() is not called any more; NULL when there is something to wait for. */
const struct receipt *lease_claim(struct lease *le);
/* PATH for the processes of its image; lent or claimed. */
const char *lease_path(const struct lease *le);
/* Its image; lent or claimed. */
const struct image *lease_image(const struct lease *le);
/* Ends the loan or the wait; le is gone afterwards. The sandbox dies in the background, a moment
 * later: what its end and its successor cost is not taken from the verdict on its way out. */
void pool_give(struct lease *le);
/* The same; fn is called once its sandbox is gone (next round when it never had one). */
void pool_give_then(struct lease *le, loop_fn *fn, void *arg);
/* A lent one goes on to another scenario of the same run: its name for `ps`, and who hears of it.
 */
void lease_hand_on(
        struct lease *le, const char *scenario, const struct lease_events *ev, void *arg);
/* Whether descriptors are taken from its init. */
void lease_expect(struct lease *le, bool descriptors);
/* Of the sandbox that is lent. */
const struct receipt *lease_receipt(const struct lease *le);
/* Ends the loan by a harvest (struct engine_ops) into fd, which is the pool's until then; le is
 * gone afterwards. done is called once, e NULL when the file is whole. Lent only. */
void pool_harvest(struct lease *le, int fd, uint64_t max_bytes, harvested_fn *done, void *arg);
/* What was lent stays as it is although nothing uses it now, and says what it has to say to
 * somebody else. It is shown as kept, and takes a place of max_live until it is given back. */
void lease_keep(
        struct lease *le, const struct lease_events *ev, void *arg, int64_t expires_wall_ns);
/* To its init, as a piece of the stream of proto/agent.h. Nothing when the sandbox is gone. */
void lease_send(struct lease *le, const void *p, size_t n);
/* What it uses now. ERR_NOT_FOUND when the sandbox is gone. */
int lease_usage(struct lease *le, struct sandbox_usage *out, struct err *e) MUST_CHECK;
/* ERR_UNSUPPORTED where the engine does not count. */
int lease_met(struct lease *le, struct sandbox_met *out, struct err *e) MUST_CHECK;
const char *lease_sandbox_id(const struct lease *le); /* "" while waiting */

/* Tells how many scenarios are about to ask, so that stock is made while files are still read. */
void pool_hint(struct pool *p, const struct sandbox_spec *spec, unsigned batch);

/* Keeps sandboxes of this spec warm until pool_dismiss(), volumes or not. NULL where that is of no
 * use: its image is not at hand, a volume is copied on write (its overlay must not see the volume
 * change). */
struct standby;
struct standby *pool_stand_by(struct pool *p, const struct sandbox_spec *spec);
void pool_dismiss(struct standby *sb);                               /* NULL is fine */
bool standby_same(const struct standby *a, const struct standby *b); /* of one stock */

/* fill: makes at least n warm ones of image; drain: drops warm ones (image NULL = all) of the image
 * that a file calls so or that has this name.
 * ERR_NOT_FOUND, ERR_LIMIT. They return at once, where fill need not make the image first; *changed
 * is how many will be made or dropped. */
int pool_fill(
        struct pool *p, const char *image, unsigned n, unsigned *changed, struct err *e) MUST_CHECK;
void pool_drop(struct pool *p, const char *image, unsigned *changed);

/* At most max rows into out, and how many these are; their texts are borrowed until the loop goes
 * on. */
size_t pool_rows(struct pool *p, struct pool_row *out, size_t max);
/* USED: lent and kept. */
enum pool_which { POOL_USED, POOL_KEPT, POOL_ALL };
size_t pool_sandboxes(struct pool *p, enum pool_which which, struct sandbox_row *out, size_t max);
/* True when no sandbox is being made or ending. */
bool pool_quiet(const struct pool *p);

#endif
