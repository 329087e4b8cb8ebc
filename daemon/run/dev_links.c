/* Links on the way to what a session watches. A directory is watched as what it is, not by the
 * names that lead there: who makes a link lead elsewhere changes all that is reached through it,
 * and nothing in those directories says so. */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "daemon/run/dev_priv.h"

#define MAX_LINKS 8u /* one behind another */

static bool follow_link(struct dev *d, const char *link, unsigned depth);

/* Of all that is before the last slash. */
static bool follow_links(struct dev *d, const char *path, unsigned depth)
{
	AUTO_STR at = xstrdup(path);
	bool more = false;
	struct stat st;

	for (char *slash = strchr(at + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (lstat(at, &st) == 0 && S_ISLNK(st.st_mode))
			more |= follow_link(d, at, depth);
		*slash = '/';
	}
	return more;
}

static bool follow_link(struct dev *d, const char *link, unsigned depth)
{
	char target[PATH_MAX];
	ssize_t n = readlink(link, target, sizeof(target) - 2);
	bool more = files_follow_parent(d, link);

	if (!map_get(d->links, link))
		map_put(d->links, link, d);
	if (n <= 0 || depth == MAX_LINKS)
		return more;
	memcpy(target + n, "/", 2);

	AUTO_STR dir = xstrndup(link, (size_t)(strrchr(link, '/') - link) + 1);
	AUTO_STR whole = fs_join(dir, target);

	return follow_links(d, whole, depth + 1) || more;
}

bool links_follow(struct dev *d, const char *path)
{
	return path[0] == '/' && follow_links(d, path, 0);
}
