#include "daemon/core/tar.h"

#include <stdio.h>
#include <string.h>

#define OCTAL_SIZE_MAX 077777777777ull

/* POSIX.1-2017, pax, "ustar Interchange Format". */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100];
	char magic[6], version[2], user[32], group[32], dev[16], prefix[155], pad[12];
};
_Static_assert(sizeof(struct header) == TAR_BLOCK, "a header is one block");

/* Digits up to a NUL that fills the last byte. */
static void put_octal(char *to, size_t n, uint64_t v)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%0*llo", (int)n - 1, (unsigned long long)v);

	memcpy(to, text + len - (int)(n - 1), n - 1);
	to[n - 1] = '\0';
}

static void put_text(char *to, size_t n, const char *text)
{
	size_t len = strlen(text);

	memcpy(to, text, len < n ? len : n);
}

static void put_sum(struct header *h)
{
	const unsigned char *p = (const unsigned char *)h;
	unsigned sum = 0;

	memset(h->sum, ' ', sizeof(h->sum));
	for (size_t i = 0; i < sizeof(*h); i++)
		sum += p[i];
	snprintf(h->sum, sizeof(h->sum), "%06o", sum);
	h->sum[7] = ' ';
}

static void put_header(struct strbuf *out, const struct tar_entry *x, char type, uint64_t size)
{
	struct header h = { .type = type, .magic = "ustar", .version = { '0', '0' } };

	put_text(h.name, sizeof(h.name), x->name);
	put_octal(h.mode, sizeof(h.mode), x->mode & 0777);
	put_octal(h.uid, sizeof(h.uid), 0);
	put_octal(h.gid, sizeof(h.gid), 0);
	put_octal(h.size, sizeof(h.size), size > OCTAL_SIZE_MAX ? 0 : size);
	put_octal(h.mtime, sizeof(h.mtime), x->mtime > 0 ? (uint64_t)x->mtime & OCTAL_SIZE_MAX : 0);
	if (x->link)
		put_text(h.link, sizeof(h.link), x->link);
	put_sum(&h);
	strbuf_add(out, &h, sizeof(h));
}

/* "LEN key=value\n", where LEN counts itself. */
static void add_record(struct strbuf *out, const char *key, const char *value)
{
	size_t rest = strlen(key) + strlen(value) + 3, len = rest + 1;
	char digits[24];

	for (int n = snprintf(digits, sizeof(digits), "%zu", len); (size_t)n + rest != len;
	        n = snprintf(digits, sizeof(digits), "%zu", len))
		len = rest + (size_t)n;
	strbuf_printf(out, "%zu %s=%s\n", len, key, value);
}

unsigned tar_padding(uint64_t size)
{
	return (TAR_BLOCK - (unsigned)(size % TAR_BLOCK)) % TAR_BLOCK;
}

static void put_pax(struct strbuf *out, const struct strbuf *records)
{
	const struct tar_entry x = { .name = "pax", .mode = 0644 };

	put_header(out, &x, 'x', records->len);
	strbuf_add(out, records->s, records->len);
	strbuf_addn(out, '\0', tar_padding(records->len));
}

void tar_entry(struct strbuf *out, const struct tar_entry *x)
{
	static const char types[] = { [TAR_FILE] = '0', [TAR_DIR] = '5', [TAR_LINK] = '2' };
	uint64_t size = x->type == TAR_FILE ? x->size : 0;
	AUTO_STRBUF records = STRBUF_INIT;
	char number[24];

	if (strlen(x->name) > sizeof(((struct header *)0)->name))
		add_record(&records, "path", x->name);
	if (x->link && strlen(x->link) > sizeof(((struct header *)0)->link))
		add_record(&records, "linkpath", x->link);
	if (size > OCTAL_SIZE_MAX) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)size);
		add_record(&records, "size", number);
	}
	if (records.len)
		put_pax(out, &records);
	put_header(out, x, types[x->type], size);
}

void tar_end(struct strbuf *out)
{
	strbuf_addn(out, '\0', 2 * TAR_BLOCK);
}
