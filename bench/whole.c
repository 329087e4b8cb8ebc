/* The machine seen from outside: processor time, memory, and the time that a build takes. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench/contestants.h"
#include "bench/http.h"
#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"

#define CPU_PAUSE_NS (8 * NS_PER_MS)
#define GROWTH_RUNS 100 /* of 1,000 scenarios */

/* ---- a tree of processes ---- */

static double pss_kib(pid_t pid)
{
	AUTO_STR path = xasprintf("/proc/%d/smaps_rollup", pid);
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	struct err e;
	const char *at;

	if (fd < 0 || fs_read_fd(fd, path, 1 << 16, &text, &e) < 0)
		return 0;
	at = strstr(text.s, "\nPss:");
	return at ? strtod(at + 5, NULL) : 0;
}

static pid_t parent_of(const char *pid)
{
	AUTO_STR path = xasprintf("/proc/%s/stat", pid);
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	struct err e;
	const char *at;
	int parent;

	if (fd < 0 || fs_read_fd(fd, path, 1 << 16, &text, &e) < 0)
		return -1;
	at = strrchr(text.s, ')');
	return at && sscanf(at + 1, " %*c %d", &parent) == 1 ? parent : -1;
}

/* Of a process and all below it: the daemon, its launcher, every PID 1 and what those run. */
static double tree_sum(pid_t root, double (*of)(pid_t pid))
{
	double sum = of(root);
	DIR *d = opendir("/proc");

	for (const struct dirent *de; d && (de = readdir(d));)
		if (de->d_name[0] >= '1' && de->d_name[0] <= '9' && parent_of(de->d_name) == root)
			sum += tree_sum((pid_t)strtol(de->d_name, NULL, 10), of);
	if (d)
		closedir(d);
	return sum;
}

/* Processor time in ms, that of children which were waited for included. */
static double used_by(pid_t pid)
{
	AUTO_STR path = xasprintf("/proc/%d/stat", pid);
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned long long v[4] = { 0 };
	struct err e;
	const char *at;

	if (fd < 0 || fs_read_fd(fd, path, 1 << 16, &text, &e) < 0)
		return 0;
	at = strrchr(text.s, ')');
	if (!at ||
	        sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu",
	                &v[0], &v[1], &v[2], &v[3]) != 4)
		return 0;
	return (double)(v[0] + v[1] + v[2] + v[3]) * 1000 / (double)sysconf(_SC_CLK_TCK);
}

static int daemon_pid(const struct who *who, pid_t *pid, struct err *e)
{
	json_t *status = http_json(who->socket, "GET", "/v1/status", NULL, e);

	*pid = (pid_t)json_integer_value(json_object_get(status, "pid"));
	json_decref(status);
	if (!status)
		return -1;
	return *pid > 0 ? 0 : err_set(e, ERR_INVALID, "the daemon does not say its pid");
}

/* ---- processor time of the whole machine ---- */

/* All that is neither idle nor waiting, in ms, of all processors since the start. */
static double busy_ms(void)
{
	AUTO_STRBUF text = STRBUF_INIT;
	unsigned long long v[8] = { 0 };
	AUTO_FD fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
	struct err e;

	if (fd < 0 || fs_read_fd(fd, "/proc/stat", 1 << 20, &text, &e) < 0 ||
	        sscanf(text.s, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1], &v[2],
	                &v[3], &v[4], &v[5], &v[6], &v[7]) != 8)
		return 0;
	return (double)(v[0] + v[1] + v[2] + v[5] + v[6]) * 1000 / (double)sysconf(_SC_CLK_TCK);
}

static void pause_ns(int64_t ns)
{
	nanosleep(&(struct timespec){ .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S }, NULL);
}

/* What the machine does anyway, in ms a ms. */
static double background(void)
{
	double before = busy_ms();
	int64_t began = clock_ns();

	pause_ns(NS_PER_S / 2);
	return (busy_ms() - before) / ((double)(clock_ns() - began) / NS_PER_MS);
}

/* What our children and the daemon's processes used: less than the whole, for the kernel works for
 * them on its own account, but the same on a busy machine. */
static double used_ms(const struct timed *t)
{
	struct rusage r;

	getrusage(RUSAGE_CHILDREN, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000 +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1000 +
	       (t->daemon ? tree_sum(t->daemon, used_by) : 0);
}

/* The counters tick in hundredths of a second, so a sample is `variant` runs with pauses between,
 * in which sandboxes are destroyed and made: their cost is part of it. */
int cpu_once(struct entry *en, double *out, struct err *e)
{
	double level = background(), before = busy_ms(), used = used_ms(en->state), ms;
	int64_t began = clock_ns();

	for (unsigned i = 0; i < en->is->variant; i++) {
		if (timed_once(en, &ms, e) < 0)
			return -1;
		pause_ns(CPU_PAUSE_NS);
	}
	ms = (double)(clock_ns() - began) / NS_PER_MS;
	out[0] = (busy_ms() - before - level * ms) / en->is->variant;
	out[1] = (used_ms(en->state) - used) / en->is->variant;
	return 0;
}

int prepare_cpu_run(struct entry *en, struct err *e)
{
	pid_t pid;

	if (prepare_run(en, e) < 0 || daemon_pid(&en->w->who[en->is->user], &pid, e) < 0)
		return -1;
	((struct timed *)en->state)->daemon = pid;
	return 0;
}

/* ---- memory ---- */

static int daemon_pss(const struct who *who, double *mib, struct err *e)
{
	pid_t pid;

	if (daemon_pid(who, &pid, e) < 0)
		return -1;
	*mib = tree_sum(pid, pss_kib) / 1024;
	return 0;
}

/* Eight warm sandboxes of the base image and nothing else. */
int prepare_memory(struct entry *en, struct err *e)
{
	const struct who *who = &en->w->who[en->is->user];

	if (world_daemon(en->w, en->is->user, e) < 0 || world_drain(who, HOST, e) < 0)
		return -1;
	return world_stock(who, BASE, e);
}

int memory_once(struct entry *en, double *out, struct err *e)
{
	return daemon_pss(&en->w->who[en->is->user], out, e);
}

int prepare_growth(struct entry *en, struct err *e)
{
	return prepare_run(en, e);
}

/* The first run fills caches and high-water marks; what comes on top of it is growth. */
int growth_once(struct entry *en, double *out, struct err *e)
{
	const struct timed *t = en->state;
	double before = 0, after, ms[SERIES];

	for (unsigned i = 0; i <= GROWTH_RUNS; i++) {
		if (run_once(en, ms, e) < 0 || (i == 0 && daemon_pss(t->who, &before, e) < 0))
			return -1;
	}
	if (daemon_pss(t->who, &after, e) < 0)
		return -1;
	out[0] = after - before;
	return 0;
}

/* ---- a clean release build ---- */

int prepare_build(struct entry *en, struct err *e)
{
	struct timed *t = timed_new(en);
	AUTO_STR dir = xasprintf("B=%s/build", en->w->dir);
	AUTO_STR here = realpath(".", NULL);

	if (!here || access("Makefile", F_OK) < 0)
		return err_set(e, ERR_UNSUPPORTED, "not started in the source folder");
	timed_add(t, "make");
	timed_add(t, "-j2");
	timed_add(t, "RELEASE=1");
	timed_add(t, dir);
	t->c.dir = "."; /* where make bench was typed */
	return 0;
}

int build_once(struct entry *en, double *out, struct err *e)
{
	if (timed_once(en, out, e) < 0)
		return -1;
	out[0] /= 1000;
	return 0;
}
