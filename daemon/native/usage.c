/* What a sandbox uses now, from its cgroups: a few small files, read where the launcher made them.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/native/native_priv.h"

struct names {
	const char *now, *peak, *oom, *files, *shared;
};
static const struct names names[] = {
	[LAUNCH_CGROUP_V1] = { "memory.usage_in_bytes", "memory.max_usage_in_bytes",
	        "memory.oom_control", "total_cache ", "total_shmem " },
	[LAUNCH_CGROUP_V2] = { "memory.current", "memory.peak", "memory.events", "file ",
	        "shmem " },
};

/* The whole of a small file; false when it is not there. */
static bool slurp(const char *dir, uint64_t id, const char *name, char *out, size_t size)
{
	char path[640];

	snprintf(path, sizeof(path), "%s/s%" PRIu64 "/%s", dir, id, name);
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	out[n > 0 ? n : 0] = 0;
	return n > 0;
}

static uint64_t number(const char *dir, uint64_t id, const char *name)
{
	char text[64];

	return slurp(dir, id, name, text, sizeof(text)) ? strtoull(text, NULL, 10) : 0;
}

/* The number behind a word that begins a line of memory.stat. */
static uint64_t stat_of(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; at && *at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, word, n) == 0)
			return strtoull(at + n, NULL, 10);
	}
	return 0;
}

/* The cache of files; those of tmpfs are in it, and cannot be dropped. */
static uint64_t droppable(const char *dir, uint64_t id, const struct names *n)
{
	char text[4096];
	uint64_t files, shared;

	if (!slurp(dir, id, "memory.stat", text, sizeof(text)))
		return 0;
	files = stat_of(text, n->files);
	shared = stat_of(text, n->shared);
	return files > shared ? files - shared : 0;
}

int native_usage(struct sandbox *sb, struct sandbox_usage *out, struct err *e)
{
	const struct launch_hello *h = &sb->native->hello;
	struct sandbox_usage u = { 0 };
	char text[1024];
	const char *at;

	if (h->cgroup == LAUNCH_CGROUP_NONE)
		return err_set(e, ERR_UNSUPPORTED,
		        "use of resources is counted by cgroups, of which there are none: run "
		        "clnrm health");
	const struct names *n =
	        &names[h->cgroup == LAUNCH_CGROUP_V2 ? LAUNCH_CGROUP_V2 : LAUNCH_CGROUP_V1];
	if (!slurp(h->memory_dir, sb->id, n->now, text, sizeof(text)))
		return err_sys(e, "sandbox '%s': cannot read its cgroup", sb->name);
	u.memory_bytes = strtoull(text, NULL, 10);
	u.memory_peak = number(h->memory_dir, sb->id, n->peak);
	u.memory_files = droppable(h->memory_dir, sb->id, n);
	if (slurp(h->memory_dir, sb->id, n->oom, text, sizeof(text)) &&
	        (at = strstr(text, "oom_kill ")))
		u.oom_kills = strtoull(at + 9, NULL, 10);
	u.processes = (unsigned)number(h->pids_dir, sb->id, "pids.current");
	if (u.processes)
		u.processes--; /* the init */
	*out = u;
	return 0;
}

/* "name N" at the beginning of a line. */
static uint64_t count_of(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = text; (at = strstr(at, name)) != NULL; at += n)
		if ((at == text || at[-1] == '\n') && at[n] == ' ')
			return strtoull(at + n + 1, NULL, 10);
	return 0;
}

int native_met(struct sandbox *sb, struct sandbox_met *out, struct err *e)
{
	const struct launch_hello *h = &sb->native->hello;
	const struct names *n = &names[h->cgroup];
	uint64_t limit = sb->made.limits[LAUNCH_PIDS];
	struct sandbox_met m = { 0 };
	char text[1024];

	if (h->cgroup == LAUNCH_CGROUP_NONE)
		return err_set(e, ERR_UNSUPPORTED, "there is no cgroup to count");
	if (slurp(h->memory_dir, sb->id, n->oom, text, sizeof(text)))
		m.oom_kills = count_of(text, "oom_kill");
	/* The limit that each user has besides may refuse before this one counts it; the peak is
	 * there since Linux 6.1. */
	if (slurp(h->pids_dir, sb->id, "pids.peak", text, sizeof(text)))
		m.pids_full = limit && strtoull(text, NULL, 10) >= limit;
	else if (slurp(h->pids_dir, sb->id, "pids.events", text, sizeof(text)))
		m.pids_full = count_of(text, "max") > 0;
	*out = m;
	return 0;
}
