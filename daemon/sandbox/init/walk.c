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

int walk_dir(const char *path)
{
	AUTO_FD dir = start_of(path);
	char rest[PATH_MAX], name[PATH_MAX];
	struct stat st;

	if (dir < 0 || !path[0] || strlen(path) >= sizeof(rest)) {
		errno = dir < 0 ? errno : path[0] ? ENAMETOOLONG : ENOENT;
		return -1;
	}
	memcpy(rest, path, strlen(path) + 1);
	for (int links = 0; take_part(rest, name), name[0];) {
		AUTO_FD next = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

		if (next < 0 || fstat(next, &st) < 0)
			return -1;
		if (S_ISLNK(st.st_mode)) {
			if (++links > MAX_LINKS) {
				errno = ELOOP;
				return -1;
			}
			if (follow(next, rest) < 0)
				return -1;
			close_fd(&next);
			next = rest[0] == '/' ? start_of(rest) : steal_fd(&dir);
		} else if (!S_ISDIR(st.st_mode)) {
			errno = ENOTDIR;
			return -1;
		}
		close_fd(&dir);
		dir = steal_fd(&next);
		if (dir < 0)
			return -1;
	}
	return steal_fd(&dir);
}
