#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/strbuf.h"
#include "daemon/image/reader/reader.h"

#define QUEUE (64u << 10)

struct reader {
	int from, to;
	int64_t skip; /* bytes that the next piece is behind */
	char *block;
	char *queue; /* frames that are not written yet */
	size_t queued;
	bool gone; /* the other side */
};

/* ---- the other side ---- */

static void write_all(struct reader *r, const char *p, size_t n)
{
	while (n && !r->gone) {
		ssize_t done = write(r->to, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			r->gone = true;
			return;
		}
		p += done;
		n -= (size_t)done;
	}
}

static void flush(struct reader *r)
{
	write_all(r, r->queue, r->queued);
	r->queued = 0;
}

static void put(struct reader *r, const void *p, size_t n)
{
	if (n > QUEUE - r->queued)
		flush(r);
	if (n > QUEUE) {
		write_all(r, p, n);
		return;
	}
	memcpy(r->queue + r->queued, p, n);
	r->queued += n;
}

static void send(struct reader *r, enum archive_kind kind, int64_t at, const void *p, size_t n)
{
	const struct archive_frame f = { .kind = kind, .n = (uint32_t)n, .at = at };

	put(r, &f, sizeof(f));
	if (n)
		put(r, p, n);
}

static void send_failure(struct reader *r, enum err_code code, const char *what, const char *said)
{
	AUTO_STR text = said ? xasprintf("%s: %.300s", what, said) : xstrdup(what);

	send(r, ARCHIVE_FAIL, code, text, strlen(text));
}

static void refuse(struct reader *r, struct archive *a, const char *what)
{
	const char *said = archive_error_string(a);

	send_failure(r, ERR_INVALID, what, said ? said : "it is damaged");
}

static bool read_all(struct reader *r, void *to, size_t n)
{
	char *p = to;

	while (n && !r->gone) {
		ssize_t got = read(r->from, p, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			r->gone = true;
			return false;
		}
		p += got;
		n -= (size_t)got;
	}
	return !r->gone;
}

static la_ssize_t on_read(struct archive *a, void *arg, const void **p)
{
	struct reader *r = arg;
	uint32_t n = 0;

	send(r, ARCHIVE_WANT, r->skip, NULL, 0);
	flush(r);
	r->skip = 0;
	if (!read_all(r, &n, sizeof(n)) || n > ARCHIVE_BLOCK || !read_all(r, r->block, n)) {
		archive_set_error(a, EPIPE, "nobody answers");
		return -1;
	}
	*p = r->block;
	return n;
}

static la_int64_t on_skip(struct archive *a, void *arg, la_int64_t n)
{
	struct reader *r = arg;

	(void)a;
	r->skip += n;
	return n;
}

static int open_archive(struct reader *r, struct archive *a)
{
	archive_read_support_format_empty(a);
	archive_read_set_read_callback(a, on_read);
	archive_read_set_skip_callback(a, on_skip);
	archive_read_set_callback_data(a, r);
	return archive_read_open1(a) == ARCHIVE_OK ? 0 : -1;
}

/* ---- content ---- */

static void send_data(struct reader *r, const char *p, size_t n, int64_t at)
{
	while (n) {
		size_t piece = n < ARCHIVE_BLOCK ? n : ARCHIVE_BLOCK;

		send(r, ARCHIVE_DATA, at, p, piece);
		p += piece;
		n -= piece;
		at += (int64_t)piece;
	}
}

static bool send_content(struct reader *r, struct archive *a, const char *what)
{
	const void *p;
	la_int64_t at;
	size_t n = 0;
	int result;

	while ((result = archive_read_data_block(a, &p, &n, &at)) != ARCHIVE_EOF && !r->gone) {
		if (result < ARCHIVE_WARN) {
			refuse(r, a, what);
			return false;
		}
		send_data(r, p, n, at);
	}
	return !r->gone;
}

/* ---- entries ---- */

static void add_name(struct strbuf *to, const char *s, size_t max)
{
	size_t n = s ? strnlen(s, max) : 0;

	strbuf_add(to, s ? s : "", n);
	strbuf_addc(to, '\0');
}

/* How many; -1: too many, or too large ones. */
static int add_xattrs(struct strbuf *to, struct archive_entry *x)
{
	const char *name;
	const void *value;
	size_t len, total = 0;
	int n = 0;

	archive_entry_xattr_reset(x);
	while (archive_entry_xattr_next(x, &name, &value, &len) == ARCHIVE_OK) {
		uint32_t bytes = (uint32_t)len;

		total += len;
		if (++n > ARCHIVE_MAX_XATTRS || total > ARCHIVE_MAX_XATTR)
			return -1;
		add_name(to, name, ARCHIVE_MAX_XATTR_NAME);
		strbuf_add(to, &bytes, sizeof(bytes));
		strbuf_add(to, value, len);
	}
	return n;
}

static bool send_entry(struct reader *r, struct archive *a, struct archive_entry *x)
{
	const char *path = archive_entry_pathname(x), *target = archive_entry_symlink(x),
	           *hardlink = archive_entry_hardlink(x);
	struct archive_head head = { .uid = archive_entry_uid(x),
		.gid = archive_entry_gid(x),
		.mtime_s = archive_entry_mtime(x),
		.mtime_ns = archive_entry_mtime_nsec(x),
		.size = archive_entry_size(x),
		/* The library has taken the headers and not a byte of the content. */
		.at = archive_filter_bytes(a, 0),
		.mode = archive_entry_filetype(x) | archive_entry_perm(x),
		.has_target = target != NULL,
		.has_hardlink = hardlink != NULL };
	AUTO_STRBUF payload = STRBUF_INIT;

	if (!path) {
		send_failure(r, ERR_INVALID, "an entry whose name cannot be read", NULL);
		return false;
	}
	strbuf_add(&payload, &head, sizeof(head));
	add_name(&payload, path, ARCHIVE_MAX_NAME);
	add_name(&payload, target, ARCHIVE_MAX_NAME);
	add_name(&payload, hardlink, ARCHIVE_MAX_NAME);
	int n = add_xattrs(&payload, x);
	if (n < 0) {
		send_failure(r, ERR_LIMIT, "too many extended attributes", NULL);
		return false;
	}
	head.n_xattrs = (uint32_t)n;
	memcpy(payload.s, &head, sizeof(head));
	send(r, ARCHIVE_ENTRY, 0, payload.s, payload.len);
	return true;
}

static bool read_entries(struct reader *r, struct archive *a, bool content)
{
	struct archive_entry *x;
	int result = ARCHIVE_EOF;

	while (!r->gone && ((result = archive_read_next_header(a, &x)) == ARCHIVE_OK ||
	                           result == ARCHIVE_WARN)) {
		if (!send_entry(r, a, x))
			return false;
		if (content && archive_entry_filetype(x) == AE_IFREG &&
		        !archive_entry_hardlink(x) && !send_content(r, a, "cannot read it"))
			return false;
	}
	if (!r->gone && result != ARCHIVE_EOF)
		refuse(r, a, "it is no whole tar archive");
	return !r->gone && result == ARCHIVE_EOF;
}

static bool read_tar(struct reader *r, struct archive *a, bool content)
{
	archive_read_support_format_tar(a);
	if (open_archive(r, a) == 0)
		return read_entries(r, a, content);
	refuse(r, a, "it is no tar archive");
	return false;
}

static bool list(struct reader *r, struct archive *a)
{
	return read_tar(r, a, false);
}

static bool unpack(struct reader *r, struct archive *a)
{
	return read_tar(r, a, true);
}

static bool inflate(struct reader *r, struct archive *a)
{
	struct archive_entry *x;

	archive_read_support_filter_gzip(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_format_raw(a);
	int result = open_archive(r, a) < 0 ? ARCHIVE_FATAL : archive_read_next_header(a, &x);
	if (result == ARCHIVE_EOF)
		return true;
	if (result == ARCHIVE_OK || result == ARCHIVE_WARN)
		return send_content(r, a, "cannot inflate it");
	refuse(r, a, "cannot inflate it");
	return false;
}

/* ---- the door ---- */

static bool (*const modes[ARCHIVE_MODES])(struct reader *r, struct archive *a) = {
	[ARCHIVE_LIST] = list,
	[ARCHIVE_UNPACK] = unpack,
	[ARCHIVE_INFLATE] = inflate,
};

void reader_serve(enum archive_mode mode, int from, int to)
{
	struct reader r = {
		.from = from, .to = to, .block = xmalloc(ARCHIVE_BLOCK), .queue = xmalloc(QUEUE)
	};
	struct archive *a = archive_read_new();

	send(&r, ARCHIVE_HELLO, ARCHIVE_PROTOCOL, NULL, 0);
	if (!a)
		send_failure(&r, ERR_LIMIT, "out of memory", NULL);
	else if (modes[mode](&r, a))
		send(&r, ARCHIVE_OVER, 0, NULL, 0);
	flush(&r);
	(void)archive_read_free(a);
	free(r.queue);
	free(r.block);
}
