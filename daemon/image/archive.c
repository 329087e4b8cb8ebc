#include "daemon/image/archive_priv.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"

#define BLOCK (256u << 10)

/* A gibibyte of zeros is 33 KB of zstd; no layer of programs comes near. */
#define RATIO_FROM (128u << 20)
#define RATIO_MAX 256u

static void free_archive(struct archive *a)
{
	(void)archive_read_free(a);
}
CLEANUP_FN(free_archive, struct archive *)

/* Names are bytes, and libarchive wants a locale that can hold them: one of this thread. */
struct names_locale {
	locale_t mine, before;
};

static struct names_locale enter_locale(void)
{
	struct names_locale l = { .mine = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0) };

	if (l.mine)
		l.before = uselocale(l.mine);
	return l;
}

static void leave_locale(struct names_locale *l)
{
	if (!l->mine)
		return;
	uselocale(l->before);
	freelocale(l->mine);
}
#define IN_NAMES_LOCALE                                                                \
	__attribute__((cleanup(leave_locale), unused)) struct names_locale in_locale = \
	        enter_locale()

/* ---- bytes as they are ---- */

struct bytes {
	const struct archive_part *part;
	int64_t done;
	struct digest_ctx *sum; /* NULL: nobody asks */
	const atomic_bool *cancelled;
	struct err *why; /* of a callback that failed; libarchive tells only that it did */
	bool failed;
	char *buf;
};

static la_ssize_t bytes_fail(struct archive *a, struct bytes *b)
{
	b->failed = true;
	archive_set_error(a, b->why->sys ? b->why->sys : EINVAL, "%s", b->why->msg);
	return -1;
}

static la_ssize_t bytes_read(struct archive *a, void *arg, const void **p)
{
	struct bytes *b = arg;
	int64_t left = b->part->n - b->done;
	ssize_t n;

	if (b->cancelled && atomic_load_explicit(b->cancelled, memory_order_relaxed)) {
		err_set(b->why, ERR_BUSY, "the import was cancelled");
		return bytes_fail(a, b);
	}
	do
		n = pread(b->part->fd, b->buf, left < (int64_t)BLOCK ? (size_t)left : BLOCK,
		        b->part->at + b->done);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		err_sys(b->why, "cannot read the archive");
		return bytes_fail(a, b);
	}
	b->done += n;
	if (b->sum)
		digest_add(b->sum, b->buf, (size_t)n);
	*p = b->buf;
	return n;
}

/* Over what nobody asks the digest of. */
static la_int64_t bytes_skip(struct archive *a, void *arg, la_int64_t n)
{
	struct bytes *b = arg;
	int64_t left = b->part->n - b->done;

	(void)a;
	if (b->sum)
		return 0;
	n = n < left ? n : left;
	b->done += n;
	return n;
}

static void bytes_init(struct bytes *b, const struct archive_part *part, struct err *why)
{
	*b = (struct bytes){ .part = part, .why = why, .buf = xmalloc(BLOCK) };
}

static void bytes_release(struct bytes *b)
{
	free(b->buf);
}
#define AUTO_BYTES __attribute__((cleanup(bytes_release))) struct bytes

bool archive_is_compressed(const struct archive_part *part)
{
	static const unsigned char gzip[] = { 0x1f, 0x8b }, zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };
	unsigned char head[4] = { 0 };

	if (part->n < 4 || pread(part->fd, head, sizeof(head), part->at) != sizeof(head))
		return false;
	return memcmp(head, gzip, sizeof(gzip)) == 0 || memcmp(head, zstd, sizeof(zstd)) == 0;
}

static int refuse(struct archive *a, const struct bytes *b, const char *what, struct err *e)
{
	const char *said = archive_error_string(a);

	if (b->failed)
		return -1; /* *e is the reason already */
	return err_set(e, ERR_INVALID, "%s: %s", what, said ? said : "it is damaged");
}

/* ---- inflated bytes ---- */

/* Bytes without compression, or through a reader of their own. */
struct inflated {
	struct bytes in;
	struct archive *inflate; /* NULL: they are not compressed */
	struct digest_ctx *sum;
	uint64_t n;
};

static int open_inflate(struct inflated *f, struct err *e)
{
	struct archive_entry *entry;

	f->inflate = archive_read_new();
	if (!f->inflate)
		return err_set(e, ERR_LIMIT, "out of memory");
	archive_read_support_filter_gzip(f->inflate);
	archive_read_support_filter_zstd(f->inflate);
	archive_read_support_format_raw(f->inflate);
	archive_read_support_format_empty(f->inflate);
	if (archive_read_open(f->inflate, &f->in, NULL, bytes_read, NULL) != ARCHIVE_OK)
		return refuse(f->inflate, &f->in, "cannot inflate it", e);
	int r = archive_read_next_header(f->inflate, &entry);
	return r == ARCHIVE_OK || r == ARCHIVE_EOF || r == ARCHIVE_WARN
	               ? 0
	               : refuse(f->inflate, &f->in, "cannot inflate it", e);
}

static int inflated_open(struct inflated *f, const struct archive_part *part, struct err *e)
{
	*f = (struct inflated){ .inflate = NULL };
	bytes_init(&f->in, part, e);
	f->in.sum = digest_new();
	f->sum = digest_new();
	return archive_is_compressed(part) ? open_inflate(f, e) : 0;
}

static void inflated_close(struct inflated *f)
{
	free_archive(f->inflate);
	digest_free(f->in.sum);
	digest_free(f->sum);
	bytes_release(&f->in);
}
#define AUTO_INFLATED __attribute__((cleanup(inflated_close))) struct inflated

static la_ssize_t inflate_block(struct archive *a, struct inflated *f, const void **p)
{
	la_int64_t at;
	size_t n = 0;
	int r = archive_read_data_block(f->inflate, p, &n, &at);

	if (r == ARCHIVE_EOF)
		return 0;
	if (r < ARCHIVE_WARN) {
		(void)refuse(f->inflate, &f->in, "cannot inflate it", f->in.why);
		return bytes_fail(a, &f->in);
	}
	if (f->n + n > RATIO_FROM && (f->n + n) / RATIO_MAX > (uint64_t)f->in.done) {
		err_set(f->in.why, ERR_LIMIT,
		        "%lld compressed bytes inflate to more than %llu MiB: no image does that",
		        (long long)f->in.done, (unsigned long long)(f->n + n) >> 20);
		return bytes_fail(a, &f->in);
	}
	return (la_ssize_t)n;
}

static la_ssize_t inflated_read(struct archive *a, void *arg, const void **p)
{
	struct inflated *f = arg;
	la_ssize_t n = f->inflate ? inflate_block(a, f, p) : bytes_read(a, &f->in, p);

	if (n > 0) {
		f->n += (uint64_t)n;
		digest_add(f->sum, *p, (size_t)n);
	}
	return n;
}

/* What stands behind the archive counts for the digests. */
static int drain(struct archive *a, struct inflated *f)
{
	const void *p;
	la_ssize_t n;

	do
		n = inflated_read(a, f, &p);
	while (n > 0);
	while (n == 0 && f->inflate && (n = bytes_read(a, &f->in, &p)) > 0)
		n = 0;
	return n < 0 ? -1 : 0;
}

/* ---- entries ---- */

struct content {
	struct archive *a;
	const struct bytes *in;
};

static int next_piece(void *arg, const void **p, size_t *n, int64_t *at, struct err *e)
{
	const struct content *c = arg;
	la_int64_t where = 0;
	int r = archive_read_data_block(c->a, p, n, &where);

	*at = where;
	if (r == ARCHIVE_EOF)
		return 0;
	return r >= ARCHIVE_WARN ? 1 : refuse(c->a, c->in, "cannot read it", e);
}

static size_t read_xattrs(struct archive_entry *from, struct unpack_xattr *v, struct err *e)
{
	size_t n = 0, total = 0;

	archive_entry_xattr_reset(from);
	while (archive_entry_xattr_next(from, &v[n].name, &v[n].value, &v[n].len) == ARCHIVE_OK) {
		total += v[n].len;
		if (++n == UNPACK_MAX_XATTRS || total > UNPACK_MAX_XATTR) {
			err_set(e, ERR_LIMIT, "too many extended attributes");
			return SIZE_MAX;
		}
	}
	return n;
}

static int fill(struct archive_entry *from, struct unpack_entry *to,
        struct unpack_xattr xattrs[UNPACK_MAX_XATTRS], struct err *e)
{
	*to = (struct unpack_entry){
		.path = archive_entry_pathname(from),
		.mode = archive_entry_filetype(from) | archive_entry_perm(from),
		.uid = archive_entry_uid(from),
		.gid = archive_entry_gid(from),
		.mtime_s = archive_entry_mtime(from),
		.mtime_ns = archive_entry_mtime_nsec(from),
		.size = archive_entry_size(from),
		.target = archive_entry_symlink(from),
		.hardlink = archive_entry_hardlink(from),
		.xattrs = xattrs,
		.n_xattrs = read_xattrs(from, xattrs, e),
	};
	if (to->n_xattrs == SIZE_MAX)
		return -1;
	if (!to->path)
		return err_set(e, ERR_INVALID, "an entry whose name cannot be read");
	return 0;
}

static int each_entry(struct archive *a, struct inflated *f, struct unpack *u, struct err *e)
{
	struct content c = { a, &f->in };
	struct unpack_xattr xattrs[UNPACK_MAX_XATTRS];
	struct unpack_entry x;
	struct archive_entry *entry;
	int r;

	while ((r = archive_read_next_header(a, &entry)) == ARCHIVE_OK || r == ARCHIVE_WARN)
		if (fill(entry, &x, xattrs, e) < 0 || unpack_entry(u, &x, next_piece, &c, e) < 0)
			return -1;
	return r == ARCHIVE_EOF ? 0 : refuse(a, &f->in, "it is no whole tar archive", e);
}

int archive_unpack(
        const struct archive_part *part, struct unpack *u, struct archive_sums *out, struct err *e)
{
	IN_NAMES_LOCALE;
	CLEANUP(free_archive) struct archive *a = archive_read_new();
	AUTO_INFLATED f;

	if (inflated_open(&f, part, e) < 0)
		return -1;
	archive_read_support_format_tar(a);
	archive_read_support_format_empty(a);
	if (archive_read_open(a, &f, NULL, inflated_read, NULL) != ARCHIVE_OK)
		return refuse(a, &f.in, "it is no tar archive", e);
	if (each_entry(a, &f, u, e) < 0 || drain(a, &f) < 0)
		return -1;
	digest_end(f.in.sum, &out->blob);
	digest_end(f.sum, &out->diff);
	return 0;
}

int archive_inflate(const struct archive_part *part, int to, uint64_t max,
        const atomic_bool *cancelled, struct err *e)
{
	AUTO_INFLATED f;
	const void *p;
	la_ssize_t n;

	if (inflated_open(&f, part, e) < 0)
		return -1;
	f.in.cancelled = cancelled;
	while ((n = inflated_read(f.inflate, &f, &p)) > 0) {
		if (f.n > max)
			return err_set(e, ERR_LIMIT, "the archive inflates to more than %llu MiB",
			        (unsigned long long)max >> 20);
		if (fs_write_all(to, p, (size_t)n, e) < 0)
			return -1;
	}
	return n < 0 ? -1 : 0;
}

static struct archive_name describe(struct archive *a, struct archive_entry *entry, bool places)
{
	const char *link = archive_entry_hardlink(entry);

	return (struct archive_name){
		.path = archive_entry_pathname(entry),
		.type = archive_entry_filetype(entry),
		/* The reader has taken the headers and not a byte of the content. */
		.at = places ? archive_filter_bytes(a, 0) : -1,
		.size = archive_entry_size(entry),
		.target = link ? link : archive_entry_symlink(entry),
	};
}

int archive_list(const struct archive_part *part, archive_each *each, void *arg, struct err *e)
{
	IN_NAMES_LOCALE;
	CLEANUP(free_archive) struct archive *a = archive_read_new();
	AUTO_BYTES b;
	struct archive_entry *entry;
	bool places = !archive_is_compressed(part);
	int r;

	bytes_init(&b, part, e);
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_format_tar(a);
	archive_read_support_format_empty(a);
	archive_read_set_read_callback(a, bytes_read);
	archive_read_set_skip_callback(a, bytes_skip);
	archive_read_set_callback_data(a, &b);
	if (archive_read_open1(a) != ARCHIVE_OK)
		return refuse(a, &b, "it is no tar archive", e);
	while ((r = archive_read_next_header(a, &entry)) == ARCHIVE_OK || r == ARCHIVE_WARN) {
		struct archive_name name = describe(a, entry, places);

		if (name.path && !each(arg, &name))
			return 0;
	}
	return r == ARCHIVE_EOF ? 0 : refuse(a, &b, "it is no whole tar archive", e);
}
