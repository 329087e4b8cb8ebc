/* A sandbox from the daemon's side. The launcher's messages move it on; the init's first record is
 * read here, everything after it goes to the listener. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/native/native_priv.h"

#define GREETING_NS (20 * NS_PER_S)
#define OUT_DROP (256u << 10) /* bytes that are sent and still in memory */

/* The only writer of state. */
static void move(struct sandbox *sb, enum sandbox_state to)
{
	static const unsigned next[] = {
		[SANDBOX_MAKING] =
		        1u << SANDBOX_GREETING | 1u << SANDBOX_ENDING | 1u << SANDBOX_ENDED,
		[SANDBOX_GREETING] =
		        1u << SANDBOX_READY | 1u << SANDBOX_ENDING | 1u << SANDBOX_ENDED,
		[SANDBOX_READY] = 1u << SANDBOX_ENDING | 1u << SANDBOX_ENDED,
		[SANDBOX_ENDING] = 1u << SANDBOX_ENDED,
		[SANDBOX_ENDED] = 0,
	};

	assert(next[sb->state] & (1u << to));
	sb->state = to;
}

static struct sandbox **place(struct native *n, uint64_t id)
{
	struct sandbox **at = &n->bucket[id % BOX_BUCKETS];

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

static void close_agent(struct sandbox *sb)
{
	loop_timer_del(sb->timer);
	sb->timer = NULL;
	if (sb->watch)
		loop_fd_del(sb->watch);
	sb->watch = NULL;
	close_fd(&sb->agent);
}

/* ---- the last callbacks ---- */

static void tell_harvested(struct sandbox *sb, const struct err *e)
{
	harvested_fn *done = sb->harvested;

	sb->harvested = NULL;
	if (done)
		done(sb->harvested_arg, e);
}

static void end(struct sandbox *sb, enum sandbox_end why)
{
	struct native *n = sb->native;
	struct sandbox **at = place(n, sb->id);
	struct err lost;

	if (sb->state == SANDBOX_ENDED)
		return;
	if (sb->harvested) {
		err_set(&lost, ERR_SYS, "the sandbox ended before what it wrote was taken");
		tell_harvested(sb, &lost);
	}
	if (*at == sb)
		*at = sb->next;
	n->n_boxes--;
	close_agent(sb);
	move(sb, SANDBOX_ENDED);
	if (!sb->was_ready && sb->failure.code != ERR_NONE && !sb->destroy_asked)
		sb->ev->failed(sb->arg, sb, &sb->failure);
	else
		sb->ev->ended(sb->arg, sb, why);
}

static void ask_end(struct sandbox *sb)
{
	struct launch_header h = {
		.length = sizeof(h), .op = LAUNCH_DESTROY, .version = LAUNCH_VERSION, .id = sb->id
	};

	if (sb->state == SANDBOX_ENDING || sb->state == SANDBOX_ENDED)
		return;
	move(sb, SANDBOX_ENDING);
	native_send(sb->native, &h, sizeof(h), -1);
}

static void fail(struct sandbox *sb, const struct err *e)
{
	if (sb->failure.code == ERR_NONE)
		sb->failure = *e;
	ask_end(sb);
}

/* ---- bytes ---- */

static void greeted(struct sandbox *sb, size_t used)
{
	loop_timer_del(sb->timer);
	sb->timer = NULL;
	move(sb, SANDBOX_READY);
	sb->was_ready = true;
	sb->spec = NULL;
	sb->ev->ready(sb->arg, sb, sb->receipt);
	if (sb->in.len > used && sb->state == SANDBOX_READY)
		sb->ev->bytes(sb->arg, sb, sb->in.s + used, sb->in.len - used);
	strbuf_release(&sb->in);
}

static void greeting(struct sandbox *sb, const void *p, size_t n)
{
	struct agent_record r;
	struct err e = { 0 };
	size_t used;

	strbuf_add(&sb->in, p, n);
	int got = agent_next(sb->in.s, sb->in.len, AGENT_MAX_EVENT, &r, &used, &e);
	if (got > 0 && r.type == AGENT_FATAL) {
		struct agent_cursor c = agent_cursor(&r);
		size_t len;

		err_set(&e, ERR_SYS, "init: %s", agent_str(&c, &len));
		got = -1;
	}
	if (got < 0 || (got > 0 && native_receipt(sb, &r, &e) < 0))
		fail(sb, &e);
	else if (got > 0)
		greeted(sb, used);
}

/* A stream may never be sent whole: it would pile up behind what has long gone out. */
static void drop_sent(struct sandbox *sb)
{
	if (sb->out_at < OUT_DROP)
		return;
	strbuf_remove(&sb->out, 0, sb->out_at);
	sb->out_at = 0;
}

static void write_out(struct sandbox *sb)
{
	while (sb->out_at < sb->out.len) {
		ssize_t n = send(sb->agent, sb->out.s + sb->out_at, sb->out.len - sb->out_at,
		        MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			drop_sent(sb);
			loop_fd_mod(sb->watch, EPOLLIN | EPOLLOUT);
			return;
		}
		if (n < 0)
			break; /* it died: the launcher will say so */
		sb->out_at += (size_t)n;
	}
	strbuf_release(&sb->out);
	sb->out_at = 0;
	loop_fd_mod(sb->watch, EPOLLIN);
}

static void read_in(struct sandbox *sb)
{
	static char buf[128u << 10]; /* the loop's thread alone; handed on before the next read */
	struct err e = { 0 };
	int fd = -1;
	ssize_t n = sb->expects ? native_receive(sb->agent, buf, sizeof(buf), &fd)
	                        : recv(sb->agent, buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (fd >= 0 && sb->state == SANDBOX_READY && sb->ev->descriptor)
		sb->ev->descriptor(sb->arg, sb, fd);
	else
		close_fd(&fd);
	if (n <= 0) {
		/* Its end follows from the launcher, with the reason. */
		err_set(&e, ERR_SYS, "the init ended before it was ready");
		if (sb->state == SANDBOX_GREETING && sb->failure.code == ERR_NONE)
			sb->failure = e;
		loop_fd_del(sb->watch);
		sb->watch = NULL;
		return;
	}
	if (sb->state == SANDBOX_GREETING)
		greeting(sb, buf, (size_t)n);
	else if (sb->state == SANDBOX_READY)
		sb->ev->bytes(sb->arg, sb, buf, (size_t)n);
}

static void on_agent(void *arg, uint32_t events)
{
	struct sandbox *sb = arg;

	if (events & EPOLLOUT)
		write_out(sb);
	/* The listener may destroy, but only release() after ended: sb stays. */
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && sb->watch)
		read_in(sb);
}

static void on_silence(void *arg)
{
	struct sandbox *sb = arg;
	struct err e = { 0 };

	sb->timer = NULL;
	err_set(&e, ERR_TIMEOUT, "the init said nothing for %lld s",
	        (long long)(GREETING_NS / NS_PER_S));
	fail(sb, &e);
}

/* ---- answers of the launcher ---- */

void sandbox_on_created(struct native *n, const struct launch_created *m, int fd)
{
	struct sandbox *sb = *place(n, m->h.id);

	n->launcher->useful = true;
	if (!sb || sb->state != SANDBOX_MAKING || fd < 0) {
		close_fd(&fd); /* destroyed meanwhile */
		return;
	}
	sb->made = *m;
	sb->agent = fd;
	move(sb, SANDBOX_GREETING);
	sb->watch = loop_fd_add(n->loop, fd, EPOLLIN, on_agent, sb);
	sb->timer = loop_timer_add(n->loop, GREETING_NS, on_silence, sb);
}

void sandbox_on_failed(struct native *n, const struct launch_failed *m)
{
	struct sandbox *sb = *place(n, m->h.id);

	if (!sb)
		return;
	if (sb->failure.code == ERR_NONE) {
		sb->failure.code = (enum err_code)m->code;
		sb->failure.sys = m->sys;
		snprintf(sb->failure.msg, sizeof(sb->failure.msg), "%.*s", (int)sizeof(m->msg),
		        m->msg);
		if (sb->failure.code == ERR_NONE)
			err_set(&sb->failure, ERR_SYS, "the sandbox ended while it was being made");
	}
	end(sb, SANDBOX_END_ASKED);
}

void sandbox_on_ended(struct native *n, const struct launch_ended *m)
{
	struct sandbox *sb = *place(n, m->h.id);

	if (!sb)
		return;
	/* What it said before it died comes first. */
	while (!m->asked && sb->watch && sb->state == SANDBOX_READY)
		read_in(sb);
	if (sb->state == SANDBOX_GREETING && sb->failure.code == ERR_NONE)
		err_set(&sb->failure, ERR_SYS, "the init ended before it was ready");
	end(sb, sb->destroy_asked ? SANDBOX_END_ASKED
	        : m->oom_kills    ? SANDBOX_END_OOM
	                          : SANDBOX_END_DIED);
}

void sandbox_on_harvested(struct native *n, const struct launch_harvested *m)
{
	struct sandbox *sb = *place(n, m->h.id);
	struct err e = { .code = (enum err_code)m->code, .sys = m->sys };

	if (!sb)
		return;
	snprintf(e.msg, sizeof(e.msg), "%.*s", (int)sizeof(m->msg), m->msg);
	tell_harvested(sb, e.code == ERR_NONE ? NULL : &e);
}

/* Taken out of the table first: a listener may ask for new ones, which the next launcher makes. */
void sandbox_all_lost(struct native *n)
{
	struct sandbox *all = NULL;
	struct err e = { 0 };

	err_set(&e, ERR_SYS, "the launcher is gone");
	for (size_t i = 0; i < BOX_BUCKETS; i++) {
		while (n->bucket[i]) {
			struct sandbox *sb = n->bucket[i];

			n->bucket[i] = sb->next;
			sb->next = all;
			all = sb;
		}
	}
	while (all) {
		struct sandbox *sb = all;

		all = sb->next;
		if (sb->failure.code == ERR_NONE)
			sb->failure = e;
		end(sb, sb->destroy_asked ? SANDBOX_END_ASKED : SANDBOX_END_DIED);
	}
}

/* ---- the contract ---- */

struct sandbox *native_create(struct engine *en, const char *id, const struct sandbox_spec *spec,
        const struct image *image, const struct sandbox_events *ev, void *arg, struct err *e)
{
	struct native *n = (struct native *)en;
	struct sandbox *sb;

	if (n->lost && !n->replacing) {
		err_set(e, ERR_UNSUPPORTED, "the launcher is gone: clnrm daemon restart");
		return NULL;
	}
	sb = xcalloc(1, sizeof(*sb));
	*sb = (struct sandbox){ .native = n,
		.id = ++n->next_id,
		.spec = spec,
		.image = image,
		.ev = ev,
		.arg = arg,
		.agent = -1,
		.in = STRBUF_INIT,
		.out = STRBUF_INIT };
	if (request_create(n, sb, e) < 0) {
		free(sb);
		return NULL;
	}
	sb->name = xstrdup(id);
	sb->arena = arena_new();
	sb->next = n->bucket[sb->id % BOX_BUCKETS];
	n->bucket[sb->id % BOX_BUCKETS] = sb;
	n->n_boxes++;
	return sb;
}

void native_listen(struct sandbox *sb, const struct sandbox_events *ev, void *arg)
{
	sb->ev = ev;
	sb->arg = arg;
}

void native_write(struct sandbox *sb, const void *p, size_t n)
{
	if (sb->state != SANDBOX_READY || !sb->watch)
		return;
	bool idle = sb->out.len == 0;
	strbuf_add(&sb->out, p, n);
	if (idle)
		write_out(sb);
}

void native_destroy(struct sandbox *sb)
{
	sb->destroy_asked = true;
	ask_end(sb);
}

/* What it says from now on is of no interest, as after destroy(). */
void native_expect(struct sandbox *sb, bool descriptors)
{
	sb->expects = descriptors;
}

void native_harvest(struct sandbox *sb, int fd, uint64_t max_bytes, harvested_fn *done, void *arg)
{
	struct launch_harvest m = { .h = { .length = sizeof(m),
		                            .op = LAUNCH_HARVEST,
		                            .version = LAUNCH_VERSION,
		                            .id = sb->id },
		.max_bytes = max_bytes };

	assert(sb->state == SANDBOX_READY && !sb->harvested);
	sb->harvested = done;
	sb->harvested_arg = arg;
	sb->destroy_asked = true;
	move(sb, SANDBOX_ENDING);
	native_send(sb->native, &m, sizeof(m), fd);
}

void native_release(struct sandbox *sb)
{
	assert(sb->state == SANDBOX_ENDED);
	strbuf_release(&sb->in);
	strbuf_release(&sb->out);
	arena_free(sb->arena);
	free(sb->name);
	free(sb);
}
