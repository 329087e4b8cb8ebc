/* What reads an archive may do whatever it likes: it crashes, hangs, lies, and is killed. */
#include "tests/unit/image/bed.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "common/num.h"

/* ---- a reader that goes wrong ---- */

static void use_script(const char *body)
{
	AUTO_STRBUF text = STRBUF_INIT;

	strbuf_printf(&text, "#!/bin/sh\n%s\n", body);
	const char *path = put_file("reader", &text);
	ck_assert_int_eq(chmod(path, 0755), 0);
	image_store_use_unpacker(bed_store, path);
}

static const char *put_some_tar(void)
{
	AUTO_STRBUF tar = STRBUF_INIT;

	TAR(&tar, { "a", '0', 0644, "first" }, { "d/b", '0', 0644, "second" });
	return put_file("some.tar", &tar);
}

static void import_fails(enum err_code code, const char *says)
{
	ck_assert_msg(import_as("a", put_some_tar()) < 0, "%s", says);
	ck_assert_msg(e.code == code && strstr(e.msg, says) != NULL, "%s, not %s", e.msg, says);
	nothing_is_left(says);
}

START_TEST(a_reader_that_crashes_is_told_and_leaves_nothing)
{
	use_script("kill -SEGV $$");
	import_fails(ERR_INVALID, "crashed on it (signal 11");
	use_script("kill -XCPU $$");
	import_fails(ERR_LIMIT, "too much processor time");
	use_script("kill -KILL $$");
	import_fails(ERR_SYS, "was killed");
	use_script("exit 3");
	import_fails(ERR_INVALID, "ended in the middle of it (status 3)");
	image_store_use_unpacker(bed_store, in_bed("absent"));
	import_fails(ERR_SYS, "cannot start");
	image_store_use_unpacker(bed_store, bed_unpacker());
	ck_assert_int_eq(import_as("a", put_some_tar()), 0);
}
END_TEST

START_TEST(a_reader_that_crashes_behind_the_first_entries_leaves_nothing)
{
	/* Its list is whole, and what it unpacks is cut at each place. */
	for (int at = 8; at < 250; at += 37) {
		AUTO_STR body = xasprintf("[ $1 = list ] && exec %s list\n%s $1 | { dd bs=1 "
		                          "count=%d; kill -SEGV $$; }",
		        bed_unpacker(), bed_unpacker(), at);

		use_script(body);
		ck_assert_int_lt(import_as("a", put_some_tar()), 0);
		nothing_is_left(e.msg);
	}
}
END_TEST

START_TEST(a_reader_of_another_version_is_told)
{
	use_script("printf '\\0\\0\\0\\0\\0\\0\\0\\0\\11\\0\\0\\0\\0\\0\\0\\0'; cat >/dev/null");
	import_fails(ERR_SYS, "is of another version");
}
END_TEST

/* ---- cancelled ---- */

static atomic_bool cancelled;

struct hung {
	const char *fifo;
	char pid[32];
};

static void *cancel_when_up(void *arg)
{
	struct hung *h = arg;
	AUTO_FD fd = open(h->fifo, O_RDONLY | O_CLOEXEC); /* waits for who writes */

	if (fd >= 0 && read(fd, h->pid, sizeof(h->pid) - 1) > 0)
		atomic_store(&cancelled, true);
	return NULL;
}

START_TEST(a_reader_that_hangs_is_ended_with_the_import)
{
	struct hung hung = { .fifo = in_bed("up") };
	struct image_import what = {
		.name = "a", .path = put_some_tar(), .max_bytes = 1 << 20, .cancelled = &cancelled
	};
	AUTO_STR body = xasprintf("echo $$ >%s; exec sleep 100000", hung.fifo);
	uint64_t pid = 0;
	pthread_t other;

	use_script(body);
	ck_assert_int_eq(mkfifo(hung.fifo, 0600), 0);
	ck_assert_int_eq(pthread_create(&other, NULL, cancel_when_up, &hung), 0);
	ck_assert_int_lt(image_import(bed_store, &what, &imported, &e), 0);
	ck_assert_int_eq(e.code, ERR_BUSY);
	pthread_join(other, NULL);
	nothing_is_left("hung");
	hung.pid[strcspn(hung.pid, "\n")] = '\0';
	ck_assert_int_eq(str_to_u64(hung.pid, 2, INT32_MAX, &pid, &e), 0);
	ck_assert_int_lt(kill((pid_t)pid, 0), 0);
}
END_TEST

/* ---- a reader that lies ---- */

static struct strbuf lies;

static void lie(uint32_t kind, int64_t at, const void *p, size_t n)
{
	const struct archive_frame f = { .kind = kind, .n = (uint32_t)n, .at = at };

	strbuf_add(&lies, &f, sizeof(f));
	if (n)
		strbuf_add(&lies, p, n);
}

static void lie_entry(const struct archive_head *head, const char *names, size_t n)
{
	AUTO_STRBUF payload = STRBUF_INIT;

	strbuf_add(&payload, head, sizeof(*head));
	strbuf_add(&payload, names, n);
	lie(ARCHIVE_ENTRY, 0, payload.s, payload.len);
}

static int start_liar(enum archive_mode mode, struct archive_link *out, struct err *why)
{
	int pair[2];

	(void)mode, (void)why;
	out->from = memfd_create("lies", MFD_CLOEXEC);
	ck_assert_int_eq(pwrite(out->from, lies.s, lies.len, 0), (ssize_t)lies.len);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	out->to = pair[0];
	close(pair[1]);
	return 0;
}

/* Unpacks what the liar says into bed/d/own; 0 or -1. */
static int unpack_lies(void)
{
	const struct archive_how how = { .start = start_liar };
	struct unpack_budget budget = { 1 << 20, 100, 1 << 20, 100, NULL };
	AUTO_FD file = open(put_some_tar(), O_RDONLY | O_CLOEXEC);
	const struct archive_part part = { .fd = file, .n = 512 };
	struct archive_sums sums;

	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, in_bed("d"), &e) < 0 && errno != ENOENT, 0);
	ck_assert_int_eq(fs_mkdirs(in_bed("d/own"), 0755, &e), 0);
	AUTO_FD own = open(in_bed("d/own"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(unpack_free) struct unpack *u = unpack_new(own, NULL, 0, &budget, true);
	int result = archive_unpack(&how, &part, u, &sums, &e);
	/* Whatever it said, there is nothing beside. */
	DIR *dir = opendir(in_bed("d"));
	for (const struct dirent *x; (x = readdir(dir)) != NULL;)
		ck_assert(x->d_name[0] == '.' || strcmp(x->d_name, "own") == 0);
	closedir(dir);
	strbuf_reset(&lies);
	return result;
}

/* Of a file, but for its mode, size and number of attributes. */
#define HEAD(mode_, size_, n)                                     \
	&(const struct archive_head)                              \
	{                                                         \
		.mode = (mode_), .size = (size_), .n_xattrs = (n) \
	}
#define FILE_MODE (S_IFREG | 0644)
#define FILE_HEAD HEAD(FILE_MODE, 3, 0)

START_TEST(what_a_reader_says_is_not_believed)
{
	static const char plain[] = "a\0\0";
	const struct {
		const struct archive_head *head;
		const char *names;
		size_t n;
		int64_t at; /* of its content */
	} bad[] = {
		{ FILE_HEAD, "../x\0\0", 7, 0 }, { FILE_HEAD, "/tmp/x\0\0", 9, 0 },
		{ FILE_HEAD, "a", 1, 0 },                         /* no NUL */
		{ FILE_HEAD, "a\0\0b", 4, 0 },                    /* nor here */
		{ HEAD(FILE_MODE, 3, 1), plain, 4, 0 },           /* that it has not */
		{ HEAD(FILE_MODE, 3, 4000000000u), plain, 4, 0 }, /* nobody has */
		{ HEAD(FILE_MODE, 3, 1), "a\0\0\0u\0\377\377\377\377v", 11, 0 }, /* cut off */
		{ &(const struct archive_head){ .mode = FILE_MODE, .has_hardlink = 1 },
		        "a\0\0../d\0", 9, 0 },
		{ HEAD(0, 3, 0), plain, 4, 0 }, { HEAD(FILE_MODE, -1, 0), plain, 4, 0 },
		{ HEAD(FILE_MODE, INT64_MAX, 0), plain, 4, 0 },
		{ FILE_HEAD, plain, 4, 1 },         /* content over its end */
		{ FILE_HEAD, plain, 4, INT64_MAX }, /* far over */
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		lie(ARCHIVE_HELLO, ARCHIVE_PROTOCOL, NULL, 0);
		lie_entry(bad[i].head, bad[i].names, bad[i].n);
		lie(ARCHIVE_DATA, bad[i].at, "xyz", 3);
		lie(ARCHIVE_OVER, 0, NULL, 0);
		ck_assert_msg(unpack_lies() < 0, "lie %zu", i);
	}
	/* As above, and true. */
	lie(ARCHIVE_HELLO, ARCHIVE_PROTOCOL, NULL, 0);
	lie_entry(FILE_HEAD, plain, 4);
	lie(ARCHIVE_DATA, 0, "xyz", 3);
	lie(ARCHIVE_OVER, 0, NULL, 0);
	ck_assert_msg(unpack_lies() == 0, "%s", e.msg);
}
END_TEST

START_TEST(frames_that_are_none_are_refused)
{
	static const struct archive_frame bad[] = {
		{ ARCHIVE_KINDS, 0, 0 },
		{ UINT32_MAX, 0, 0 },
		{ ARCHIVE_DATA, ARCHIVE_BLOCK + 1, 0 },
		{ ARCHIVE_DATA, UINT32_MAX, 0 },
		{ ARCHIVE_DATA, 0, -1 },
		{ ARCHIVE_WANT, 0, INT64_MAX }, /* skips over the end */
		{ ARCHIVE_HELLO, 0, ARCHIVE_PROTOCOL },
		{ ARCHIVE_FAIL, 0, ERR_NONE },
		{ ARCHIVE_FAIL, 0, ERR_DENIED },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		lie(ARCHIVE_HELLO, ARCHIVE_PROTOCOL, NULL, 0);
		strbuf_add(&lies, &bad[i], sizeof(bad[i]));
		lie(ARCHIVE_OVER, 0, NULL, 0);
		ck_assert_msg(unpack_lies() < 0, "frame %zu", i);
	}
	lie(ARCHIVE_OVER, 0, NULL, 0);
	ck_assert_int_lt(unpack_lies(), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("archive");
	TCase *t = tcase_create("reader");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, bed_setup, bed_teardown);
	tcase_add_test(t, a_reader_that_crashes_is_told_and_leaves_nothing);
	tcase_add_test(t, a_reader_that_crashes_behind_the_first_entries_leaves_nothing);
	tcase_add_test(t, a_reader_of_another_version_is_told);
	tcase_add_test(t, a_reader_that_hangs_is_ended_with_the_import);
	tcase_add_test(t, what_a_reader_says_is_not_believed);
	tcase_add_test(t, frames_that_are_none_are_refused);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
