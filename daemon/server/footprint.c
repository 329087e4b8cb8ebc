#include "daemon/server/footprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fs.h"

#define PROC_MAX (64u << 10)
#define MAX_DEPTH 64
#define MAX_PROCESSES 100000

static uint64_t share_of(pid_t pid)
{
	AUTO_STRBUF text = STRBUF_INIT;
	char path[64];
	struct err e;
	const char *at;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	if (fs_read_file(path, PROC_MAX, &text, &e) < 0)
		return 0;
	at = strstr(text.s, "\nPss:");
	return at ? strtoull(at + 5, NULL, 10) * 1024 : 0;
}

/* Steps run as users whose maps are not ours to read; their statm is. */
static uint64_t unshared_of(pid_t pid)
{
	AUTO_STRBUF text = STRBUF_INIT;
	unsigned long long resident = 0, shared = 0;
	char path[64];
	struct err e;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	if (fs_read_file(path, PROC_MAX, &text, &e) < 0 ||
	        sscanf(text.s, "%*s %llu %llu", &resident, &shared) != 2 || resident < shared)
		return 0;
	return (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t memory_of(pid_t pid)
{
	uint64_t bytes = share_of(pid);

	return bytes ? bytes : unshared_of(pid);
}

static bool is_init(pid_t pid)
{
	AUTO_STRBUF name = STRBUF_INIT;
	char path[64];
	struct err e;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	return fs_read_file(path, 64, &name, &e) == 0 && strcmp(name.s, "clnrm-init\n") == 0;
}

static void add_tree(pid_t pid, struct footprint *f, uint64_t *sum, unsigned depth);

static void add_children(pid_t pid, struct footprint *f, uint64_t *sum, unsigned depth)
{
	AUTO_STRBUF text = STRBUF_INIT;
	char path[64];
	struct err e;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	if (depth > MAX_DEPTH || fs_read_file(path, 16 * PROC_MAX, &text, &e) < 0)
		return;
	for (char *at = text.s, *end; f->processes < MAX_PROCESSES; at = end) {
		long child = strtol(at, &end, 10);

		if (end == at)
			return;
		/* Whoever is below an init is in its sandbox. */
		add_tree((pid_t)child, f, is_init((pid_t)child) ? &f->sandboxes : sum, depth);
	}
}

static void add_tree(pid_t pid, struct footprint *f, uint64_t *sum, unsigned depth)
{
	*sum += memory_of(pid);
	f->processes++;
	add_children(pid, f, sum, depth + 1);
}

void footprint_read(struct footprint *out)
{
	*out = (struct footprint){ .daemon = memory_of(getpid()), .processes = 1 };
	add_children(getpid(), out, &out->launcher, 0);
}
