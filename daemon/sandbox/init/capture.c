/* daemon/sandbox/init/capture.c - output with bounds: the head at once, the tail at the end.
 *
 * The first half of the maximum is sent as it comes. After it only the last half is kept, in a ring
 * that is read into directly: a step may write a gigabyte at the speed of its pipe and memory
 * stays. When the bytes of the ring came is kept by pieces, which grow when they become too many.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/sandbox/init/init.h"

#define MARKS_MAX 256
#define GRAIN_NS NS_PER_MS
#define TERMINAL_DRAIN (1u << 20)

/* The bytes of a stream before end, from the end of the mark before. */
struct capture_mark {
	uint64_t end, ns;
};

static uint64_t head_max(const struct capture *c)
{
	return c->max - c->max / 2;
}

static size_t ring_max(const struct capture *c)
{
	return (size_t)(c->max / 2);
}

void capture_init(struct capture *c, uint8_t stream, int fd, uint64_t max)
{
	*c = (struct capture){ .fd = fd, .stream = stream, .max = max };
}

void capture_release(struct capture *c)
{
	close_fd(&c->fd);
	free(c->ring);
	free(c->marks);
	c->ring = NULL;
	c->marks = NULL;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Where the next bytes of the ring go, and how many fit there in one piece. */
static uint8_t *ring_place(struct capture *c, size_t *room)
{
	size_t max = ring_max(c);

	if (c->ring_len == max) {
		*room = max - c->ring_at;
		return c->ring + c->ring_at;
	}
	if (c->ring_cap < max && c->ring_cap - c->ring_len < AGENT_CHUNK) {
		c->ring_cap = smaller(max, c->ring_cap ? 2 * c->ring_cap : 2 * AGENT_CHUNK);
		c->ring = xrealloc(c->ring, c->ring_cap);
	}
	*room = c->ring_cap - c->ring_len;
	return c->ring + c->ring_len;
}

static void ring_advance(struct capture *c, size_t n)
{
	if (c->ring_len < ring_max(c))
		c->ring_len += n;
	else
		c->ring_at = (c->ring_at + n) % ring_max(c);
}

static ssize_t read_again(int fd, void *p, size_t n)
{
	ssize_t got;

	do {
		got = read(fd, p, n);
	} while (got < 0 && errno == EINTR);
	return got;
}

/* Straight into a record of the queue. */
static ssize_t read_to_queue(
        struct capture *c, uint32_t step, uint64_t ns, size_t limit, struct strbuf *out)
{
	size_t at = agent_begin(out, AGENT_OUTPUT, step);

	agent_add_u8(out, c->stream);
	agent_add_u64(out, ns);
	strbuf_grow(out, limit);
	ssize_t n = read_again(c->fd, out->s + out->len, limit);
	if (n <= 0) {
		strbuf_truncate(out, at);
		return n;
	}
	out->len += (size_t)n;
	out->s[out->len] = '\0';
	agent_end(out, at);
	c->sent += (uint64_t)n;
	return n;
}

/* Makes room: what is no longer in the ring goes, then neighbours become one. */
static void thin_marks(struct capture *c)
{
	uint64_t from = c->total > ring_max(c) ? c->total - ring_max(c) : 0;
	size_t gone = 0;

	while (gone < c->n_marks && c->marks[gone].end <= from)
		gone++;
	c->n_marks -= gone;
	memmove(c->marks, c->marks + gone, c->n_marks * sizeof(*c->marks));
	while (c->n_marks > MARKS_MAX / 2) {
		size_t kept = 0;

		c->mark_grain_ns *= 2;
		for (size_t i = 1; i < c->n_marks; i++) {
			if (c->marks[i].ns - c->marks[kept].ns < c->mark_grain_ns)
				c->marks[kept].end = c->marks[i].end;
			else
				c->marks[++kept] = c->marks[i];
		}
		c->n_marks = kept + 1;
	}
}

/* The ring holds bytes up to end that came at ns. */
static void mark(struct capture *c, uint64_t end, uint64_t ns)
{
	struct capture_mark *last = c->n_marks ? &c->marks[c->n_marks - 1] : NULL;

	if (!c->marks) {
		c->marks = xcalloc(MARKS_MAX, sizeof(*c->marks));
		c->mark_grain_ns = GRAIN_NS;
	}
	if (last && ns - last->ns < c->mark_grain_ns) {
		last->end = end;
		return;
	}
	if (c->n_marks == MARKS_MAX)
		thin_marks(c);
	c->marks[c->n_marks++] = (struct capture_mark){ end, ns };
}

static ssize_t read_to_ring(struct capture *c, uint64_t ns, size_t limit)
{
	size_t room;
	uint8_t *p = ring_place(c, &room);
	ssize_t n = read_again(c->fd, p, smaller(room, limit));

	if (n > 0) {
		ring_advance(c, (size_t)n);
		mark(c, c->total + (uint64_t)n, ns);
	}
	return n;
}

static ssize_t read_to_nowhere(struct capture *c, size_t limit)
{
	static uint8_t scratch[AGENT_CHUNK];

	return read_again(c->fd, scratch, smaller(sizeof(scratch), limit));
}

void capture_read(
        struct capture *c, uint32_t step, uint64_t ns, size_t limit, bool over, struct strbuf *out)
{
	uint64_t bound = over ? c->max : head_max(c);
	ssize_t n;

	limit = smaller(limit, AGENT_CHUNK);
	if (c->total < bound)
		n = read_to_queue(c, step, ns, smaller(limit, (size_t)(bound - c->total)), out);
	else if (!over && ring_max(c) > 0)
		n = read_to_ring(c, ns, limit);
	else
		n = read_to_nowhere(c, limit);
	if (n < 0 && errno == EAGAIN)
		return; /* a terminal's: the pipes of ours wait */
	if (n <= 0) {
		close_fd(&c->fd);
		return;
	}
	c->total += (uint64_t)n;
}

void capture_drain(struct capture *c, uint32_t step, uint64_t ns, struct strbuf *out)
{
	int left = 0;

	if (c->fd < 0 || ioctl(c->fd, FIONREAD, &left) < 0)
		return;
	while (left > 0 && c->fd >= 0) {
		uint64_t before = c->total;

		capture_read(c, step, ns, (size_t)left, false, out);
		left -= (int)(c->total - before);
	}
}

/* What a terminal has taken is not readable yet, and FIONREAD does not count it; poll() waits for
 * it to be moved. */
void capture_drain_terminal(struct capture *c, uint32_t step, uint64_t ns, struct strbuf *out)
{
	for (size_t left = TERMINAL_DRAIN; left && c->fd >= 0;) {
		struct pollfd p = { .fd = c->fd, .events = POLLIN };
		uint64_t before = c->total;

		if (poll(&p, 1, 0) <= 0 || !(p.revents & POLLIN))
			return;
		capture_read(c, step, ns, left, false, out);
		if (c->total == before)
			return;
		left -= smaller(left, (size_t)(c->total - before));
	}
}

/* The piece that the next byte of the tail belongs to: its time, and how much of it is left. */
static uint64_t piece_of(const struct capture *c, size_t *left)
{
	uint64_t at = c->total - c->ring_len + c->ring_sent;
	size_t i = 0;

	while (i + 1 < c->n_marks && c->marks[i].end <= at)
		i++;
	*left = (size_t)(c->marks[i].end - at);
	return c->marks[i].ns;
}

bool capture_send_tail(struct capture *c, uint32_t step, struct strbuf *out)
{
	while (c->ring_sent < c->ring_len && out->len < QUEUE_HIGH) {
		/* ring_at is the oldest byte: 0 until the ring has been full. */
		size_t from = (c->ring_at + c->ring_sent) % c->ring_len;
		size_t n = smaller(c->ring_len - c->ring_sent, c->ring_len - from);

		size_t left;
		uint64_t ns = piece_of(c, &left);

		n = smaller(n, smaller(left, AGENT_CHUNK));
		agent_put_output(out, step, c->stream, ns, c->ring + from, n);
		c->ring_sent += n;
	}
	if (c->ring_sent < c->ring_len)
		return false;
	free(c->ring);
	free(c->marks);
	c->ring = NULL;
	c->marks = NULL;
	return true;
}
