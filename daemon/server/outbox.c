#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/log.h"
#include "daemon/server/exchange.h"

#define REFILL (256u << 10) /* read back from the spill at a time */

void outbox_init(struct outbox *b)
{
	*b = (struct outbox){ .head = STRBUF_INIT, .fd = -1 };
}

void outbox_release(struct outbox *b)
{
	strbuf_release(&b->head);
	close_fd(&b->fd);
}

size_t outbox_size(const struct outbox *b)
{
	return b->head.len - b->sent + (size_t)(b->spill_end - b->spill_at);
}

/* An unlinked file in $TMPDIR: nothing is left of it whatever happens to the daemon. */
static int open_spill(void)
{
	const char *dir = getenv("TMPDIR");
	int fd = open(dir && *dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd >= 0 ? fd : memfd_create("clnrm-spill", MFD_CLOEXEC);
}

static void spill(struct outbox *b, const char *p, size_t n)
{
	if (b->fd < 0)
		b->fd = open_spill();
	if (b->fd < 0 || b->spill_end - b->spill_at + n > SPILL_MAX ||
	        pwrite(b->fd, p, n, (off_t)b->spill_end) != (ssize_t)n) {
		if (!b->overflow)
			log_error("a stream is cut: its reader is too slow and the spill is full");
		b->overflow = true;
		return;
	}
	b->spill_end += n;
}

void outbox_put(struct outbox *b, const void *p, size_t n)
{
	bool spilled = b->spill_end > b->spill_at;

	if (b->overflow)
		return;
	if (spilled || b->head.len - b->sent + n > SPILL_FROM)
		spill(b, p, n);
	else
		strbuf_add(&b->head, p, n);
}

static void refill(struct outbox *b)
{
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
