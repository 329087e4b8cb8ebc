/* daemon/sandbox/init/capture.c - output with bounds: the head at once, the tail at the end.
 *
 * The first half of the maximum is sent as it comes. After it only the last half is kept, in a ring
 * that is read into directly: a step may write a gigabyte at the speed of its pipe and memory
 * stays.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/sandbox/init/init.h"

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
	c->ring = NULL;
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

static ssize_t read_to_ring(struct capture *c, size_t limit)
{
	size_t room;
	uint8_t *p = ring_place(c, &room);
	ssize_t n = read_again(c->fd, p, smaller(room, limit));

	if (n > 0)
		ring_advance(c, (size_t)n);
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
		n = read_to_ring(c, limit);
	else
		n = read_to_nowhere(c, limit);
	if (n <= 0) {
		close_fd(&c->fd);
		return;
	}
	c->total += (uint64_t)n;
	c->last_ns = ns;
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

bool capture_send_tail(struct capture *c, uint32_t step, struct strbuf *out)
{
	while (c->ring_sent < c->ring_len && out->len < QUEUE_HIGH) {
		/* ring_at is the oldest byte: 0 until the ring has been full. */
		size_t from = (c->ring_at + c->ring_sent) % c->ring_len;
		size_t n = smaller(c->ring_len - c->ring_sent, c->ring_len - from);

		n = smaller(n, AGENT_CHUNK);
		agent_put_output(out, step, c->stream, c->last_ns, c->ring + from, n);
		c->ring_sent += n;
	}
	if (c->ring_sent < c->ring_len)
		return false;
	free(c->ring);
	c->ring = NULL;
	return true;
}
