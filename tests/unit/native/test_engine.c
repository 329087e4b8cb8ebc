#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/native/bed.h"

START_TEST(a_shell_runs_in_a_sandbox_and_its_output_comes_back)
{
	struct sandbox_spec s = bed_spec();
	struct guest g;

	guest_need(&g, &s);
	ck_assert_int_eq(guest_sh(&g, "echo hello; exit 3"), 3);
	ck_assert_str_eq(g.out.s, "hello\n");
	guest_end(&g);
	ck_assert_int_eq(g.why, SANDBOX_END_ASKED);
}
END_TEST

static bool lists(const struct str_list *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return true;
	return false;
}

START_TEST(the_receipt_states_what_the_kernel_gave)
{
	static const char *const namespaces[] = { "user", "mnt", "pid", "net", "ipc", "uts",
		"cgroup" };
	struct sandbox_spec s = bed_spec();
	struct guest g;
	bool file_size = false;

	s.limits.v[LIMIT_FILE_SIZE] = 3 * MIB;
	guest_need(&g, &s);
	for (size_t i = 0; i < g.receipt->n_limits; i++)
		file_size |= strcmp(g.receipt->limits[i].name, "file_size_mb") == 0 &&
		             strcmp(g.receipt->limits[i].value, "3") == 0;
	ck_assert(file_size);
	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++)
		ck_assert_msg(lists(&g.receipt->namespaces, namespaces[i]), "%s", namespaces[i]);
	ck_assert(g.receipt->no_new_privs);
	ck_assert(g.receipt->pristine);
	ck_assert_ptr_nonnull(g.receipt->seccomp_sha256);
	ck_assert_str_eq(g.receipt->network, "none");
	ck_assert(lists(&g.receipt->capabilities, "chown"));
	ck_assert(!lists(&g.receipt->capabilities, "sys_admin"));
	ck_assert_str_eq(g.receipt->profile, "standard");
	guest_end(&g);
}
END_TEST

START_TEST(nothing_of_one_sandbox_is_in_the_next)
{
	struct sandbox_spec s = bed_spec();
	struct guest a, b;

	guest_need(&a, &s);
	ck_assert_int_eq(
	        guest_sh(&a, "echo x | tee /marker /tmp/marker /dev/shm/marker /workspace/marker"),
	        0);
	guest_need(&b, &s);
	ck_assert_int_eq(guest_sh(&b, "ls / /tmp /dev/shm /workspace | grep marker"), 1);
	guest_end(&a);
	guest_end(&b);
}
END_TEST

START_TEST(the_image_cannot_be_written_through)
{
	struct sandbox_spec s = bed_spec();
	struct guest g;

	guest_need(&g, &s);
	ck_assert_int_ne(guest_sh(&g, "echo x >/usr/marker"), 0);
	ck_assert_int_ne(guest_sh(&g, "rm -f /usr/bin/true; test ! -e /usr/bin/true"), 0);
	ck_assert_int_ne(guest_sh(&g, "mount -o remount,rw /usr"), 0);
	ck_assert_int_ne(guest_sh(&g, "echo 1 >/proc/sys/kernel/printk"), 0);
	guest_end(&g);
}
END_TEST

START_TEST(a_read_only_root_leaves_tmp_writable)
{
	struct sandbox_spec s = bed_spec();
	struct guest g;

	s.read_only = true;
	guest_need(&g, &s);
	ck_assert_int_ne(guest_sh(&g, "echo x >/file"), 0);
	ck_assert_int_eq(guest_sh(&g, "echo x >/tmp/file"), 0);
	guest_end(&g);
}
END_TEST

START_TEST(root_and_tmp_share_one_disk_limit)
{
	struct sandbox_spec s = bed_spec();
	struct guest g;

	guest_need(&g, &s);
	ck_assert_int_eq(guest_sh(&g, "dd if=/dev/zero of=/tmp/a bs=1M count=20 2>/dev/null"), 0);
	ck_assert_int_ne(guest_sh(&g, "dd if=/dev/zero of=/b bs=1M count=20"), 0);
	ck_assert_ptr_nonnull(strstr(g.out.s, "No space left"));
	guest_end(&g);
}
END_TEST

START_TEST(volumes_are_read_only_copied_or_written_as_their_mode_says)
{
	static char path[3][128];
	struct volume v[3];
	struct sandbox_spec s = bed_spec();
	struct stat st;
	struct guest g;
	char file[160];

	for (int i = 0; i < 3; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/vol%d", bed_dir, i);
		ck_assert_int_eq(mkdir(path[i], 0777), 0);
		ck_assert_int_eq(chmod(path[i], 0777), 0);
		ck_assert_int_eq(stat(path[i], &st), 0);
		v[i] = (struct volume){ .host_path = path[i],
			.mode = (enum volume_mode)i,
			.dev = st.st_dev,
			.ino = st.st_ino };
	}
	v[0].container_path = "/data/ro";
	v[1].container_path = "/workspace";
	v[2].container_path = "/data/rw";
	s.volumes = v;
	s.n_volumes = 3;
	guest_need(&g, &s);
	ck_assert_int_ne(guest_sh(&g, "echo x >/data/ro/x"), 0);
	ck_assert_int_eq(guest_sh(&g, "echo x >/workspace/x && echo x >/data/rw/x"), 0);
	guest_end(&g);
	for (int i = 0; i < 3; i++) {
		snprintf(file, sizeof(file), "%s/x", path[i]);
		ck_assert_int_eq(access(file, F_OK) == 0, i == VOLUME_RW);
	}
}
END_TEST

START_TEST(a_volume_that_was_exchanged_after_the_check_is_refused)
{
	struct sandbox_spec s = bed_spec();
	struct volume v = { .host_path = bed_lower, .container_path = "/data", .dev = 1, .ino = 1 };
	struct guest g;

	s.volumes = &v;
	s.n_volumes = 1;
	guest_make(&g, &s);
	ck_assert(g.failed);
	ck_assert_int_eq(g.failure.code, ERR_DENIED);
	guest_end(&g);
}
END_TEST

START_TEST(masked_commands_cannot_be_executed)
{
	static const char *const masked[] = { "env", "/usr/bin/id", "no-such-command", NULL };
	struct sandbox_spec s = bed_spec();
	struct guest g;

	s.masked = masked;
	guest_need(&g, &s);
	ck_assert_int_ne(guest_sh(&g, "env"), 0);
	ck_assert_int_eq(guest_sh(&g, "/usr/bin/id"), 126);
	ck_assert_int_eq(guest_sh(&g, "true"), 0);
	guest_end(&g);
}
END_TEST

START_TEST(an_extra_tmpfs_has_its_own_size)
{
	struct tmpfs t = { .path = "/cache/deep", .size_bytes = 4 * MIB };
	struct sandbox_spec s = bed_spec();
	struct guest g;

	s.tmpfs = &t;
	s.n_tmpfs = 1;
	guest_need(&g, &s);
	ck_assert_int_eq(
	        guest_sh(&g, "dd if=/dev/zero of=/cache/deep/a bs=1M count=3 2>/dev/null"), 0);
	ck_assert_int_ne(
	        guest_sh(&g, "dd if=/dev/zero of=/cache/deep/b bs=1M count=3 2>/dev/null"), 0);
	guest_end(&g);
}
END_TEST

START_TEST(a_sandbox_whose_init_is_killed_ends_by_itself)
{
	struct sandbox_spec s = bed_spec();
	struct guest g;
	const char *const argv[] = { "/usr/bin/sleep", "100", NULL };
	const char *const env[] = { NULL };
	struct agent_step step = { .workdir = "/", .user = "", .argv = argv, .env = env };
	AUTO_STRBUF out = STRBUF_INIT;

	guest_need(&g, &s);
	agent_put_batch(&out, &step, 1);
	bed_engine->ops->send(g.sb, out.s, out.len);
	/* A record beyond every bound: the init ends the conversation, and with it itself. */
	bed_engine->ops->send(g.sb, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);
	bed_until(&g.ended);
	ck_assert_int_eq(g.why, SANDBOX_END_DIED);
	guest_end(&g);
}
END_TEST

START_TEST(destroying_while_it_is_made_ends_it_once)
{
	struct sandbox_spec s = bed_spec();
	struct guest g;

	guest_start(&g, &s);
	bed_engine->ops->destroy(g.sb);
	bed_engine->ops->destroy(g.sb);
	bed_until(&g.ended);
	ck_assert(!g.ready && !g.failed);
	ck_assert_int_eq(g.why, SANDBOX_END_ASKED);
	guest_end(&g);
}
END_TEST

START_TEST(many_sandboxes_come_and_go)
{
	enum { N = 100 };
	static struct guest g[N];
	struct sandbox_spec s = bed_spec();

	for (int i = 0; i < N; i++)
		guest_start(&g[i], &s);
	for (int i = 0; i < N; i++)
		bed_until(&g[i].ready);
	for (int i = 0; i < N; i++)
		bed_engine->ops->destroy(g[i].sb);
	for (int i = 0; i < N; i++) {
		bed_until(&g[i].ended);
		guest_end(&g[i]);
	}
}
END_TEST

START_TEST(services_networks_are_refused_by_name)
{
	struct sandbox_spec s = bed_spec();
	struct err e = { 0 };

	s.network = NET_TEST;
	ck_assert_ptr_null(
	        bed_engine->ops->create(bed_engine, "g", &s, &bed_image, &guest_events, NULL, &e));
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(e.msg, "which this build does not have"));
}
END_TEST

START_TEST(one_volume_too_many_is_refused)
{
	static struct volume v[SANDBOX_MAX_VOLUMES + 1];
	struct sandbox_spec s = bed_spec();
	struct err e = { 0 };

	s.volumes = v;
	s.n_volumes = ARRAY_LEN(v);
	ck_assert_ptr_null(
	        bed_engine->ops->create(bed_engine, "g", &s, &bed_image, &guest_events, NULL, &e));
	ck_assert_int_eq(e.code, ERR_LIMIT);
}
END_TEST

START_TEST(use_of_memory_and_processes_is_counted)
{
	struct sandbox_spec s = bed_spec();
	struct sandbox_usage u;
	struct err e = { 0 };
	struct guest g;

	guest_need(&g, &s);
	ck_assert_int_eq(guest_sh(&g, "dd if=/dev/zero of=/tmp/a bs=1M count=8 2>/dev/null"), 0);
	if (bed_engine->ops->enforceable(bed_engine) & 1u << LIMIT_MEMORY) {
		ck_assert_msg(bed_engine->ops->usage(g.sb, &u, &e) == 0, "%s", e.msg);
		ck_assert_uint_ge(u.memory_bytes, 8 * MIB);
		ck_assert_uint_ge(u.memory_peak, u.memory_bytes);
		ck_assert_uint_eq(u.processes, 0);
	} else {
		ck_assert_int_eq(bed_engine->ops->usage(g.sb, &u, &e), -1);
		ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	}
	guest_end(&g);
}
END_TEST

START_TEST(memory_beyond_the_limit_is_killed_and_counted)
{
	struct sandbox_spec s = bed_spec();
	struct sandbox_usage u;
	struct err e = { 0 };
	struct guest g;

	if (!(bed_engine->ops->enforceable(bed_engine) & 1u << LIMIT_MEMORY))
		return;
	s.limits.v[LIMIT_MEMORY] = 16 * MIB;
	s.limits.v[LIMIT_DISK] = 8 * MIB;
	guest_need(&g, &s);
	ck_assert_int_ne(
	        guest_sh(&g, "x=$(head -c 100000000 /dev/zero | tr \"\\\\0\" x); echo ${#x}"), 0);
	ck_assert_int_eq(bed_engine->ops->usage(g.sb, &u, &e), 0);
	ck_assert_uint_gt(u.oom_kills, 0);
	guest_end(&g);
}
END_TEST

/* The launcher that was started last. */
static pid_t newest_launcher(void)
{
	AUTO_STRBUF text = STRBUF_INIT;
	char path[64], *end;
	long pid = -1;
	struct err e = { 0 };

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	ck_assert_int_eq(fs_read_file(path, 4096, &text, &e), 0);
	for (char *at = text.s;; at = end) {
		long next = strtol(at, &end, 10);

		if (end == at)
			return (pid_t)pid;
		pid = next > pid ? next : pid;
	}
}

/* Entries of launchers in the state directory: one for each that lives. */
static unsigned count_entries(void)
{
	DIR *d = opendir(bed_state);
	struct dirent *de;
	unsigned n = 0;

	ck_assert_ptr_nonnull(d);
	while ((de = readdir(d)))
		n += strncmp(de->d_name, "launcher-", 9) == 0;
	closedir(d);
	return n;
}

/* kill -9 of the launcher: its sandboxes die with it, another one sweeps what they left and makes
 * new ones. */
START_TEST(a_killed_launcher_takes_its_sandboxes_along_and_is_replaced)
{
	struct sandbox_spec s = bed_spec();
	struct guest g;

	for (int i = 0; i < 3; i++) {
		guest_need(&g, &s);
		kill(newest_launcher(), SIGKILL);
		bed_until(&g.ended);
		ck_assert_int_eq(g.why, SANDBOX_END_DIED);
		guest_end(&g);
		guest_need(&g, &s);
		ck_assert_int_eq(guest_sh(&g, "true"), 0);
		guest_end(&g);
	}
	ck_assert_uint_eq(count_entries(), 1);
}
END_TEST

static void on_poll(void *arg)
{
	(void)arg;
	loop_stop(bed_loop);
}

/* The launcher after `last`, once the engine has started it. */
static pid_t next_launcher(pid_t last)
{
	struct err e;
	pid_t pid;

	while ((pid = newest_launcher()) == last) {
		loop_timer_add(bed_loop, NS_PER_MS, on_poll, NULL);
		ck_assert_int_eq(loop_run(bed_loop, &e), 0);
	}
	return pid;
}

START_TEST(launchers_of_no_use_are_given_up)
{
	struct sandbox_spec s = bed_spec();
	struct err e = { 0 };
	struct guest g;
	pid_t last = 0;

	for (int i = 0; i < 5; i++) {
		last = next_launcher(last);
		kill(last, SIGKILL);
		guest_start(&g, &s);
		while (!g.ended && !g.failed)
			ck_assert_int_eq(loop_run(bed_loop, &e), 0);
		guest_end(&g);
	}
	ck_assert_ptr_null(
	        bed_engine->ops->create(bed_engine, "g", &s, &bed_image, &guest_events, NULL, &e));
	ck_assert_ptr_nonnull(strstr(e.msg, "clnrm daemon restart"));
	/* The restart: it sweeps what the last one left. */
	bed_engine->ops->close(bed_engine);
	ck_assert_msg(bed_open(&e) == 0, "%s", e.msg);
}
END_TEST

struct swept {
	bool done;
	unsigned n;
	enum err_code code;
};

static void on_swept(void *arg, unsigned n, const struct err *e)
{
	struct swept *s = arg;

	*s = (struct swept){ true, n, e ? e->code : ERR_NONE };
	loop_stop(bed_loop);
}

static unsigned swept_by(struct engine *en, bool dry_run)
{
	struct swept s = { 0 };

	native_sweep(en, dry_run, on_swept, &s);
	ck_assert(!s.done); /* never from inside */
	bed_until(&s.done);
	ck_assert_int_eq(s.code, ERR_NONE);
	return s.n;
}

/* A daemon and its launcher that die together, with a sandbox. */
static void leave_a_dead_launcher(void)
{
	struct sandbox_spec s = bed_spec();
	struct err e = { 0 };
	struct guest g;
	pid_t pid = fork();

	if (pid == 0) {
		bed_loop = loop_new(&e);
		if (bed_open(&e) < 0)
			_exit(1);
		guest_make(&g, &s);
		kill(newest_launcher(), SIGKILL);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(a_sweep_takes_what_a_dead_launcher_left_and_nothing_that_lives)
{
	struct engine *living = bed_engine;
	struct sandbox_spec s = bed_spec();
	struct guest mine;
	unsigned left = 0;

	guest_need(&mine, &s);
	ck_assert_uint_eq(swept_by(living, true), 0);
	leave_a_dead_launcher();
	if (living->ops->enforceable(living) & 1u << LIMIT_MEMORY) {
		/* Until its last process is gone, its lock is held. */
		for (int i = 0; i < 2000 && left == 0; i++)
			left = swept_by(living, true);
		ck_assert_uint_gt(left, 0);
	}
	ck_assert_uint_eq(swept_by(living, true), left); /* counting changes nothing */
	ck_assert_uint_eq(swept_by(living, false), left);
	ck_assert_uint_eq(swept_by(living, false), 0);
	ck_assert_int_eq(guest_sh(&mine, "echo alive"), 0);
	ck_assert_str_eq(mine.out.s, "alive\n");
	guest_end(&mine);
}
END_TEST

START_TEST(a_sweep_that_dies_with_its_launcher_is_an_error_and_the_next_works)
{
	struct swept s = { 0 };

	kill(newest_launcher(), SIGKILL);
	native_sweep(bed_engine, false, on_swept, &s);
	bed_until(&s.done);
	ck_assert_int_ne(s.code, ERR_NONE);
	s.done = false;
	native_sweep(bed_engine, false, on_swept, &s);
	bed_until(&s.done);
	ck_assert_int_eq(s.code, ERR_NONE);
}
END_TEST

static void on_probed(void *arg)
{
	*(bool *)arg = true;
	loop_stop(bed_loop);
}

START_TEST(health_knows_this_machine_once_it_says_so)
{
	AUTO_STRBUF out = STRBUF_INIT;
	bool first = false, second = false, late = false;

	native_when_probed(bed_engine, on_probed, &first);
	native_when_probed(bed_engine, on_probed, &second);
	ck_assert(!first && !second);
	bed_until(&first);
	bed_until(&second);
	bed_engine->ops->health(bed_engine, &out);
	ck_assert_ptr_nonnull(strstr(out.s, "\"id\":\"user_namespaces\""));
	ck_assert_ptr_nonnull(strstr(out.s, "\"id\":\"overlayfs\""));
	native_when_probed(bed_engine, on_probed, &late);
	bed_until(&late);
}
END_TEST

START_TEST(health_answers_with_json_objects)
{
	AUTO_STRBUF out = STRBUF_INIT;

	bed_engine->ops->health(bed_engine, &out);
	ck_assert_msg(strstr(out.s, "\"id\":\"launcher\",\"status\":\"ok\"") != NULL, "%s", out.s);
}
END_TEST

/* ---- what it has written ---- */

struct reaped {
	bool done;
	struct err e;
};

static void on_harvested(void *arg, const struct err *e)
{
	struct reaped *r = arg;

	r->done = true;
	r->e = e ? *e : (struct err){ 0 };
	loop_stop(bed_loop);
}

/* The sandbox is gone afterwards; what it wrote is in tar. */
static struct reaped harvest(struct guest *g, uint64_t max, struct strbuf *tar)
{
	char path[96];
	struct reaped r = { 0 };
	struct err e;

	snprintf(path, sizeof(path), "%s/harvest", bed_dir);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	bed_engine->ops->harvest(g->sb, fd, max, on_harvested, &r);
	bed_until(&r.done);
	bed_until(&g->ended);
	ck_assert_int_eq(fs_read_file(path, 64u << 20, tar, &e), 0);
	close(fd);
	return r;
}

static bool holds(const struct strbuf *tar, const char *text)
{
	return memmem(tar->s, tar->len, text, strlen(text)) != NULL;
}

START_TEST(what_a_sandbox_wrote_is_a_tar_once_it_has_ended)
{
	struct sandbox_spec s = bed_spec();
	AUTO_STRBUF tar = STRBUF_INIT;
	struct guest g;

	s.harvest = true;
	guest_need(&g, &s);
	ck_assert_int_eq(
	        guest_sh(&g, "mkdir /d && echo content-of-it >/d/file && ln /d/file /d/hard && "
	                     "ln -s file /d/soft && rm /sbin && echo x >/tmp/temporary && "
	                     "echo x >/dev/shm/shared && mkfifo /d/pipe; sleep 100 &"),
	        0);
	struct reaped r = harvest(&g, MIB, &tar);
	ck_assert_msg(r.e.code == ERR_NONE, "%s", r.e.msg);
	ck_assert(holds(&tar, " path=d/file\n"));
	ck_assert(holds(&tar, "content-of-it"));
	ck_assert(holds(&tar, " linkpath=d/") && holds(&tar, " linkpath=file\n"));
	ck_assert(holds(&tar, " path=.wh.sbin\n"));
	ck_assert(!holds(&tar, "temporary") && !holds(&tar, "shared") && !holds(&tar, "pipe"));
	ck_assert_uint_eq(tar.len % 512, 0);
	guest_end(&g);
}
END_TEST

START_TEST(a_harvest_of_too_much_or_of_nothing_kept_is_refused)
{
	struct sandbox_spec s = bed_spec();
	AUTO_STRBUF tar = STRBUF_INIT;
	struct guest g;

	s.harvest = true;
	guest_need(&g, &s);
	ck_assert_int_eq(guest_sh(&g, "dd if=/dev/zero of=/big bs=1024 count=2048 2>/dev/null"), 0);
	ck_assert_int_eq(harvest(&g, MIB, &tar).e.code, ERR_LIMIT);
	guest_end(&g);
	guest_need(&g, &s);
	ck_assert_int_eq(guest_sh(&g, "touch /.wh.x"), 0);
	ck_assert_int_eq(harvest(&g, MIB, &tar).e.code, ERR_INVALID);
	guest_end(&g);
	/* One that was not made for it. */
	s.harvest = false;
	guest_need(&g, &s);
	struct reaped r = { 0 };
	bed_engine->ops->harvest(g.sb, 2, MIB, on_harvested, &r);
	bed_until(&r.done);
	ck_assert_int_eq(r.e.code, ERR_NOT_FOUND);
	bed_until(&g.ended);
	guest_end(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_shell_runs_in_a_sandbox_and_its_output_comes_back,
		the_receipt_states_what_the_kernel_gave,
		nothing_of_one_sandbox_is_in_the_next,
		the_image_cannot_be_written_through,
		a_read_only_root_leaves_tmp_writable,
		root_and_tmp_share_one_disk_limit,
		volumes_are_read_only_copied_or_written_as_their_mode_says,
		a_volume_that_was_exchanged_after_the_check_is_refused,
		masked_commands_cannot_be_executed,
		an_extra_tmpfs_has_its_own_size,
		a_sandbox_whose_init_is_killed_ends_by_itself,
		destroying_while_it_is_made_ends_it_once,
		many_sandboxes_come_and_go,
		services_networks_are_refused_by_name,
		one_volume_too_many_is_refused,
		use_of_memory_and_processes_is_counted,
		memory_beyond_the_limit_is_killed_and_counted,
		a_killed_launcher_takes_its_sandboxes_along_and_is_replaced,
		launchers_of_no_use_are_given_up,
		a_sweep_takes_what_a_dead_launcher_left_and_nothing_that_lives,
		a_sweep_that_dies_with_its_launcher_is_an_error_and_the_next_works,
		health_knows_this_machine_once_it_says_so,
		health_answers_with_json_objects,
		what_a_sandbox_wrote_is_a_tar_once_it_has_ended,
		a_harvest_of_too_much_or_of_nothing_kept_is_refused,
	};

	return check_run_with("engine", tests, ARRAY_LEN(tests), bed_start, bed_stop);
}
