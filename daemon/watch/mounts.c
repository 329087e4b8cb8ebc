/* What is mounted below a tree: it shows in a volume, and inotify(7) says nothing of it. The table
 * of mounts can be polled (proc(5), mountinfo: POLLPRI when it changes). */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "common/strbuf.h"
#include "daemon/watch/watch_priv.h"

#define READ_BYTES (16u << 10)
#define MOUNT_POINT 4 /* which word of a line, from 0 */

void mounts_open(struct watch *w)
{
	w->mounts_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
}

bool mounts_changed(struct watch *w)
{
	struct pollfd p = { .fd = w->mounts_fd, .events = POLLPRI };

	return w->mounts_fd >= 0 && poll(&p, 1, 0) > 0 && p.revents & (POLLPRI | POLLERR);
}

/* As the table writes them. */
static void put_escaped(struct strbuf *out, const char *path)
{
	for (; *path; path++) {
		if (strchr(" \t\n\\", *path))
			strbuf_printf(out, "\\%03o", (unsigned char)*path);
		else
			strbuf_addc(out, *path);
	}
}

static bool is_below(const char *line, const char *dir, size_t len)
{
	for (unsigned i = 0; i < MOUNT_POINT; i++) {
		line += strcspn(line, " \n");
		line += *line == ' ';
	}
	return strncmp(line, dir, len) == 0 && line[len] == '/';
}

static void read_table(const struct watch *w, struct strbuf *out)
{
	char buf[READ_BYTES];
	ssize_t n;

	lseek(w->mounts_fd, 0, SEEK_SET);
	while ((n = read(w->mounts_fd, buf, sizeof(buf))) > 0)
		strbuf_add(out, buf, (size_t)n);
}

static void digest_mounts(const struct tree *t, struct digest *out)
{
	AUTO_STRBUF table = STRBUF_INIT;
	AUTO_STRBUF below = STRBUF_INIT;
	AUTO_STRBUF dir = STRBUF_INIT;

	put_escaped(&dir, strcmp(t->path, "/") == 0 ? "" : t->path);
	if (t->w->mounts_fd >= 0)
		read_table(t->w, &table);
	for (const char *line = table.s; *line;) {
		size_t n = strcspn(line, "\n");

		n += line[n] == '\n';
		if (is_below(line, dir.s, dir.len))
			strbuf_add(&below, line, n);
		line += n;
	}
	digest_of(below.s, below.len, out);
}

void mounts_note(struct tree *t)
{
	digest_mounts(t, &t->mounts);
}

bool mounts_differ(const struct tree *t)
{
	struct digest now;

	digest_mounts(t, &now);
	return memcmp(&now, &t->mounts, sizeof(now)) != 0;
}
