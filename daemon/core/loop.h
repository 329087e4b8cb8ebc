/* daemon/core/loop.h - the one loop that owns the daemon's state: epoll, timers, deferred calls,
 * signals and the way back from worker threads.
 *
 * Thread: everything here belongs to the thread that calls loop_run(), except loop_post(). A
 * callback never blocks; loop_run() times each round and counts what it took (metric
 * clnrm_loop_stall_seconds).
 */
#ifndef DAEMON_CORE_LOOP_H
#define DAEMON_CORE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

struct loop;
struct loop_fd;
struct loop_timer;

/* NULL with *e when the kernel gives no descriptors for it. */
struct loop *loop_new(struct err *e);
/* Every fd and timer must be gone; what is still posted is run. */
void loop_free(struct loop *l);
CLEANUP_FN(loop_free, struct loop *)

/* Runs until loop_stop(). */
int loop_run(struct loop *l, struct err *e);
/* It ends when this round is over. */
void loop_stop(struct loop *l);

/* Watches fd (borrowed) for epoll events: EPOLLIN, EPOLLOUT, EPOLLET, ... HUP and ERR always come.
 * The handle stays valid until loop_fd_del(), which may be called inside any callback, its own
 * included; NULL is fine there. Delete before closing fd. */
typedef void loop_fd_fn(void *arg, uint32_t events);
struct loop_fd *loop_fd_add(struct loop *l, int fd, uint32_t events, loop_fd_fn *fn, void *arg);
void loop_fd_mod(struct loop_fd *w, uint32_t events);
void loop_fd_del(struct loop_fd *w);

/* Calls fn once, delay_ns from now (0 = next round). The handle is gone once fn was called or
 * after loop_timer_del(); NULL is fine there. */
typedef void loop_fn(void *arg);
struct loop_timer *loop_timer_add(struct loop *l, int64_t delay_ns, loop_fn *fn, void *arg);
void loop_timer_del(struct loop_timer *t);

/* Calls fn at the end of this round, after all events of it: for freeing what is on the stack. */
void loop_defer(struct loop *l, loop_fn *fn, void *arg);

/* From any thread: calls fn on the loop's thread. */
void loop_post(struct loop *l, loop_fn *fn, void *arg);
/* Runs what was posted and not yet called; for ends outside loop_run(). */
void loop_run_posted(struct loop *l);

/* Called after each round that handled something, before the loop sleeps (metrics, MHD). */
void loop_on_idle(struct loop *l, loop_fn *fn, void *arg);

/* Delivers signal signo (which must be blocked in every thread) to fn through a signalfd. */
typedef void loop_signal_fn(void *arg, int signo);
int loop_signals(struct loop *l, const int *signos, unsigned n, loop_signal_fn *fn, void *arg,
        struct err *e) MUST_CHECK;

/* Where the time of each round is counted (METRIC_LOOP_STALL); NULL = nowhere. */
struct metrics;
void loop_set_metrics(struct loop *l, struct metrics *m);

/* Monotonic time at the start of this round: for what needs no better. */
int64_t loop_now_ns(const struct loop *l);

#endif
