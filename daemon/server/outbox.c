#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/log.h"
#include "daemon/server/exchange.h"

#define REFILL (256u << 10) /* read back from the spill at a time */
#define GIVEN_FROM (256u << 10)

void outbox_init(struct outbox *b)
{
	*b = (struct outbox){ .head = STRBUF_INIT, .given = STRBUF_INIT, .fd = -1 };
}

void outbox_release(struct outbox *b)
{
	strbuf_release(&b->head);
	strbuf_release(&b->given);
	close_fd(&b->fd);
}

size_t outbox_size(const struct outbox *b)
{
	return b->head.len - b->sent + b->given.len + (size_t)(b->spill_end - b->spill_at);
}

int spill_open(void)
{
	const char *dir = getenv("TMPDIR");
	int fd = open(dir && *dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd >= 0 ? fd : memfd_create("clnrm-spill", MFD_CLOEXEC);
}

static void spill(struct outbox *b, const char *p, size_t n)
{
	if (b->fd < 0)
		b->fd = spill_open();
	if (b->fd < 0 || b->spill_end - b->spill_at + n > SPILL_MAX ||
	        pwrite(b->fd, p, n, (off_t)b->spill_end) != (ssize_t)n) {
		if (!b->overflow)
			log_error("a stream is cut: its reader is too slow and the spill is full");
		b->overflow = true;
		return;
	}
	b->spill_end += n;
}

/* Something waits that is not in head: what comes now goes after it. */
static bool is_behind(const struct outbox *b)
{
	return b->given.len || b->spill_end > b->spill_at;
}

void outbox_put(struct outbox *b, const void *p, size_t n)
{
	if (b->overflow)
		return;
	if (is_behind(b) || b->head.len - b->sent + n > SPILL_FROM)
		spill(b, p, n);
	else
		strbuf_add(&b->head, p, n);
}

void outbox_give(struct outbox *b, struct strbuf *text)
{
	if (text->len < GIVEN_FROM || b->overflow || is_behind(b)) {
		outbox_put(b, text->s, text->len);
		return;
	}
	strbuf_release(&b->given);
	b->given = *text;
	*text = (struct strbuf)STRBUF_INIT;
}

static void refill(struct outbox *b)
{
	if (b->given.len) {
		strbuf_release(&b->head);
		b->head = b->given;
		b->given = (struct strbuf)STRBUF_INIT;
		b->sent = 0;
		return;
	}
	uint64_t left = b->spill_end - b->spill_at;
	size_t n = left < REFILL ? (size_t)left : REFILL;

	strbuf_reset(&b->head);
	b->sent = 0;
	if (!n)
		return;
	strbuf_grow(&b->head, n);
	ssize_t got = pread(b->fd, b->head.s, n, (off_t)b->spill_at);
	if (got <= 0) {
		b->overflow = true;
		b->spill_at = b->spill_end;
		return;
	}
	b->head.len = (size_t)got;
	b->spill_at += (uint64_t)got;
	if (b->spill_at == b->spill_end) {
		b->spill_at = b->spill_end = 0;
		if (ftruncate(b->fd, 0) < 0)
			close_fd(&b->fd);
	}
}

size_t outbox_take(struct outbox *b, char *p, size_t n)
{
	if (b->sent == b->head.len)
		refill(b);
	size_t have = b->head.len - b->sent;
	n = n < have ? n : have;
	memcpy(p, b->head.s + b->sent, n);
	b->sent += n;
	return n;
}
