/* daemon/sandbox/init/tree.c - who runs here, by /proc/PID/stat. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/sandbox/init/init.h"

enum { KILL_ROUNDS = 20 };

/* Flags of a task (the kernel's include/linux/sched.h): exiting, killed by a signal. */
#define PF_DYING (0x4L | 0x400L)
#define PENDING_KILL (1L << (SIGKILL - 1))

static long next_number(char **p)
{
	char *end;
	long v = strtol(*p, &end, 10);

	*p = end;
	return v;
}

/* The fields from the seventh on. dying: it has ended already, although it still shows: it exits,
 * or SIGKILL is on its way to it. */
static void parse_rest(char **p, struct tree_entry *out)
{
	enum { FLAGS = 9, THREADS = 20, SIGNAL = 31 };
	long flags = 0, pending = 0;

	for (int field = 7; field <= SIGNAL; field++) {
		long v = next_number(p);

		if (field == FLAGS)
			flags = v;
		else if (field == THREADS)
			out->threads = (unsigned)v;
		else if (field == SIGNAL)
			pending = v;
	}
	out->dying = (flags & PF_DYING) || (pending & PENDING_KILL);
}

/* "12 (some (name)) S 1 12 12 ...": the name ends at the last parenthesis. */
static bool parse_stat(char *text, struct tree_entry *out)
{
	char *open = strchr(text, '('), *close = strrchr(text, ')');

	if (!open || !close || close < open || strlen(close) < 4)
		return false;
	size_t len = (size_t)(close - open - 1);
	if (len >= sizeof(out->name))
		len = sizeof(out->name) - 1;
	memcpy(out->name, open + 1, len);
	out->name[len] = '\0';
	out->state = close[2];
	char *p = close + 3;
	out->parent = (pid_t)next_number(&p);
	(void)next_number(&p); /* the process group */
	out->session = (pid_t)next_number(&p);
	parse_rest(&p, out);
	return true;
}

static bool read_entry(int proc, const char *name, struct tree_entry *out)
{
	char path[32], text[512];
	size_t len = strlen(name);

	if (len > 10 || name[strspn(name, "0123456789")])
		return false;
	memcpy(path, name, len);
	memcpy(path + len, "/stat", 6);
	AUTO_FD fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	char *digits = path;
	path[len] = '\0';
	out->pid = (pid_t)next_number(&digits);
	return parse_stat(text, out) && out->state != 'Z' && out->state != 'X';
}

void tree_name(pid_t pid, char out[TREE_NAME])
{
	struct tree_entry entry = { .name = "" };
	char path[32], text[512];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	(void)parse_stat(text, &entry);
	memcpy(out, entry.name, sizeof(entry.name));
}

static int by_pid(const void *a, const void *b)
{
	const struct tree_entry *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static const struct tree_entry *find(const struct tree *t, pid_t pid)
{
	struct tree_entry key = { .pid = pid };

	return t->n ? bsearch(&key, t->v, t->n, sizeof(key), by_pid) : NULL;
}

/* Parents can be read while they change: a walk longer than the list is a circle. */
static bool descends_from(const struct tree *t, size_t i, pid_t root)
{
	const struct tree_entry *at = &t->v[i];

	for (size_t hops = 0; at && hops <= t->n; hops++) {
		if (at->parent == root)
			return true;
		at = find(t, at->parent);
	}
	return false;
}

/* A plain process sees the whole machine, but only what it started is its own. */
static void keep_descendants(struct tree *t, pid_t self)
{
	struct tree own = { .v = xcalloc(t->n + 1, sizeof(*own.v)) };

	for (size_t i = 0; i < t->n; i++) {
		if (descends_from(t, i, self))
			own.v[own.n++] = t->v[i];
	}
	free(t->v);
	*t = own;
}

void tree_read(struct tree *t)
{
	pid_t self = getpid();
	size_t cap = 0;
	DIR *dir = opendir("/proc");
	struct dirent *d;

	*t = (struct tree){ .n = 0 };
	while (dir && (d = readdir(dir)) != NULL) {
		struct tree_entry entry;

		if (!read_entry(dirfd(dir), d->d_name, &entry) || entry.pid == self)
			continue;
		t->v = xgrow(t->v, &cap, t->n + 1, sizeof(*t->v));
		t->v[t->n++] = entry;
	}
	if (dir)
		closedir(dir);
	if (t->n)
		qsort(t->v, t->n, sizeof(*t->v), by_pid);
	if (self != 1)
		keep_descendants(t, self);
}

void tree_release(struct tree *t)
{
	free(t->v);
	*t = (struct tree){ .n = 0 };
}

bool tree_belongs(const struct tree *t, size_t i, pid_t root)
{
	const struct tree_entry *at = &t->v[i];

	for (size_t hops = 0; at && hops <= t->n; hops++) {
		if (at->pid == root || at->session == root || at->parent == root)
			return true;
		at = find(t, at->parent);
	}
	return false;
}

/* Signals what belongs to root (0: everything); returns how many that were. */
static size_t signal_once(pid_t root, int signal)
{
	struct tree t;
	size_t hit = 0;

	tree_read(&t);
	for (size_t i = 0; i < t.n; i++) {
		if (!t.v[i].dying && (root == 0 || tree_belongs(&t, i, root)) &&
		        kill(t.v[i].pid, signal) == 0)
			hit++;
	}
	tree_release(&t);
	return hit;
}

void tree_signal(pid_t root, int signal)
{
	/* What is killed shows until it is dead, and may have forked just before. */
	for (int round = 0; round < KILL_ROUNDS; round++) {
		if (signal_once(root, signal) == 0 || signal != SIGKILL)
			return;
	}
}

void tree_kill_all(void)
{
	/* From PID 1 this is one call that no fork escapes. */
	if (getpid() == 1)
		kill(-1, SIGKILL);
	else
		tree_signal(0, SIGKILL);
}
