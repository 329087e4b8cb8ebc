/* One layer, from archives that nobody honest wrote. */
#include "tests/unit/image/bed.h"

#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <zlib.h>

START_TEST(files_keep_what_they_are)
{
	AUTO_STRBUF tar = STRBUF_INIT;
	struct stat a, b;

	TAR(&tar, { "./", '5', 0750 }, { "./bin/", '5', 0755 }, { "bin/prog", '0', 04711, "#!\n" },
	        { "bin/same", '1', 0, "bin/prog" }, { "bin/link", '2', 0777, "../etc/x" },
	        { "tmp", '5', 01777 }, { "etc/empty", '0', 0600 },
	        { "sp", '0', 0644, "x", "SCHILY.xattr.user.mine=hello" });
	const struct image *image = import_tar("a", &tar);
	ck_assert(look(image, 0, "bin/prog", &a) && look(image, 0, "bin/same", &b));
	ck_assert_uint_eq(a.st_ino, b.st_ino);
	ck_assert_uint_eq(a.st_mode, S_IFREG | 04711);
	ck_assert_int_eq(a.st_mtim.tv_sec, 1600000000);
	ck_assert(look(image, 0, ".", &a));
	ck_assert_uint_eq(a.st_mode, S_IFDIR | 0750);
	ck_assert(look(image, 0, "tmp", &a));
	ck_assert_uint_eq(a.st_mode, S_IFDIR | 01777);
	ck_assert(look(image, 0, "bin/link", &a) && S_ISLNK(a.st_mode));
	ck_assert(look(image, 0, "etc", &a)); /* nobody said so */
	ck_assert_uint_eq(a.st_mode, S_IFDIR | 0755);
	content_is(image, 0, "bin/prog", "#!\n");
	content_is(image, 0, "etc/empty", "");
	AUTO_STR sp = xasprintf("%s/sp", image->lower);
	char value[8] = "";
	ck_assert_int_eq(getxattr(sp, "user.mine", value, sizeof(value)), 5);
	ck_assert_int_eq(memcmp(value, "hello", 5), 0);
}
END_TEST

START_TEST(owners_are_kept_by_root_and_counted_by_others)
{
	AUTO_STRBUF tar = STRBUF_INIT;
	struct stat st;

	TAR(&tar, { .name = "d", .type = '5', .mode = 0755, .uid = 12 },
	        { .name = "d/f", .type = '0', .mode = 04755, .uid = 34 });
	const struct image *image = import_tar("a", &tar);
	ck_assert(look(image, 0, "d/f", &st));
	if (geteuid() == 0) {
		ck_assert_uint_eq(st.st_uid, 34);
		ck_assert_uint_eq(st.st_mode & 07777, 04755); /* which a chown takes away */
		ck_assert(look(image, 0, "d", &st));
		ck_assert_uint_eq(st.st_gid, 12);
		ck_assert_uint_eq(image->origin->owners_lost, 0);
	} else {
		ck_assert_uint_eq(st.st_uid, geteuid());
		ck_assert_uint_eq(image->origin->owners_lost, 2);
	}
}
END_TEST

/* ---- hostile ---- */

static char long_name[5000], deep_name[2000];

START_TEST(what_leads_out_ends_the_import)
{
	static const struct {
		const char *why;
		struct member m[3];
		enum err_code code;
	} cases[] = {
		{ "a name with ..", { { "../canary/x", '0', 0644, "bad" } }, ERR_INVALID },
		{ ".. in the middle", { { "a/../../canary/x", '0', 0644, "bad" } }, ERR_INVALID },
		{ ".. at the end", { { "a/..", '5', 0755 } }, ERR_INVALID },
		{ "an absolute name", { { "/tmp/clnrm-canary", '0', 0644, "bad" } }, ERR_INVALID },
		{ "a hard link with ..", { { "x", '1', 0, "../../../../../canary/file" } },
		        ERR_INVALID },
		{ "an absolute hard link", { { "x", '1', 0, "/etc/passwd" } }, ERR_INVALID },
		{ "a hard link to nothing", { { "x", '1', 0, "etc/passwd" } }, ERR_INVALID },
		{ "a hard link to itself", { { "x", '0', 0644, "" }, { "x", '1', 0, "x" } },
		        ERR_INVALID },
		{ "a hard link to a directory", { { "d", '5', 0755 }, { "x", '1', 0, "d" } },
		        ERR_INVALID },
		{ "a hard link through a link out",
		        { { "l", '2', 0777, "/etc" }, { "x", '1', 0, "l/passwd" } }, ERR_INVALID },
		{ "a file below a file", { { "f", '0', 0644, "" }, { "f/x", '0', 0644, "" } },
		        ERR_INVALID },
		{ "links in a circle", { { "l", '2', 0777, "l/l" }, { "l/x", '0', 0644, "" } },
		        ERR_INVALID },
		{ "a file over a directory with files",
		        { { "d/x", '0', 0644, "" }, { "d", '0', 0644, "" } }, ERR_INVALID },
		{ "the root as a link", { { ".", '2', 0777, "/etc" } }, ERR_INVALID },
		{ "a symbolic link to nowhere at all", { { "l", '2', 0777, "" } }, ERR_INVALID },
		{ "a file of 4 GiB",
		        { { .name = "f", .type = '0', .mode = 0644, .size = 1ull << 32 } },
		        ERR_LIMIT },
		{ "a hole of a TiB",
		        { { "f", '0', 0644, "1\n0\n512\n", "GNU.sparse.realsize=1099511627776" } },
		        ERR_NONE },
		{ "a name of 5,000 bytes", { { "f", '0', 0644, "", long_name } }, ERR_INVALID },
		{ "a path of 700 directories", { { "f", '0', 0644, "", deep_name } }, ERR_INVALID },
	};
	AUTO_STRBUF canary = STRBUF_INIT;

	memset(long_name, 'n', sizeof(long_name) - 1);
	memcpy(long_name, "path=", 5);
	memcpy(deep_name, "path=", 5);
	for (size_t i = 5; i + 2 < 1405; i += 2)
		memcpy(deep_name + i, "d/", 3);
	ck_assert_int_eq(mkdir(in_bed("canary"), 0755), 0);
	put_file("canary/file", &canary);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_STRBUF tar = STRBUF_INIT;
		struct stat st;

		for (size_t k = 0; k < 3 && cases[i].m[k].name; k++)
			tar_add(&tar, &cases[i].m[k]);
		tar_end(&tar);
		int r = import_as("a", put_file("a.tar", &tar));
		if (cases[i].code == ERR_NONE) /* taken as what it is, or refused */
			ck_assert(r == 0 || e.code == ERR_INVALID || e.code == ERR_LIMIT);
		else
			ck_assert_msg(r < 0 && e.code == cases[i].code, "%s: %d %d %s",
			        cases[i].why, r, e.code, e.msg);
		if (r < 0)
			nothing_is_left(cases[i].why);
		ck_assert_msg(lstat(in_bed("canary/x"), &st) < 0, "%s", cases[i].why);
		ck_assert_msg(lstat("/tmp/clnrm-canary", &st) < 0, "%s", cases[i].why);
		ck_assert_int_eq(lstat(in_bed("canary/file"), &st), 0);
		ck_assert_msg(st.st_nlink == 1, "%s", cases[i].why);
	}
}
END_TEST

START_TEST(links_out_of_the_layer_lead_within_it)
{
	AUTO_STRBUF tar = STRBUF_INIT;
	AUTO_STRBUF canary = STRBUF_INIT;
	struct stat st;

	ck_assert_int_eq(mkdir(in_bed("canary"), 0755), 0);
	strbuf_adds(&canary, "mine");
	put_file("canary/file", &canary);
	const char *out = in_bed("canary");
	AUTO_STR file = xasprintf("%s/file", out);
	AUTO_STR up = xasprintf("../../../../../../..%s", out);
	TAR(&tar, { "d", '2', 0777, out }, { "d/x", '0', 0644, "in" }, { "u", '2', 0777, up },
	        { "u/y", '0', 0644, "in" }, { "s", '2', 0777, file }, { "s", '0', 0644, "new" },
	        { "h", '2', 0777, file }, { "h2", '1', 0, "h" }, { "h2", '0', 0644, "over" });
	const struct image *image = import_tar("a", &tar);
	ck_assert(lstat(in_bed("canary/x"), &st) < 0 && lstat(in_bed("canary/y"), &st) < 0);
	AUTO_STR x = xasprintf("%s/x", out + 1);
	AUTO_STR y = xasprintf("%s/y", out + 1);
	content_is(image, 0, x, "in");
	content_is(image, 0, y, "in");
	content_is(image, 0, "s", "new");
	content_is(image, 0, "h2", "over");
	AUTO_STRBUF text = STRBUF_INIT;
	ck_assert_int_eq(fs_read_file(in_bed("canary/file"), 10, &text, &e), 0);
	ck_assert_str_eq(text.s, "mine");
}
END_TEST

START_TEST(the_later_of_two_entries_counts)
{
	AUTO_STRBUF tar = STRBUF_INIT;
	struct stat st;

	TAR(&tar, { "f", '0', 0644, "one" }, { "f", '0', 0600, "two" }, { "g", '5', 0755 },
	        { "g", '0', 0644, "file" }, { "h", '0', 0644, "" }, { "h", '5', 0711 },
	        { "h/x", '0', 0644, "in" }, { "i", '5', 0700 }, { "i", '5', 0755 },
	        { "./i/./y", '0', 0644, "in" });
	const struct image *image = import_tar("a", &tar);
	content_is(image, 0, "f", "two");
	content_is(image, 0, "g", "file");
	content_is(image, 0, "h/x", "in");
	content_is(image, 0, "i/y", "in");
	ck_assert(look(image, 0, "i", &st) && (st.st_mode & 0777) == 0755);
	ck_assert(look(image, 0, "h", &st) && (st.st_mode & 0777) == 0711);
}
END_TEST

START_TEST(devices_are_left_out_and_counted)
{
	AUTO_STRBUF tar = STRBUF_INIT;
	struct stat st;

	TAR(&tar, { "dev/null", '3', 0666 }, { "pipe", '6', 0644 }, { "x", '0', 0644, "" });
	const struct image *image = import_tar("a", &tar);
	ck_assert(!look(image, 0, "dev/null", &st));
	ck_assert(!look(image, 0, "pipe", &st));
	ck_assert_uint_eq(image->origin->left_out, 2);
}
END_TEST

START_TEST(a_layer_cannot_say_what_overlayfs_says)
{
	static const char *const names[] = { "user.overlay.opaque", "trusted.overlay.opaque",
		"trusted.overlay.redirect", "user.overlay.metacopy", "security.selinux" };
	char value[8];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_STRBUF tar = STRBUF_INIT;
		AUTO_STR pax = xasprintf("SCHILY.xattr.%s=y", names[i]);

		TAR(&tar, { "d", '5', 0755, NULL, pax }, { "f", '0', 0644, "", pax });
		const struct image *image = import_tar("a", &tar);
		AUTO_STR d = xasprintf("%s/d", image->lower);
		AUTO_STR f = xasprintf("%s/f", image->lower);
		ck_assert_msg(getxattr(d, names[i], value, sizeof(value)) < 0, "%s", names[i]);
		ck_assert_msg(getxattr(f, names[i], value, sizeof(value)) < 0, "%s", names[i]);
		ck_assert_uint_eq(image->origin->xattrs_lost, 2);
	}
}
END_TEST

START_TEST(names_are_bytes)
{
	AUTO_STRBUF tar = STRBUF_INIT;

	TAR(&tar, { "x", '0', 0644, "pax", "path=d\xc3\xa4/\xe2\x82\xac" },
	        { "l\xe9gal", '0', 0644, "old" }, { "a b\n", '0', 0644, "odd" });
	const struct image *image = import_tar("a", &tar);
	content_is(image, 0, "d\xc3\xa4/\xe2\x82\xac", "pax");
	content_is(image, 0, "l\xe9gal", "old");
	content_is(image, 0, "a b\n", "odd");
}
END_TEST

/* ---- sizes ---- */

START_TEST(a_bomb_is_refused_long_before_it_is_unpacked)
{
	AUTO_STRBUF head = STRBUF_INIT;
	const struct member m = { .name = "zeros", .type = '0', .mode = 0644, .size = 900u << 20 };
	static char zeros[1 << 20];
	const char *path = in_bed("bomb.tar.gz");
	gzFile z = gzopen(path, "wb9");

	tar_header(&head, m.name, '0', &m, m.size);
	ck_assert_int_gt(gzwrite(z, head.s, (unsigned)head.len), 0);
	for (unsigned i = 0; i < 200; i++)
		ck_assert_int_gt(gzwrite(z, zeros, sizeof(zeros)), 0);
	gzclose(z);
	ck_assert_int_lt(import_as("a", path), 0);
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(e.msg, "inflate"));
	nothing_is_left("bomb");
}
END_TEST

static int no_content(void *arg, const void **p, size_t *n, int64_t *at, struct err *why)
{
	(void)arg, (void)p, (void)n, (void)at, (void)why;
	return 0;
}

START_TEST(a_budget_holds_over_entries_and_bytes)
{
	struct unpack_budget budget = {
		.max_bytes = 100, .max_entries = 3, .bytes = 100, .entries = 3
	};
	struct unpack_entry x = { .path = "f", .mode = S_IFREG | 0644, .size = 60 };
	int own = open(bed_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CLEANUP(unpack_free) struct unpack *u = unpack_new(own, NULL, 0, &budget, true);
	ck_assert_int_eq(unpack_entry(u, &x, no_content, NULL, &e), 0);
	x.path = "g";
	ck_assert_int_eq(unpack_entry(u, &x, no_content, NULL, &e), -1);
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(e.msg, "image_max_mb"));
	x.size = 0;
	ck_assert_int_eq(unpack_entry(u, &x, no_content, NULL, &e), 0);
	ck_assert_int_eq(unpack_entry(u, &x, no_content, NULL, &e), -1);
	ck_assert_int_eq(e.code, ERR_LIMIT);
	close(own);
}
END_TEST

START_TEST(a_cancelled_import_leaves_nothing)
{
	AUTO_STRBUF tar = STRBUF_INIT;
	atomic_bool cancelled = true;

	TAR(&tar, { "f", '0', 0644, "x" });
	const struct image_import what = { .name = "a",
		.path = put_file("a.tar", &tar),
		.max_bytes = 1 << 20,
		.cancelled = &cancelled };
	ck_assert_int_lt(image_import(bed_store, &what, &imported, &e), 0);
	ck_assert_int_eq(e.code, ERR_BUSY);
	nothing_is_left("cancelled");
}
END_TEST

START_TEST(what_is_compressed_otherwise_is_told_with_the_remedy)
{
	static const struct {
		const char *head, *says;
	} files[] = { { "\xfd"
		        "7zXZ",
		              "xz -dc" },
		{ "BZh91AY", "bzip2 -dc" }, { "\x04\x22\x4d\x18", "lz4 -dc" } };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO_STRBUF text = STRBUF_INIT;

		strbuf_adds(&text, files[i].head);
		strbuf_addn(&text, 'x', 1024);
		ck_assert_int_lt(import_as("a", put_file("a.tar", &text)), 0);
		ck_assert_int_eq(e.code, ERR_INVALID);
		ck_assert_msg(strstr(e.msg, files[i].says) != NULL, "%s", e.msg);
	}
	/* A name is not what its file is compressed by. */
	AUTO_STRBUF tar = STRBUF_INIT;
	TAR(&tar, { "BZh", '0', 0644, "1" });
	content_is(import_tar("a", &tar), 0, "BZh", "1");
}
END_TEST

START_TEST(what_is_no_image_is_told_so)
{
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_STRBUF tar = STRBUF_INIT;

	strbuf_adds(&text, "this is a shopping list, and nothing that anybody could unpack\n");
	ck_assert_int_lt(import_as("a", put_file("list", &text)), 0);
	ck_assert_int_eq(e.code, ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(e.msg, "docker save"));
	ck_assert_int_lt(import_as("a", in_bed("nothing")), 0);
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	ck_assert_int_lt(import_as("a", "/dev/null"), 0);
	ck_assert_int_eq(e.code, ERR_INVALID);
	TAR(&tar, { "f", '0', 0644, "a long text, which the end of the file cuts off" });
	strbuf_truncate(&tar, 530);
	ck_assert_int_lt(import_as("a", put_file("cut.tar", &tar)), 0);
	ck_assert_int_eq(e.code, ERR_INVALID);
	nothing_is_left("no image");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		files_keep_what_they_are,
		owners_are_kept_by_root_and_counted_by_others,
		what_leads_out_ends_the_import,
		links_out_of_the_layer_lead_within_it,
		the_later_of_two_entries_counts,
		devices_are_left_out_and_counted,
		a_layer_cannot_say_what_overlayfs_says,
		names_are_bytes,
		a_bomb_is_refused_long_before_it_is_unpacked,
		a_budget_holds_over_entries_and_bytes,
		a_cancelled_import_leaves_nothing,
		what_is_compressed_otherwise_is_told_with_the_remedy,
		what_is_no_image_is_told_so,
	};
	Suite *s = suite_create("unpack");
	TCase *t = tcase_create("unpack");

	tcase_add_checked_fixture(t, bed_setup, bed_teardown);
	tcase_set_timeout(t, 120);
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
