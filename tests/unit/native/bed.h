/* tests/unit/native/bed.h - an engine of one's own and sandboxes with a shell in them.
 *
 * The programs are those of the test's build folder. The image is an empty root with this machine's
 * /usr. For one test program alone: everything is static.
 */
#ifndef TESTS_UNIT_NATIVE_BED_H
#define TESTS_UNIT_NATIVE_BED_H

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"
#include "daemon/native/native.h"
#include "tests/unit/check_main.h"

#include "proto/agent.h"

#define MIB (1024ull * 1024)
#define PATIENCE (25 * NS_PER_S)

static char bed_dir[64], bed_launcher[PATH_MAX + 32], bed_init[PATH_MAX + 32], bed_state[96],
        bed_lower[96];
static struct loop *bed_loop;
static struct engine *bed_engine;
static unsigned bed_swept;
static struct image_bind bed_binds[] = { { "/usr", "/usr" } };
static struct image bed_image = {
	.name = "bed", .digest = "00", .binds = bed_binds, .n_binds = 1, .path_env = "/usr/bin:/bin"
};

struct guest {
	struct sandbox *sb;
	const struct receipt *receipt; /* copied out by nobody: lives as long as the sandbox */
	bool ready, failed, ended;
	enum sandbox_end why;
	struct err failure;
	struct strbuf in;
	struct strbuf out; /* of the last script */
	int status;
	bool waiting;
};

static void bed_tick(void *arg)
{
	bool *late = arg;

	*late = true;
	loop_stop(bed_loop);
}

/* Runs the loop until *flag. */
static void bed_until(const bool *flag)
{
	bool late = false;
	struct loop_timer *t = loop_timer_add(bed_loop, PATIENCE, bed_tick, &late);
	struct err e;

	while (!*flag && !late)
		ck_assert_int_eq(loop_run(bed_loop, &e), 0);
	ck_assert_msg(!late, "nothing happened for 25 s");
	loop_timer_del(t);
}

static void on_ready(void *arg, struct sandbox *sb, const struct receipt *r)
{
	struct guest *g = arg;

	(void)sb;
	g->receipt = r;
	g->ready = true;
	loop_stop(bed_loop);
}

static void on_failed(void *arg, struct sandbox *sb, const struct err *e)
{
	struct guest *g = arg;

	(void)sb;
	g->failure = *e;
	g->failed = true;
	loop_stop(bed_loop);
}

static void guest_record(struct guest *g, const struct agent_record *r)
{
	struct agent_cursor c = agent_cursor(r);
	struct agent_exit x;
	struct err e = { 0 };

	if (r->type == AGENT_OUTPUT) {
		agent_u8(&c);
		agent_u64(&c);
		strbuf_add(&g->out, c.p, (size_t)(c.end - c.p));
	} else if (r->type == AGENT_EXITED) {
		ck_assert_msg(agent_get_exit(r, &x, &e) == 0, "%s", e.msg);
		g->status = x.kind == AGENT_EXIT_CODE     ? x.value
		            : x.kind == AGENT_EXIT_SIGNAL ? 1000 + x.value
		                                          : 2000 + x.value;
	} else if (r->type == AGENT_WAITING) {
		g->waiting = true;
		loop_stop(bed_loop);
	}
}

static void on_bytes(void *arg, struct sandbox *sb, const void *p, size_t n)
{
	struct guest *g = arg;
	struct agent_record r;
	struct err e = { 0 };
	size_t used;

	(void)sb;
	strbuf_add(&g->in, p, n);
	while (agent_next(g->in.s, g->in.len, AGENT_MAX_EVENT, &r, &used, &e) > 0) {
		guest_record(g, &r);
		strbuf_remove(&g->in, 0, used);
	}
}

static void on_ended(void *arg, struct sandbox *sb, enum sandbox_end why)
{
	struct guest *g = arg;

	(void)sb;
	g->why = why;
	g->ended = true;
	loop_stop(bed_loop);
}

static const struct sandbox_events guest_events = {
	.ready = on_ready, .failed = on_failed, .bytes = on_bytes, .ended = on_ended
};

static struct sandbox_spec bed_spec(void)
{
	return (struct sandbox_spec){ .image = "bed",
		.isolation = ISOLATION_STANDARD,
		.network = NET_NONE,
		.hostname = "clnrm",
		.limits.v = { [LIMIT_MEMORY] = 256 * MIB,
		        [LIMIT_PIDS] = 128,
		        [LIMIT_DISK] = 32 * MIB,
		        [LIMIT_OPEN_FILES] = 1024 } };
}

static void guest_start(struct guest *g, const struct sandbox_spec *s)
{
	struct err e = { 0 };

	*g = (struct guest){ .in = STRBUF_INIT, .out = STRBUF_INIT };
	g->sb = bed_engine->ops->create(bed_engine, "g", s, &bed_image, &guest_events, g, &e);
	ck_assert_msg(g->sb != NULL, "%s", e.msg);
}

static void guest_make(struct guest *g, const struct sandbox_spec *s)
{
	guest_start(g, s);
	while (!g->ready && !g->failed) {
		bool either = false;
		struct err e;
		struct loop_timer *t = loop_timer_add(bed_loop, PATIENCE, bed_tick, &either);

		ck_assert_int_eq(loop_run(bed_loop, &e), 0);
		ck_assert_msg(!either, "neither ready nor failed after 25 s");
		loop_timer_del(t);
	}
}

static void guest_need(struct guest *g, const struct sandbox_spec *s)
{
	guest_make(g, s);
	ck_assert_msg(g->ready, "%s", g->failure.msg);
}

/* Runs a shell script as a step; its status, and its output in g->out. */
static int guest_sh_as(struct guest *g, const char *user, const char *script)
{
	const char *const argv[] = { "/usr/bin/sh", "-c", script, NULL };
	const char *const env[] = { "PATH=/usr/bin:/bin:/usr/sbin", "HOME=/tmp/home", NULL };
	struct agent_step step = { .flags = AGENT_STEP_GATE,
		.umask = 022,
		.user = user,
		.workdir = "/tmp",
		.output_max = MIB,
		.rlimits = { .open_files = 256 },
		.argv = argv,
		.env = env };
	AUTO_STRBUF out = STRBUF_INIT;

	strbuf_reset(&g->out);
	g->waiting = false;
	g->status = -1;
	agent_put_batch(&out, &step, 1);
	bed_engine->ops->send(g->sb, out.s, out.len);
	bed_until(&g->waiting);
	return g->status;
}

static int guest_sh(struct guest *g, const char *script)
{
	return guest_sh_as(g, "", script);
}

static void guest_end(struct guest *g)
{
	if (!g->ended && !g->failed) {
		bed_engine->ops->destroy(g->sb);
		bed_until(&g->ended);
	}
	bed_engine->ops->release(g->sb);
	strbuf_release(&g->in);
	strbuf_release(&g->out);
}

static void bed_find_programs(void)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	ck_assert_int_gt(n, 0);
	self[n] = '\0';
	for (int i = 0; i < 3; i++)
		*strrchr(self, '/') = '\0';
	snprintf(bed_launcher, sizeof(bed_launcher), "%s/clnrm-launcher", self);
	snprintf(bed_init, sizeof(bed_init), "%s/clnrm-init", self);
}

static void bed_make_image(void)
{
	static const struct {
		const char *name, *target;
	} links[] = { { "bin", "usr/bin" }, { "lib", "usr/lib" }, { "lib64", "usr/lib64" },
		{ "sbin", "usr/sbin" } };
	/* Where there is no overlay, what is mounted needs a place in the image. */
	static const char *const dirs[] = { "usr", "dev", "proc", "sys", "tmp", "workspace" };
	char path[160];

	snprintf(bed_lower, sizeof(bed_lower), "%s/lower", bed_dir);
	ck_assert_int_eq(mkdir(bed_lower, 0755), 0);
	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		snprintf(path, sizeof(path), "%s/%s", bed_lower, links[i].name);
		ck_assert_int_eq(symlink(links[i].target, path), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s", bed_lower, dirs[i]);
		ck_assert_int_eq(mkdir(path, 0755), 0);
	}
	bed_image.lower = bed_lower;
}

static int bed_open(struct err *e)
{
	struct native_config cfg = { .launcher = bed_launcher,
		.init = bed_init,
		.state_dir = bed_state,
		.scratch_dir = bed_dir };
	struct native_launcher *nl = native_spawn(&cfg, e);

	if (!nl)
		return -1;
	bed_engine = native_engine_new(nl, bed_loop, &bed_swept, e);
	return bed_engine ? 0 : -1;
}

static void bed_start(void)
{
	struct err e = { 0 };

	bed_find_programs();
	snprintf(bed_dir, sizeof(bed_dir), "/tmp/clnrm-native-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(bed_dir));
	snprintf(bed_state, sizeof(bed_state), "%s/state", bed_dir);
	/* The sandbox's root is somebody else: what it reads has to be readable for all. */
	ck_assert_int_eq(chmod(bed_dir, 0755), 0);
	bed_make_image();
	bed_loop = loop_new(&e);
	ck_assert_ptr_nonnull(bed_loop);
	ck_assert_msg(bed_open(&e) == 0, "%s", e.msg);
}

static void bed_stop(void)
{
	struct err e;

	if (bed_engine)
		bed_engine->ops->close(bed_engine);
	loop_free(bed_loop);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, bed_dir, &e), 0);
}

#endif
