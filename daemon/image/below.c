#include "daemon/image/below.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/force.h"
#include "common/fs.h"
#include "common/mem.h"
#include "daemon/core/digest.h"
#include "daemon/image/image_priv.h"

#define EVENTS                                                                            \
	(IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | \
	        IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW)
#define MAX_DEPTH 8u
#define MAX_DIRS 2000u

struct below {
	const char *const *paths;
	size_t n;
	int fd;          /* -1: stat data is compared */
	unsigned n_dirs; /* that are watched */
	int parent;      /* watch of the directory of names that end with '*'; -1: none */
	uint64_t changes;
	struct digest seen; /* without a watch */
};

/* No watches any more: all that was said until now may be wrong. */
static void go_blind(struct below *b)
{
	close_fd(&b->fd);
	b->changes++;
}

static void watch_tree(struct below *b, const char *path, unsigned depth);

static void watch_children(struct below *b, const char *path, unsigned depth)
{
	DIR *dir = opendir(path);
	struct dirent *x;

	while (dir && b->fd >= 0 && (x = readdir(dir)) != NULL) {
		AUTO_STR child = NULL;

		if (strcmp(x->d_name, ".") == 0 || strcmp(x->d_name, "..") == 0 ||
		        (x->d_type != DT_DIR && x->d_type != DT_UNKNOWN))
			continue;
		child = fs_join(path, x->d_name);
		watch_tree(b, child, depth + 1);
	}
	if (dir)
		closedir(dir);
}

/* Watched before it is listed, so that nothing is made in between unseen. */
static void watch_tree(struct below *b, const char *path, unsigned depth)
{
	if (depth > MAX_DEPTH || b->n_dirs == MAX_DIRS ||
	        (inotify_add_watch(b->fd, path, EVENTS) < 0 && errno == ENOSPC)) {
		go_blind(b);
		return;
	}
	b->n_dirs++;
	watch_children(b, path, depth);
}

static int watch_one(void *arg, const char *path)
{
	struct below *b = arg;
	struct stat st;

	if (b->fd >= 0 && lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
		watch_tree(b, path, 0);
	return 0;
}

/* Only what has one of the names is looked at of what happens there: wants(). */
static void watch_parent(struct below *b, const char *path)
{
	AUTO_STR parent = xstrndup(path, (size_t)(strrchr(path, '/') - path));

	b->parent = inotify_add_watch(b->fd, parent, EVENTS);
	if (b->parent < 0 && errno == ENOSPC)
		go_blind(b);
}

static void watch_all(struct below *b)
{
	b->n_dirs = 0;
	for (size_t i = 0; i < b->n && b->fd >= 0; i++)
		if (strchr(b->paths[i], '*'))
			watch_parent(b, b->paths[i]);
	for (size_t i = 0; i < b->n; i++)
		host_expand(b->paths[i], watch_one, b);
}

struct below *below_new(const char *const *paths, size_t n)
{
	struct below *b = xcalloc(1, sizeof(*b));

	b->paths = paths;
	b->n = n;
	b->parent = -1;
	b->fd = FORCED("no-inotify") ? -1 : inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	watch_all(b);
	return b;
}

void below_free(struct below *b)
{
	if (!b)
		return;
	close_fd(&b->fd);
	free(b);
}

/* Of what else happens in the directory of those names nothing is copied. */
static bool wants(const struct below *b, const struct inotify_event *ev)
{
	if (ev->wd != b->parent || !ev->len)
		return true;
	for (size_t i = 0; i < b->n; i++) {
		const char *name = strrchr(b->paths[i], '/') + 1, *star = strchr(name, '*');

		if (star && strncmp(ev->name, name, (size_t)(star - name)) == 0)
			return true;
	}
	return false;
}

/* What has happened until now: who writes all the time must not hold up who asks. */
static bool drain(struct below *b)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool any = false;
	int left = 0;
	ssize_t n;

	if (ioctl(b->fd, FIONREAD, &left) < 0)
		left = INT_MAX;
	for (; left > 0 && (n = read(b->fd, buf, sizeof(buf))) > 0; left -= (int)n) {
		for (char *p = buf; p < buf + n;) {
			const struct inotify_event *ev = (const struct inotify_event *)(void *)p;

			any |= wants(b, ev);
			p += sizeof(*ev) + ev->len;
		}
	}
	return any;
}

static void compare(struct below *b)
{
	CLEANUP(digest_free) struct digest_ctx *c = digest_new();
	struct digest now;

	for (size_t i = 0; i < b->n; i++)
		host_add_below(c, b->paths[i]);
	digest_end(c, &now);
	if (memcmp(&now, &b->seen, sizeof(now)) != 0)
		b->changes++;
	b->seen = now;
}

uint64_t below_changes(struct below *b)
{
	if (b->fd >= 0 && drain(b)) {
		b->changes++;
		watch_all(b); /* directories may be new */
	}
	if (b->fd < 0)
		compare(b);
	return b->changes;
}

void below_again(struct below *b)
{
	watch_all(b);
}
