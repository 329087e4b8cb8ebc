/* Which daemon writes where: several that share a state directory keep out of each other's way. */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "common/fs.h"
#include "common/mem.h"
#include "common/num.h"
#include "daemon/store/slot_priv.h"

/* Locks of open file descriptions: they go with the daemon, whatever ends it, and hold between two
 * of one process as well. */
static int lock_byte(int fd, int how, short type, unsigned byte)
{
	struct flock l = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)byte, .l_len = 1
	};
	int rc;

	do {
		rc = fcntl(fd, how, &l);
	} while (rc < 0 && errno == EINTR);
	return rc;
}

int slots_open(const char *dir, struct err *e)
{
	AUTO_STR path = fs_join(dir, "history.lock");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd < 0 ? err_sys(e, "cannot open '%s'", path) : fd;
}

bool slot_take(int fd, unsigned slot)
{
	return lock_byte(fd, F_OFD_SETLK, F_WRLCK, slot) == 0;
}

void slot_drop(int fd, unsigned slot)
{
	(void)lock_byte(fd, F_OFD_SETLK, F_UNLCK, slot);
}

int slot_take_first(int fd, unsigned *slot, struct err *e)
{
	for (*slot = 0; *slot < SLOTS; (*slot)++) {
		if (slot_take(fd, *slot))
			return 0;
		if (errno != EAGAIN && errno != EACCES)
			return err_sys(e, "cannot lock the history");
	}
	return err_set(e, ERR_LIMIT, "%u daemons write to the history already", SLOTS);
}

void slots_hold_database(int fd)
{
	(void)lock_byte(fd, F_OFD_SETLKW, F_WRLCK, SLOTS);
}

void slots_release_database(int fd)
{
	slot_drop(fd, SLOTS);
}

char *slot_path(const char *dir, unsigned slot)
{
	AUTO_STR name = slot ? xasprintf("journal-%u", slot) : xstrdup("journal");

	return fs_join(dir, name);
}

/* "journal" and "journal-K" are 0 and K, *number 0; with ".N" behind it *number is N. */
static bool parse_name(const char *name, unsigned *slot, uint64_t *number)
{
	struct err ignored;
	uint64_t k = 0;

	if (strncmp(name, "journal", 7) != 0)
		return false;
	name += 7;
	const char *dot = strchrnul(name, '.');

	if (*name == '-') {
		AUTO_STR digits = xstrndup(name + 1, (size_t)(dot - name - 1));

		if (str_to_u64(digits, 1, SLOTS - 1, &k, &ignored) < 0)
			return false;
	} else if (dot != name) {
		return false;
	}
	*slot = (unsigned)k;
	*number = 0;
	return *dot == '\0' || str_to_u64(dot + 1, 1, UINT32_MAX, number, &ignored) == 0;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int slot_list(const char *dir, unsigned slot, uint64_t **out, size_t *n, struct err *e)
{
	DIR *d = opendir(dir);
	struct dirent *f;
	size_t cap = 0;
	uint64_t number;
	unsigned of;

	*out = NULL;
	*n = 0;
	if (!d)
		return err_sys(e, "cannot read '%s'", dir);
	while ((f = readdir(d))) {
		if (!parse_name(f->d_name, &of, &number) || of != slot || number == 0)
			continue;
		*out = xgrow(*out, &cap, *n + 1, sizeof(**out));
		(*out)[(*n)++] = number;
	}
	closedir(d);
	if (*n)
		qsort(*out, *n, sizeof(**out), by_number);
	return 0;
}

int slots_in_use(const char *dir, uint64_t *mask, struct err *e)
{
	DIR *d = opendir(dir);
	struct dirent *f;
	uint64_t number;
	unsigned of;

	*mask = 0;
	if (!d)
		return err_sys(e, "cannot read '%s'", dir);
	while ((f = readdir(d)))
		if (parse_name(f->d_name, &of, &number))
			*mask |= 1ull << of;
	closedir(d);
	return 0;
}
