/* daemon/core/work.h - a few threads for what blocks: SQLite, big files, hashing, reports.
 *
 * A job runs on some worker thread and touches only its own arg; done runs on the loop's thread.
 */
#ifndef DAEMON_CORE_WORK_H
#define DAEMON_CORE_WORK_H

#include "daemon/core/loop.h"

struct work_pool;

struct work_pool *work_new(struct loop *l, unsigned threads, struct err *e);
/* Waits for running and queued jobs, calls their done functions, ends the threads. */
void work_free(struct work_pool *w);

/* Queues a job; at most 10,000 wait, then ERR_BUSY, as from work_free() on. done may be NULL. */
int work_submit(struct work_pool *w, void (*job)(void *arg), void (*done)(void *arg), void *arg,
        struct err *e) MUST_CHECK;

/* Jobs queued or running. */
unsigned work_pending(const struct work_pool *w);

#endif
