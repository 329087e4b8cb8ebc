#include "common/pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"
#include "common/tar.h"

#define PIECE (64u << 10)

static void leave_out(struct pack_notes *n, const char *name, const char *why)
{
	n->n++;
	n->left_out(n->arg, name, why);
}

/* Without slashes at its end; "/" is "". */
static size_t trimmed(const char *path)
{
	size_t n = strlen(path);

	while (n && path[n - 1] == '/')
		n--;
	return n;
}

/* The last part of a path; NULL where that is no name. */
static char *last_part(const char *path)
{
	size_t n = trimmed(path), from = n;

	while (from && path[from - 1] != '/')
		from--;
	if (from == n || strncmp(path + from, "..", n - from) == 0)
		return NULL; /* "", "." and ".." */
	return xstrndup(path + from, n - from);
}

/* ---- packing ---- */

struct packer {
	int fd;
	struct pack_notes *notes;
	struct strbuf name; /* of what is packed now */
	struct strbuf out;
	uint64_t bytes;
	size_t entries;
};

static int flush(struct packer *p, struct err *e)
{
	int rc = fs_write_all(p->fd, p->out.s, p->out.len, e);

	strbuf_reset(&p->out);
	return rc;
}

static int put(struct packer *p, const struct stat *st, enum tar_kind kind, const char *link,
        uint64_t size, struct err *e)
{
	const struct tar_entry x = { .kind = kind,
		.name = p->name.s,
		.link = link,
		.mode = st->st_mode & 0777,
		.size = size };

	if (++p->entries > PACK_ENTRIES_MAX)
		return err_set(e, ERR_LIMIT, "more than %u files", PACK_ENTRIES_MAX);
	if (p->name.len > TAR_NAME_MAX)
		return err_set(e, ERR_LIMIT, "'%.100s...' is too long a name", p->name.s);
	if (size > PACK_BYTES_MAX - p->bytes)
		return err_set(e, ERR_LIMIT, "more than %llu GiB, up to '%.300s'",
		        PACK_BYTES_MAX >> 30, p->name.s);
	p->bytes += size;
	tar_put(&p->out, &x);
	return flush(p, e);
}

/* As many bytes as the header says, whatever has become of the file. */
static int put_content(struct packer *p, int fd, uint64_t size, struct err *e)
{
	static char buf[PIECE];
	bool missing = false;

	for (uint64_t left = size; left;) {
		size_t want = left < sizeof(buf) ? (size_t)left : sizeof(buf);
		ssize_t n = missing ? 0 : read(fd, buf, want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (!missing)
				leave_out(p->notes, p->name.s, "its end was gone when it was read");
			missing = true;
			memset(buf, 0, want);
			n = (ssize_t)want;
		}
		if (fs_write_all(p->fd, buf, (size_t)n, e) < 0)
			return -1;
		left -= (uint64_t)n;
	}
	memset(buf, 0, TAR_BLOCK);
	return fs_write_all(p->fd, buf, tar_padding(size), e);
}

static int pack_open(struct packer *p, int fd, unsigned depth, struct err *e);

static int pack_link(
        struct packer *p, int dir, const char *name, const struct stat *st, struct err *e)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);

	if (n < 0) {
		leave_out(p->notes, p->name.s, strerror(errno));
		return 0;
	}
	target[n] = '\0';
	return put(p, st, TAR_LINK, target, 0, e);
}

static int pack_child(struct packer *p, int dir, const char *name, unsigned depth, struct err *e)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		leave_out(p->notes, p->name.s, strerror(errno));
		return 0;
	}
	if (S_ISLNK(st.st_mode))
		return pack_link(p, dir, name, &st, e);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		leave_out(p->notes, p->name.s, "it is no file, directory or link");
		return 0;
	}
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		leave_out(p->notes, p->name.s, strerror(errno));
		return 0;
	}
	return pack_open(p, fd, depth, e);
}

/* Takes fd. */
static int pack_dir(struct packer *p, int fd, unsigned depth, struct err *e)
{
	size_t len = p->name.len;
	DIR *d = fdopendir(fd);
	int rc = 0;

	if (!d) {
		close_fd(&fd);
		return err_sys(e, "cannot list '%.300s'", p->name.s);
	}
	if (depth >= PACK_DEPTH_MAX)
		rc = err_set(e, ERR_LIMIT, "'%.100s...' is more than %u directories deep",
		        p->name.s, PACK_DEPTH_MAX);
	for (struct dirent *x; rc == 0 && (x = readdir(d));) {
		if (strcmp(x->d_name, ".") == 0 || strcmp(x->d_name, "..") == 0)
			continue;
		strbuf_addc(&p->name, '/');
		strbuf_adds(&p->name, x->d_name);
		rc = pack_child(p, dirfd(d), x->d_name, depth + 1, e);
		strbuf_truncate(&p->name, len);
	}
	closedir(d);
	return rc;
}

/* Takes fd. */
static int pack_open(struct packer *p, int fd, unsigned depth, struct err *e)
{
	struct stat st;
	int rc = fstat(fd, &st);

	if (rc < 0)
		err_sys(e, "cannot look at '%.300s'", p->name.s);
	if (rc == 0 && S_ISDIR(st.st_mode)) {
		if (put(p, &st, TAR_DIR, "", 0, e) == 0)
			return pack_dir(p, fd, depth, e);
		rc = -1;
	} else if (rc == 0 && S_ISREG(st.st_mode)) {
		rc = put(p, &st, TAR_FILE, "", (uint64_t)st.st_size, e);
		rc = rc < 0 ? rc : put_content(p, fd, (uint64_t)st.st_size, e);
	} else if (rc == 0) {
		leave_out(p->notes, p->name.s, "it is no file, directory or link");
	}
	close_fd(&fd);
	return rc;
}

int pack_tree(const char *path, int fd, struct pack_notes *notes, struct err *e)
{
	struct packer p = { .fd = fd, .notes = notes, .name = STRBUF_INIT, .out = STRBUF_INIT };
	AUTO_STR name = last_part(path);
	int top = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int rc;

	if (top < 0)
		return err_sys(e, "cannot open '%.300s'", path);
	strbuf_adds(&p.name, name ? name : "root");
	rc = pack_open(&p, top, 0, e);
	if (rc == 0) {
		tar_put_end(&p.out);
		rc = flush(&p, e);
	}
	strbuf_release(&p.name);
	strbuf_release(&p.out);
	return rc;
}

/* ---- unpacking ---- */

struct unpacker {
	int base;      /* the directory that all of it stands in */
	char *as;      /* what the first part of each name becomes; NULL = as it is */
	char *top;     /* that first part; NULL: nothing has come yet */
	bool any_name; /* several such parts may come */
	bool links_stay;
	struct pack_notes *notes;
	int file; /* that is written; -1 = none */
	uint64_t bytes;
	size_t entries;
};

/* The next part of a name, without empty ones and "."; false at the end. */
static bool next_part(const char **at, const char **part, size_t *n)
{
	do {
		*at += strspn(*at, "/");
		*n = strcspn(*at, "/");
		*part = *at;
		*at += *n;
	} while (*n == 1 && **part == '.');
	return *n > 0;
}

static int check_name(const char *name, struct err *e)
{
	const char *at = name, *part;
	unsigned depth = 0;
	size_t n;

	if (name[0] == '/')
		return err_set(e, ERR_DENIED, "'%.300s' begins with '/'", name);
	while (next_part(&at, &part, &n)) {
		if (n == 2 && memcmp(part, "..", 2) == 0)
			return err_set(e, ERR_DENIED, "'%.300s' leads out with '..'", name);
		if (n > NAME_MAX || ++depth > PACK_DEPTH_MAX + 1)
			return err_set(e, ERR_LIMIT, "'%.100s...' is too long or too deep", name);
	}
	return 0;
}

/* Only ".." at the very beginning, and no more of them than there are directories above that came
 * along: each of those was opened as one, so that the link cannot lead out whatever it passes. The
 * first of the depth directories that the link is in stands in one that was here before. */
static bool stays_inside(const char *target, unsigned depth)
{
	unsigned up_to = depth ? depth - 1 : 0;
	const char *at = target, *part;
	bool down = false;
	size_t n;

	if (target[0] == '/' || !depth)
		return false;
	while (next_part(&at, &part, &n)) {
		bool up = n == 2 && memcmp(part, "..", 2) == 0;

		if (up && (down || up_to-- == 0))
			return false;
		down |= !up;
	}
	return true;
}

static int open_dir(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* A directory that may be there already. */
static int make_dir(int dir, const char *name, uint32_t mode)
{
	if (mkdirat(dir, name, (mode & 0777) | 0700) < 0 && errno != EEXIST)
		return -1;
	return open_dir(dir, name);
}

/* A file or link that stands there goes. Devices, pipes and sockets are others' ends of something:
 * whoever copies to /dev/null does not want a file in its place. */
static int make_way(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode) &&
	        !S_ISLNK(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -1 : 0;
}

static int begin_file(struct unpacker *u, int dir, const char *name, const struct tar_entry *x)
{
	if (make_way(dir, name) < 0)
		return -1;
	u->file = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	        (mode_t)(x->mode & 0777));
	return u->file < 0 ? -1 : 0;
}

static int make_link(
        struct unpacker *u, int dir, const char *name, const struct tar_entry *x, unsigned depth)
{
	if (u->links_stay && !stays_inside(x->link, depth)) {
		leave_out(u->notes, x->name, "it is a link that leads out of what is copied");
		return 0;
	}
	return make_way(dir, name) < 0 ? -1 : symlinkat(x->link, dir, name);
}

static int make_at(
        struct unpacker *u, int dir, const char *name, const struct tar_entry *x, unsigned depth)
{
	AUTO_FD made = -1;

	if (x->kind == TAR_FILE)
		return begin_file(u, dir, name, x);
	if (x->kind == TAR_LINK)
		return make_link(u, dir, name, x, depth);
	made = make_dir(dir, name, x->mode);
	return made < 0 ? -1 : 0;
}

/* All of a name has one beginning, which becomes the new name. */
static int take_top(struct unpacker *u, const char *part, struct err *e)
{
	if (!u->top)
		u->top = xstrdup(part);
	if (u->any_name || strcmp(u->top, part) == 0)
		return 0;
	return err_set(e, ERR_INVALID, "the archive holds '%.100s' beside '%.100s'", part, u->top);
}

/* Down to where the entry stands; *name is its last part there, "" where it is the base itself. */
static int walk(struct unpacker *u, const struct tar_entry *x, int *dir, char name[NAME_MAX + 1],
        unsigned *depth, struct err *e)
{
	const char *at = x->name, *part;
	size_t n;

	name[0] = '\0';
	*depth = 0;
	*dir = fcntl(u->base, F_DUPFD_CLOEXEC, 3);
	while (*dir >= 0 && next_part(&at, &part, &n)) {
		if (name[0]) {
			int next = make_dir(*dir, name, 0755);

			close_fd(dir);
			*dir = next;
			(*depth)++;
		}
		memcpy(name, part, n);
		name[n] = '\0';
		if (*depth == 0 && u->as) {
			if (take_top(u, name, e) < 0)
				return -1;
			memcpy(name, u->as, strlen(u->as) + 1);
		}
	}
	if (*dir >= 0)
		return 0;
	if (errno == ELOOP || errno == ENOTDIR)
		return err_set(e, ERR_DENIED, "'%.300s' leads through a link or a file", x->name);
	return err_sys(e, "cannot make the directory of '%.300s'", x->name);
}

static int on_entry(void *arg, const struct tar_entry *x, struct err *e)
{
	struct unpacker *u = arg;
	char name[NAME_MAX + 1];
	AUTO_FD dir = -1;
	unsigned depth;

	if (++u->entries > PACK_ENTRIES_MAX)
		return err_set(e, ERR_LIMIT, "more than %u files", PACK_ENTRIES_MAX);
	if (x->size > PACK_BYTES_MAX - u->bytes)
		return err_set(e, ERR_LIMIT, "more than %llu GiB, up to '%.300s'",
		        PACK_BYTES_MAX >> 30, x->name);
	u->bytes += x->size;
	if (check_name(x->name, e) < 0 || walk(u, x, &dir, name, &depth, e) < 0)
		return -1;
	if (!name[0])
		return x->kind == TAR_DIR ? 0 : err_set(e, ERR_INVALID, "a file without a name");
	if (make_at(u, dir, name, x, depth) == 0)
		return 0;
	if (errno == ELOOP || errno == ENOTDIR || errno == EISDIR || errno == EEXIST)
		return err_set(e, ERR_DENIED, "'%.300s' is there, as something else", x->name);
	return err_sys(e, "cannot make '%.300s'", x->name);
}

static int on_data(void *arg, const void *p, size_t n, struct err *e)
{
	struct unpacker *u = arg;

	return fs_write_all(u->file, p, n, e);
}

static int on_whole(void *arg, struct err *e)
{
	struct unpacker *u = arg;
	int fd = u->file;

	u->file = -1;
	return close(fd) < 0 && errno != EINTR ? err_sys(e, "cannot write a file") : 0;
}

/* Into a directory that is there, or under a new name beside others. */
static int find_place(struct unpacker *u, const char *path, bool whole_tree, struct err *e)
{
	size_t n = trimmed(path);

	u->base = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (u->base >= 0)
		return 0;
	if (whole_tree || (errno != ENOENT && errno != ENOTDIR) || n != strlen(path))
		return err_sys(e, "cannot open '%.300s'", path);
	u->as = last_part(path);
	if (!u->as || strlen(u->as) > NAME_MAX)
		return err_set(e, ERR_INVALID, "'%.300s' is no name for a file", path);
	AUTO_STR parent = xstrndup(path, n - strlen(u->as));
	u->base = open(*parent ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return u->base < 0 ? err_sys(e, "cannot open '%.300s'", *parent ? parent : ".") : 0;
}

static int read_all(struct unpacker *u, int fd, struct err *e)
{
	static const struct tar_sink sink = { on_entry, on_data, on_whole };
	static char buf[PIECE];
	struct tar_reader t;
	ssize_t n;
	int rc = 0;

	tar_reader_init(&t);
	while (rc == 0 && (n = read(fd, buf, sizeof(buf))) != 0) {
		if (n > 0)
			rc = tar_feed(&t, buf, (size_t)n, &sink, u, e);
		else if (errno != EINTR)
			rc = err_sys(e, "cannot read the archive");
	}
	rc = rc < 0 ? rc : tar_finish(&t, e);
	tar_reader_release(&t);
	return rc;
}

int unpack_tree(
        int fd, const char *path, struct unpack_how how, struct pack_notes *notes, struct err *e)
{
	struct unpacker u = { .base = -1,
		.any_name = how.whole_tree,
		.links_stay = how.links_stay,
		.notes = notes,
		.file = -1 };
	int rc = find_place(&u, path, how.whole_tree, e);

	if (rc == 0)
		rc = read_all(&u, fd, e);
	close_fd(&u.base);
	close_fd(&u.file);
	free(u.as);
	free(u.top);
	return rc;
}
