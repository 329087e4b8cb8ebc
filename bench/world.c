#include "bench/world.h"

#include <fcntl.h>
#include <grp.h>
#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "bench/http.h"
#include "bench/spawned.h"
#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"

#define SPARE_USER "clnrm-bench"
#define WARM 8
#define QUIET_PATIENCE_MS 30000
#define POLL_NS 200000L

const char *const image_names_of[N_IMAGES] = { "host", "clnrm/base" };

/* ---- users ---- */

static bool has_range(const char *file)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;

	return fs_read_file(file, 1 << 20, &text, &e) == 0 && strstr(text.s, SPARE_USER ":");
}

/* useradd gives ranges of subordinate ids where login.defs says so; else usermod adds them. */
static int make_user(struct world *w, struct err *e)
{
	if (!getpwnam(SPARE_USER)) {
		if (RUN(NULL, e, "useradd", "--no-create-home", "--home-dir", "/nonexistent",
		            "--shell", "/usr/sbin/nologin", SPARE_USER) < 0)
			return -1;
		w->made_user = true;
	}
	if (has_range("/etc/subuid") && has_range("/etc/subgid"))
		return 0;
	return RUN(NULL, e, "usermod", "--add-subuids", "2000000000-2000065535", "--add-subgids",
	        "2000000000-2000065535", SPARE_USER);
}

static int find_user(struct world *w, struct who *who, struct err *e)
{
	const struct passwd *pw;

	if (make_user(w, e) < 0)
		return -1;
	pw = getpwnam(SPARE_USER);
	if (!pw)
		return err_set(e, ERR_NOT_FOUND, "no user '%s'", SPARE_USER);
	who->uid = pw->pw_uid;
	who->gid = pw->pw_gid;
	return 0;
}

static int make_home(const struct world *w, struct who *who, struct err *e)
{
	static const char *const parts[] = { "", "/run" };
	size_t n = 0;

	who->home = xasprintf("%s/%s", w->dir, who->name);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		AUTO_STR dir = xasprintf("%s%s", who->home, parts[i]);

		if (mkdir(dir, 0700) < 0 || chown(dir, who->uid, who->gid) < 0)
			return err_sys(e, "cannot make a home for %s", who->name);
	}
	who->socket = xasprintf("%s/run/clnrm/clnrmd.sock", who->home);
	who->env[n++] = xstrdup("PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
	who->env[n++] = xstrdup("LANG=C.UTF-8");
	who->env[n++] = xstrdup("TERM=dumb");
	who->env[n++] = xstrdup("CLNRM_IDLE_EXIT=0");
	who->env[n++] = xasprintf("HOME=%s", who->home);
	who->env[n++] = xasprintf("XDG_RUNTIME_DIR=%s/run", who->home);
	who->env[n++] = xasprintf("CLNRM_HOME=%s/clnrm", who->home);
	return 0;
}

/* ---- the world ---- */

static int copy_programs(struct world *w, const char *build, struct err *e)
{
	static const char *const names[] = { "clnrm", "clnrmd", "clnrm-launcher", "clnrm-init",
		"clnrm-unpack" };
	AUTO_STR bin = xasprintf("%s/bin", w->dir);

	if (fs_mkdirs(bin, 0755, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_STR from = xasprintf("%s/%s", build, names[i]);

		if (RUN(NULL, e, "cp", from, bin) < 0)
			return err_wrap(e, "programs");
	}
	w->clnrm = xasprintf("%s/clnrm", bin);
	return 0;
}

int world_open(struct world *w, const char *build, struct err *e)
{
	umask(022);
	if (getuid() != 0)
		return err_set(e, ERR_DENIED, "wants to be root: it compares root and user");
	snprintf(w->dir, sizeof(w->dir), "/tmp/clnrm-bench.XXXXXX");
	if (!mkdtemp(w->dir) || chmod(w->dir, 0755) < 0)
		return err_sys(e, "cannot make a directory");
	if (copy_programs(w, build, e) < 0)
		return -1;
	w->who[ROOT].name = "root";
	w->who[USER].name = "user";
	if (make_home(w, &w->who[ROOT], e) < 0)
		return -1;
	if (find_user(w, &w->who[USER], &w->who[USER].why) == 0 &&
	        make_home(w, &w->who[USER], &w->who[USER].why) < 0)
		return -1;
	return 0;
}

static void stop_daemon(const struct world *w, const struct who *who)
{
	const char *const argv[] = { w->clnrm, "daemon", "stop", "--now", NULL };
	struct command c = { .argv = argv,
		.env = who->env,
		.dir = "/",
		.uid = who->uid,
		.gid = who->gid,
		.out = -1 };
	struct err e;

	if (command_run(&c, NULL, &e) < 0)
		fprintf(stderr, "bench: the daemon of %s did not stop: %s\n", who->name, e.msg);
}

/* Engines leave their storage mounted. What was mounted last goes first. */
static void unmount_below(const char *dir)
{
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_FD fd = open("/proc/self/mounts", O_RDONLY | O_CLOEXEC);
	char point[4096];
	struct err e;

	if (fd < 0 || fs_read_fd(fd, "/proc/self/mounts", 16 << 20, &text, &e) < 0)
		return;
	while (text.len) {
		strbuf_truncate(&text, text.len - 1); /* the end of the last line */
		const char *nl = memrchr(text.s, '\n', text.len), *line = nl ? nl + 1 : text.s;

		if (sscanf(line, "%*s %4095s", point) == 1 &&
		        strncmp(point, dir, strlen(dir)) == 0 && point[strlen(dir)] == '/')
			umount2(point, MNT_DETACH);
		strbuf_truncate(&text, (size_t)(line - text.s));
	}
}

void world_close(struct world *w)
{
	struct err e = { 0 };

	for (int u = 0; u < N_USERS; u++) {
		struct who *who = &w->who[u];

		if (who->up)
			stop_daemon(w, who);
		for (size_t i = 0; who->env[i]; i++)
			free(who->env[i]);
		free(who->home);
		free(who->socket);
	}
	if (*w->dir)
		unmount_below(w->dir);
	/* Subordinate ids own some of it: root removes them. */
	if (*w->dir && fs_remove_tree(AT_FDCWD, w->dir, &e) < 0)
		fprintf(stderr, "bench: %s\n", e.msg);
	if (w->made_user && RUN(NULL, &e, "userdel", SPARE_USER) < 0)
		fprintf(stderr, "bench: %s\n", e.msg);
	free(w->clnrm);
}

/* ---- daemons ---- */

static int post(const struct who *who, const char *target, const char *body, struct err *e)
{
	json_t *j = http_json(who->socket, "POST", target, body, e);

	json_decref(j);
	return j ? world_quiet(who, NULL, e) : -1;
}

int world_stock(const struct who *who, enum test_image image, struct err *e)
{
	AUTO_STR body = xasprintf("{\"image\":\"%s\",\"count\":%d}", image_names_of[image], WARM);

	return post(who, "/v1/pool/fill", body, e);
}

int world_drain(const struct who *who, enum test_image image, struct err *e)
{
	AUTO_STR body = xasprintf("{\"image\":\"%s\"}", image_names_of[image]);

	return post(who, "/v1/pool/drain", body, e);
}

int world_daemon(struct world *w, enum user u, struct err *e)
{
	struct who *who = &w->who[u];
	const char *const argv[] = { w->clnrm, "daemon", "start", NULL };
	struct command c = { .argv = argv,
		.env = who->env,
		.dir = "/",
		.uid = who->uid,
		.gid = who->gid,
		.out = -1 };

	if (who->up)
		return 0;
	if (!who->why.code && command_run(&c, NULL, &who->why) == 0) {
		who->up = true;
		return 0;
	}
	*e = who->why;
	return -1;
}

/* ---- quiet ---- */

static bool stock_is_full(json_t *answer)
{
	json_t *rows = json_object_get(answer, "pools"), *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		json_int_t warm = json_integer_value(json_object_get(row, "warm"));

		if (warm < json_integer_value(json_object_get(row, "target")))
			return false;
	}
	return true;
}

static bool all_warm(json_t *answer)
{
	json_t *rows = json_object_get(answer, "sandboxes"), *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *state = json_string_value(json_object_get(row, "state"));

		if (!state || strcmp(state, "warm") != 0)
			return false;
	}
	return true;
}

/* 1 quiet, 0 not yet, -1 with *e. */
static int is_quiet(const struct who *who, struct err *e)
{
	json_t *boxes = http_json(who->socket, "GET", "/v1/sandboxes?all=1", NULL, e), *pools;
	bool quiet = boxes && all_warm(boxes);

	json_decref(boxes);
	if (!boxes)
		return -1;
	if (!quiet)
		return 0;
	pools = http_json(who->socket, "GET", "/v1/pool", NULL, e);
	quiet = pools && stock_is_full(pools);
	json_decref(pools);
	return pools ? quiet : -1;
}

int world_quiet(const struct who *who, double *ms, struct err *e)
{
	int64_t began = clock_ns();
	int quiet;

	while ((quiet = is_quiet(who, e)) == 0) {
		if (clock_ns() - began > QUIET_PATIENCE_MS * NS_PER_MS)
			return err_set(e, ERR_TIMEOUT, "not quiet after %d ms", QUIET_PATIENCE_MS);
		nanosleep(&(struct timespec){ .tv_nsec = POLL_NS }, NULL);
	}
	if (ms)
		*ms = (double)(clock_ns() - began) / NS_PER_MS;
	return quiet < 0 ? -1 : 0;
}

/* ---- files ---- */

static void write_test(struct strbuf *b, enum test_image image, unsigned number, unsigned steps)
{
	strbuf_printf(
	        b, "[meta]\nname = \"t%05u\"\nimage = \"%s\"\n\n", number, image_names_of[image]);
	strbuf_adds(b, "[[scenario]]\nname = \"one\"\nsteps = [\n");
	for (unsigned i = 0; i < steps; i++)
		strbuf_printf(b, "  { name = \"s%u\", command = [\"/bin/true\"] },\n", i);
	strbuf_adds(b, "]\n");
}

static int write_file(const char *path, const struct strbuf *b, struct err *e)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return err_sys(e, "cannot write '%s'", path);
	return fs_write_all(fd, b->s, b->len, e);
}

const char *world_tests(
        struct world *w, enum test_image image, unsigned n, unsigned steps, struct err *e)
{
	AUTO_STR dir =
	        xasprintf("%s/tests-%u-%u-%s", w->dir, n, steps, image == HOST ? "host" : "base");
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_STR last = NULL;

	if (fs_mkdirs(dir, 0755, e) < 0)
		return NULL;
	for (unsigned i = 0; i < n; i++) {
		free(last);
		last = xasprintf("%s/t%05u.clnrm.toml", dir, i);
		strbuf_reset(&text);
		write_test(&text, image, i, steps);
		if (write_file(last, &text, e) < 0)
			return NULL;
	}
	return n == 1 ? STEAL(last) : STEAL(dir);
}

const char *world_beside(
        struct world *w, enum test_image image, unsigned steps, const char *command, struct err *e)
{
	char *path = xasprintf("%s/beside-%u-%s-%s.clnrm.toml", w->dir, steps,
	        strchr(command, ' ') ? "sleep" : "true", image == HOST ? "host" : "base");
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_printf(&b, "[meta]\nname = \"beside\"\nimage = \"%s\"\n\n", image_names_of[image]);
	strbuf_adds(&b, "[[scenario]]\nname = \"one\"\nconcurrent = true\nmax_parallel = 8\n");
	strbuf_adds(&b, "steps = [\n");
	for (unsigned i = 0; i < steps; i++)
		strbuf_printf(&b, "  { name = \"s%u\", run = \"%s\" },\n", i, command);
	strbuf_adds(&b, "]\n");
	return write_file(path, &b, e) < 0 ? NULL : path;
}

const char *world_root(struct world *w, struct err *e)
{
	static const char *const dirs[] = { "bin", "proc", "sys", "dev", "tmp", "etc", "usr",
		"run" };
	char *root = xasprintf("%s/root-tree", w->dir);

	if (access(root, F_OK) == 0)
		return root;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		AUTO_STR dir = fs_join(root, dirs[i]);

		if (fs_mkdirs(dir, 0755, e) < 0)
			return NULL;
	}
	AUTO_STR bin = fs_join(root, "bin/busybox");
	static const char *const applets[] = { "true", "sh", "sleep" };

	if (RUN(NULL, e, "cp", "-L", "/bin/busybox", bin) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(applets); i++) {
		AUTO_STR link = xasprintf("%s/bin/%s", root, applets[i]);

		if (symlink("busybox", link) < 0) {
			err_sys(e, "cannot link '%s'", applets[i]);
			return NULL;
		}
	}
	return root;
}
