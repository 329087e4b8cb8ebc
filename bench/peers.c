#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "bench/contestants.h"
#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"

/* The command of image host is this machine's /bin/true; that of the others is the one of the
 * busybox root, run where it stands. */
static char *true_of(struct entry *en, struct err *e)
{
	const char *root;

	if (en->is->image == HOST)
		return xstrdup("/bin/true");
	root = world_root(en->w, e);
	return root ? xasprintf("%s/bin/true", root) : NULL;
}

int prepare_spawn(struct entry *en, struct err *e)
{
	AUTO_STR path = true_of(en, e);

	if (!path)
		return -1;
	timed_add(timed_new(en), path);
	return 0;
}

static int read_to_end(int fd, struct err *e)
{
	char piece[4096];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) != 0)
		if (n < 0 && errno != EINTR)
			return err_sys(e, "cannot read what it printed");
	return 0;
}

int captured_once(struct entry *en, double *out, struct err *e)
{
	struct timed *t = en->state;
	struct command c = t->c;
	int64_t began = clock_ns();
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, "cannot make a pipe");
	AUTO_FD from = ends[0], to = ends[1];
	c.out = to;
	pid_t pid = command_start(&c, e);
	close_fd(&to);
	if (pid < 0 || read_to_end(from, e) < 0)
		return -1;
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return err_set(e, ERR_SYS, "'%s' ended with status %d", t->argv[0], status);
	out[0] = (double)(clock_ns() - began) / NS_PER_MS;
	return 0;
}

int prepare_many_spawns(struct entry *en, struct err *e)
{
	return prepare_spawn(en, e);
}

/* files times, as many at once as we run scenarios at once. */
int many_spawns_once(struct entry *en, double *out, struct err *e)
{
	struct timed *t = en->state;
	long at_once = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned started = 0, ended = 0;
	int64_t began = clock_ns();

	while (ended < en->is->files) {
		while (started < en->is->files && (long)(started - ended) < at_once) {
			if (command_start(&t->c, e) < 0)
				return -1;
			started++;
		}
		if (waitpid(-1, NULL, 0) > 0)
			ended++;
	}
	out[0] = (double)(clock_ns() - began) / NS_PER_MS / en->is->files;
	return 0;
}

int prepare_bwrap(struct entry *en, struct err *e)
{
	static const char *const of_host[] = { "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin",
		"/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64" };
	static const char *const rest[] = { "--proc", "/proc", "--dev", "/dev", "--unshare-all",
		"--die-with-parent", "/bin/true" };
	struct timed *t = timed_new(en);
	const char *root = world_root(en->w, e);

	if (!root)
		return -1;
	timed_add(t, "bwrap");
	if (en->is->image == HOST)
		for (size_t i = 0; i < ARRAY_LEN(of_host); i++)
			timed_add(t, of_host[i]);
	else {
		timed_add(t, "--bind");
		timed_add(t, root);
		timed_add(t, "/");
	}
	for (size_t i = 0; i < ARRAY_LEN(rest); i++)
		timed_add(t, rest[i]);
	return command_run(&t->c, NULL, e);
}

/* `RUNTIME spec` writes what a container gets by default; only root, command and terminal differ.
 */
static int write_bundle(const char *runtime, const char *dir, const char *root, struct err *e)
{
	AUTO_STR config = fs_join(dir, "config.json");
	const char *const spec[] = { runtime, "spec", NULL };
	json_t *j, *process;
	int rc;

	if (fs_mkdirs(dir, 0755, e) < 0 ||
	        command_run(&(struct command){ .argv = spec, .dir = dir, .out = -1 }, NULL, e) < 0)
		return -1;
	j = json_load_file(config, 0, NULL);
	process = json_object_get(j, "process");
	json_object_set_new(process, "terminal", json_false());
	json_object_set_new(process, "args", json_pack("[s]", "/bin/true"));
	json_object_set_new(json_object_get(j, "root"), "path", json_string(root));
	rc = json_dump_file(j, config, 0);
	json_decref(j);
	return rc == 0 ? 0 : err_set(e, ERR_SYS, "cannot write the bundle of %s", runtime);
}

static int prepare_runtime(struct entry *en, const char *runtime, struct err *e)
{
	struct timed *t = timed_new(en);
	AUTO_STR dir = xasprintf("%s/bundle-%s", en->w->dir, runtime);
	const char *root = world_root(en->w, e);

	if (!root)
		return -1;
	if (!program_path(runtime))
		return err_set(e, ERR_UNSUPPORTED, "'%s' is not installed", runtime);
	if (write_bundle(runtime, dir, root, e) < 0)
		return -1;
	timed_add(t, runtime);
	timed_add(t, "run");
	timed_add(t, "--bundle");
	timed_add(t, dir);
	timed_add(t, "clnrm-bench-oci");
	return command_run(&t->c, NULL, e);
}

int prepare_crun(struct entry *en, struct err *e)
{
	return prepare_runtime(en, "crun", e);
}

int prepare_runc(struct entry *en, struct err *e)
{
	return prepare_runtime(en, "runc", e);
}

/* The empty program that was built as the client is: build/<mode>/bench/nop. */
int prepare_nop(struct entry *en, struct err *e)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 8);

	if (n <= 0)
		return err_sys(e, "cannot find the empty program");
	snprintf(self + n - 5, 5, "nop"); /* bench -> nop */
	timed_add(timed_new(en), self);
	return 0;
}
