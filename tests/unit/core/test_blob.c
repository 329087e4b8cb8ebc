#include "tests/unit/check_main.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include "common/fs.h"
#include "common/mem.h"
#include "daemon/core/blob.h"

static char dir[] = "/tmp/clnrm-blob-XXXXXX";

static void begin(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void end(void)
{
	struct err e;

	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, dir, &e), 0);
}

static void keep(const char *run, const char *text, char sha[DIGEST_HEX])
{
	struct err e;
	CLEANUP(blob_free) struct blob *b = blob_new(dir, run, &e);

	ck_assert_ptr_nonnull(b);
	blob_write(b, text, strlen(text));
	ck_assert_uint_eq(blob_size(b), strlen(text));
	ck_assert_int_eq(blob_keep(b, sha, &e), 0);
}

static bool is_there(const char *run, const char *sha)
{
	uint64_t size;
	struct err e;
	AUTO_FD fd = blob_open(dir, run, sha, &size, &e);

	return fd >= 0;
}

START_TEST(a_file_is_named_by_its_content_once_it_is_whole)
{
	char sha[DIGEST_HEX], again[DIGEST_HEX];
	AUTO_STR path = xasprintf("%s/r1", dir);
	struct err e;

	keep("r1", "abc", sha);
	ck_assert_str_eq(sha, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	keep("r1", "abc", again);
	ck_assert(is_there("r1", sha) && !is_there("r2", sha));
	/* What is not kept leaves nothing. */
	struct blob *b = blob_new(dir, "r1", &e);
	blob_write(b, "half", 4);
	blob_free(b);
	struct stat st;
	AUTO_STR one = xasprintf("%s/%s", path, sha);
	ck_assert_int_eq(unlink(one), 0);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(stat(path, &st), -1);
}
END_TEST

static bool only_r1(void *arg, const char *run)
{
	(void)arg;
	return strcmp(run, "r1") == 0;
}

static void age(const char *run, time_t by)
{
	AUTO_STR path = xasprintf("%s/%s", dir, run);
	const struct utimbuf t = { time(NULL) - by, time(NULL) - by };

	ck_assert_int_eq(utime(path, &t), 0);
}

START_TEST(a_sweep_takes_what_is_unknown_and_old_and_then_the_oldest)
{
	char sha[4][DIGEST_HEX];

	keep("r1", "one", sha[0]);
	keep("r2", "two", sha[1]);
	keep("r3", "three", sha[2]);
	age("r1", 8000);
	age("r2", 7200);
	blob_sweep(dir, 1000, only_r1, NULL);
	ck_assert(is_there("r1", sha[0]) && !is_there("r2", sha[1]) && is_there("r3", sha[2]));
	blob_sweep(dir, 6, only_r1, NULL);
	ck_assert(!is_there("r1", sha[0]) && is_there("r3", sha[2]));
	blob_remove(dir, "r3");
	ck_assert(!is_there("r3", sha[2]));
	blob_remove(dir, "r3");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { a_file_is_named_by_its_content_once_it_is_whole,
		a_sweep_takes_what_is_unknown_and_old_and_then_the_oldest };

	return check_run_with("files that are kept", tests, ARRAY_LEN(tests), begin, end);
}
