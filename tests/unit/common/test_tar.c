#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "common/pack.h"
#include "common/tar.h"
#include "tests/unit/check_main.h"

/* ---- the format: what is written is what is read ---- */

struct seen {
	struct strbuf text; /* "KIND NAME>LINK MODE SIZE:content;" each */
};

static int on_entry(void *arg, const struct tar_entry *x, struct err *e)
{
	static const char kinds[] = { [TAR_FILE] = 'f', [TAR_DIR] = 'd', [TAR_LINK] = 'l' };
	struct seen *s = arg;

	(void)e;
	strbuf_printf(&s->text, "%c %s>%s %o %llu:%s", kinds[x->kind], x->name, x->link, x->mode,
	        (unsigned long long)x->size, x->kind == TAR_FILE ? "" : ";");
	return 0;
}

static int on_data(void *arg, const void *p, size_t n, struct err *e)
{
	struct seen *s = arg;

	(void)e;
	strbuf_add(&s->text, p, n);
	return 0;
}

static int on_whole(void *arg, struct err *e)
{
	struct seen *s = arg;

	(void)e;
	strbuf_addc(&s->text, ';');
	return 0;
}

static const struct tar_sink sink = { on_entry, on_data, on_whole };

/* In pieces of that many bytes. */
static int read_archive(const struct strbuf *b, size_t piece, struct seen *s, struct err *e)
{
	struct tar_reader t;
	int rc = 0;

	strbuf_reset(&s->text);
	tar_reader_init(&t);
	for (size_t at = 0; rc == 0 && at < b->len; at += piece)
		rc = tar_feed(
		        &t, b->s + at, piece < b->len - at ? piece : b->len - at, &sink, s, e);
	rc = rc < 0 ? rc : tar_finish(&t, e);
	tar_reader_release(&t);
	return rc;
}

static void put_file(struct strbuf *out, const char *name, const char *content)
{
	static const char zeros[TAR_BLOCK];
	struct tar_entry x = { TAR_FILE, name, "", 0644, strlen(content), 0 };

	tar_put(out, &x);
	strbuf_adds(out, content);
	strbuf_add(out, zeros, tar_padding(x.size));
}

START_TEST(entries_come_back_as_they_were_in_whatever_pieces)
{
	char name[1001], target[301];
	AUTO_STRBUF b = STRBUF_INIT;
	AUTO_STRBUF want = STRBUF_INIT;
	struct seen s = { STRBUF_INIT };
	struct err e;

	memset(name, 'n', sizeof(name) - 1);
	memset(target, 't', sizeof(target) - 1);
	name[1000] = target[300] = '\0';
	tar_put(&b, &(struct tar_entry){ TAR_DIR, "dir", "", 0755, 0, 0 });
	put_file(&b, "dir/empty", "");
	put_file(&b, "dir/file", "content");
	put_file(&b, name, "x");
	tar_put(&b, &(struct tar_entry){ TAR_LINK, "short", "../to", 0777, 0, 0 });
	tar_put(&b, &(struct tar_entry){ TAR_LINK, name, target, 0777, 0, 0 });
	tar_put_end(&b);
	strbuf_printf(&want,
	        "d dir> 755 0:;f dir/empty> 644 0:;f dir/file> 644 7:content;f %s> 644 1:x;"
	        "l short>../to 777 0:;l %s>%s 777 0:;",
	        name, name, target);
	for (size_t piece = 1; piece < 1200; piece += 97) {
		ck_assert_int_eq(read_archive(&b, piece, &s, &e), 0);
		ck_assert_str_eq(s.text.s, want.s);
	}
	strbuf_release(&s.text);
}
END_TEST

START_TEST(sizes_that_octal_digits_do_not_hold_are_written_and_read)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct seen s = { STRBUF_INIT };
	struct err e;

	tar_put(&b, &(struct tar_entry){ TAR_FILE, "large", "", 0644, 1ull << 40, 0 });
	ck_assert_int_eq(read_archive(&b, b.len, &s, &e), -1); /* its content is missing */
	ck_assert_str_eq(s.text.s, "f large> 644 1099511627776:");
	strbuf_release(&s.text);
}
END_TEST

/* A header with one change, its checksum made right again. */
static void changed(struct strbuf *out, size_t at, const char *bytes, size_t n)
{
	unsigned sum = 0;
	char digits[8];

	tar_put(out, &(struct tar_entry){ TAR_FILE, "f", "", 0644, 0, 0 });
	memcpy(out->s + at, bytes, n);
	memset(out->s + 148, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)out->s[i];
	snprintf(digits, sizeof(digits), "%06o", sum);
	memcpy(out->s + 148, digits, 7);
	tar_put_end(out);
}

START_TEST(what_is_no_plain_archive_is_refused)
{
	static const struct {
		size_t at;
		const char *bytes;
		size_t n;
	} bad[] = {
		{ 156, "1", 1 },
		{ 156, "3", 1 },
		{ 156, "4", 1 },
		{ 156, "6", 1 },
		{ 156, "7", 1 },
		{ 156, "S", 1 },
		{ 257, "nostar", 6 },
		{ 124, "00000000008", 11 },
		{ 124, "77777777777", 11 },
		{ 124, "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12 },
		{ 124, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12 },
		{ 100, "9", 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO_STRBUF b = STRBUF_INIT;
		struct seen s = { STRBUF_INIT };
		struct err e = { 0 };

		changed(&b, bad[i].at, bad[i].bytes, bad[i].n);
		if (read_archive(&b, b.len, &s, &e) != -1)
			ck_abort_msg("case %zu was taken", i);
		strbuf_release(&s.text);
	}
}
END_TEST

START_TEST(an_archive_that_breaks_off_is_never_whole)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct seen s = { STRBUF_INIT };
	struct err e;

	put_file(&b, "file", "content");
	for (size_t n = 0; n <= b.len; n += 64) {
		AUTO_STRBUF cut = STRBUF_INIT;

		strbuf_add(&cut, b.s, n);
		ck_assert_int_eq(read_archive(&cut, 4096, &s, &e), -1);
	}
	b.s[3] ^= 1;
	ck_assert_int_eq(read_archive(&b, 4096, &s, &e), -1); /* a checksum */
	ck_assert_str_eq(s.text.s, "");
	strbuf_release(&s.text);
}
END_TEST

/* ---- trees ---- */

static char root[PATH_MAX];

static void enter_scratch(void)
{
	snprintf(root, sizeof(root), "%s/clnrm-tar-XXXXXX",
	        getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(chdir(root), 0);
}

static void leave_scratch(void)
{
	struct err e;

	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, root, &e), 0);
}

static void on_left_out(void *arg, const char *name, const char *why)
{
	(void)why;
	strbuf_printf(arg, " %s", name);
}

static int copy(const char *from, const char *to, struct unpack_how how, struct strbuf *left)
{
	struct pack_notes notes = { on_left_out, left, 0 };
	AUTO_FD fd = memfd_create("archive", MFD_CLOEXEC);
	struct err e;

	ck_assert_int_eq(pack_tree(from, fd, &notes, &e), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return unpack_tree(fd, to, how, &notes, &e);
}

static int unpack_bytes(const struct strbuf *b, const char *to, struct strbuf *left)
{
	struct pack_notes notes = { on_left_out, left, 0 };
	AUTO_FD fd = memfd_create("archive", MFD_CLOEXEC);
	struct err e;

	ck_assert_int_eq(fs_write_all(fd, b->s, b->len, &e), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return unpack_tree(fd, to, (struct unpack_how){ .links_stay = true }, &notes, &e);
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

START_TEST(a_tree_goes_into_a_directory_or_under_a_new_name)
{
	AUTO_STRBUF left = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;

	ck_assert_int_eq(mkdir("tree", 0755) | mkdir("tree/sub", 0700) | mkdir("into", 0755), 0);
	ck_assert_int_eq(fs_write_atomic("tree/sub/file", "text", 4, 0640, &e), 0);
	ck_assert_int_eq(symlink("../sub/file", "tree/sub/link") | mkfifo("tree/fifo", 0600), 0);
	ck_assert_int_eq(copy("tree", "into", (struct unpack_how){ 0 }, &left), 0);
	ck_assert_str_eq(left.s, " tree/fifo");
	ck_assert_int_eq(copy("tree/", "new", (struct unpack_how){ .links_stay = true }, &left), 0);
	ck_assert_int_eq(fs_read_file("into/tree/sub/link", 100, &text, &e), 0);
	ck_assert_int_eq(fs_read_file("new/sub/file", 100, &text, &e), 0);
	ck_assert_str_eq(text.s, "texttext");
	ck_assert(!is_there("new/fifo"));
	ck_assert_int_eq(copy("tree", "no/such/place", (struct unpack_how){ 0 }, &left), -1);
	ck_assert_int_eq(
	        copy("tree", "new/sub/file", (struct unpack_how){ .whole_tree = true }, &left), -1);
}
END_TEST

START_TEST(a_link_that_leads_out_is_left_out_whatever_it_passes)
{
	static const struct {
		const char *name, *target;
		bool stays;
	} links[] = {
		{ "t/a", "b", true },
		{ "t/a", "./d/../b", false }, /* through what may be a link itself */
		{ "t/d/a", "../b", true },
		{ "t/d/a", ".././b", true },
		{ "t/d/a", "../../b",
		        false }, /* beside the tree, where other things of ours stand */
		{ "t/d/a", "..", true },
		{ "t/d/a", "../../../b", false },
		{ "t/a", "/etc/passwd", false },
		{ "t/a", "..", false },
		{ "t/a", ".", true },
		{ "a", "b", false },
		{ "t/a", "../..", false },
		{ "a", "..", false },
	};

	ck_assert_int_eq(mkdir("at", 0755), 0);
	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		AUTO_STRBUF b = STRBUF_INIT;
		AUTO_STRBUF left = STRBUF_INIT;

		tar_put(&b, &(struct tar_entry){
		                    TAR_LINK, links[i].name, links[i].target, 0777, 0, 0 });
		tar_put_end(&b);
		ck_assert_int_eq(unpack_bytes(&b, "at", &left), 0);
		if ((left.len == 0) != links[i].stays)
			ck_abort_msg("case %zu", i);
	}
}
END_TEST

START_TEST(nothing_is_written_beside_the_place)
{
	static const char *const names[] = { "../out", "a/../../out", "/out", "link/out",
		"file/out", "" };
	struct err e;

	ck_assert_int_eq(mkdir("at", 0755) | mkdir("beside", 0755), 0);
	ck_assert_int_eq(symlink("../beside", "at/link"), 0);
	ck_assert_int_eq(fs_write_atomic("at/file", "", 0, 0644, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_STRBUF b = STRBUF_INIT;
		AUTO_STRBUF left = STRBUF_INIT;

		put_file(&b, names[i], "x");
		tar_put_end(&b);
		if (unpack_bytes(&b, "at", &left) != -1)
			ck_abort_msg("'%s' was taken", names[i]);
		ck_assert(!is_there("out") && !is_there("beside/out"));
	}
}
END_TEST

START_TEST(what_is_there_is_replaced_and_not_written_into)
{
	AUTO_STRBUF b = STRBUF_INIT;
	AUTO_STRBUF left = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;

	ck_assert_int_eq(mkdir("at", 0755), 0);
	ck_assert_int_eq(fs_write_atomic("mine", "mine", 4, 0644, &e), 0);
	ck_assert_int_eq(symlink("../mine", "at/f") | link("mine", "at/g"), 0);
	put_file(&b, "f", "theirs");
	put_file(&b, "g", "theirs");
	tar_put_end(&b);
	ck_assert_int_eq(unpack_bytes(&b, "at", &left), 0);
	ck_assert_int_eq(fs_read_file("mine", 100, &text, &e), 0);
	ck_assert_int_eq(fs_read_file("at/f", 100, &text, &e), 0);
	ck_assert_str_eq(text.s, "minetheirs");
}
END_TEST

START_TEST(more_than_the_bound_is_refused_before_it_is_written)
{
	AUTO_STRBUF b = STRBUF_INIT;
	AUTO_STRBUF left = STRBUF_INIT;

	ck_assert_int_eq(mkdir("at", 0755), 0);
	tar_put(&b, &(struct tar_entry){ TAR_FILE, "huge", "", 0644, PACK_BYTES_MAX + 1, 0 });
	ck_assert_int_eq(unpack_bytes(&b, "at", &left), -1);
	ck_assert(!is_there("at/huge"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		entries_come_back_as_they_were_in_whatever_pieces,
		sizes_that_octal_digits_do_not_hold_are_written_and_read,
		what_is_no_plain_archive_is_refused,
		an_archive_that_breaks_off_is_never_whole,
		a_tree_goes_into_a_directory_or_under_a_new_name,
		a_link_that_leads_out_is_left_out_whatever_it_passes,
		nothing_is_written_beside_the_place,
		what_is_there_is_replaced_and_not_written_into,
		more_than_the_bound_is_refused_before_it_is_written,
	};

	return check_run_with("tar", tests, ARRAY_LEN(tests), enter_scratch, leave_scratch);
}
