/* What `clnrm cp` takes from the other side: any bytes as tar, in pieces, unpacked below a
 * directory. Whatever they say, nothing comes to stand beside it, and no link leads out of it. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/pack.h"
#include "common/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(what)            \
	do {                     \
		if (!(what))     \
			abort(); \
	} while (0)

static char dir[64], at[80];
static size_t left;

static void remove_dir(void)
{
	struct err e;

	REQUIRE(fs_remove_tree(AT_FDCWD, dir, &e) == 0);
}

static void make_dir(void)
{
	if (!dir[0]) {
		snprintf(dir, sizeof(dir), "/tmp/clnrm-tar-fuzz-XXXXXX");
		REQUIRE(mkdtemp(dir));
		atexit(remove_dir);
	}
	snprintf(at, sizeof(at), "%s/at", dir);
	REQUIRE(mkdir(at, 0700) == 0);
}

static void on_left_out(void *arg, const char *name, const char *why)
{
	(void)arg;
	left += strlen(name) + strlen(why);
}

static size_t entries_beside(void)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	REQUIRE(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 3; /* ".", ".." and "at" */
}

static int on_entry(void *arg, const struct tar_entry *x, struct err *e)
{
	struct strbuf *out = arg;

	(void)e;
	REQUIRE(strlen(x->name) <= 2 * TAR_NAME_MAX && strlen(x->link) <= TAR_NAME_MAX);
	/* What was read can be written. */
	tar_put(out, x);
	strbuf_reset(out);
	return 0;
}

static int on_data(void *arg, const void *p, size_t n, struct err *e)
{
	(void)arg;
	(void)p;
	(void)e;
	left += n;
	return 0;
}

static int on_whole(void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	return 0;
}

static void read_in_pieces(const uint8_t *data, size_t size)
{
	static const struct tar_sink sink = { on_entry, on_data, on_whole };
	AUTO_STRBUF scratch = STRBUF_INIT;
	struct tar_reader t;
	struct err e;
	int rc = 0;

	tar_reader_init(&t);
	for (size_t i = 0; rc == 0 && i < size; i += 100)
		rc = tar_feed(&t, data + i, size - i < 100 ? size - i : 100, &sink, &scratch, &e);
	left += rc == 0 && tar_finish(&t, &e) == 0;
	tar_reader_release(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pack_notes notes = { on_left_out, NULL, 0 };
	AUTO_FD fd = memfd_create("archive", MFD_CLOEXEC);
	struct err e;

	read_in_pieces(data, size);
	make_dir();
	REQUIRE(write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	left += unpack_tree(fd, at, (struct unpack_how){ .links_stay = true }, &notes, &e) == 0;
	REQUIRE(entries_beside() == 0);
	REQUIRE(fs_remove_tree(AT_FDCWD, at, &e) == 0);
	return 0;
}
