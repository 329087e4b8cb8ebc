/* tests/unit/image/bed.h - archives as nobody honest writes them, and a store to put them into.
 *
 * Facts: the ustar header and pax records (POSIX.1-2017, pax, "ustar Interchange Format").
 */
#ifndef TESTS_UNIT_IMAGE_BED_H
#define TESTS_UNIT_IMAGE_BED_H

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/json.h"
#include "common/mem.h"
#include "daemon/core/digest.h"
#include "daemon/image/depot_priv.h"
#include "daemon/image/oci_priv.h"

static char bed_dir[64];
static struct image_store *bed_store;
static struct err e;

/* Members of an archive say what matters; the rest is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* ---- tar ---- */

struct member {
	const char *name;
	char type; /* '0' file, '1' hard link, '2' link, '3' device, '5' directory, '6' pipe */
	unsigned mode;
	const char *text;        /* content, or target */
	const char *pax;         /* "key=value" of one extended record, or NULL */
	unsigned long long size; /* that it claims; 0 = of text */
	unsigned uid;
};

static void tar_header(struct strbuf *out, const char *name, char type, const struct member *m,
        unsigned long long size)
{
	char h[512] = { 0 };
	unsigned sum = 0;

	snprintf(h, 100, "%s", name);
	snprintf(h + 100, 8, "%07o", m->mode);
	snprintf(h + 108, 8, "%07o", m->uid);
	snprintf(h + 116, 8, "%07o", m->uid);
	snprintf(h + 124, 12, "%011llo", size);
	snprintf(h + 136, 12, "%011o", 1600000000u);
	memset(h + 148, ' ', 8);
	h[156] = type;
	if (type == '1' || type == '2')
		snprintf(h + 157, 100, "%s", m->text);
	memcpy(h + 257, "ustar\00000", 8);
	if (type == '3')
		snprintf(h + 329, 8, "%07o", 1u), snprintf(h + 337, 8, "%07o", 3u);
	for (size_t i = 0; i < sizeof(h); i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum);
	strbuf_add(out, h, sizeof(h));
}

static void tar_pad(struct strbuf *out)
{
	while (out->len % 512)
		strbuf_addc(out, '\0');
}

static void tar_pax(struct strbuf *out, const char *record)
{
	size_t n = strlen(record) + 3, len;
	struct member m = { .mode = 0644 };
	char line[8192];

	do /* the length counts its own digits */
		len = n, n = (size_t)snprintf(line, sizeof(line), "%zu %s\n", len, record);
	while (n != len);
	tar_header(out, "PaxHeaders/x", 'x', &m, n);
	strbuf_add(out, line, n);
	tar_pad(out);
}

static void tar_add(struct strbuf *out, const struct member *m)
{
	bool file = m->type == '0';
	size_t len = file && m->text ? strlen(m->text) : 0;

	if (m->pax)
		tar_pax(out, m->pax);
	tar_header(out, m->name, m->type, m, m->size ? m->size : len);
	if (len)
		strbuf_add(out, m->text, len);
	tar_pad(out);
}

static void tar_end(struct strbuf *out)
{
	strbuf_addn(out, '\0', 1024);
}

#define TAR(out, ...)                                               \
	do {                                                        \
		const struct member members_[] = { __VA_ARGS__ };   \
		for (size_t i_ = 0; i_ < ARRAY_LEN(members_); i_++) \
			tar_add(out, &members_[i_]);                \
		tar_end(out);                                       \
	} while (0)

/* ---- files of the test ---- */

static const char *in_bed(const char *name)
{
	static char path[16][256];
	static unsigned next;
	char *out = path[next++ % 16];

	snprintf(out, 256, "%s/%s", bed_dir, name);
	return out;
}

static const char *put_file(const char *name, const struct strbuf *text)
{
	const char *path = in_bed(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fs_write_all(fd, text->s, text->len, &e), 0);
	close(fd);
	return path;
}

/* ---- OCI layouts ---- */

static const char *bed_arch; /* NULL: this machine's */

/* Writes a blob; "sha256:HEX" into digest. */
static void put_blob(const struct strbuf *bytes, char digest[72])
{
	char hex[DIGEST_HEX], name[128];
	struct digest d;

	digest_of(bytes->s, bytes->len, &d);
	digest_hex(&d, hex);
	snprintf(digest, 72, "sha256:%s", hex);
	snprintf(name, sizeof(name), "layout/blobs/sha256/%s", hex);
	put_file(name, bytes);
}

static void write_descriptor(struct json *j, const char *key, const char *type, const char *digest)
{
	json_obj(j, key);
	json_str(j, "mediaType", type);
	json_str(j, "digest", digest);
	json_int(j, "size", 1);
	json_end(j);
}

/* A layout at bed/layout of these layers; config is the inside of its "config" object. */
static inline const char *put_layout(const struct strbuf *layers, size_t n, const char *config)
{
	AUTO_STRBUF text = STRBUF_INIT;
	char digests[8][72], digest[72];
	struct json j = JSON_INIT(&text);

	ck_assert_int_eq(fs_mkdirs(in_bed("layout/blobs/sha256"), 0755, &e), 0);
	for (size_t i = 0; i < n; i++)
		put_blob(&layers[i], digests[i]);
	strbuf_printf(&text,
	        "{\"architecture\":\"%s\",\"os\":\"linux\",\"config\":{%s},\"rootfs\":{\"type\":"
	        "\"layers\",\"diff_ids\":[",
	        bed_arch ? bed_arch : oci_own_platform() + strlen("linux/"), config);
	for (size_t i = 0; i < n; i++)
		strbuf_printf(&text, "%s\"%s\"", i ? "," : "", digests[i]);
	strbuf_adds(&text, "]}}");
	put_blob(&text, digest);
	strbuf_reset(&text);
	json_obj(&j, NULL);
	json_int(&j, "schemaVersion", 2);
	write_descriptor(&j, "config", "application/vnd.oci.image.config.v1+json", digest);
	json_arr(&j, "layers");
	for (size_t i = 0; i < n; i++)
		write_descriptor(&j, NULL, "application/vnd.oci.image.layer.v1.tar", digests[i]);
	json_end(&j);
	json_end(&j);
	put_blob(&text, digest);
	strbuf_reset(&text);
	strbuf_printf(&text,
	        "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/"
	        "vnd.oci.image.manifest.v1+json\",\"digest\":\"%s\",\"size\":1}]}",
	        digest);
	put_file("layout/index.json", &text);
	strbuf_reset(&text);
	strbuf_adds(&text, "{\"imageLayoutVersion\":\"1.0.0\"}");
	put_file("layout/oci-layout", &text);
	return in_bed("layout");
}

/* ---- the store ---- */

static struct image_imported imported;

static int import_as(const char *name, const char *path)
{
	struct image_import what = { .name = name, .path = path, .max_bytes = 1ull << 30 };

	e = (struct err){ 0 };
	return image_import(bed_store, &what, &imported, &e);
}

static inline const struct image *import(const char *name, const char *path)
{
	ck_assert_msg(import_as(name, path) == 0, "%s", e.msg);
	const struct image *image = image_resolve(bed_store, name, NULL, &e);
	ck_assert_msg(image != NULL, "%s", e.msg);
	return image;
}

static inline const struct image *import_tar(const char *name, const struct strbuf *tar)
{
	return import(name, put_file("a.tar", tar));
}

static inline const char *layer_of(const struct image *image, size_t i)
{
	return i ? image->above[i - 1] : image->lower;
}

/* lstat() in a layer; false when it is not there. */
static inline bool look(const struct image *image, size_t layer, const char *path, struct stat *st)
{
	AUTO_STR full = xasprintf("%s/%s", layer_of(image, layer), path);

	return lstat(full, st) == 0;
}

static inline void content_is(
        const struct image *image, size_t layer, const char *path, const char *want)
{
	AUTO_STR full = xasprintf("%s/%s", layer_of(image, layer), path);
	AUTO_STRBUF text = STRBUF_INIT;

	ck_assert_msg(fs_read_file(full, 1 << 20, &text, &e) == 0, "%s", e.msg);
	ck_assert_str_eq(text.s, want);
}

static size_t count_in(const char *sub)
{
	AUTO_STR path = xasprintf("%s/data/images/imported/%s", bed_dir, sub);
	DIR *d = opendir(path);
	size_t n = 0;

	for (const struct dirent *x; d && (x = readdir(d)) != NULL;)
		n += x->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

/* After an import that failed. */
static inline void nothing_is_left(const char *why)
{
	ck_assert_msg(count_in("tmp") == 0, "%s: tmp", why);
	ck_assert_msg(count_in("layers") == 0, "%s: layers", why);
	ck_assert_msg(count_in("images") == 0, "%s: images", why);
	ck_assert_msg(count_in("refs") == 0, "%s: refs", why);
}

/* The build's; tests that are about it have another. */
static const char *bed_unpacker(void)
{
	static char self[PATH_MAX], path[PATH_MAX + 32];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	ck_assert_int_gt(n, 0);
	self[n] = '\0';
	for (int i = 0; i < 3; i++)
		*strrchr(self, '/') = '\0';
	snprintf(path, sizeof(path), "%s/clnrm-unpack", self);
	return path;
}

static struct image_store *bed_open_store(void)
{
	struct image_store *s = image_store_open(in_bed("data"), NULL, &e);

	ck_assert_msg(s != NULL, "%s", e.msg);
	image_store_use_unpacker(s, bed_unpacker());
	return s;
}

static void bed_open(void)
{
	bed_store = bed_open_store();
}

static void bed_setup(void)
{
	snprintf(bed_dir, sizeof(bed_dir), "/var/tmp/clnrm-import-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(bed_dir));
	ck_assert_int_eq(chmod(bed_dir, 0755), 0);
	ck_assert_int_eq(mkdir(in_bed("data"), 0755), 0);
	bed_open();
}

static void bed_teardown(void)
{
	image_store_close(bed_store);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, bed_dir, &e), 0);
}

#endif
