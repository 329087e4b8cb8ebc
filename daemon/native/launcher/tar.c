#include "daemon/native/launcher/tar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 512u
#define OCTAL_SIZE_MAX 077777777777ULL /* what eleven digits hold */

/* The header of POSIX.1-2017 (pax, ustar Interchange Format). */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100];
	char magic[6], version[2], owner[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

static int flush(struct tar *t)
{
	size_t at = 0;

	while (at < t->n) {
		ssize_t done = write(t->fd, t->buf + at, t->n - at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_sys(t->e, "cannot write what was prepared");
		at += (size_t)done;
	}
	t->n = 0;
	return 0;
}

static int put(struct tar *t, const void *p, size_t n)
{
	const char *from = p;

	while (n) {
		size_t room = sizeof(t->buf) - t->n, part = n < room ? n : room;

		memcpy(t->buf + t->n, from, part);
		t->n += part;
		from += part;
		n -= part;
		if (t->n == sizeof(t->buf) && flush(t) < 0)
			return -1;
	}
	return 0;
}

static int pad(struct tar *t, uint64_t size)
{
	static const char zeros[BLOCK];

	return size % BLOCK ? put(t, zeros, BLOCK - size % BLOCK) : 0;
}

static void octal(char *out, size_t size, uint64_t v)
{
	snprintf(out, size, "%0*llo", (int)size - 1, (unsigned long long)v);
}

static void set_sum(struct header *h)
{
	const unsigned char *p = (const unsigned char *)h;
	unsigned sum = 0;

	memset(h->sum, ' ', sizeof(h->sum));
	for (size_t i = 0; i < sizeof(*h); i++)
		sum += p[i];
	snprintf(h->sum, sizeof(h->sum), "%06o", sum);
}

/* As much as a field takes; the record says all of it. */
static void field(char *out, size_t size, const char *text)
{
	size_t n = strlen(text);

	memcpy(out, text, n < size ? n : size);
}

static int put_header(struct tar *t, char type, const struct tar_entry *x, uint64_t size)
{
	struct header h;

	memset(&h, 0, sizeof(h));
	field(h.name, sizeof(h.name), x->path);
	field(h.link, sizeof(h.link), x->target ? x->target : "");
	octal(h.mode, sizeof(h.mode), x->mode & 07777);
	octal(h.uid, sizeof(h.uid), x->uid & 07777777);
	octal(h.gid, sizeof(h.gid), x->gid & 07777777);
	octal(h.size, sizeof(h.size), size <= OCTAL_SIZE_MAX ? size : 0);
	octal(h.mtime, sizeof(h.mtime), x->mtime_s > 0 ? (uint64_t)x->mtime_s & OCTAL_SIZE_MAX : 0);
	memcpy(h.magic, "ustar", sizeof(h.magic));
	memcpy(h.version, "00", sizeof(h.version));
	h.type = type;
	set_sum(&h);
	return put(t, &h, sizeof(h));
}

/* Its length counts its own digits too. */
void tar_record(struct strbuf *out, const char *key, const void *value, size_t n)
{
	size_t rest = strlen(key) + n + 3, digits = 1, len;

	for (;;) {
		char text[24];

		len = rest + digits;
		if ((size_t)snprintf(text, sizeof(text), "%zu", len) == digits)
			break;
		digits++;
	}
	strbuf_printf(out, "%zu %s=", len, key);
	strbuf_add(out, value, n);
	strbuf_addc(out, '\n');
}

static void text_record(struct strbuf *out, const char *key, const char *value)
{
	tar_record(out, key, value, strlen(value));
}

static int put_records(struct tar *t, const struct tar_entry *x)
{
	AUTO_STRBUF b = STRBUF_INIT;
	char text[48];

	text_record(&b, "path", x->path);
	if (x->target)
		text_record(&b, "linkpath", x->target);
	snprintf(text, sizeof(text), "%lld.%09ld", (long long)x->mtime_s, x->mtime_ns);
	text_record(&b, "mtime", text);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)x->size);
	text_record(&b, "size", text);
	if (x->records)
		strbuf_add(&b, x->records->s, x->records->len);

	const struct tar_entry of = { .path = "pax", .mode = 0600 };
	if (put_header(t, 'x', &of, b.len) < 0 || put(t, b.s, b.len) < 0)
		return -1;
	return pad(t, b.len);
}

int tar_entry(struct tar *t, const struct tar_entry *x)
{
	return put_records(t, x) < 0 ? -1 : put_header(t, x->type, x, x->size);
}

int tar_content(struct tar *t, int fd, uint64_t size)
{
	uint64_t left = size;

	while (left) {
		size_t room = sizeof(t->buf) - t->n;
		ssize_t n = read(fd, t->buf + t->n, room < left ? room : (size_t)left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(t->e, "cannot read");
		if (n == 0)
			return err_set(t->e, ERR_SYS, "a file became shorter while it was read");
		t->n += (size_t)n;
		left -= (uint64_t)n;
		if (t->n == sizeof(t->buf) && flush(t) < 0)
			return -1;
	}
	return pad(t, size);
}

/* Two blocks of zeros. */
int tar_end(struct tar *t)
{
	static const char zeros[2 * BLOCK];

	return put(t, zeros, sizeof(zeros)) < 0 ? -1 : flush(t);
}
