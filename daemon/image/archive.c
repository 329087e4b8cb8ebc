#include "daemon/image/archive_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"
#include "common/strbuf.h"

/* A gibibyte of zeros is 33 KB of zstd; no layer of programs comes near. */
#define RATIO_FROM (128u << 20)
#define RATIO_MAX 256u

bool archive_is_compressed(const struct archive_part *part)
{
	static const unsigned char gzip[] = { 0x1f, 0x8b }, zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };
	unsigned char head[4] = { 0 };

	if (part->n < 4 || pread(part->fd, head, sizeof(head), part->at) != sizeof(head))
		return false;
	return memcmp(head, gzip, sizeof(gzip)) == 0 || memcmp(head, zstd, sizeof(zstd)) == 0;
}

void archive_explain(const struct archive_part *part, struct err *e)
{
	static const struct {
		const char *magic;
		size_t n;
		const char *name, *remedy;
	} known[] = {
		{ "\xfd"
		  "7zXZ",
		        5, "xz", "xz -dc" },
		{ "BZh", 3, "bzip2", "bzip2 -dc" },
		{ "\x04\x22\x4d\x18", 4, "lz4", "lz4 -dc" },
		{ "PK\3\4", 4, "zip", "unzip" },
	};
	char head[8] = { 0 };

	if (e->code != ERR_INVALID || part->n < (int64_t)sizeof(head) ||
	        pread(part->fd, head, sizeof(head), part->at) != sizeof(head))
		return;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (memcmp(head, known[i].magic, known[i].n) == 0)
			err_set(e, ERR_INVALID,
			        "it is compressed by %s, and what is read is gzip and zstd: %s it "
			        "first",
			        known[i].name, known[i].remedy);
}

/* ---- the bytes of a tar ---- */

/* Of a file, or of one process that inflates a file. */
struct supply {
	const struct archive_how *how;
	const struct archive_part *part;
	int64_t done; /* of the part */
	struct digest_ctx *raw;
	struct archive_link inflate;
	bool compressed, over;
	uint64_t n; /* inflated */
	struct digest_ctx *sum;
	char *block;
	const char *rest; /* of a piece that was taken in part */
	size_t n_rest;
};

/* sums: somebody asks for digests. */
static int supply_open(struct supply *s, const struct archive_how *how,
        const struct archive_part *part, bool sums, struct err *e)
{
	*s = (struct supply){ .how = how, .part = part, .block = xmalloc(ARCHIVE_BLOCK) };
	s->compressed = archive_is_compressed(part);
	s->sum = sums ? digest_new() : NULL;
	s->raw = sums && s->compressed ? digest_new() : NULL;
	return s->compressed ? archive_link_open(&s->inflate, how, ARCHIVE_INFLATE, e) : 0;
}

static void supply_close(struct supply *s)
{
	archive_link_close(&s->inflate);
	digest_free(s->raw);
	digest_free(s->sum);
	free(s->block);
}
#define AUTO_SUPPLY __attribute__((cleanup(supply_close))) struct supply

static int raw_piece(struct supply *s, size_t *n, struct err *e)
{
	int64_t left = s->part->n - s->done;
	size_t want = left < (int64_t)ARCHIVE_BLOCK ? (size_t)left : ARCHIVE_BLOCK;
	ssize_t got;

	if (archive_check_cancelled(s->how, e) < 0)
		return -1;
	do
		got = pread(s->part->fd, s->block, want, s->part->at + s->done);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_sys(e, "cannot read the archive");
	s->done += got;
	if (s->raw)
		digest_add(s->raw, s->block, (size_t)got);
	*n = (size_t)got;
	return 0;
}

static int give_raw(struct supply *s, const struct archive_frame *want, struct err *e)
{
	size_t n;

	if (want->at)
		return err_set(e, ERR_INVALID, "what is compressed is read from its beginning");
	return raw_piece(s, &n, e) < 0 ? -1 : archive_link_give(&s->inflate, s->block, n, e);
}

static int inflated_piece(struct supply *s, const char **p, size_t *n, struct err *e)
{
	struct archive_frame f = { .kind = ARCHIVE_OVER };

	*n = 0;
	while (!s->over && *n == 0) {
		if (archive_link_next(&s->inflate, &f, p, e) < 0)
			return -1;
		if (f.kind == ARCHIVE_WANT && give_raw(s, &f, e) < 0)
			return -1;
		s->over = f.kind == ARCHIVE_OVER;
		*n = f.kind == ARCHIVE_DATA ? f.n : 0;
	}
	if (s->n + *n > RATIO_FROM && (s->n + *n) / RATIO_MAX > (uint64_t)s->done)
		return err_set(e, ERR_LIMIT,
		        "%lld compressed bytes inflate to more than %llu MiB: no image does that",
		        (long long)s->done, (unsigned long long)(s->n + *n) >> 20);
	return 0;
}

/* The next bytes; none at the end. Valid until the next call. */
static int supply_piece(struct supply *s, const char **p, size_t *n, struct err *e)
{
	if (s->n_rest) {
		*p = s->rest;
		*n = s->n_rest;
		s->n_rest = 0;
		return 0;
	}
	*p = s->block;
	if ((s->compressed ? inflated_piece(s, p, n, e) : raw_piece(s, n, e)) < 0)
		return -1;
	s->n += *n;
	if (s->sum)
		digest_add(s->sum, *p, *n);
	return 0;
}

static int supply_skip(struct supply *s, int64_t left, struct err *e)
{
	static const char cut[] = "it is no whole tar archive: it ends within an entry";
	const char *p;
	size_t n;

	if (!s->compressed && !s->sum) {
		if (left > s->part->n - s->done)
			return err_set(e, ERR_INVALID, cut);
		s->done += left;
		return 0;
	}
	while (left) {
		if (supply_piece(s, &p, &n, e) < 0)
			return -1;
		if (!n)
			return err_set(e, ERR_INVALID, cut);
		if ((int64_t)n > left) {
			s->rest = p + left;
			s->n_rest = n - (size_t)left;
			n = (size_t)left;
		}
		left -= (int64_t)n;
	}
	return 0;
}

/* What stands behind the archive counts for the digests. */
static int drain(struct supply *s, struct err *e)
{
	const char *p;
	size_t n;

	do
		if (supply_piece(s, &p, &n, e) < 0)
			return -1;
	while (n);
	while (s->compressed) {
		if (raw_piece(s, &n, e) < 0)
			return -1;
		if (!n)
			break;
	}
	return 0;
}

/* ---- what reads the tar ---- */

struct reading {
	struct supply supply;
	struct archive_link tar;
	struct archive_frame frame; /* the last one */
	const char *payload;
	bool held; /* it is still to be looked at */
};

static int reading_open(struct reading *r, const struct archive_how *how,
        const struct archive_part *part, enum archive_mode mode, struct err *e)
{
	memset(r, 0, sizeof(*r));
	if (supply_open(&r->supply, how, part, mode == ARCHIVE_UNPACK, e) < 0)
		return -1;
	return archive_link_open(&r->tar, how, mode, e);
}

static void reading_close(struct reading *r)
{
	archive_link_close(&r->tar);
	supply_close(&r->supply);
}
#define AUTO_READING __attribute__((cleanup(reading_close))) struct reading

static int answer(struct reading *r, struct err *e)
{
	const char *p;
	size_t n;

	if (supply_skip(&r->supply, r->frame.at, e) < 0 || supply_piece(&r->supply, &p, &n, e) < 0)
		return -1;
	return archive_link_give(&r->tar, p, n, e);
}

/* The next frame that says something of the archive. */
static int next(struct reading *r, struct err *e)
{
	if (r->held) {
		r->held = false;
		return 0;
	}
	for (;;) {
		if (archive_link_next(&r->tar, &r->frame, &r->payload, e) < 0)
			return -1;
		if (r->frame.kind != ARCHIVE_WANT)
			return 0;
		if (answer(r, e) < 0)
			return -1;
	}
}

static int next_piece(void *arg, const void **p, size_t *n, int64_t *at, struct err *e)
{
	struct reading *r = arg;

	if (next(r, e) < 0)
		return -1;
	r->held = r->frame.kind != ARCHIVE_DATA;
	if (r->held)
		return 0;
	*p = r->payload;
	*n = r->frame.n;
	*at = r->frame.at;
	return 1;
}

/* ---- entries, as a frame has them ---- */

struct cursor {
	const char *p, *end;
	bool bad;
};

static const char *take_name(struct cursor *c)
{
	const char *s = c->p, *nul = memchr(s, '\0', (size_t)(c->end - s));

	if (!nul) {
		c->bad = true;
		return "";
	}
	c->p = nul + 1;
	return s;
}

static void take_xattr(struct cursor *c, struct unpack_xattr *out)
{
	uint32_t len = 0;

	out->name = take_name(c);
	if (c->bad || (size_t)(c->end - c->p) < sizeof(len)) {
		c->bad = true;
		return;
	}
	memcpy(&len, c->p, sizeof(len));
	c->p += sizeof(len);
	c->bad = (size_t)(c->end - c->p) < len;
	out->value = c->p;
	out->len = len;
	c->p += c->bad ? 0 : len;
}

struct entry {
	struct archive_head head;
	struct unpack_entry x;
	struct unpack_xattr xattrs[ARCHIVE_MAX_XATTRS];
};

/* Strings lie in bytes. */
static int read_entry(const char *bytes, size_t n, struct entry *out, struct err *e)
{
	struct archive_head *h = &out->head;
	struct cursor c = { bytes + sizeof(*h), bytes + n, n < sizeof(*h) };

	if (!c.bad) {
		memcpy(h, bytes, sizeof(*h));
		const char *path = take_name(&c), *target = take_name(&c), *link = take_name(&c);

		out->x = (struct unpack_entry){ .path = path,
			.mode = (mode_t)h->mode,
			.uid = h->uid,
			.gid = h->gid,
			.mtime_s = h->mtime_s,
			.mtime_ns = (long)h->mtime_ns,
			.size = h->size,
			.target = h->has_target ? target : NULL,
			.hardlink = h->has_hardlink ? link : NULL,
			.xattrs = out->xattrs,
			.n_xattrs = h->n_xattrs };
		c.bad |= h->n_xattrs > ARCHIVE_MAX_XATTRS;
		for (size_t i = 0; !c.bad && i < h->n_xattrs; i++)
			take_xattr(&c, &out->xattrs[i]);
	}
	return c.bad ? err_set(e, ERR_INVALID, "clnrm-unpack has sent an entry that is none") : 0;
}

/* ---- the door ---- */

/* The content of an entry comes where its strings have been. */
static int unpack_one(struct reading *r, struct strbuf *bytes, struct unpack *u, struct err *e)
{
	struct entry entry;

	strbuf_reset(bytes);
	strbuf_add(bytes, r->payload, r->frame.n);
	if (read_entry(bytes->s, bytes->len, &entry, e) < 0)
		return -1;
	return unpack_entry(u, &entry.x, next_piece, r, e);
}

int archive_unpack(const struct archive_how *how, const struct archive_part *part, struct unpack *u,
        struct archive_sums *out, struct err *e)
{
	AUTO_STRBUF bytes = STRBUF_INIT;
	AUTO_READING r;

	if (reading_open(&r, how, part, ARCHIVE_UNPACK, e) < 0)
		return -1;
	do {
		if (next(&r, e) < 0)
			return -1;
		if (r.frame.kind == ARCHIVE_ENTRY && unpack_one(&r, &bytes, u, e) < 0)
			return -1;
	} while (r.held || r.frame.kind != ARCHIVE_OVER);
	if (drain(&r.supply, e) < 0)
		return -1;
	digest_end(r.supply.sum, &out->diff);
	out->blob = out->diff;
	if (r.supply.raw)
		digest_end(r.supply.raw, &out->blob);
	return 0;
}

int archive_inflate(const struct archive_how *how, const struct archive_part *part, int to,
        uint64_t max, struct err *e)
{
	AUTO_SUPPLY s;
	const char *p;
	size_t n;

	if (supply_open(&s, how, part, false, e) < 0)
		return -1;
	for (;;) {
		if (supply_piece(&s, &p, &n, e) < 0)
			return -1;
		if (!n)
			return 0;
		if (s.n > max)
			return err_set(e, ERR_LIMIT, "the archive inflates to more than %llu MiB",
			        (unsigned long long)max >> 20);
		if (fs_write_all(to, p, n, e) < 0)
			return -1;
	}
}

static int tell_name(
        const struct reading *r, archive_each *each, void *arg, bool *go_on, struct err *e)
{
	struct entry x;

	if (read_entry(r->payload, r->frame.n, &x, e) < 0)
		return -1;
	const struct archive_name name = { .path = x.x.path,
		.type = x.x.mode & S_IFMT,
		.at = r->supply.compressed ? -1 : x.head.at,
		.size = x.x.size,
		.target = x.x.hardlink ? x.x.hardlink : x.x.target };
	*go_on = each(arg, &name);
	return 0;
}

int archive_list(const struct archive_how *how, const struct archive_part *part, archive_each *each,
        void *arg, struct err *e)
{
	AUTO_READING r;
	bool go_on = true;

	if (reading_open(&r, how, part, ARCHIVE_LIST, e) < 0)
		return -1;
	do {
		if (next(&r, e) < 0)
			return -1;
		if (r.frame.kind == ARCHIVE_ENTRY && tell_name(&r, each, arg, &go_on, e) < 0)
			return -1;
	} while (go_on && r.frame.kind != ARCHIVE_OVER);
	return 0;
}
