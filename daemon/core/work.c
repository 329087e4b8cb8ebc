#include "daemon/core/work.h"

#include <pthread.h>

#include "common/mem.h"

#define MAX_WAITING 10000u

struct job {
	struct work_pool *pool;
	void (*run)(void *arg);
	void (*done)(void *arg);
	void *arg;
	struct job *next;
};

struct work_pool {
	struct loop *loop;
	pthread_t *threads;
	unsigned n_threads;
	unsigned pending;     /* loop's thread only */
	pthread_mutex_t lock; /* guards first, last, ending */
	pthread_cond_t more;
	struct job *first, *last;
	bool ending;
};

static void finish(void *arg)
{
	struct job *j = arg;

	j->pool->pending--;
	if (j->done)
		j->done(j->arg);
	free(j);
}

static struct job *next_job(struct work_pool *w)
{
	pthread_mutex_lock(&w->lock);
	while (!w->first && !w->ending)
		pthread_cond_wait(&w->more, &w->lock);
	struct job *j = w->first;
	if (j) {
		w->first = j->next;
		if (!w->first)
			w->last = NULL;
	}
	pthread_mutex_unlock(&w->lock);
	return j;
}

static void *worker(void *arg)
{
	struct work_pool *w = arg;
	struct job *j;

	while ((j = next_job(w))) {
		j->run(j->arg);
		loop_post(w->loop, finish, j);
	}
	return NULL;
}

static void end_threads(struct work_pool *w)
{
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->n_threads; i++)
		pthread_join(w->threads[i], NULL);
}

struct work_pool *work_new(struct loop *l, unsigned threads, struct err *e)
{
	struct work_pool *w = xcalloc(1, sizeof(*w));

	w->loop = l;
	w->threads = xcalloc(threads, sizeof(*w->threads));
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->more, NULL);
	for (; w->n_threads < threads; w->n_threads++) {
		int rc = pthread_create(&w->threads[w->n_threads], NULL, worker, w);

		if (rc != 0) {
			errno = rc;
			err_sys(e, "cannot start a worker thread");
			work_free(w);
			return NULL;
		}
	}
	return w;
}

void work_free(struct work_pool *w)
{
	if (!w)
		return;
	end_threads(w);
	loop_run_posted(w->loop);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->more);
	free(w->threads);
	free(w);
}

int work_submit(struct work_pool *w, void (*job)(void *arg), void (*done)(void *arg), void *arg,
        struct err *e)
{
	/* What is done at the end may want more: nobody would do it. */
	if (w->ending)
		return err_set(e, ERR_BUSY, "the workers are ending");
	if (w->pending >= MAX_WAITING)
		return err_set(e, ERR_BUSY, "%u jobs wait for a worker", w->pending);

	struct job *j = xcalloc(1, sizeof(*j));
	*j = (struct job){ .pool = w, .run = job, .done = done, .arg = arg };
	w->pending++;
	pthread_mutex_lock(&w->lock);
	if (w->last)
		w->last->next = j;
	else
		w->first = j;
	w->last = j;
	pthread_cond_signal(&w->more);
	pthread_mutex_unlock(&w->lock);
	return 0;
}

unsigned work_pending(const struct work_pool *w)
{
	return w->pending;
}
