/* daemon/pool/pool_priv.h - what the files of this room share. */
#ifndef DAEMON_POOL_POOL_PRIV_H
#define DAEMON_POOL_POOL_PRIV_H

#include "common/map.h"
#include "daemon/core/id.h"
#include "daemon/pool/pool.h"

#define BATCH_WINDOW_NS (300 * NS_PER_S) /* the largest recent batch counts this long */
#define SHRINK_EVERY_NS (30 * NS_PER_S)
#define WARM_MAX_AGE_NS (1800 * NS_PER_S)
#define STOCK_MIN_TARGET 2
#define MAX_STOCKS 32 /* stocks with something warm; the least recently used goes first */
#define MAKING_IDLE 4 /* sandboxes in the making while nothing runs */
#define MAKING_BUSY 2 /* ... while scenarios run: they need the processor more */
#define GRACE_NS (300 * NS_PER_US) /* from the end of a loan to the end of its sandbox */
#define REFILL_SAMPLES 64

enum item_state { ITEM_MAKING, ITEM_WARM, ITEM_LENT, ITEM_KEPT, ITEM_ENDING };

/* A sandbox and what the pool knows of it. */
struct item {
	struct pool *pool;
	struct stock *stock;
	struct sandbox *sb;
	char id[SANDBOX_ID_LEN + 1];
	enum item_state state;
	int64_t since_ns; /* made, or asked for while making */
	const struct receipt *receipt;
	uint64_t mounts;     /* the pool's counter when it was asked for */
	bool condemned;      /* ENDING, not yet destroyed */
	struct lease *lease; /* LENT and KEPT only */
	int harvest;         /* file that a harvest goes to, or -1 */
	loop_fn *gone;       /* called when it has ended */
	void *gone_arg;
	struct item *prev, *next; /* in pool->items */
};

/* All sandboxes of one spec, and who waits for one. */
struct stock {
	struct pool *pool;
	char *key;
	struct sandbox_spec *spec;
	const struct image *image;
	bool keeps;       /* no volumes: may stand warm */
	unsigned standby; /* how many asked for that all the same */
	unsigned warm, making, busy, kept, ending;
	unsigned target;
	unsigned warm_cap; /* lowest bound that the projects of recent demand gave */
	unsigned batch;    /* largest simultaneous demand in the window */
	int64_t batch_ns, used_ns;
	uint64_t hits, misses;
	int64_t refill[REFILL_SAMPLES];
	unsigned n_refill;
	struct lease *first, *last; /* waiters, oldest first */
	unsigned waiting;
	struct stock *next;
};

struct lease {
	struct pool *pool;
	struct stock *stock;
	struct item *item; /* NULL while waiting */
	enum lease_state state;
	bool warm;
	struct err failure; /* told at the end of the round */
	bool failed;
	struct wish *wish; /* while its image is being made */
	char *scenario, *run;
	int64_t expires_wall_ns; /* KEPT: shown by `ps` */
	const struct lease_events *ev;
	void *arg;
	struct loop_timer *tell;   /* the pending lent or failed callback */
	struct lease *prev, *next; /* waiters of the stock */
};

/* A lease, or a hint, whose image is being made. */
struct wish {
	struct making_image *of;
	struct lease *lease; /* NULL: a hint */
	bool dropped;        /* the lease was given back */
	struct sandbox_spec *spec;
	unsigned number; /* warm_cap of a lease, batch of a hint */
	struct wish *next;
};

/* An image that a worker makes: of one name and one set of host.paths. */
struct making_image {
	struct pool *pool;
	struct wish *first, *last; /* never none: the first has the name and the paths */
	struct making_image *next;
};

struct pool {
	struct loop *loop;
	struct work_pool *work;
	struct engine *engine;
	struct image_store *images;
	struct metrics *metrics;
	struct pool_config cfg;
	struct stock *stocks;
	unsigned n_stocks;
	struct making_image *images_making;
	struct item *items;
	unsigned live, warm, busy, kept, making, ending, waiting;
	bool draining;
	bool pressed;        /* memory is short: no stock is made */
	int64_t pressure_ns; /* when that was last looked at */
	struct loop_timer *shrink;
	struct loop_timer *balance;
	struct loop_timer *relief;    /* looks again whether memory is short */
	struct loop_timer *execution; /* of what is condemned */
	int mounts_fd;                /* mountinfo of proc(5), which polls as changed; or -1 */
	uint64_t mounts;              /* counts its changes */
	int psi_fd;
	struct loop_fd *psi;
	loop_fn *drained;
	void *drained_arg;
};

/* stock.c */
/* at_hand: ERR_BUSY when the image would have to be made first. */
struct stock *stock_for(
        struct pool *p, const struct sandbox_spec *spec, bool at_hand, struct err *e);
void stock_demand(struct stock *s, unsigned warm_cap);
void stock_retarget(struct stock *s);
void stock_refill_time(struct stock *s, int64_t ns);
double stock_refill_quantile(const struct stock *s, double q);
void stock_drop_if_unused(struct pool *p, struct stock *s);

/* item.c */
struct item *item_make(struct stock *s, struct err *e); /* starts making one */
void item_end(struct item *it);                         /* destroys it, whatever its state */
void item_condemn(struct item *it);                     /* the same, soon */
/* The same by a harvest. */
void item_harvest(struct item *it, int fd, uint64_t max_bytes, harvested_fn *done, void *arg);
void items_execute(struct pool *p); /* destroys what is condemned */
struct item *item_oldest_warm(struct stock *s);
void item_lend(struct item *it, struct lease *le);
void item_keep(struct item *it); /* what was lent stays, for the same lease */

/* standby.c */
void standby_open(struct pool *p);
void standby_close(struct pool *p);
/* Counts what was mounted until now: before a sandbox is made, and before one is lent. */
void standby_poll(struct pool *p);
/* Its volumes are what a new sandbox would have. */
bool standby_is_current(const struct item *it);

/* wish.c */
/* Has the image of this spec made by a worker, and then calls pool_join() for the lease, or
 * pool_expect() when that is NULL. False when no worker can be had. */
bool wish_for(struct pool *p, const struct sandbox_spec *spec, struct lease *le, unsigned number);

/* pool.c */
/* Gives the lease one that is warm, or puts it into the queue of its stock. */
void pool_join(struct lease *le, struct stock *s, unsigned warm_cap);
/* So many are about to ask. */
void pool_expect(struct stock *s, unsigned batch);
/* It cannot be had; told from the loop. */
void pool_refuse(struct lease *le, const struct err *e);
void pool_balance_soon(struct pool *p);
void pool_serve(struct stock *s, struct item *ready); /* gives it to the first waiter */
void lease_dequeue(struct stock *s, struct lease *le);
void pool_gauges(struct pool *p);

/* pressure.c */
void pressure_open(struct pool *p);
void pressure_close(struct pool *p);
bool pressure_high(struct pool *p); /* looks at most once a second */
/* Stock is wanted that pressure forbids: it is balanced again when that may be over. */
void pressure_await_relief(struct pool *p);

#endif
