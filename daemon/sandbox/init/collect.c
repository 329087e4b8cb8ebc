/* daemon/sandbox/init/collect.c - files that a scenario wants to be kept, by pattern.
 *
 * Names and files are the test's: nothing is opened that could make us wait, or that speaks of us
 * instead of the sandbox (/proc, /sys); links are told of and not followed, but for those in the
 * part of a pattern that holds none of * ? [. What is looked at, taken and read is bounded.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/glob.h"
#include "common/mem.h"
#include "daemon/sandbox/init/init.h"

#define LOOKED_MAX 200000u /* names */
#define DEPTH_MAX 64u      /* directories in each other, each of which costs a descriptor */

struct found_item {
	char *path;
	char *link; /* or NULL */
	uint32_t mode;
	uint64_t size;
	int64_t mtime;
	dev_t dev;
	ino_t ino;
};

/* One pattern while directories are looked through. */
struct search {
	struct collect *c;
	size_t pattern;
	bool whole; /* below what matched: everything is taken */
};

static void end_collect(struct collect *c)
{
	for (size_t i = 0; i < c->n_items; i++) {
		free(c->items[i].path);
		free(c->items[i].link);
	}
	free(c->items);
	free(c->patterns);
	free(c->matched);
	close_fd(&c->fd);
	*c = (struct collect)COLLECT_INIT;
}

/* ---- the list ---- */

static char *text_of_link(int dir, const char *name)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(dir, name, text, sizeof(text));

	return n < 0 || (size_t)n >= sizeof(text) ? NULL : xstrndup(text, (size_t)n);
}

static void take(
        struct collect *c, int dir, const char *name, const char *path, const struct stat *st)
{
	struct found_item *x;

	if (c->n_items >= AGENT_MAX_MATCHES) {
		c->more = true;
		return;
	}
	c->items = xgrow(c->items, &c->cap_items, c->n_items + 1, sizeof(*c->items));
	x = &c->items[c->n_items++];
	*x = (struct found_item){ .path = xstrdup(path),
		.mode = st->st_mode,
		.size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0,
		.mtime = st->st_mtim.tv_sec,
		.dev = st->st_dev,
		.ino = st->st_ino };
	if (S_ISLNK(st->st_mode))
		x->link = text_of_link(dir, name);
}

static bool is_kept(mode_t mode)
{
	return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode);
}

/* What a directory of these holds is the kernel's, and has no end. */
static bool is_of_kernel(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) < 0 || fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC;
}

static void look_through(const struct search *s, int at, const char *path, unsigned depth);

static void look_at(
        const struct search *s, int dir, const char *name, const char *path, unsigned depth)
{
	struct collect *c = s->c;
	struct stat st;

	if (++c->looked > LOOKED_MAX || strlen(path) >= PATH_MAX) {
		c->more = true;
		return;
	}
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !is_kept(st.st_mode))
		return;
	struct search below = *s;

	if (s->whole || glob_match(c->patterns[s->pattern], path, true)) {
		if (!s->whole)
			c->matched[s->pattern]++;
		take(c, dir, name, path, &st);
		below.whole = true;
	}
	if (!S_ISDIR(st.st_mode))
		return;
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		look_through(&below, fd, path, depth + 1);
}

/* A pattern without ** says how deep what it matches can be. */
static bool goes_deeper(const struct search *s, const char *path)
{
	const char *p = s->c->patterns[s->pattern];
	size_t of_pattern = 0, of_path = strcmp(path, "/") != 0;

	if (s->whole || strstr(p, "**"))
		return true;
	for (; *p; p++)
		of_pattern += *p == '/';
	for (p = path; *p; p++)
		of_path += *p == '/';
	return of_path <= of_pattern;
}

/* Takes fd over. */
static void look_through(const struct search *s, int at, const char *path, unsigned depth)
{
	DIR *d;

	if (depth > DEPTH_MAX || is_of_kernel(at) || !goes_deeper(s, path)) {
		s->c->more |= depth > DEPTH_MAX;
		close(at);
		return;
	}
	d = fdopendir(at);
	if (!d) {
		close(at);
		return;
	}
	for (const struct dirent *e; !s->c->more && (e = readdir(d));) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		AUTO_STR below = xasprintf("%s/%s", strcmp(path, "/") == 0 ? "" : path, e->d_name);

		look_at(s, dirfd(d), e->d_name, below, depth);
	}
	closedir(d);
}

/* The directory above the first part with * ? or [, of which all links are followed. */
static char *fixed_part(const char *pattern)
{
	size_t n = strcspn(pattern, "*?[");

	while (n > 1 && pattern[n - 1] != '/')
		n--;
	return n > 1 ? xstrndup(pattern, n - 1) : xstrdup("/");
}

static void search_dir(const struct search *s, const char *pattern)
{
	AUTO_STR path = fixed_part(pattern);
	AUTO_FD above = walk_dir(path);
	int fd = above < 0 ? -1 : openat(above, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		look_through(s, fd, path, 0);
}

static void search_name(const struct search *s, const char *path)
{
	struct collect *c = s->c;
	struct search below = *s;
	struct walked w;

	if (walk_any(path, false, &w) < 0)
		return;
	AUTO_FD dir = w.dir;
	if (!is_kept(w.st.st_mode) || !w.name[0] || is_of_kernel(dir))
		return;
	c->matched[s->pattern]++;
	below.whole = true;
	take(c, dir, w.name, path, &w.st);
	if (!S_ISDIR(w.st.st_mode))
		return;
	int fd = openat(dir, w.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		look_through(&below, fd, path, 1);
}

static int by_path(const void *a, const void *b)
{
	const struct found_item *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* Two patterns may match one file. */
static void sort_items(struct collect *c)
{
	size_t kept = 0;

	if (c->n_items)
		qsort(c->items, c->n_items, sizeof(*c->items), by_path);
	for (size_t i = 0; i < c->n_items; i++) {
		if (kept && strcmp(c->items[kept - 1].path, c->items[i].path) == 0) {
			free(c->items[i].path);
			free(c->items[i].link);
			continue;
		}
		c->items[kept++] = c->items[i];
	}
	c->n_items = kept;
}

int collect_begin(struct collect *c, const struct agent_record *r, struct err *e)
{
	if (c->active)
		return err_set(e, ERR_BUSY, "a collection before the last one has ended");
	if (agent_get_collect(r, &c->left, &c->patterns, &c->n_patterns, e) < 0)
		return -1;
	for (size_t i = 0; i < c->n_patterns; i++)
		if (c->patterns[i][0] != '/')
			return err_set(e, ERR_INVALID, "'%s' is not absolute", c->patterns[i]);
	c->active = true;
	c->fd = -1;
	c->matched = xcalloc(c->n_patterns, sizeof(*c->matched));
	for (size_t i = 0; i < c->n_patterns; i++) {
		const struct search s = { .c = c, .pattern = i };

		if (glob_is_pattern(c->patterns[i]))
			search_dir(&s, c->patterns[i]);
		else
			search_name(&s, c->patterns[i]);
	}
	sort_items(c);
	return 0;
}

/* ---- what is in it ---- */

/* As in look.c: what stands there may be another thing by now. */
static int open_item(const struct found_item *x)
{
	struct walked w;

	if (walk_any(x->path, false, &w) < 0)
		return -1;
	AUTO_FD dir = w.dir;
	AUTO_FD fd = openat(dir, w.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_ino != x->ino ||
	        st.st_dev != x->dev || is_of_kernel(fd))
		return -1;
	return steal_fd(&fd);
}

static void next_item(struct collect *c, struct strbuf *out)
{
	const struct found_item *x = &c->items[c->at++];
	const struct agent_match f = { .mode = x->mode,
		.size = x->size,
		.mtime = x->mtime,
		.path = x->path,
		.link = x->link ? x->link : "" };

	if (S_ISREG(x->mode)) {
		c->fd = c->left ? open_item(x) : -1;
		if (c->fd < 0 && c->left && x->size)
			return; /* it has gone, or cannot be read */
	}
	agent_put_match(out, &f);
}

static void next_piece(struct collect *c, struct strbuf *out)
{
	char part[AGENT_CHUNK / 2];
	size_t want = c->left < sizeof(part) ? (size_t)c->left : sizeof(part);
	ssize_t n = want ? read(c->fd, part, want) : 0;

	if (n > 0) {
		agent_put_piece(out, part, (size_t)n);
		c->left -= (uint64_t)n;
	} else if (n == 0 || errno != EINTR) {
		close_fd(&c->fd);
	}
}

void collect_proceed(struct collect *c, struct strbuf *out, bool full)
{
	if (!c->active || full)
		return;
	if (c->fd >= 0) {
		next_piece(c, out);
	} else if (c->at < c->n_items) {
		next_item(c, out);
	} else {
		agent_put_collected(out, c->more, c->matched, c->n_patterns);
		end_collect(c);
	}
}
