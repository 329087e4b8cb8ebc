#include <pthread.h>
#include <stdatomic.h>

#include "common/clock.h"
#include "daemon/core/work.h"
#include "tests/unit/check_main.h"

static struct loop *loop;
static struct work_pool *work;
static struct err e;

static void make(void)
{
	loop = loop_new(&e);
	ck_assert_ptr_nonnull(loop);
	work = work_new(loop, 3, &e);
	ck_assert_ptr_nonnull(work);
}

static void destroy(void)
{
	work_free(work);
	loop_free(loop);
}

static _Atomic unsigned ran;
static unsigned done, wanted;
static pthread_t loop_thread;

static void job(void *arg)
{
	(void)arg;
	ck_assert(!pthread_equal(pthread_self(), loop_thread));
	atomic_fetch_add(&ran, 1);
}

static void on_done(void *arg)
{
	(void)arg;
	ck_assert(pthread_equal(pthread_self(), loop_thread));
	if (++done == wanted)
		loop_stop(loop);
}

static void submit(unsigned n, void (*after)(void *))
{
	loop_thread = pthread_self();
	wanted = n;
	for (unsigned i = 0; i < n; i++)
		ck_assert_int_eq(work_submit(work, job, after, NULL, &e), 0);
}

START_TEST(jobs_run_elsewhere_and_report_on_the_loop)
{
	submit(5000, on_done);
	ck_assert_uint_eq(work_pending(work), 5000);
	ck_assert_int_eq(loop_run(loop, &e), 0);
	ck_assert_uint_eq(atomic_load(&ran), 5000);
	ck_assert_uint_eq(done, 5000);
	ck_assert_uint_eq(work_pending(work), 0);
}
END_TEST

START_TEST(the_end_waits_for_queued_jobs_and_calls_their_done)
{
	struct work_pool *own = work_new(loop, 1, &e);

	loop_thread = pthread_self();
	wanted = 1000;
	for (unsigned i = 0; i < wanted; i++)
		ck_assert_int_eq(work_submit(own, job, on_done, NULL, &e), 0);
	work_free(own);
	ck_assert_uint_eq(atomic_load(&ran), 1000);
	ck_assert_uint_eq(done, 1000);
	work_free(NULL);
}
END_TEST

static struct work_pool *ending;
static int answered;

static void more(void *arg)
{
	(void)arg;
	answered = work_submit(ending, job, NULL, NULL, &e);
}

START_TEST(what_is_done_at_the_end_is_refused_more)
{
	ending = work_new(loop, 1, &e);
	loop_thread = pthread_self();
	answered = 1;
	ck_assert_int_eq(work_submit(ending, job, more, NULL, &e), 0);
	work_free(ending);
	ck_assert_int_eq(answered, -1);
	ck_assert_int_eq(e.code, ERR_BUSY);
	ck_assert_uint_eq(ran, 1);
}
END_TEST

START_TEST(a_job_needs_no_done)
{
	submit(10, NULL);
	ck_assert_int_eq(work_submit(work, job, on_done, NULL, &e), 0);
	wanted = 1;
	ck_assert_int_eq(loop_run(loop, &e), 0);
	ck_assert_uint_eq(done, 1);
}
END_TEST

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void blocked_job(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
}

START_TEST(one_job_beyond_the_bound_is_busy)
{
	int rc = 0;
	unsigned n = 0;

	pthread_mutex_lock(&gate);
	while (n <= 10003 && (rc = work_submit(work, blocked_job, NULL, NULL, &e)) == 0)
		n++;
	pthread_mutex_unlock(&gate);
	ck_assert_int_eq(rc, -1);
	ck_assert_int_eq(e.code, ERR_BUSY);
	ck_assert_uint_ge(n, 10000);
	ck_assert_uint_le(n, 10003); /* three of them may run already */
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		jobs_run_elsewhere_and_report_on_the_loop,
		the_end_waits_for_queued_jobs_and_calls_their_done,
		what_is_done_at_the_end_is_refused_more,
		a_job_needs_no_done,
		one_job_beyond_the_bound_is_busy,
	};

	return check_run_with("work", tests, ARRAY_LEN(tests), make, destroy);
}
