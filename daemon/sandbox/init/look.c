/* daemon/sandbox/init/look.c - what stands at a path once a step has ended: kind, mode, owner,
 * size, content.
 *
 * The path is the test's, and what stands there the step's: nothing is opened that could make us
 * wait (a FIFO, a device) or that speaks of us instead of the sandbox (files of /proc).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/fs.h"
#include "daemon/sandbox/init/init.h"

static struct agent_facts facts_of(const struct stat *st)
{
	return (struct agent_facts){ .mode = st->st_mode,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.size = (uint64_t)st->st_size };
}

/* The file that was looked at, to be read; -1 with errno. */
static int open_file(const struct walked *w)
{
	AUTO_FD fd =
	        openat(w->dir, w->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct statfs fs;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return -1;
	/* A process in the background may have put another thing there meanwhile. */
	errno = !S_ISREG(st.st_mode) || st.st_ino != w->st.st_ino || st.st_dev != w->st.st_dev
	                ? ESTALE
	                : EPERM;
	if (errno == ESTALE || fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC)
		return -1;
	return steal_fd(&fd);
}

static void open_content(struct look *k, const struct walked *w)
{
	if (!S_ISREG(w->st.st_mode) || !k->left)
		return;
	k->fd = open_file(w);
	k->error = k->fd < 0 ? (uint32_t)errno : 0;
}

/* What a link leads to. */
static void look_behind(struct look *k, const char *path, struct agent_look *out)
{
	struct walked w;

	if (walk_any(path, true, &w) < 0) {
		out->target.error = (uint32_t)errno;
		return;
	}
	out->target = facts_of(&w.st);
	open_content(k, &w);
	close_fd(&w.dir);
}

int look_begin(struct look *k, uint32_t step, const char *path, uint64_t max, struct strbuf *out,
        struct err *e)
{
	struct agent_look found = { .link = "" };
	struct walked w;

	if (k->active)
		return err_set(e, ERR_BUSY, "a look at '%s' before the last one has ended", path);
	*k = (struct look){ .active = true, .fd = -1, .step = step, .left = max };
	if (walk_any(path, false, &w) < 0) {
		found.self.error = found.target.error = (uint32_t)errno;
		agent_put_looked(out, step, &found);
		return 0;
	}
	found.self = found.target = facts_of(&w.st);
	found.link = w.link;
	if (S_ISLNK(w.st.st_mode))
		look_behind(k, path, &found);
	else
		open_content(k, &w);
	close_fd(&w.dir);
	agent_put_looked(out, step, &found);
	return 0;
}

static void look_end(struct look *k, struct strbuf *out)
{
	agent_put_content(out, k->step, true, k->error, NULL, 0);
	close_fd(&k->fd);
	k->active = false;
}

void look_proceed(struct look *k, struct strbuf *out, bool full)
{
	char part[AGENT_CHUNK / 2];
	size_t want = k->left < sizeof(part) ? (size_t)k->left : sizeof(part);
	ssize_t n;

	if (!k->active || full)
		return;
	if (k->fd < 0 || !want) {
		look_end(k, out);
		return;
	}
	n = read(k->fd, part, want);
	if (n > 0) {
		agent_put_content(out, k->step, false, 0, part, (size_t)n);
		k->left -= (uint64_t)n;
		return;
	}
	if (n < 0 && errno == EINTR)
		return;
	k->error = n < 0 ? (uint32_t)errno : 0;
	look_end(k, out);
}
