/* daemon/sandbox/init/pulse.c - whether anything here lives: uses the processor, or would if it
 * could.
 *
 * The clocks of processes count nanoseconds, all threads together, where /proc/PID/stat rounds to
 * ticks: a program that polls once a second is seen. What comes and goes between two looks changes
 * the list, or costs its parent time. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "daemon/sandbox/init/init.h"

/* Threads whose state is looked at; who has more is not called silent. */
enum { TASKS_MAX = 2048 };

static uint64_t mix(uint64_t print, uint64_t v)
{
	for (int i = 0; i < 8; i++, v >>= 8)
		print = (print ^ (v & 0xff)) * 0x100000001b3u; /* FNV-1a */
	return print;
}

static bool is_held(char state)
{
	return state == 'R' || state == 'D';
}

/* The state after "12 (some (name)) "; 'R' when it cannot be read. */
static char task_state(int tasks, const char *tid)
{
	char path[32], text[256];
	int len = snprintf(path, sizeof(path), "%s/stat", tid);
	AUTO_FD fd = len < (int)sizeof(path) ? openat(tasks, path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *close;

	if (n <= 0)
		return 'R';
	text[n] = '\0';
	close = strrchr(text, ')');
	return close && close[1] == ' ' ? close[2] : 'R';
}

/* The entry of a process states how its first thread is; the others may be busy. */
static bool any_thread_held(pid_t pid, size_t *left)
{
	char path[32];
	DIR *dir;
	struct dirent *d;
	bool held = false;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir && !held && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		held = *left == 0 || is_held(task_state(dirfd(dir), d->d_name));
		*left -= *left > 0;
	}
	if (dir)
		closedir(dir);
	return held || !dir;
}

static bool time_used(pid_t pid, uint64_t *ns)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) < 0)
		return false;
	*ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
	return true;
}

void pulse_take(struct agent_pulse *out)
{
	size_t left = TASKS_MAX;
	struct tree t;

	tree_read(&t);
	*out = (struct agent_pulse){ .print = 0xcbf29ce484222325u, .processes = (uint32_t)t.n };
	for (size_t i = 0; i < t.n; i++) {
		const struct tree_entry *x = &t.v[i];
		uint64_t ns = 0;

		if (!time_used(x->pid, &ns) || is_held(x->state) ||
		        (x->threads > 1 && any_thread_held(x->pid, &left)))
			out->held = 1;
		out->print = mix(mix(out->print, (uint64_t)x->pid), ns);
	}
	tree_release(&t);
}
