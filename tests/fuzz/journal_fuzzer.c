/* A journal that a dead daemon, a disk or anybody left: what is found in it goes into a
 * database, and so does every line of it, so that the search goes beyond checksums. */
#include <stdlib.h>
#include <sys/mman.h>

#include "daemon/store/rows_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The identity under which the corpus was made. */
#define FILE_ID 1

static struct db *memory;

static void take(const struct record *r)
{
	struct taken out = { 0 };
	struct err e;

	if (memory && take_record(memory, r, 0, &out, &e) < 0 && db_trouble(memory) != DB_RECORD)
		abort();
}

/* The same bytes as lines: the records that a checksum would keep out. */
static void take_lines(const char *p, size_t n)
{
	while (n) {
		const char *end = memchr(p, '\n', n);
		size_t len = end ? (size_t)(end - p) + 1 : n;
		struct record r = { .run = "fuzzed", .line = p, .len = len };

		take(&r);
		p += len;
		n -= len;
	}
}

/* What was taken must be readable. */
static void look(void)
{
	struct run_filter f = { .limit = 4 };
	struct run_row *rows;
	struct err e;
	size_t n;

	if (list_runs(memory, &f, &rows, &n, &e) < 0)
		abort();
	for (size_t i = 0; i < n; i++) {
		struct run_result *r = load_run(memory, rows[i].id, &e);

		if (!r)
			abort();
		run_result_free(r);
	}
	store_rows_free(rows, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FD fd = memfd_create("journal", MFD_CLOEXEC);
	struct record r;
	struct cursor c;
	struct err e;
	uint64_t before = 0;
	int rc;

	if (!memory)
		memory = db_open(":memory:", &e);
	if (fd < 0 || pwrite(fd, data, size, 0) != (ssize_t)size || db_begin(memory, &e) < 0)
		abort();
	cursor_init(&c, fd, FILE_ID, 0, size);
	while ((rc = cursor_next(&c, &r, &e)) == 1) {
		if (c.at <= before || c.at > size)
			abort(); /* it must come forward */
		before = c.at;
		take(&r);
	}
	if (rc < 0 || c.at != size)
		abort();
	cursor_release(&c);

	take_lines((const char *)data, size);
	look();
	db_rollback(memory);
	return 0;
}
