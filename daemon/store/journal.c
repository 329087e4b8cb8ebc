#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "common/log.h"
#include "common/mem.h"
#include "daemon/store/journal_priv.h"

/* File:   magic[8] id[8] check[8]
 * Record: magic[4] length[4] run[16] payload_check[8] head_check[8], then the payload.
 * Numbers are little endian; a check is the beginning of a SHA-256. */
static const uint8_t file_magic[8] = { 0xff, 'c', 'l', 'n', 'r', 'm', 'J', '1' };
static const uint8_t record_magic[4] = { 0xff, 'J', 'R', 0x01 };
static const uint8_t reserved_magic[4] = { 0xff, 'J', 'R', 0x02 }; /* to be passed over */
#define MAGIC_COMMON 3u                                            /* bytes of both */

#define AT_LEN 4u
#define AT_RUN 8u
#define AT_PAYLOAD_CHECK 24u
#define AT_HEAD_CHECK 32u
/* A file with this many records of which only the header is right is not worth more time. */
#define FORGED_MAX 1000u
/* A file has one lock: the loop must not wait for a long write of another thread. */
#define WRITE_PIECE (256u << 10)

static void put_u64(uint8_t *p, uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static uint64_t get_u64(const uint8_t *p)
{
	uint64_t v = 0;

	for (unsigned i = 8; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

static void put_u32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t check_of(struct digest_ctx *sum, uint64_t id, uint64_t at, const void *p, size_t n)
{
	uint8_t place[16];
	struct digest d;

	put_u64(place, id);
	put_u64(place + 8, at);
	digest_add(sum, place, sizeof(place));
	digest_add(sum, p, n);
	digest_end(sum, &d);
	return get_u64(d.b);
}

/* ---- files ---- */

static struct segment *segment_new(const char *path, int fd, uint64_t id, uint64_t end)
{
	struct segment *g = xcalloc(1, sizeof(*g));

	g->path = xstrdup(path);
	g->fd = fd;
	g->id = id;
	g->taken = SEGMENT_HEAD;
	g->sum = digest_new();
	g->tail = end;
	atomic_init(&g->end, end);
	return g;
}

void segment_free(struct segment *g)
{
	if (!g)
		return;
	close_fd(&g->fd);
	digest_free(g->sum);
	free(g->path);
	free(g);
}

static uint64_t random_id(void)
{
	uint64_t id = 0;

	if (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id))
		abort(); /* cannot fail for so few bytes (getrandom(2)) */
	return id >> 1;  /* SQLite's integers are signed */
}

static uint64_t file_check(const uint8_t head[SEGMENT_HEAD])
{
	CLEANUP(digest_free) struct digest_ctx *sum = digest_new();

	return check_of(sum, 0, 0, head, 16);
}

/* All of it in one write; less than all is the error of the next attempt. */
static int write_whole(int fd, const void *p, size_t n, uint64_t at)
{
	ssize_t done;

	do {
		done = pwrite(fd, p, n, (off_t)at);
	} while (done < 0 && errno == EINTR);
	if (done == (ssize_t)n)
		return 0;
	if (done >= 0)
		errno = ENOSPC;
	return -1;
}

struct segment *segment_create(const char *path, struct err *e)
{
	AUTO_FD fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	uint8_t head[SEGMENT_HEAD];
	uint64_t id = random_id();

	if (fd < 0) {
		err_sys(e, "cannot create '%s'", path);
		return NULL;
	}
	memcpy(head, file_magic, sizeof(file_magic));
	put_u64(head + 8, id);
	put_u64(head + 16, file_check(head));
	if (write_whole(fd, head, sizeof(head), 0) < 0) {
		err_sys(e, "cannot write '%s'", path);
		unlink(path);
		return NULL;
	}
	return segment_new(path, steal_fd(&fd), id, SEGMENT_HEAD);
}

struct segment *segment_open(const char *path, struct err *e)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	uint8_t head[SEGMENT_HEAD];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		err_sys(e, "cannot open '%s'", path);
		return NULL;
	}
	ssize_t n = pread(fd, head, sizeof(head), 0);

	if (n < 0) {
		err_sys(e, "cannot read '%s'", path);
		return NULL;
	}
	if (n < (ssize_t)sizeof(head)) {
		err_set(e, ERR_NOT_FOUND, "'%s' holds nothing", path);
		return NULL;
	}
	if (memcmp(head, file_magic, sizeof(file_magic)) != 0 ||
	        get_u64(head + 16) != file_check(head)) {
		err_set(e, ERR_INVALID, "'%s' is no journal", path);
		return NULL;
	}
	struct segment *g =
	        segment_new(path, steal_fd(&fd), get_u64(head + 8), (uint64_t)st.st_size);

	atomic_init(&g->sealed, true);
	g->leftover = true;
	return g;
}

/* ---- appending ---- */

void record_begin(struct strbuf *b)
{
	strbuf_reset(b);
	strbuf_addn(b, '\0', RECORD_HEAD);
}

static int put_head(const uint8_t magic[4], const char *run_id, struct strbuf *b, struct err *e)
{
	uint8_t *head = (uint8_t *)b->s;
	size_t len = b->len - RECORD_HEAD, id_len = strlen(run_id);

	assert(id_len < RUN_ID_MAX);
	if (len > RECORD_MAX)
		return err_set(e, ERR_LIMIT, "a record of %zu bytes is too large", len);
	memcpy(head, magic, sizeof(record_magic));
	put_u32(head + AT_LEN, (uint32_t)len);
	memset(head + AT_RUN, 0, RUN_ID_MAX);
	memcpy(head + AT_RUN, run_id, id_len);
	put_u64(head + AT_PAYLOAD_CHECK, 0);
	return 0;
}

static void check_head(struct digest_ctx *sum, const struct segment *g, uint64_t at, uint8_t *head)
{
	put_u64(head + AT_HEAD_CHECK, check_of(sum, g->id, at, head, AT_HEAD_CHECK));
}

static void check_payload(
        struct digest_ctx *sum, const struct segment *g, uint64_t at, struct strbuf *b)
{
	put_u64((uint8_t *)b->s + AT_PAYLOAD_CHECK,
	        check_of(sum, g->id, at, b->s + RECORD_HEAD, b->len - RECORD_HEAD));
}

/* The last: who sees the end of a sealed file may free it. */
static void publish_end(struct segment *g)
{
	bool is_whole = !g->reserved;
	bool is_last = is_whole && g->left;

	atomic_store_explicit(&g->end, is_whole ? g->tail : g->reserved->at, memory_order_release);
	if (is_last)
		atomic_store_explicit(&g->sealed, true, memory_order_release);
}

/* At the tail; n bytes of b, which may be less than the record. */
static int write_tail(struct segment *g, const struct strbuf *b, size_t n, struct err *e)
{
	if (write_whole(g->fd, b->s, n, g->tail) == 0) {
		g->tail += b->len;
		return 0;
	}
	err_sys(e, "cannot write the journal");
	/* Gives the space back. If that fails too, the next record overwrites the rest. */
	if (ftruncate(g->fd, (off_t)g->tail) < 0)
		log_debug("the journal cannot be cut");
	return -1;
}

int segment_append(struct segment *g, const char *run_id, struct strbuf *b, struct err *e)
{
	if (put_head(record_magic, run_id, b, e) < 0)
		return -1;
	check_payload(g->sum, g, g->tail, b);
	check_head(g->sum, g, g->tail, (uint8_t *)b->s);
	if (write_tail(g, b, b->len, e) < 0)
		return -1;
	publish_end(g);
	return 0;
}

int segment_reserve(
        struct segment *g, const char *run_id, struct strbuf *b, struct reserved *r, struct err *e)
{
	struct reserved **last = &g->reserved;

	*r = (struct reserved){ .g = g, .at = g->tail };
	if (put_head(reserved_magic, run_id, b, e) < 0)
		return -1;
	check_head(g->sum, g, r->at, (uint8_t *)b->s);
	if (write_tail(g, b, RECORD_HEAD, e) < 0)
		return -1;
	while (*last)
		last = &(*last)->next;
	*last = r;
	return 0;
}

int reserved_write(const struct reserved *r, struct strbuf *b, struct err *e)
{
	CLEANUP(digest_free) struct digest_ctx *sum = digest_new();
	const struct segment *g = r->g;
	uint8_t *head = (uint8_t *)b->s;

	for (size_t at = RECORD_HEAD, n; at < b->len; at += n) {
		n = b->len - at < WRITE_PIECE ? b->len - at : WRITE_PIECE;
		if (write_whole(g->fd, b->s + at, n, r->at + at) < 0)
			return err_sys(e, "cannot write the journal");
	}
	memcpy(head, record_magic, sizeof(record_magic));
	check_payload(sum, g, r->at, b);
	check_head(sum, g, r->at, head);
	if (write_whole(g->fd, head, RECORD_HEAD, r->at) < 0)
		return err_sys(e, "cannot write the journal");
	return 0;
}

void segment_settle(struct reserved *r)
{
	struct segment *g = r->g;
	struct reserved **at = &g->reserved;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	publish_end(g);
}

void segment_leave(struct segment *g)
{
	g->left = true;
	publish_end(g);
}

/* ---- reading ---- */

void cursor_init(struct cursor *c, int fd, uint64_t id, uint64_t at, uint64_t end)
{
	*c = (struct cursor){ .fd = fd, .id = id, .at = at, .end = end, .buf = STRBUF_INIT };
	c->sum = digest_new();
}

void cursor_release(struct cursor *c)
{
	digest_free(c->sum);
	strbuf_release(&c->buf);
}

/* Bytes that were read, fewer at the end of the file; -1 with *e. */
static ssize_t read_at(int fd, void *p, size_t n, uint64_t at, struct err *e)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = pread(fd, (char *)p + done, n - done, (off_t)(at + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(e, "cannot read the journal");
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

static bool is_reserved(const uint8_t *head)
{
	return memcmp(head, reserved_magic, sizeof(reserved_magic)) == 0;
}

/* 1 with the length when a header of a record stands at c->at and its payload fits; 0 when not. */
static int read_head(struct cursor *c, uint8_t head[RECORD_HEAD], uint32_t *len, struct err *e)
{
	if (c->end - c->at < RECORD_HEAD)
		return 0;
	ssize_t n = read_at(c->fd, head, RECORD_HEAD, c->at, e);

	if (n < 0)
		return -1;
	*len = get_u32(head + AT_LEN);
	return n == RECORD_HEAD &&
	       (memcmp(head, record_magic, sizeof(record_magic)) == 0 || is_reserved(head)) &&
	       *len <= RECORD_MAX && *len <= c->end - c->at - RECORD_HEAD &&
	       get_u64(head + AT_HEAD_CHECK) ==
	               check_of(c->sum, c->id, c->at, head, AT_HEAD_CHECK) &&
	       head[AT_RUN + RUN_ID_MAX - 1] == 0;
}

/* 1 when a good record stands at c->at, 2 when one that was never whole does: c->at then moves
 * behind it; 0 when neither; -1. */
static int read_record(struct cursor *c, struct record *out, struct err *e)
{
	uint8_t head[RECORD_HEAD];
	uint32_t len;
	int rc = read_head(c, head, &len, e);

	if (rc <= 0)
		return rc;
	if (is_reserved(head)) {
		c->at += RECORD_HEAD + len;
		return 2;
	}
	strbuf_reset(&c->buf);
	strbuf_grow(&c->buf, len);
	ssize_t n = read_at(c->fd, c->buf.s, len, c->at + RECORD_HEAD, e);

	if (n < 0)
		return -1;
	if ((size_t)n != len ||
	        get_u64(head + AT_PAYLOAD_CHECK) != check_of(c->sum, c->id, c->at, c->buf.s, len)) {
		c->forged++;
		return 0;
	}
	c->buf.s[len] = '\0';
	c->buf.len = len;
	memcpy(out->run, head + AT_RUN, RUN_ID_MAX);
	out->line = c->buf.s;
	out->len = len;
	c->at += RECORD_HEAD + len;
	return 1;
}

/* Moves to the next place that may be a record, or to the end. */
static int skip_damage(struct cursor *c, struct err *e)
{
	char chunk[16384];
	uint64_t from = c->at, at = c->at + 1;

	while (c->forged < FORGED_MAX && at + MAGIC_COMMON <= c->end) {
		ssize_t n = read_at(c->fd, chunk, sizeof(chunk), at, e);

		if (n < 0)
			return -1;
		const char *hit = memmem(chunk, (size_t)n, record_magic, MAGIC_COMMON);
		if (hit) {
			c->at = at + (uint64_t)(hit - chunk);
			c->skipped += c->at - from;
			return 0;
		}
		if (n < (ssize_t)sizeof(chunk))
			break;
		at += (uint64_t)n - (MAGIC_COMMON - 1);
	}
	c->skipped += c->end - from;
	c->at = c->end;
	return 0;
}

int cursor_next(struct cursor *c, struct record *out, struct err *e)
{
	uint64_t skipped = c->skipped;

	while (c->at < c->end) {
		int rc = read_record(c, out, e);

		if (rc == 1 || rc < 0)
			return rc;
		if (rc == 2)
			skipped = c->skipped;
		else if (skip_damage(c, e) < 0)
			return -1;
	}
	c->skipped = skipped; /* a torn end is no damage */
	return 0;
}
