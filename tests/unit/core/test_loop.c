#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "daemon/core/loop.h"
#include "daemon/core/metrics.h"
#include "tests/unit/check_main.h"

static struct loop *loop;
static struct err e;

static void make_loop(void)
{
	loop = loop_new(&e);
	ck_assert_ptr_nonnull(loop);
}

static void free_loop(void)
{
	loop_free(loop);
}

static void run(void)
{
	if (loop_run(loop, &e) < 0)
		ck_abort_msg("%s", e.msg);
}

static void stop(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static char trace[200];

static void note_letter(char c)
{
	size_t n = strlen(trace);

	if (n + 1 < sizeof(trace))
		trace[n] = c;
}

static void note(void *arg)
{
	note_letter(*(const char *)arg);
}

/* What note() is given to write c. */
static void *letter(char c)
{
	static char table[128];

	table[(unsigned char)c] = c;
	return &table[(unsigned char)c];
}

START_TEST(timers_fire_by_time_and_equal_ones_in_order)
{
	loop_timer_add(loop, 3 * NS_PER_MS, note, letter('c'));
	loop_timer_add(loop, 1 * NS_PER_MS, note, letter('a'));
	loop_timer_add(loop, 2 * NS_PER_MS, note, letter('b'));
	loop_timer_add(loop, 0, note, letter('0'));
	loop_timer_add(loop, 0, note, letter('1'));
	loop_timer_add(loop, 4 * NS_PER_MS, stop, NULL);
	run();
	ck_assert_str_eq(trace, "01abc");
}
END_TEST

static int64_t fired_at;

static void take_time(void *arg)
{
	(void)arg;
	fired_at = clock_ns();
	loop_stop(loop);
}

START_TEST(a_timer_never_fires_early)
{
	int64_t start = clock_ns();

	loop_timer_add(loop, 5 * NS_PER_MS + 300, take_time, NULL);
	run();
	ck_assert_int_ge(fired_at - start, 5 * NS_PER_MS + 300);
}
END_TEST

#define MANY 2000

static int64_t last_at;
static unsigned fired;

struct timed {
	int64_t at, slack;
	struct loop_timer *timer;
};

static void check_order(void *arg)
{
	struct timed *t = arg;

	ck_assert_int_ge(t->at + t->slack, last_at);
	last_at = t->at;
	fired++;
}

START_TEST(deleted_timers_stay_silent_and_the_rest_keep_their_order)
{
	static struct timed v[MANY];
	uint32_t seed = 1;
	unsigned left = 0;

	for (unsigned i = 0; i < MANY; i++) {
		seed = seed * 1664525u + 1013904223u;

		/* The loop takes the time itself, between these two readings of ours. */
		int64_t delay = (int64_t)(seed >> 16) % 97 * NS_PER_MS;

		v[i].at = clock_ns() + delay;
		v[i].timer = loop_timer_add(loop, delay, check_order, &v[i]);
		v[i].slack = clock_ns() + delay - v[i].at;
	}
	for (unsigned i = 0; i < MANY; i++) {
		seed = seed * 1664525u + 1013904223u;
		if (seed >> 31)
			loop_timer_del(v[i].timer);
		else
			left++;
	}
	loop_timer_add(loop, 100 * NS_PER_MS, stop, NULL);
	run();
	ck_assert_uint_eq(fired, left);
	loop_timer_del(NULL);
}
END_TEST

static unsigned rounds;

static void again(void *arg)
{
	if (++rounds < 50)
		loop_timer_add(loop, 0, again, arg);
	else
		loop_stop(loop);
}

static void on_readable(void *arg, uint32_t events)
{
	(void)arg;
	ck_assert(events & EPOLLIN);
	note_letter('r');
}

START_TEST(a_timer_that_renews_itself_starves_no_descriptor)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_eq(write(pair[1], "x", 1), 1);

	struct loop_fd *w = loop_fd_add(loop, pair[0], EPOLLIN, on_readable, NULL);

	loop_timer_add(loop, 0, again, NULL);
	run();
	ck_assert_uint_ge(strlen(trace), 10); /* level-triggered: once a round */
	loop_fd_del(w);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

static struct loop_fd *watches[2];
static unsigned watch_calls;

static void delete_both(void *arg, uint32_t events)
{
	(void)arg;
	(void)events;
	watch_calls++;
	loop_fd_del(watches[0]);
	loop_fd_del(watches[1]);
	loop_stop(loop);
}

START_TEST(a_watch_deleted_in_a_callback_is_not_called_any_more)
{
	int a[2], b[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, b), 0);
	watches[0] = loop_fd_add(loop, a[0], EPOLLIN, delete_both, NULL);
	watches[1] = loop_fd_add(loop, b[0], EPOLLIN, delete_both, NULL);
	ck_assert_int_eq(write(a[1], "x", 1), 1);
	ck_assert_int_eq(write(b[1], "x", 1), 1);
	run();
	ck_assert_uint_eq(watch_calls, 1);
}
END_TEST

static uint32_t seen_events;

static void keep_events(void *arg, uint32_t events)
{
	(void)arg;
	seen_events = events;
	loop_stop(loop);
}

START_TEST(hang_up_comes_unasked_and_events_can_be_changed)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);

	struct loop_fd *w = loop_fd_add(loop, pair[0], EPOLLOUT, keep_events, NULL);

	run();
	ck_assert_uint_eq(seen_events, EPOLLOUT);
	loop_fd_mod(w, 0);
	close(pair[1]);
	run();
	ck_assert_uint_eq(seen_events, EPOLLHUP);
	loop_fd_del(w);
	close(pair[0]);
}
END_TEST

static void defer_more(void *arg)
{
	note_letter('d');
	loop_defer(loop, note, letter('e'));
	loop_defer(loop, stop, arg);
}

static void defer_from_timer(void *arg)
{
	loop_defer(loop, defer_more, arg);
	note_letter('t');
}

START_TEST(deferred_calls_run_after_the_events_of_the_round)
{
	loop_timer_add(loop, 0, defer_from_timer, NULL);
	loop_timer_add(loop, 0, note, letter('u'));
	run();
	ck_assert_str_eq(trace, "tude");
}
END_TEST

START_TEST(what_was_deferred_before_the_loop_ran_does_not_wait_for_an_event)
{
	loop_defer(loop, stop, NULL);
	run();
}
END_TEST

static void on_idle(void *arg)
{
	++*(unsigned *)arg;
}

START_TEST(idle_calls_come_once_a_round)
{
	unsigned idle = 0;

	loop_on_idle(loop, on_idle, &idle);
	rounds = 0;
	loop_timer_add(loop, 0, again, NULL);
	run();
	ck_assert_uint_ge(idle, 50);
	ck_assert_uint_le(idle, 60);
}
END_TEST

#define THREADS 4
#define PER_THREAD 2000

static unsigned posted;
static pthread_t loop_thread;

static void on_post(void *arg)
{
	(void)arg;
	ck_assert(pthread_equal(pthread_self(), loop_thread));
	if (++posted == THREADS * PER_THREAD)
		loop_stop(loop);
}

static void *post_many(void *arg)
{
	for (int i = 0; i < PER_THREAD; i++)
		loop_post(loop, on_post, arg);
	return NULL;
}

START_TEST(posts_of_many_threads_all_arrive_on_the_loops_thread)
{
	pthread_t threads[THREADS];

	loop_thread = pthread_self();
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, post_many, NULL), 0);
	run();
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(posted, THREADS * PER_THREAD);
}
END_TEST

START_TEST(posts_of_one_thread_keep_their_order)
{
	loop_post(loop, note, letter('1'));
	loop_post(loop, note, letter('2'));
	loop_post(loop, note, letter('3'));
	loop_post(loop, stop, NULL);
	run();
	ck_assert_str_eq(trace, "123");
}
END_TEST

START_TEST(what_is_still_posted_is_run_when_the_loop_goes)
{
	struct loop *other = loop_new(&e);

	loop_post(other, note, letter('p'));
	loop_free(other);
	ck_assert_str_eq(trace, "p");
	loop_free(NULL);
}
END_TEST

static void on_signal(void *arg, int signo)
{
	*(int *)arg = signo;
	loop_stop(loop);
}

START_TEST(signals_arrive_as_calls)
{
	static const int signos[] = { SIGUSR1, SIGUSR2 };
	sigset_t set;
	int got = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	ck_assert_int_eq(loop_signals(loop, signos, 2, on_signal, &got, &e), 0);
	raise(SIGUSR2);
	run();
	ck_assert_int_eq(got, SIGUSR2);
}
END_TEST

START_TEST(every_round_is_timed)
{
	struct metrics *m = metrics_new("1", "b");

	loop_set_metrics(loop, m);
	rounds = 0;
	loop_timer_add(loop, 0, again, NULL);
	run();
	ck_assert_int_ge(metrics_value(m, METRIC_LOOP_STALL), 50);
	metrics_free(m);
}
END_TEST

static int64_t round_time[2];

static void keep_now(void *arg)
{
	*(int64_t *)arg = loop_now_ns(loop);
}

START_TEST(the_time_of_a_round_is_the_same_all_through_it)
{
	loop_timer_add(loop, 0, keep_now, &round_time[0]);
	loop_timer_add(loop, 0, keep_now, &round_time[1]);
	loop_timer_add(loop, 0, stop, NULL);
	run();
	ck_assert_int_eq(round_time[0], round_time[1]);
	ck_assert_int_gt(round_time[0], 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		timers_fire_by_time_and_equal_ones_in_order,
		a_timer_never_fires_early,
		deleted_timers_stay_silent_and_the_rest_keep_their_order,
		a_timer_that_renews_itself_starves_no_descriptor,
		a_watch_deleted_in_a_callback_is_not_called_any_more,
		hang_up_comes_unasked_and_events_can_be_changed,
		deferred_calls_run_after_the_events_of_the_round,
		what_was_deferred_before_the_loop_ran_does_not_wait_for_an_event,
		idle_calls_come_once_a_round,
		posts_of_many_threads_all_arrive_on_the_loops_thread,
		posts_of_one_thread_keep_their_order,
		what_is_still_posted_is_run_when_the_loop_goes,
		signals_arrive_as_calls,
		every_round_is_timed,
		the_time_of_a_round_is_the_same_all_through_it,
	};

	return check_run_with("loop", tests, ARRAY_LEN(tests), make_loop, free_loop);
}
