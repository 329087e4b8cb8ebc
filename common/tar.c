#include "common/tar.h"

#include <string.h>

#include "common/num.h"

#define SIZE_OCTAL ((1ull << 33) - 1) /* what eleven octal digits hold */
#define META_MAX (64u << 10)          /* of one record that only describes the next entry */

struct field {
	size_t at, n;
};
static const struct field f_name = { 0, 100 }, f_mode = { 100, 8 }, f_size = { 124, 12 },
                          f_sum = { 148, 8 }, f_link = { 157, 100 }, f_prefix = { 345, 155 };
enum { TYPE_AT = 156, MAGIC_AT = 257 };

/* ---- writing ---- */

static void put_octal(char *block, struct field f, uint64_t v)
{
	for (size_t i = f.n - 1; i-- > 0; v >>= 3)
		block[f.at + i] = (char)('0' + (v & 7));
}

static void put_header(struct strbuf *out, char type, const struct tar_entry *x)
{
	char block[TAR_BLOCK] = { 0 };
	unsigned sum = 0;

	memcpy(block + f_name.at, x->name, strnlen(x->name, f_name.n));
	memcpy(block + f_link.at, x->link, strnlen(x->link, f_link.n));
	put_octal(block, f_mode, x->mode & 07777);
	put_octal(block, (struct field){ 108, 8 }, 0); /* owner and group: the receiver's */
	put_octal(block, (struct field){ 116, 8 }, 0);
	put_octal(block, f_size, x->size > SIZE_OCTAL ? 0 : x->size);
	put_octal(block, (struct field){ 136, 12 }, x->mtime > 0 ? (uint64_t)x->mtime : 0);
	block[TYPE_AT] = type;
	memcpy(block + MAGIC_AT, "ustar\00000", 8);
	memset(block + f_sum.at, ' ', f_sum.n);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)block[i];
	put_octal(block, (struct field){ f_sum.at, 7 }, sum);
	block[f_sum.at + 6] = '\0';
	strbuf_add(out, block, TAR_BLOCK);
}

static void put_zeros(struct strbuf *out, size_t n)
{
	static const char zeros[2 * TAR_BLOCK];

	strbuf_add(out, zeros, n);
}

/* "LEN key=value\n", where LEN counts itself. */
static void put_record(struct strbuf *out, const char *key, const char *value)
{
	size_t rest = strlen(key) + strlen(value) + 3, len = rest + 1;

	for (size_t digits = 1, ten = 10; len >= ten; ten *= 10)
		len = rest + ++digits;
	strbuf_printf(out, "%zu %s=%s\n", len, key, value);
}

size_t tar_padding(uint64_t size)
{
	return (size_t)(-size & (TAR_BLOCK - 1));
}

void tar_put(struct strbuf *out, const struct tar_entry *x)
{
	static const char types[] = { [TAR_FILE] = '0', [TAR_DIR] = '5', [TAR_LINK] = '2' };
	AUTO_STRBUF pax = STRBUF_INIT;

	if (strlen(x->name) > f_name.n)
		put_record(&pax, "path", x->name);
	if (strlen(x->link) > f_link.n)
		put_record(&pax, "linkpath", x->link);
	if (x->size > SIZE_OCTAL) {
		AUTO_STRBUF text = STRBUF_INIT;

		strbuf_printf(&text, "%llu", (unsigned long long)x->size);
		put_record(&pax, "size", text.s);
	}
	if (pax.len) {
		put_header(out, 'x', &(struct tar_entry){ TAR_FILE, "pax", "", 0644, pax.len, 0 });
		strbuf_add(out, pax.s, pax.len);
		put_zeros(out, tar_padding(pax.len));
	}
	put_header(out, types[x->kind], x);
}

void tar_put_end(struct strbuf *out)
{
	put_zeros(out, 2 * TAR_BLOCK);
}

/* ---- reading ---- */

void tar_reader_init(struct tar_reader *t)
{
	*t = (struct tar_reader){ .text = STRBUF_INIT,
		.name = STRBUF_INIT,
		.link = STRBUF_INIT,
		.full = STRBUF_INIT,
		.target = STRBUF_INIT };
}

void tar_reader_release(struct tar_reader *t)
{
	strbuf_release(&t->text);
	strbuf_release(&t->name);
	strbuf_release(&t->link);
	strbuf_release(&t->full);
	strbuf_release(&t->target);
}

static int broken(struct err *e, const char *what)
{
	return err_set(e, ERR_INVALID, "the tar archive is broken: %s", what);
}

static bool is_end(unsigned char c)
{
	return c == '\0' || c == ' ';
}

static int octal(const unsigned char *p, size_t n, uint64_t *out)
{
	uint64_t v = 0;
	size_t i = 0;

	while (i < n && p[i] == ' ')
		i++;
	for (; i < n && !is_end(p[i]); i++) {
		if (p[i] < '0' || p[i] > '7' || v >> 60)
			return -1;
		v = v << 3 | (uint64_t)(p[i] - '0');
	}
	*out = v;
	return 0;
}

/* GNU tar writes what octal digits do not hold as a big-endian number behind a bit. */
static int number(const struct tar_reader *t, struct field f, uint64_t *out)
{
	const unsigned char *p = t->block + f.at;
	uint64_t v = 0;

	if (!(p[0] & 0x80))
		return octal(p, f.n, out);
	if (p[0] != 0x80)
		return -1; /* negative, or larger than anything */
	for (size_t i = 1; i < f.n; i++) {
		if (v >> 55)
			return -1;
		v = v << 8 | p[i];
	}
	*out = v;
	return 0;
}

static bool checksum_fits(const struct tar_reader *t)
{
	uint64_t said, sum = 0;

	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i >= f_sum.at && i < f_sum.at + f_sum.n ? ' ' : t->block[i];
	return octal(t->block + f_sum.at, f_sum.n, &said) == 0 && said == sum;
}

static void add_text(struct strbuf *out, const struct tar_reader *t, struct field f)
{
	strbuf_add(out, t->block + f.at, strnlen((const char *)t->block + f.at, f.n));
}

/* ---- records that describe the next entry ---- */

static int set_text(struct strbuf *to, const char *p, size_t n, struct err *e)
{
	if (n > TAR_NAME_MAX || memchr(p, '\0', n))
		return broken(e, "a name that is too long, or holds a NUL");
	strbuf_reset(to);
	strbuf_add(to, p, n);
	return 0;
}

static bool is_key(const char *p, size_t n, const char *key)
{
	return n == strlen(key) && memcmp(p, key, n) == 0;
}

static int take_pair(
        struct tar_reader *t, const char *key, size_t n, const char *v, size_t len, struct err *e)
{
	AUTO_STRBUF text = STRBUF_INIT;

	if (is_key(key, n, "path"))
		return set_text(&t->name, v, len, e);
	if (is_key(key, n, "linkpath"))
		return set_text(&t->link, v, len, e);
	if (n >= 10 && memcmp(key, "GNU.sparse", 10) == 0)
		return err_set(e, ERR_UNSUPPORTED, "the tar archive holds a sparse file");
	if (!is_key(key, n, "size"))
		return 0;
	strbuf_add(&text, v, len);
	if (str_to_u64(text.s, 0, INT64_MAX, &t->size, e) < 0)
		return broken(e, "a size that is none");
	t->has_size = true;
	return 0;
}

/* "LEN key=value\n" one after the other. */
static int take_pax(struct tar_reader *t, struct err *e)
{
	const char *p = t->text.s, *end = p + t->text.len;

	while (p < end) {
		size_t len = 0, digits = 0, left = (size_t)(end - p);

		while (digits < left && digits < 6 && p[digits] >= '0' && p[digits] <= '9')
			len = 10 * len + (size_t)(p[digits++] - '0');
		if (!digits || digits >= left || p[digits] != ' ' || len > left ||
		        len < digits + 3 || p[len - 1] != '\n')
			return broken(e, "a pax record");
		const char *key = p + digits + 1;
		const char *equals = memchr(key, '=', (size_t)(p + len - key));
		if (!equals)
			return broken(e, "a pax record");
		if (take_pair(t, key, (size_t)(equals - key), equals + 1,
		            (size_t)(p + len - 1 - equals - 1), e) < 0)
			return -1;
		p += len;
	}
	return 0;
}

static int take_meta(struct tar_reader *t, struct err *e)
{
	char type = t->meta;

	t->meta = 0;
	if (type == 'g')
		return 0; /* nothing in it is of any meaning here */
	if (type == 'x')
		return take_pax(t, e);
	return set_text(
	        type == 'L' ? &t->name : &t->link, t->text.s, strnlen(t->text.s, t->text.len), e);
}

/* ---- entries ---- */

static int refuse_type(char type, const char *name, struct err *e)
{
	if (type == '1')
		return err_set(e, ERR_UNSUPPORTED, "'%.200s' is a hard link: not taken", name);
	if (type == '3' || type == '4' || type == '6')
		return err_set(e, ERR_DENIED, "'%.200s' is a device or a pipe: not taken", name);
	return err_set(e, ERR_UNSUPPORTED, "'%.200s' is of a type that is not taken", name);
}

static int kind_of(char type, const char *name, enum tar_kind *out)
{
	size_t n = strlen(name);

	switch (type) {
	case '\0':
	case '0':
		*out = n && name[n - 1] == '/' ? TAR_DIR : TAR_FILE;
		return 0;
	case '2':
		*out = TAR_LINK;
		return 0;
	case '5':
		*out = TAR_DIR;
		return 0;
	default:
		return -1;
	}
}

static void full_name(struct tar_reader *t, struct strbuf *name)
{
	bool is_ustar = t->block[MAGIC_AT + 5] == '\0';

	if (t->name.len) {
		strbuf_add(name, t->name.s, t->name.len);
		return;
	}
	if (is_ustar && t->block[f_prefix.at]) {
		add_text(name, t, f_prefix);
		strbuf_addc(name, '/');
	}
	add_text(name, t, f_name);
}

static int take_entry(struct tar_reader *t, uint64_t size, uint64_t mode,
        const struct tar_sink *sink, void *arg, struct err *e)
{
	struct strbuf *name = &t->full, *link = &t->target;
	struct tar_entry x = { .mode = (uint32_t)mode & 07777 };
	char type = (char)t->block[TYPE_AT];
	int rc;

	strbuf_reset(name);
	strbuf_reset(link);
	full_name(t, name);
	if (t->link.len)
		strbuf_add(link, t->link.s, t->link.len);
	else
		add_text(link, t, f_link);
	if (kind_of(type, name->s, &x.kind) < 0)
		return refuse_type(type, name->s, e);
	x.size = t->has_size ? t->size : size;
	if (x.kind != TAR_FILE && x.size)
		return broken(e, "what is no file has content");
	x.name = name->s;
	x.link = x.kind == TAR_LINK ? link->s : "";
	strbuf_reset(&t->name);
	strbuf_reset(&t->link);
	t->has_size = false;
	t->left = x.size;
	t->padding = tar_padding(x.size);
	rc = sink->entry(arg, &x, e);
	return rc == 0 && x.kind == TAR_FILE && !x.size ? sink->whole(arg, e) : rc;
}

static bool is_zero(const struct tar_reader *t)
{
	for (size_t i = 0; i < TAR_BLOCK; i++)
		if (t->block[i])
			return false;
	return true;
}

static int take_header(struct tar_reader *t, const struct tar_sink *sink, void *arg, struct err *e)
{
	const char *magic = (const char *)t->block + MAGIC_AT;
	char type = (char)t->block[TYPE_AT];
	uint64_t size, mode;

	t->have = 0;
	if (is_zero(t)) {
		t->ended = true;
		return 0;
	}
	if (memcmp(magic, "ustar\00000", 8) != 0 && memcmp(magic, "ustar  ", 8) != 0)
		return broken(e, "a header that is none");
	if (!checksum_fits(t))
		return broken(e, "a checksum");
	if (number(t, f_size, &size) < 0 || octal(t->block + f_mode.at, f_mode.n, &mode) < 0)
		return broken(e, "a number");
	if (type != 'x' && type != 'g' && type != 'L' && type != 'K')
		return take_entry(t, size, mode, sink, arg, e);
	if (size > META_MAX)
		return err_set(e, ERR_LIMIT, "the tar archive has a record of %llu bytes",
		        (unsigned long long)size);
	t->meta = type;
	strbuf_reset(&t->text);
	t->left = size;
	t->padding = tar_padding(size);
	return size ? 0 : take_meta(t, e);
}

static int take_content(struct tar_reader *t, const char *p, size_t n, const struct tar_sink *sink,
        void *arg, struct err *e)
{
	t->left -= n;
	if (t->meta) {
		strbuf_add(&t->text, p, n);
		return t->left ? 0 : take_meta(t, e);
	}
	if (sink->data(arg, p, n, e) < 0)
		return -1;
	return t->left ? 0 : sink->whole(arg, e);
}

static size_t smaller(uint64_t a, size_t b)
{
	return a < b ? (size_t)a : b;
}

int tar_feed(struct tar_reader *t, const void *data, size_t n, const struct tar_sink *sink,
        void *arg, struct err *e)
{
	const char *p = data;

	while (n && !t->ended) {
		size_t part;
		int rc = 0;

		if (t->left) {
			part = smaller(t->left, n);
			rc = take_content(t, p, part, sink, arg, e);
		} else if (t->padding) {
			part = smaller(t->padding, n);
			t->padding -= part;
		} else {
			part = smaller(TAR_BLOCK - t->have, n);
			memcpy(t->block + t->have, p, part);
			t->have += part;
			if (t->have == TAR_BLOCK)
				rc = take_header(t, sink, arg, e);
		}
		if (rc < 0)
			return -1;
		p += part;
		n -= part;
	}
	return 0;
}

int tar_finish(const struct tar_reader *t, struct err *e)
{
	return t->ended ? 0 : broken(e, "it ends too early");
}
