/* Directories by name, a part at a time: the filter hides openat2(), which could refuse magic
 * links. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/defence.h"
#include "common/fs.h"
#include "daemon/sandbox/init/init.h"

enum { MAX_LINKS = 40 }; /* as the kernel */

/* rest becomes what the link says, and after it what was left of the path. Links are followed by
 * their text alone; those of /proc with an absolute one are the magic ones. */
static int follow(int link, char rest[PATH_MAX])
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(link, "", text, sizeof(text));
	size_t left = strlen(rest);
	struct statfs fs;

	if (n < 0 || fstatfs(link, &fs) < 0)
		return -1;
	if (fs.f_type == PROC_SUPER_MAGIC && text[0] == '/' && DEFENCE("init_magic_links")) {
		errno = ELOOP;
		return -1;
	}
	if ((size_t)n + 1 + left >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memmove(rest + n + 1, rest, left + 1);
	memcpy(rest, text, (size_t)n);
	rest[n] = '/';
	return 0;
}

/* Cuts the first part off into name. */
static void take_part(char rest[PATH_MAX], char name[PATH_MAX])
{
	size_t skip = strspn(rest, "/"), n = strcspn(rest + skip, "/");

	memcpy(name, rest + skip, n);
	name[n] = '\0';
	memmove(rest, rest + skip + n, strlen(rest + skip + n) + 1);
}

static int start_of(const char *path)
{
	return open(path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static bool is_done(const char *rest)
{
	return rest[strspn(rest, "/")] == '\0';
}

/* One part further: *dir becomes what `name` in it is, or rest what it links to. Where last is not
 * NULL and the part is the last one, it may be anything, and *last is its descriptor. */
static int advance(
        int *dir, const char *name, char rest[PATH_MAX], bool follows, int *links, int *last)
{
	AUTO_FD next = openat(*dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	bool at_end = last && is_done(rest);
	struct stat st;

	if (next < 0 || fstat(next, &st) < 0)
		return -1;
	if (S_ISLNK(st.st_mode) && (follows || !at_end)) {
		if (++*links > MAX_LINKS) {
			errno = ELOOP;
			return -1;
		}
		if (follow(next, rest) < 0)
			return -1;
		if (rest[0] != '/')
			return 0;
		close_fd(&next);
		next = start_of(rest);
	} else if (at_end) {
		*last = steal_fd(&next);
		return 0;
	} else if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	close_fd(dir);
	*dir = steal_fd(&next);
	return *dir < 0 ? -1 : 0;
}

/* With last: the name of the last part goes to name, its directory is the result, and *last is -1
 * where the path names a directory by "/", "." or "..". */
static int walk(const char *path, bool follows, char name[PATH_MAX], int *last)
{
	AUTO_FD dir = start_of(path);
	char rest[PATH_MAX];
	int links = 0;

	if (dir < 0 || !path[0] || strlen(path) >= sizeof(rest)) {
		errno = dir < 0 ? errno : path[0] ? ENAMETOOLONG : ENOENT;
		return -1;
	}
	memcpy(rest, path, strlen(path) + 1);
	for (;;) {
		take_part(rest, name);
		if (!name[0])
			return steal_fd(&dir);
		if (advance(&dir, name, rest, follows, &links, last) < 0)
			return -1;
		if (last && *last >= 0)
			return steal_fd(&dir);
	}
}

int walk_dir(const char *path)
{
	char name[PATH_MAX];

	return walk(path, true, name, NULL);
}

int walk_any(const char *path, bool follows, struct walked *out)
{
	int last = -1, dir = walk(path, follows, out->name, &last);

	*out->link = '\0';
	out->dir = dir;
	if (dir < 0)
		return -1;

	AUTO_FD it = last;
	if (fstat(it >= 0 ? it : dir, &out->st) < 0)
		goto failed;
	if (S_ISLNK(out->st.st_mode)) {
		ssize_t n = readlinkat(it, "", out->link, sizeof(out->link) - 1);

		if (n < 0)
			goto failed;
		out->link[n] = '\0';
	}
	return 0;
failed:
	close_fd(&out->dir);
	return -1;
}
