#include "daemon/core/machine.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"

#define DEEP 64 /* groups above us that are looked at */
#define PATH_ROOM 4096

/* ---- small files ---- */

static bool slurp(const char *path, char *out, size_t size)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;

	for (ssize_t got = 1; fd >= 0 && got > 0 && n + 1 < size; n += (size_t)got) {
		got = read(fd, out + n, size - 1 - n);
		if (got < 0)
			break;
	}
	out[n] = '\0';
	return n > 0;
}

/* The number behind a word at the begin of a line, or 0. */
static uint64_t field(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, name, n) == 0)
			return strtoull(at + n, NULL, 10);
		if (!*at)
			break;
	}
	return 0;
}

/* ---- groups ---- */

/* How a controller is mounted, and what its files are called. */
struct layout {
	const char *controller; /* "" is version 2 */
	const char *mount;
};

static const struct layout memory_layouts[] = {
	{ "memory", "/sys/fs/cgroup/memory" },
	{ "", "/sys/fs/cgroup" },
};
static const struct layout cpu_layouts[] = {
	{ "cpu", "/sys/fs/cgroup/cpu" },
	{ "", "/sys/fs/cgroup" },
};

static bool has_word(const char *list, size_t n, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list, *end = list + n; at <= end;) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		size_t k = (size_t)((comma ? comma : end) - at);

		if (k == len && strncmp(at, word, k) == 0)
			return true;
		at += k + 1;
	}
	return false;
}

/* Lines of /proc/self/cgroup: "4:memory:/path", of version 2 "0::/path". */
static bool own_group(const char *lines, const char *controller, char *out, size_t size)
{
	for (const char *at = lines; *at;) {
		const char *end = at + strcspn(at, "\n");
		const char *list = memchr(at, ':', (size_t)(end - at));
		const char *path = list ? memchr(list + 1, ':', (size_t)(end - list - 1)) : NULL;

		if (path && has_word(list + 1, (size_t)(path - list - 1), controller)) {
			snprintf(out, size, "%.*s", (int)(end - path - 1), path + 1);
			return true;
		}
		at = *end ? end + 1 : end;
	}
	return false;
}

typedef void group_fn(const char *dir, bool is_v2, void *arg);

/* The group and all above it, as far as they can be seen. */
static void each_group(const char *root, const struct layout *l, group_fn *fn, void *arg)
{
	char lines[PATH_ROOM], group[PATH_ROOM / 2], path[PATH_ROOM];

	snprintf(path, sizeof(path), "%s/proc/self/cgroup", root);
	if (!slurp(path, lines, sizeof(lines)) ||
	        !own_group(lines, l->controller, group, sizeof(group)))
		return;
	for (int i = 0; i < DEEP; i++) {
		snprintf(path, sizeof(path), "%s%s%s", root, l->mount,
		        strcmp(group, "/") == 0 ? "" : group);
		fn(path, !*l->controller, arg);
		char *slash = strrchr(group, '/');

		if (!slash || strcmp(group, "/") == 0)
			return;
		*(slash == group ? slash + 1 : slash) = '\0';
	}
}

/* ---- memory ---- */

static uint64_t number_of(const char *dir, const char *name)
{
	char path[PATH_ROOM + 64], text[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	/* "max" is no number: there is no limit. */
	return slurp(path, text, sizeof(text)) ? strtoull(text, NULL, 10) : 0;
}

static void lower_memory(const char *dir, bool is_v2, void *arg)
{
	struct machine_memory *m = arg;
	uint64_t limit = number_of(dir, is_v2 ? "memory.max" : "memory.limit_in_bytes");
	char path[PATH_ROOM + 64], stat[8192];

	if (!limit || limit >= m->total)
		return;
	uint64_t used = number_of(dir, is_v2 ? "memory.current" : "memory.usage_in_bytes"),
	         droppable;

	snprintf(path, sizeof(path), "%s/memory.stat", dir);
	droppable = slurp(path, stat, sizeof(stat))
	                    ? field(stat, is_v2 ? "inactive_file " : "total_inactive_file ")
	                    : 0;
	used -= droppable < used ? droppable : used;
	m->total = limit;
	if (limit - (used < limit ? used : limit) < m->available)
		m->available = limit - (used < limit ? used : limit);
}

bool machine_memory(const char *root, struct machine_memory *out)
{
	char path[PATH_ROOM], text[512];
	struct machine_memory m;

	snprintf(path, sizeof(path), "%s/proc/meminfo", root);
	if (!slurp(path, text, sizeof(text)))
		return false;
	m.total = field(text, "MemTotal:") << 10;
	m.available = field(text, "MemAvailable:") << 10;
	if (!m.total || !m.available)
		return false;
	for (size_t i = 0; i < sizeof(memory_layouts) / sizeof(memory_layouts[0]); i++)
		each_group(root, &memory_layouts[i], lower_memory, &m);
	*out = m;
	return true;
}

/* ---- processors ---- */

static void lower_cpus(const char *dir, bool is_v2, void *arg)
{
	unsigned *cpus = arg;
	unsigned long long quota = 0, period = 0;
	char path[PATH_ROOM + 64], text[64];

	if (is_v2) {
		snprintf(path, sizeof(path), "%s/cpu.max", dir);
		if (!slurp(path, text, sizeof(text)) ||
		        sscanf(text, "%llu %llu", &quota, &period) != 2)
			return;
	} else {
		/* -1 is no limit. */
		snprintf(path, sizeof(path), "%s/cpu.cfs_quota_us", dir);
		if (!slurp(path, text, sizeof(text)) || text[0] == '-')
			return;
		quota = strtoull(text, NULL, 10);
		period = number_of(dir, "cpu.cfs_period_us");
	}
	if (!quota || !period)
		return;
	unsigned long long whole = quota / period ? quota / period : 1;

	if (whole < *cpus)
		*cpus = (unsigned)whole;
}

unsigned machine_cpus(const char *root, unsigned most)
{
	unsigned cpus = most ? most : 1;

	for (size_t i = 0; i < sizeof(cpu_layouts) / sizeof(cpu_layouts[0]); i++)
		each_group(root, &cpu_layouts[i], lower_cpus, &cpus);
	return cpus;
}
