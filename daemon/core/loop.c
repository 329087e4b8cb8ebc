#include "daemon/core/loop.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/core/metrics.h"

#define EVENTS_A_ROUND 64

struct loop_fd {
	struct loop *loop;
	int fd;
	bool dead; /* deleted in this round: freed at its end */
	loop_fd_fn *fn;
	void *arg;
	struct loop_fd *next_dead;
};

struct loop_timer {
	struct loop *loop;
	int64_t at_ns;
	uint64_t order; /* equal times fire in the order they were added */
	size_t index;   /* in the heap */
	loop_fn *fn;
	void *arg;
};

struct call {
	loop_fn *fn;
	void *arg;
};

struct calls {
	struct call *v;
	size_t n, cap;
};

struct loop {
	int epoll;
	bool stop;
	int64_t now_ns;
	struct metrics *metrics;
	struct loop_timer **heap;
	size_t n_timers, cap_timers;
	uint64_t order;
	struct loop_fd *dead;
	struct calls deferred;
	struct calls idle;

	int wake; /* eventfd: something was posted */
	struct loop_fd *wake_watch;
	pthread_mutex_t lock; /* guards posted */
	struct calls posted;

	int signals;
	struct loop_fd *signal_watch;
	loop_signal_fn *on_signal;
	void *signal_arg;
};

static void push(struct calls *c, loop_fn *fn, void *arg)
{
	c->v = xgrow(c->v, &c->cap, c->n + 1, sizeof(*c->v));
	c->v[c->n++] = (struct call){ fn, arg };
}

/* ---- timers: a binary heap by time, then by order ---- */

static bool earlier(const struct loop_timer *a, const struct loop_timer *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void place(struct loop *l, size_t i, struct loop_timer *t)
{
	l->heap[i] = t;
	t->index = i;
}

static void sift_up(struct loop *l, size_t i, struct loop_timer *t)
{
	while (i && earlier(t, l->heap[(i - 1) / 2])) {
		place(l, i, l->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(l, i, t);
}

static void sift_down(struct loop *l, size_t i, struct loop_timer *t)
{
	for (size_t child; (child = 2 * i + 1) < l->n_timers; i = child) {
		if (child + 1 < l->n_timers && earlier(l->heap[child + 1], l->heap[child]))
			child++;
		if (!earlier(l->heap[child], t))
			break;
		place(l, i, l->heap[child]);
	}
	place(l, i, t);
}

struct loop_timer *loop_timer_add(struct loop *l, int64_t delay_ns, loop_fn *fn, void *arg)
{
	struct loop_timer *t = xcalloc(1, sizeof(*t));

	t->loop = l;
	t->at_ns = clock_ns() + (delay_ns > 0 ? delay_ns : 0);
	t->order = l->order++;
	t->fn = fn;
	t->arg = arg;
	l->heap = xgrow(l->heap, &l->cap_timers, l->n_timers + 1, sizeof(struct loop_timer *));
	sift_up(l, l->n_timers++, t);
	return t;
}

static void take_out(struct loop_timer *t)
{
	struct loop *l = t->loop;
	struct loop_timer *last = l->heap[--l->n_timers];

	if (last == t)
		return;
	sift_down(l, t->index, last);
	sift_up(l, last->index, last);
}

void loop_timer_del(struct loop_timer *t)
{
	if (!t)
		return;
	take_out(t);
	free(t);
}

/* Timers that were added in this round wait for the next one, so that a timer of delay 0 that
 * renews itself starves nobody. */
static void fire_timers(struct loop *l)
{
	uint64_t limit = l->order;
	int64_t now = clock_ns();

	while (l->n_timers && l->heap[0]->at_ns <= now && l->heap[0]->order < limit) {
		struct loop_timer *t = l->heap[0];
		loop_fn *fn = t->fn;
		void *arg = t->arg;

		take_out(t);
		free(t);
		fn(arg);
	}
}

/* ---- descriptors ---- */

struct loop_fd *loop_fd_add(struct loop *l, int fd, uint32_t events, loop_fd_fn *fn, void *arg)
{
	struct loop_fd *w = xcalloc(1, sizeof(*w));
	struct epoll_event ev = { .events = events, .data.ptr = w };

	*w = (struct loop_fd){ .loop = l, .fd = fd, .fn = fn, .arg = arg };
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		assert(!"a descriptor that epoll takes, once");
	return w;
}

void loop_fd_mod(struct loop_fd *w, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	epoll_ctl(w->loop->epoll, EPOLL_CTL_MOD, w->fd, &ev);
}

void loop_fd_del(struct loop_fd *w)
{
	if (!w || w->dead)
		return;
	epoll_ctl(w->loop->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	w->dead = true; /* an event of this round may still point at it */
	w->next_dead = w->loop->dead;
	w->loop->dead = w;
}

static void bury(struct loop *l)
{
	while (l->dead) {
		struct loop_fd *w = l->dead;

		l->dead = w->next_dead;
		free(w);
	}
}

/* ---- calls ---- */

void loop_defer(struct loop *l, loop_fn *fn, void *arg)
{
	push(&l->deferred, fn, arg);
}

void loop_on_idle(struct loop *l, loop_fn *fn, void *arg)
{
	push(&l->idle, fn, arg);
}

static void run_deferred(struct loop *l)
{
	for (size_t i = 0; i < l->deferred.n; i++) {
		struct call c = l->deferred.v[i]; /* the array may move while it is called */

		c.fn(c.arg);
	}
	l->deferred.n = 0;
}

void loop_post(struct loop *l, loop_fn *fn, void *arg)
{
	uint64_t one = 1;

	pthread_mutex_lock(&l->lock);
	push(&l->posted, fn, arg);
	pthread_mutex_unlock(&l->lock);
	(void)!write(l->wake, &one, sizeof(one));
}

void loop_run_posted(struct loop *l)
{
	struct calls taken;

	pthread_mutex_lock(&l->lock);
	taken = l->posted;
	l->posted = (struct calls){ 0 };
	pthread_mutex_unlock(&l->lock);
	for (size_t i = 0; i < taken.n; i++)
		taken.v[i].fn(taken.v[i].arg);
	free(taken.v);
}

static void on_wake(void *arg, uint32_t events)
{
	struct loop *l = arg;
	uint64_t count;

	(void)events;
	(void)!read(l->wake, &count, sizeof(count));
	loop_run_posted(l);
}

/* ---- signals ---- */

static void on_signalfd(void *arg, uint32_t events)
{
	struct loop *l = arg;
	struct signalfd_siginfo si;

	(void)events;
	while (read(l->signals, &si, sizeof(si)) == sizeof(si))
		l->on_signal(l->signal_arg, (int)si.ssi_signo);
}

int loop_signals(
        struct loop *l, const int *signos, unsigned n, loop_signal_fn *fn, void *arg, struct err *e)
{
	sigset_t set;

	sigemptyset(&set);
	for (unsigned i = 0; i < n; i++)
		sigaddset(&set, signos[i]);
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (l->signals < 0)
		return err_sys(e, "cannot make a signalfd");
	l->on_signal = fn;
	l->signal_arg = arg;
	l->signal_watch = loop_fd_add(l, l->signals, EPOLLIN, on_signalfd, l);
	return 0;
}

/* ---- life ---- */

struct loop *loop_new(struct err *e)
{
	struct loop *l = xcalloc(1, sizeof(*l));

	l->signals = -1;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->epoll < 0 || l->wake < 0) {
		err_sys(e, "cannot make the event loop");
		close_fd(&l->epoll);
		close_fd(&l->wake);
		free(l);
		return NULL;
	}
	pthread_mutex_init(&l->lock, NULL);
	l->wake_watch = loop_fd_add(l, l->wake, EPOLLIN, on_wake, l);
	l->now_ns = clock_ns();
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	loop_run_posted(l);
	run_deferred(l);
	loop_fd_del(l->wake_watch);
	loop_fd_del(l->signal_watch);
	bury(l);
	assert(l->n_timers == 0);
	close_fd(&l->epoll);
	close_fd(&l->wake);
	close_fd(&l->signals);
	pthread_mutex_destroy(&l->lock);
	free(l->heap);
	free(l->deferred.v);
	free(l->idle.v);
	free(l->posted.v);
	free(l);
}

void loop_stop(struct loop *l)
{
	l->stop = true;
}

int64_t loop_now_ns(const struct loop *l)
{
	return l->now_ns;
}

void loop_set_metrics(struct loop *l, struct metrics *m)
{
	l->metrics = m;
}

static int timeout_ms(const struct loop *l)
{
	if (l->deferred.n)
		return 0;
	if (!l->n_timers)
		return -1;
	int64_t left = l->heap[0]->at_ns - clock_ns();
	if (left <= 0)
		return 0;
	return left > 60 * NS_PER_S ? 60000 : (int)((left + NS_PER_MS - 1) / NS_PER_MS);
}

static int round_once(struct loop *l, struct err *e)
{
	struct epoll_event events[EVENTS_A_ROUND];
	int n = epoll_wait(l->epoll, events, EVENTS_A_ROUND, timeout_ms(l));

	if (n < 0 && errno != EINTR)
		return err_sys(e, "epoll_wait");
	l->now_ns = clock_ns();
	for (int i = 0; i < n; i++) {
		struct loop_fd *w = events[i].data.ptr;

		if (!w->dead)
			w->fn(w->arg, events[i].events);
	}
	fire_timers(l);
	run_deferred(l);
	for (size_t i = 0; i < l->idle.n; i++)
		l->idle.v[i].fn(l->idle.v[i].arg);
	bury(l);
	if (l->metrics)
		metrics_observe(l->metrics, METRIC_LOOP_STALL, clock_ns() - l->now_ns);
	return 0;
}

int loop_run(struct loop *l, struct err *e)
{
	l->stop = false;
	while (!l->stop)
		if (round_once(l, e) < 0)
			return -1;
	return 0;
}
