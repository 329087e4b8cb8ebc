/* Docker and Podman as peers: engines of our own, with storage in the world's directory and an
 * image that holds the same busybox. The Docker daemon lives in namespaces of its own, so that
 * nothing of it is left when its first process is gone. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "bench/contestants.h"
#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"

#define ENGINE_PATIENCE_S 30
#define IMAGE "clnrm-bench"

enum state { UNTRIED, UP, DOWN };

static struct {
	enum state docker, podman;
	struct err why_docker, why_podman;
	pid_t namespaces; /* unshare(1), the parent of dockerd */
	char *socket;     /* as docker -H wants it */
	char *root, *runroot;
} engines;

static char *image_tar(struct world *w, struct err *e)
{
	char *tar = fs_join(w->dir, "root.tar");
	const char *root = world_root(w, e);

	if (root && access(tar, F_OK) < 0 && RUN(NULL, e, "tar", "-C", root, "-cf", tar, ".") < 0)
		root = NULL;
	if (!root) {
		free(tar);
		return NULL;
	}
	return tar;
}

/* ---- Docker ---- */

static pid_t start_dockerd(const struct world *w, struct err *e)
{
	AUTO_STR data = xasprintf("--data-root=%s/docker", w->dir);
	AUTO_STR exec = xasprintf("--exec-root=%s/docker-run", w->dir);
	AUTO_STR pid = xasprintf("--pidfile=%s/docker.pid", w->dir);
	AUTO_STR host = xasprintf("--host=%s", engines.socket);
	AUTO_STR cgroup = xasprintf("--cgroup-parent=/%s", IMAGE);
	const char *const argv[] = { "unshare", "--mount", "--net", "--pid", "--fork",
		"--mount-proc", "--kill-child", "dockerd", data, exec, pid, host, "--bridge=none",
		"--iptables=false", "--ip-forward=false", cgroup, NULL };

	if (!program_path("dockerd") || !program_path("docker"))
		return err_set(e, ERR_UNSUPPORTED, "'dockerd' is not installed");
	return command_start(&(struct command){ .argv = argv, .dir = "/", .out = -1 }, e);
}

static int await_dockerd(struct err *e)
{
	int64_t until = clock_ns() + ENGINE_PATIENCE_S * NS_PER_S;

	while (RUN(NULL, e, "docker", "-H", engines.socket, "version") < 0) {
		if (clock_ns() > until || waitpid(engines.namespaces, NULL, WNOHANG) != 0)
			return err_wrap(e, "no Docker engine could be started");
		nanosleep(&(struct timespec){ .tv_nsec = 50 * NS_PER_MS }, NULL);
	}
	return 0;
}

static int docker_begin(struct world *w, struct err *e)
{
	AUTO_STR tar = image_tar(w, e);

	if (!tar)
		return -1;
	engines.socket = xasprintf("unix://%s/docker.sock", w->dir);
	engines.namespaces = start_dockerd(w, e);
	if (engines.namespaces < 0 || await_dockerd(e) < 0)
		return -1;
	if (RUN(NULL, e, "docker", "-H", engines.socket, "import", tar, IMAGE) < 0)
		return -1;
	return RUN(NULL, e, "docker", "-H", engines.socket, "run", "-d", "--name", "warm",
	        "--network", "none", IMAGE, "/bin/sleep", "86400");
}

static int docker_up(struct world *w, struct err *e)
{
	if (engines.docker == UNTRIED)
		engines.docker = docker_begin(w, &engines.why_docker) == 0 ? UP : DOWN;
	if (engines.docker == UP)
		return 0;
	*e = engines.why_docker;
	return -1;
}

static void docker_words(struct entry *en, const char *const *words)
{
	struct timed *t = timed_new(en);

	timed_add(t, "docker");
	timed_add(t, "-H");
	timed_add(t, engines.socket);
	for (; *words; words++)
		timed_add(t, *words);
}

int prepare_docker_run(struct entry *en, struct err *e)
{
	static const char *const words[] = { "run", "--rm", "--network", "none", IMAGE, "/bin/true",
		NULL };

	if (docker_up(en->w, e) < 0)
		return -1;
	docker_words(en, words);
	return 0;
}

int prepare_docker_exec(struct entry *en, struct err *e)
{
	static const char *const words[] = { "exec", "warm", "/bin/true", NULL };

	if (docker_up(en->w, e) < 0)
		return -1;
	docker_words(en, words);
	return 0;
}

/* ---- Podman ---- */

/* It asks for more open files than a machine may give; what we have is enough. */
static int write_containers_conf(const struct world *w, const char *runtime, struct err *e)
{
	AUTO_STR path = fs_join(w->dir, "containers.conf");
	AUTO_STRBUF text = STRBUF_INIT;
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	strbuf_printf(&text,
	        "[containers]\ndefault_ulimits = [\"nofile=%llu:%llu\", \"nproc=4096:4096\"]\n"
	        "[engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n"
	        "runtime = \"%s\"\n",
	        (unsigned long long)files.rlim_cur, (unsigned long long)files.rlim_cur, runtime);
	if (fs_write_atomic(path, text.s, text.len, 0644, e) < 0)
		return -1;
	return setenv("CONTAINERS_CONF", path, 1) < 0 ? err_sys(e, "setenv") : 0;
}

/* Not every runtime works with every layout of cgroups. */
static int podman_warm(struct world *w, struct err *e)
{
	static const char *const runtimes[] = { "crun", "runc" };
	int rc = -1;

	for (size_t i = 0; rc < 0 && i < ARRAY_LEN(runtimes); i++) {
		if (write_containers_conf(w, runtimes[i], e) < 0)
			return -1;
		rc = RUN(NULL, e, "podman", engines.root, engines.runroot, "run", "-d", "--replace",
		        "--name", "warm", "--network", "none", IMAGE, "/bin/sleep", "86400");
	}
	return rc;
}

static int podman_begin(struct world *w, struct err *e)
{
	AUTO_STR tar = image_tar(w, e);

	if (!program_path("podman"))
		return err_set(e, ERR_UNSUPPORTED, "'podman' is not installed");
	if (!tar || write_containers_conf(w, "crun", e) < 0)
		return -1;
	engines.root = xasprintf("--root=%s/podman", w->dir);
	engines.runroot = xasprintf("--runroot=%s/podman-run", w->dir);
	if (RUN(NULL, e, "podman", engines.root, engines.runroot, "import", "-q", tar, IMAGE) < 0)
		return -1;
	return podman_warm(w, e);
}

static int podman_up(struct world *w, struct err *e)
{
	if (engines.podman == UNTRIED)
		engines.podman = podman_begin(w, &engines.why_podman) == 0 ? UP : DOWN;
	if (engines.podman == UP)
		return 0;
	*e = engines.why_podman;
	return -1;
}

static void podman_words(struct entry *en, const char *const *words)
{
	struct timed *t = timed_new(en);

	timed_add(t, "podman");
	timed_add(t, engines.root);
	timed_add(t, engines.runroot);
	for (; *words; words++)
		timed_add(t, *words);
}

int prepare_podman_run(struct entry *en, struct err *e)
{
	static const char *const words[] = { "run", "--rm", "--network", "none", IMAGE, "/bin/true",
		NULL };

	if (podman_up(en->w, e) < 0)
		return -1;
	podman_words(en, words);
	return 0;
}

int prepare_podman_exec(struct entry *en, struct err *e)
{
	static const char *const words[] = { "exec", "warm", "/bin/true", NULL };

	if (podman_up(en->w, e) < 0)
		return -1;
	podman_words(en, words);
	return 0;
}

/* ---- the end ---- */

static void say(const char *what, const struct err *e)
{
	fprintf(stderr, "bench: %s: %s\n", what, e->msg);
}

/* unshare(1) waits for its one child, which is the first process of the namespaces. */
static pid_t child_of(pid_t parent)
{
	AUTO_STR path = xasprintf("/proc/%d/task/%d/children", parent, parent);
	char text[32] = "";
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 ? (pid_t)strtol(text, NULL, 10) : 0;
}

/* The first process of the namespaces goes, and all of them with it. */
static void docker_end(void)
{
	struct err e;

	if (engines.docker == UP &&
	        RUN(NULL, &e, "docker", "-H", engines.socket, "rm", "-f", "warm") < 0)
		say("docker", &e);
	if (engines.namespaces > 0) {
		pid_t first = child_of(engines.namespaces);

		if (first > 0)
			kill(first, SIGKILL);
		waitpid(engines.namespaces, NULL, 0);
	}
	free(engines.socket);
}

static void podman_end(void)
{
	struct err e;

	if (engines.root &&
	        RUN(NULL, &e, "podman", engines.root, engines.runroot, "rm", "-fa", "-t", "0") < 0)
		say("podman", &e);
	free(engines.root);
	free(engines.runroot);
}

/* Controllers of a cgroup v1 machine, or the one tree of v2. */
static void remove_cgroups(void)
{
	static const char ours[] = "*/" IMAGE "*";
	struct err e;

	if (RUN(NULL, &e, "find", "/sys/fs/cgroup", "-depth", "-type", "d", "-path", ours, "-exec",
	            "rmdir", "{}", "+") < 0)
		say("cgroups", &e);
}

void engines_stop(void)
{
	docker_end();
	podman_end();
	if (engines.docker == UP)
		remove_cgroups();
}
