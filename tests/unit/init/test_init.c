/* clnrm-init as its daemon sees it: the built program, as a plain process, over a socket pair. */
#include <errno.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "tests/unit/init/harness.h"

static struct harness h;

static void setup(void)
{
	harness_start(&h);
}

static void teardown(void)
{
	harness_stop(&h);
}

static const char *in_dir(const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *p = path[next++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", h.dir, name);
	return p;
}

/* ---- hello ---- */

START_TEST(hello_states_what_the_kernel_says)
{
	char ns[64], pid[16];
	ssize_t n = readlink("/proc/self/ns/net", ns, sizeof(ns) - 1);

	ck_assert_int_gt(n, 0);
	ns[n] = '\0';
	snprintf(pid, sizeof(pid), "%d", (int)h.pid);
	ck_assert_str_eq(harness_fact(&h, "pid"), pid);
	ck_assert_str_eq(harness_fact(&h, "no_new_privs"), "1");
	ck_assert_str_eq(harness_fact(&h, "ns_net"), ns);
	ck_assert_str_eq(harness_fact(&h, "cap_inh"), "0000000000000000");
	ck_assert_str_eq(harness_fact(&h, "cap_amb"), "0000000000000000");
	ck_assert_str_eq(harness_fact(&h, "step_caps"), "0000000000000000");
	ck_assert_ptr_nonnull(strstr(harness_fact(&h, "interfaces"), "lo"));
	ck_assert_ptr_nonnull(harness_fact(&h, "uid_map"));
	ck_assert_ptr_null(strchr(harness_fact(&h, "uid_map"), '\n'));
	ck_assert_str_eq(
	        harness_fact(&h, "groups"), geteuid() == 0 ? "" : harness_fact(&h, "groups"));
}
END_TEST

/* ---- running ---- */

START_TEST(a_step_runs_and_its_exit_is_told_before_the_daemon_is_asked)
{
	struct agent_exit x = harness_one(&h, SH("echo out; echo err >&2; exit 3"));

	ck_assert_int_eq(x.kind, AGENT_EXIT_CODE);
	ck_assert_int_eq(x.value, 3);
	ck_assert(!x.as_expected);
	ck_assert_uint_eq(x.total[0], 4);
	ck_assert_uint_eq(x.cut_at[1], 4);
	ck_assert_uint_ge(x.ended_ns, x.started_ns);
	ck_assert_uint_gt(x.max_rss_bytes, 0);
	ck_assert_str_eq(h.out[0].s, "out\n");
	ck_assert_str_eq(h.out[1].s, "err\n");
	ck_assert_uint_eq(h.started, 1);
	harness_waiting(&h, 1);
}
END_TEST

START_TEST(steps_follow_each_other_until_one_is_not_as_expected)
{
	struct agent_step s[4] = { SH("echo 1"), SH("exit 7"), SH("exit 1"), SH("echo never") };

	s[1].expected_codes[0] = 1u << 7;
	harness_batch(&h, s, 4);
	ck_assert(harness_exit(&h, 0).as_expected);
	ck_assert(harness_exit(&h, 1).as_expected);
	ck_assert(!harness_exit(&h, 2).as_expected);
	harness_waiting(&h, 3);
	ck_assert_str_eq(h.out[0].s, "1\n");
}
END_TEST

START_TEST(flags_gate_hold_and_continue_decide_who_goes_on)
{
	struct agent_step s[4] = { SH("exit 0"), SH("exit 1"), SH("exit 0"), SH("exit 0") };

	s[0].flags = AGENT_STEP_GATE;
	s[1].flags = AGENT_STEP_CONTINUE;
	s[3].flags = AGENT_STEP_HOLD;
	harness_batch(&h, s, 4);
	harness_exit(&h, 0);
	harness_waiting(&h, 1);
	harness_run(&h, 1);
	ck_assert(!harness_exit(&h, 1).as_expected);
	ck_assert(harness_exit(&h, 2).as_expected);
	harness_waiting(&h, 3);
	harness_run(&h, 3);
	ck_assert(harness_exit(&h, 3).as_expected);
	harness_waiting(&h, 4);
}
END_TEST

START_TEST(after_a_step_that_cannot_start_the_init_goes_on_by_itself_if_it_may)
{
	const char *const absent[] = { "/no/such/program", NULL };
	struct agent_step v[] = { harness_step(absent), SH("exit 0"), harness_step(absent),
		SH("exit 0") };

	v[0].flags = AGENT_STEP_CONTINUE;
	harness_batch(&h, v, ARRAY_LEN(v));
	ck_assert_uint_eq(harness_exit(&h, 0).kind, AGENT_EXIT_NOEXEC);
	ck_assert(harness_exit(&h, 1).as_expected);
	ck_assert_uint_eq(harness_exit(&h, 2).kind, AGENT_EXIT_NOEXEC);
	harness_waiting(&h, 3);
	/* Nothing is left running: the next step may be asked for at once. */
	harness_run(&h, 3);
	ck_assert(harness_exit(&h, 3).as_expected);
	harness_waiting(&h, 4);
	ck_assert_uint_eq(h.started, 2);
}
END_TEST

START_TEST(a_step_can_run_again)
{
	struct agent_step s[2] = { SH("echo x >>$F; test $(wc -l <$F) -eq 2"), SH("exit 0") };
	char file[160];

	snprintf(file, sizeof(file), "F=%s", in_dir("count"));
	s[0].env = (const char *const[]){ "PATH=/usr/bin:/bin", file, NULL };
	harness_batch(&h, s, 2);
	ck_assert(!harness_exit(&h, 0).as_expected);
	harness_waiting(&h, 1);
	harness_run(&h, 0);
	ck_assert(harness_exit(&h, 0).as_expected);
	ck_assert(harness_exit(&h, 1).as_expected);
	harness_waiting(&h, 2);
}
END_TEST

START_TEST(a_failure_that_is_wanted_is_as_expected)
{
	struct agent_step s[3] = { SH("exit 9"), SH("kill -TERM $$"), SH("exit 0") };

	for (int i = 0; i < 3; i++)
		s[i].flags = AGENT_STEP_EXPECT_FAIL | AGENT_STEP_CONTINUE;
	s[1].expected_signal = SIGTERM;
	harness_batch(&h, s, 3);
	ck_assert(harness_exit(&h, 0).as_expected);
	struct agent_exit x = harness_exit(&h, 1);
	ck_assert_int_eq(x.kind, AGENT_EXIT_SIGNAL);
	ck_assert_int_eq(x.value, SIGTERM);
	ck_assert(x.as_expected);
	ck_assert(!harness_exit(&h, 2).as_expected);
}
END_TEST

START_TEST(ten_thousand_steps_fit_in_a_batch_and_the_first_can_fail_it)
{
	static struct agent_step s[AGENT_MAX_STEPS];
	struct agent_step template = SH("exit 1");

	for (size_t i = 0; i < AGENT_MAX_STEPS; i++)
		s[i] = template;
	harness_batch(&h, s, AGENT_MAX_STEPS);
	ck_assert_int_eq(harness_exit(&h, 0).value, 1);
	harness_waiting(&h, 1);
}
END_TEST

/* ---- what a step finds ---- */

START_TEST(a_step_starts_with_a_clean_state)
{
	struct agent_exit x = harness_one(
	        &h, SH("ls /proc/self/fd | wc -w; umask; pwd; ulimit -n;"
	               "grep -E '^(SigBlk|SigIgn|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs):' "
	               "/proc/self/status | tr -d '\\t';"
	               "readlink /proc/self/fd/0; cut -d' ' -f6,7 /proc/self/stat; env | sort"));

	ck_assert_int_eq(x.value, 0);
	/* ls has its directory open too: 0, 1, 2 and that one */
	ck_assert_msg(strncmp(h.out[0].s, "4\n0022\n/\n256\n", 13) == 0, "%s", h.out[0].s);
	ck_assert_ptr_nonnull(
	        strstr(h.out[0].s, "SigBlk:0000000000000000\nSigIgn:0000000000000000\n"));
	ck_assert_ptr_nonnull(
	        strstr(h.out[0].s, "CapInh:0000000000000000\nCapPrm:0000000000000000\n"
	                           "CapEff:0000000000000000\n"));
	if (geteuid() == 0)
		ck_assert_ptr_nonnull(strstr(h.out[0].s, "CapBnd:0000000000000000\n"));
	ck_assert_ptr_nonnull(strstr(h.out[0].s, "NoNewPrivs:1\n/dev/null\n"));
	ck_assert_ptr_nonnull(strstr(h.out[0].s, " 0\nHOME=/\nPATH=/usr/bin:/bin\nPWD=/\n"));
}
END_TEST

/* What is done to the init is nothing to its next step. */
START_TEST(the_processors_of_a_step_are_not_those_that_the_init_was_left_with)
{
	cpu_set_t all, one;
	char want[16];

	ck_assert_int_eq(sched_getaffinity(0, sizeof(all), &all), 0);
	if (CPU_COUNT(&all) < 2)
		return; /* with one processor there is no difference */
	CPU_ZERO(&one);
	for (int cpu = 0; CPU_COUNT(&one) == 0; cpu++)
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &one);
	ck_assert_int_eq(sched_setaffinity(h.pid, sizeof(one), &one), 0);
	ck_assert_int_eq(harness_one(&h, SH("nproc")).value, 0);
	snprintf(want, sizeof(want), "%d\n", CPU_COUNT(&all));
	ck_assert_str_eq(h.out[0].s, want);
}
END_TEST

/* A key that only its possessor may see: with another session keyring, that is not a step. */
START_TEST(the_session_keyring_is_another)
{
	const char *name = "clnrm-test-possessed";
	AUTO_STRBUF keys = STRBUF_INIT;
	struct err e;

	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0) < 0)
		return; /* a machine without keyrings */
	long key = syscall(SYS_add_key, "user", name, "x", 1, KEY_SPEC_SESSION_KEYRING);
	ck_assert_int_gt(key, 0);
	ck_assert_int_eq(syscall(SYS_keyctl, KEYCTL_SETPERM, key, 0x3f000000, 0, 0), 0);
	ck_assert_int_eq(fs_read_file("/proc/keys", 1 << 20, &keys, &e), 0);
	ck_assert_ptr_nonnull(strstr(keys.s, name));
	harness_stop(&h);
	harness_start(&h);
	ck_assert_int_eq(harness_one(&h, SH("cat /proc/keys")).value, 0);
	ck_assert_ptr_null(strstr(h.out[0].s, name));
}
END_TEST

/* 0 when the user may execute the file. */
static int may_execute_as(uid_t uid, const char *path)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(setresuid(uid, uid, uid) < 0 || access(path, X_OK) < 0);
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

/* As some user, who starts an init and looks into it: 0 when that is refused. */
static int look_as(uid_t uid)
{
	struct harness mine;
	char path[64];

	if (setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
		return 2;
	harness_start(&mine);
	snprintf(path, sizeof(path), "/proc/%d/environ", (int)mine.pid);
	int seen = open(path, O_RDONLY | O_CLOEXEC) >= 0;
	harness_stop(&mine);
	return seen;
}

START_TEST(its_own_user_cannot_look_into_the_init)
{
	int status;
	uid_t uid = geteuid() ? geteuid() : 61234;

	if (geteuid() == 0) {
		/* Where this user may not execute what was built here, nothing is shown. */
		char path[PATH_MAX + 16];
		find_init(path, sizeof(path));
		if (may_execute_as(uid, path) != 0)
			return;
	}
	pid_t pid = fork();
	if (pid == 0)
		_exit(look_as(uid));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(steps_of_root_get_exactly_the_mask_and_others_nothing)
{
	struct agent_step s[2] = { SH("grep Cap /proc/self/status | tr -d '\\t'"),
		SH("grep Cap /proc/self/status | tr -d '\\t'; id -u; id -g; id -G") };

	if (geteuid() != 0)
		return; /* nothing to give */
	harness_stop(&h);
	harness_start_with(&h, "22"); /* dac_override, kill... bit 1 and 5 */
	s[1].user = "1234:77";
	harness_batch(&h, s, 2);
	harness_exit(&h, 0);
	ck_assert_str_eq(h.out[0].s,
	        "CapInh:0000000000000000\nCapPrm:0000000000000022\nCapEff:0000000000000022\n"
	        "CapBnd:0000000000000022\nCapAmb:0000000000000000\n");
	strbuf_reset(&h.out[0]);
	harness_exit(&h, 1);
	ck_assert_str_eq(h.out[0].s,
	        "CapInh:0000000000000000\nCapPrm:0000000000000000\nCapEff:0000000000000000\n"
	        "CapBnd:0000000000000000\nCapAmb:0000000000000000\n1234\n77\n77\n");
	ck_assert_str_eq(harness_fact(&h, "step_caps"), "0000000000000022");
}
END_TEST

START_TEST(a_user_is_a_name_or_plain_numbers)
{
	static const char *const bad[] = { "-1", "4294967295", "0x0", "1:", "+0", ":1",
		"no-such-user", "0:nogroup-x", "99999999999", " 0", "1:2:3", "0/0" };
	struct agent_step s = SH("id -un; id -gn");

	if (geteuid() == 0) {
		s.user = "nobody";
		ck_assert_int_eq(harness_one(&h, s).value, 0);
		ck_assert_str_eq(h.out[0].s, "nobody\nnogroup\n");
		harness_waiting(&h, 1);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		s.user = bad[i];
		struct agent_exit x = harness_one(&h, s);
		ck_assert_msg(x.kind == AGENT_EXIT_NOEXEC && x.what == AGENT_WHAT_USER, "user '%s'",
		        bad[i]);
		ck_assert_str_eq(x.detail, bad[i]);
		harness_waiting(&h, 1);
	}
}
END_TEST

START_TEST(stdin_is_what_was_given_then_end_of_file)
{
	size_t n = 3 << 20;
	AUTO_STR big = malloc(n);
	struct agent_step s = harness_step((const char *const[]){ "cksum", NULL });
	struct agent_step same =
	        harness_step((const char *const[]){ "cksum", in_dir("big"), NULL });

	for (size_t i = 0; i < n; i++)
		big[i] = (char)(i * 31 + (i >> 9));
	struct err e;
	ck_assert_int_eq(fs_write_atomic(in_dir("big"), big, n, 0644, &e), 0);
	s.stdin_data = big;
	s.stdin_len = n;
	ck_assert_int_eq(harness_one(&h, s).value, 0);
	harness_waiting(&h, 1);
	AUTO_STR first = strdup(h.out[0].s);
	strbuf_reset(&h.out[0]);
	ck_assert_int_eq(harness_one(&h, same).value, 0);
	ck_assert_int_eq(strncmp(first, h.out[0].s, strlen(first) - 1), 0);
}
END_TEST

START_TEST(a_step_that_does_not_read_its_stdin_ends_all_the_same)
{
	AUTO_STR big = calloc(1, 1 << 20);
	struct agent_step s = SH("exit 0");

	s.stdin_data = big;
	s.stdin_len = 1 << 20;
	ck_assert(harness_one(&h, s).as_expected);
}
END_TEST

START_TEST(an_open_stdin_is_fed_until_the_daemon_closes_it)
{
	struct agent_step s = harness_step((const char *const[]){ "cat", NULL });
	struct strbuf b = STRBUF_INIT;

	s.flags = AGENT_STEP_STDIN_OPEN;
	harness_batch(&h, &s, 1);
	agent_put_bytes(&b, AGENT_STDIN, 0, "one ", 4);
	agent_put_bytes(&b, AGENT_STDIN, 0, "two", 3);
	agent_put_bytes(&b, AGENT_STDIN, 0, "", 0);
	harness_send(&h, &b);
	ck_assert(harness_exit(&h, 0).as_expected);
	ck_assert_str_eq(h.out[0].s, "one two");
}
END_TEST

static unsigned long init_memory_kib(void)
{
	char path[64], line[256];
	unsigned long kib = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)h.pid);
	FILE *f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "VmHWM: %lu", &kib) == 1)
			break;
	}
	fclose(f);
	return kib;
}

/* 64 KiB of stdin for step 0. */
static void send_chunk(void)
{
	AUTO_STR chunk = calloc(1, AGENT_CHUNK);
	struct strbuf b = STRBUF_INIT;

	agent_put_bytes(&b, AGENT_STDIN, 0, chunk, AGENT_CHUNK);
	harness_send(&h, &b);
}

static uint64_t next_taken(bool *closed)
{
	struct agent_record r = harness_next(&h);
	struct agent_cursor c = agent_cursor(&r);

	ck_assert_uint_eq(r.type, AGENT_STDIN_TAKEN);
	uint64_t bytes = agent_u64(&c);
	*closed = agent_u8(&c);
	ck_assert(!c.bad);
	return bytes;
}

START_TEST(an_open_stdin_of_any_length_goes_through_its_window)
{
	struct agent_step s = harness_step((const char *const[]){ "wc", "-c", NULL });
	struct strbuf b = STRBUF_INIT;
	uint64_t sent = 0, taken = 0, whole = 256 << 20;
	bool closed = false;

	s.flags = AGENT_STEP_STDIN_OPEN;
	harness_batch(&h, &s, 1);
	while (sent < whole) {
		while (sent - taken >= AGENT_STDIN_WINDOW) {
			uint64_t now = next_taken(&closed);

			ck_assert_uint_gt(now, taken);
			ck_assert_uint_le(now, sent);
			ck_assert(!closed);
			taken = now;
		}
		send_chunk();
		sent += AGENT_CHUNK;
	}
	agent_put_bytes(&b, AGENT_STDIN, 0, "", 0);
	harness_send(&h, &b);
	struct agent_record r;
	do
		r = harness_next(&h);
	while (r.type == AGENT_STDIN_TAKEN);
	ck_assert_uint_eq(r.type, AGENT_EXITED);
	ck_assert_str_eq(h.out[0].s, "268435456\n");
	ck_assert_uint_lt(init_memory_kib(), 64 << 10);
}
END_TEST

START_TEST(more_stdin_than_the_maximum_ends_the_conversation)
{
	struct agent_step s = harness_step((const char *const[]){ "sleep", "60", NULL });

	s.flags = AGENT_STEP_STDIN_OPEN;
	harness_batch(&h, &s, 1);
	/* One chunk is in the pipe. */
	for (unsigned i = 0; i < AGENT_STDIN_MAX / AGENT_CHUNK + 2; i++)
		send_chunk();
	struct agent_record r = harness_next(&h);
	struct agent_cursor c = agent_cursor(&r);
	ck_assert_uint_eq(r.type, AGENT_FATAL);
	ck_assert_ptr_nonnull(strstr(agent_str(&c, NULL), "wait for the stdin of step 0"));
}
END_TEST

START_TEST(a_stdin_that_nobody_reads_is_told_and_what_comes_after_is_dropped)
{
	struct agent_step s = SH("exec <&-; exec sleep 60");
	bool closed = false;

	s.flags = AGENT_STEP_STDIN_OPEN;
	harness_batch(&h, &s, 1);
	ck_assert_uint_eq(next_taken(&closed), 0);
	ck_assert(closed);
	for (unsigned i = 0; i < 3 * AGENT_STDIN_WINDOW / AGENT_CHUNK; i++)
		send_chunk();
	harness_u32(&h, AGENT_KILL, 0, SIGKILL);
	ck_assert_int_eq(harness_exit(&h, 0).value, SIGKILL);
}
END_TEST

START_TEST(the_working_directory_is_made_on_request_alone)
{
	struct agent_step s[2] = { SH("pwd"), SH("pwd") };
	const char *dir = in_dir("a/b/c");

	s[0].workdir = s[1].workdir = dir;
	s[0].flags = AGENT_STEP_CONTINUE;
	s[1].flags = AGENT_STEP_MAKE_DIR;
	harness_batch(&h, s, 2);
	struct agent_exit x = harness_exit(&h, 0);
	ck_assert_int_eq(x.kind, AGENT_EXIT_NOEXEC);
	ck_assert_int_eq(x.what, AGENT_WHAT_DIRECTORY);
	ck_assert_int_eq(x.value, ENOENT);
	ck_assert_str_eq(x.detail, dir);
	ck_assert(harness_exit(&h, 1).as_expected);
	ck_assert_int_eq(strncmp(h.out[0].s, dir, strlen(dir)), 0);
}
END_TEST

START_TEST(a_working_directory_behind_a_magic_link_is_refused)
{
	for (int fd = 0; fd < 64; fd++) {
		char dir[64];
		struct agent_step s = SH("pwd");

		snprintf(dir, sizeof(dir), "/proc/self/fd/%d", fd);
		s.workdir = dir;
		struct agent_exit x = harness_one(&h, s);
		ck_assert_int_eq(x.kind, AGENT_EXIT_NOEXEC);
		ck_assert_int_eq(x.what, AGENT_WHAT_DIRECTORY);
		harness_waiting(&h, 1);
	}
	struct agent_step s = SH("pwd");
	s.workdir = "/proc/self/root";
	ck_assert_int_eq(harness_one(&h, s).value, ELOOP);
}
END_TEST

START_TEST(limits_are_set_for_each_step)
{
	struct agent_step s = SH("ulimit -n; ulimit -Hn; ulimit -f; head -c 9000 /dev/zero >$F");
	char file[160];

	snprintf(file, sizeof(file), "F=%s", in_dir("big"));
	s.env = (const char *const[]){ "PATH=/usr/bin:/bin", file, NULL };
	s.rlimits = (struct agent_rlimits){ .open_files = 77, .file_size = 4096 };
	struct agent_exit x = harness_one(&h, s);
	ck_assert(!x.as_expected);
	ck_assert_str_eq(h.out[0].s, "77\n77\n8\n");
	struct stat st;
	ck_assert_int_eq(stat(in_dir("big"), &st), 0);
	ck_assert_int_eq(st.st_size, 4096);
}
END_TEST

/* ---- what cannot be executed ---- */

static void write_program(const char *name, const char *text)
{
	struct err e;

	ck_assert_int_eq(fs_write_atomic(in_dir(name), text, strlen(text), 0755, &e), 0);
}

START_TEST(what_cannot_be_executed_is_told_apart)
{
	write_program("noformat", "echo hello\n");
	write_program("nointerp", "#!/no/such/interpreter -x\n");
	write_program("plain", "#!/bin/sh\n");
	ck_assert_int_eq(chmod(in_dir("plain"), 0644), 0);
	AUTO_STR noformat = strdup(in_dir("noformat"));
	AUTO_STR nointerp = strdup(in_dir("nointerp"));
	AUTO_STR plain = strdup(in_dir("plain"));
	char text[256];
	snprintf(text, sizeof(text), "interpreter '/no/such/interpreter' of '%s'", nointerp);
	const struct {
		const char *program;
		int error;
		int what;
		const char *detail;
	} cases[] = {
		{ "no-such-program", ENOENT, AGENT_WHAT_PROGRAM, "no-such-program" },
		{ "/no/such/file", ENOENT, AGENT_WHAT_PROGRAM, "/no/such/file" },
		{ noformat, ENOEXEC, AGENT_WHAT_PROGRAM, noformat },
		{ nointerp, ENOENT, AGENT_WHAT_INTERPRETER, text },
		{ plain, EACCES, AGENT_WHAT_PROGRAM, plain },
		{ "/tmp", EACCES, AGENT_WHAT_PROGRAM, "/tmp" },
		{ "", ENOENT, AGENT_WHAT_PROGRAM, "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct agent_exit x = harness_one(
		        &h, harness_step((const char *const[]){ cases[i].program, NULL }));

		ck_assert_int_eq(x.kind, AGENT_EXIT_NOEXEC);
		ck_assert_int_eq(x.value, cases[i].error);
		ck_assert_int_eq(x.what, cases[i].what);
		ck_assert_str_eq(x.detail, cases[i].detail);
		ck_assert(!x.as_expected);
		harness_waiting(&h, 1);
	}
	ck_assert_uint_eq(h.started, 0);
}
END_TEST

START_TEST(path_search_passes_over_what_may_not_be_executed)
{
	char path[160];
	struct agent_step s = harness_step((const char *const[]){ "ls", "/dev/null", NULL });

	write_program("ls", "no");
	ck_assert_int_eq(chmod(in_dir("ls"), 0644), 0);
	snprintf(path, sizeof(path), "PATH=/no/such/dir:%s:/usr/bin:/bin", h.dir);
	s.env = (const char *const[]){ path, NULL };
	ck_assert(harness_one(&h, s).as_expected);
	ck_assert_str_eq(h.out[0].s, "/dev/null\n");
}
END_TEST

START_TEST(a_probe_names_the_interpreter)
{
	struct strbuf b = STRBUF_INIT;

	agent_put_bytes(&b, AGENT_PROBE, 0, "/bin/sh", 7);
	harness_send(&h, &b);
	struct agent_record r = harness_next(&h);
	struct agent_cursor c = agent_cursor(&r);
	ck_assert_uint_eq(r.type, AGENT_PROBED);
	ck_assert_uint_eq(agent_u8(&c), 1);
	ck_assert_uint_eq(agent_u8(&c), 1);
	ck_assert_ptr_nonnull(strstr(agent_str(&c, NULL), "/ld-"));
	agent_put_bytes(&b, AGENT_PROBE, 0, "/no/such", 8);
	harness_send(&h, &b);
	r = harness_next(&h);
	c = agent_cursor(&r);
	ck_assert_uint_eq(agent_u8(&c), 0);
}
END_TEST

/* ---- pulses ---- */

static struct agent_pulse pulse(void)
{
	struct strbuf b = STRBUF_INIT;
	struct agent_pulse p;
	struct err e;

	agent_put_simple(&b, AGENT_PULSE, 0);
	harness_send(&h, &b);
	struct agent_record r = harness_next(&h);
	ck_assert_uint_eq(r.type, AGENT_PULSED);
	ck_assert_int_eq(agent_get_pulsed(&r, &p, &e), 0);
	return p;
}

static void wait_for_output(size_t len)
{
	struct agent_record r;
	const void *p;
	uint8_t stream;
	uint64_t ns;
	size_t n;
	struct err e;

	while (h.out[0].len < len) {
		ck_assert(harness_read(&h, &r));
		if (r.type != AGENT_OUTPUT)
			continue;
		ck_assert_int_eq(agent_get_output(&r, &stream, &ns, &p, &n, &e), 0);
		strbuf_add(&h.out[stream - 1], p, n);
	}
}

/* Starts it and waits until its output is so long. */
static void start_until(struct agent_step step, size_t len)
{
	harness_batch(&h, &step, 1);
	wait_for_output(len);
}

START_TEST(two_pulses_of_what_sleeps_are_alike)
{
	struct agent_pulse a, b;

	ck_assert_uint_eq(pulse().processes, 0);
	start_until(SH("sleep 1000 | (echo up; exec sleep 1001)"), 3);
	do {
		a = pulse(); /* the writer may still be on its way to sleep */
		b = pulse();
	} while (a.held || b.held || a.print != b.print);
	for (int i = 0; i < 20; i++) {
		a = pulse();
		ck_assert(!a.held && a.print == b.print);
		ck_assert_uint_eq(a.processes, b.processes);
	}
	ck_assert_uint_ge(a.processes, 2);
	harness_u32(&h, AGENT_KILL, 0, SIGKILL);
	ck_assert_int_eq(harness_exit(&h, 0).value, SIGKILL);
}
END_TEST

START_TEST(what_uses_the_processor_is_held_or_leaves_another_print)
{
	struct agent_pulse a, b;

	start_until(SH("(while :; do :; done) & echo up; sleep 1000"), 3);
	b = pulse();
	for (int i = 0; i < 20; i++, b = a) {
		a = pulse();
		ck_assert(a.held || a.print != b.print);
	}
	harness_u32(&h, AGENT_KILL, 0, SIGKILL);
	ck_assert_int_eq(harness_exit(&h, 0).value, SIGKILL);
}
END_TEST

/* It sleeps whenever somebody looks, and still its time is counted. */
START_TEST(what_wakes_up_for_a_moment_leaves_another_print)
{
	struct agent_pulse a, b;

	start_until(SH("while :; do echo; sleep 0.01; done"), 1);
	b = pulse();
	for (int i = 0; i < 5; i++, b = a) {
		wait_for_output(h.out[0].len + 3);
		a = pulse();
		ck_assert(a.print != b.print);
	}
	harness_u32(&h, AGENT_KILL, 0, SIGKILL);
	ck_assert_int_eq(harness_exit(&h, 0).value, SIGKILL);
}
END_TEST

/* ---- output ---- */

START_TEST(output_beyond_the_maximum_keeps_head_tail_and_true_size)
{
	struct agent_step s = SH("i=0; while [ $i -lt 20000 ]; do echo line-$i; i=$((i+1)); done");

	s.output_max = 10001;
	struct agent_exit x = harness_one(&h, s);
	ck_assert_uint_eq(x.total[0], 208890);
	ck_assert_uint_eq(x.cut_at[0], 5001);
	ck_assert_uint_eq(h.out[0].len, 10001);
	ck_assert_int_eq(strncmp(h.out[0].s, "line-0\nline-1\n", 14), 0);
	ck_assert_str_eq(h.out[0].s + h.out[0].len - 22, "line-19998\nline-19999\n");
}
END_TEST

/* The next AGENT_OUTPUT of stdout: its text and its time. */
static uint64_t next_output(char *text, size_t size)
{
	struct agent_record r;
	const void *p;
	uint8_t stream;
	uint64_t ns;
	size_t n;
	struct err e;

	do
		ck_assert(harness_read(&h, &r));
	while (r.type != AGENT_OUTPUT);
	ck_assert_int_eq(agent_get_output(&r, &stream, &ns, &p, &n, &e), 0);
	snprintf(text, size, "%.*s", (int)n, (const char *)p);
	return ns;
}

START_TEST(the_tail_says_when_it_came)
{
	struct agent_step s =
	        SH("printf 1234; sleep 0.1; printf abcd; sleep 0.1; printf 56; sleep 0.4;"
	           "printf 78");
	char text[16];

	s.output_max = 8;
	harness_batch(&h, &s, 1);
	next_output(text, sizeof(text));
	ck_assert_str_eq(text, "1234");
	uint64_t first = next_output(text, sizeof(text));
	ck_assert_str_eq(text, "56");
	uint64_t second = next_output(text, sizeof(text));
	ck_assert_str_eq(text, "78");
	/* Less than was slept: on a busy machine the first is read late. */
	ck_assert_uint_ge(second - first, 100000000);
	struct agent_exit x = harness_exit(&h, 0);
	ck_assert_uint_le(second, x.ended_ns);
	ck_assert_uint_eq(x.total[0], 12);
}
END_TEST

/* Two thousand pieces, each of its own time. */
START_TEST(times_of_a_long_tail_are_thinned_and_stay_in_order)
{
	struct agent_step s = harness_step((const char *const[]){ "/usr/bin/python3", "-c",
	        "import os, time\nfor i in range(2000): os.write(1, b'0123456789'); "
	        "time.sleep(0.0012)",
	        NULL });
	struct agent_record r;
	uint64_t before = 0, pieces = 0, bytes = 0;

	s.output_max = 30000;
	harness_batch(&h, &s, 1);
	for (;;) {
		const void *p;
		uint8_t stream;
		uint64_t ns;
		size_t n;
		struct err e;

		ck_assert(harness_read(&h, &r));
		if (r.type == AGENT_EXITED)
			break;
		if (r.type != AGENT_OUTPUT)
			continue;
		ck_assert_int_eq(agent_get_output(&r, &stream, &ns, &p, &n, &e), 0);
		ck_assert_uint_ge(ns, before);
		before = ns;
		bytes += n;
		pieces += bytes > 15000;
	}
	ck_assert_uint_eq(bytes, 20000);
	ck_assert_uint_gt(pieces, 64);
	ck_assert_uint_le(pieces, 256);
}
END_TEST

START_TEST(output_of_exactly_the_maximum_is_whole)
{
	struct agent_step s = SH("head -c 300000 /dev/urandom | od -An -v -tx1 | tee $F");
	char file[160];
	AUTO_STRBUF want = STRBUF_INIT;
	struct err e;

	snprintf(file, sizeof(file), "F=%s", in_dir("copy"));
	s.env = (const char *const[]){ "PATH=/usr/bin:/bin", file, NULL };
	s.output_max = 918750; /* 300000 bytes as lines of 16 */
	struct agent_exit x = harness_one(&h, s);
	ck_assert_uint_eq(x.total[0], 918750);
	ck_assert_uint_eq(x.cut_at[0], x.total[0]);
	ck_assert_int_eq(fs_read_file(in_dir("copy"), 1 << 20, &want, &e), 0);
	ck_assert_uint_eq(want.len, h.out[0].len);
	ck_assert_int_eq(memcmp(want.s, h.out[0].s, want.len), 0);
}
END_TEST

START_TEST(a_gigabyte_passes_without_growth_of_memory)
{
	struct agent_step s = SH("head -c 1073741824 /dev/zero");

	s.output_max = 1 << 20;
	struct agent_exit x = harness_one(&h, s);
	ck_assert_uint_eq(x.total[0], 1u << 30);
	ck_assert_uint_eq(h.out[0].len, 1 << 20);
	ck_assert_uint_lt(init_memory_kib(), 64 << 10);
}
END_TEST

START_TEST(a_daemon_that_does_not_read_stops_the_step_and_not_the_init)
{
	struct agent_step s = SH("head -c 50000000 /dev/zero");

	s.output_max = 100 << 20;
	harness_batch(&h, &s, 1);
	struct pollfd p = { .fd = h.fd, .events = POLLIN };
	ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
	/* The kill is heard although nothing of the output was taken. */
	harness_u32(&h, AGENT_KILL, 0, SIGKILL);
	struct agent_exit x = harness_exit(&h, 0);
	ck_assert_uint_eq(x.total[0], h.out[0].len);
	harness_waiting(&h, 1);
}
END_TEST

START_TEST(the_end_of_a_step_does_not_wait_for_its_pipes)
{
	struct agent_step s[2] = { SH("sleep 300 & echo done"), SH("echo next") };

	harness_batch(&h, s, 2);
	ck_assert(harness_exit(&h, 0).as_expected);
	ck_assert(harness_exit(&h, 1).as_expected);
	harness_waiting(&h, 2);
	ck_assert_str_eq(h.out[0].s, "done\nnext\n");
}
END_TEST

START_TEST(what_a_child_writes_after_the_end_of_its_step_still_arrives)
{
	struct agent_step s = SH("(read x <$F; echo late) & exit 0");
	char file[160];
	AUTO_STR fifo = strdup(in_dir("fifo"));

	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	snprintf(file, sizeof(file), "F=%s", fifo);
	s.env = (const char *const[]){ "PATH=/usr/bin:/bin", file, NULL };
	ck_assert(harness_one(&h, s).as_expected);
	harness_waiting(&h, 1);
	AUTO_FD w = open(fifo, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq((int)write(w, "go\n", 3), 3);
	struct agent_record r;
	ck_assert(harness_read(&h, &r));
	ck_assert_uint_eq(r.type, AGENT_OUTPUT);
	ck_assert_int_eq(memcmp(r.body + 9, "late\n", 5), 0);
}
END_TEST

/* ---- killing and stopping ---- */

START_TEST(a_kill_reaches_grandchildren_and_other_sessions)
{
	struct agent_step s = SH("setsid sleep 301 & setsid sh -c 'sleep 302; :' & echo up; wait");
	struct agent_record r;

	harness_batch(&h, &s, 1);
	do {
		ck_assert(harness_read(&h, &r));
	} while (r.type != AGENT_OUTPUT);
	harness_u32(&h, AGENT_KILL, 0, SIGKILL);
	struct agent_exit x = harness_exit(&h, 0);
	ck_assert_int_eq(x.kind, AGENT_EXIT_SIGNAL);
	ck_assert_int_eq(x.value, SIGKILL);
	harness_waiting(&h, 1);
	harness_u32(&h, AGENT_STOP, 0, 0);
	r = harness_next(&h);
	struct agent_cursor c = agent_cursor(&r);
	ck_assert_uint_eq(r.type, AGENT_STOPPED);
	ck_assert_uint_eq(agent_u32(&c), 0);
}
END_TEST

START_TEST(a_background_step_runs_beside_the_others_and_stop_ends_it_by_term)
{
	struct agent_step s[2] = {
		SH("trap 'echo bye; exit 5' TERM; echo up >$F; while :; do sleep 0.01; done"),
		SH("read x <$F; echo $x")
	};
	char file[160];
	AUTO_STR fifo = strdup(in_dir("fifo"));

	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	snprintf(file, sizeof(file), "F=%s", fifo);
	s[0].env = s[1].env = (const char *const[]){ "PATH=/usr/bin:/bin", file, NULL };
	s[0].flags = AGENT_STEP_BACKGROUND;
	harness_batch(&h, s, 2);
	ck_assert(harness_exit(&h, 1).as_expected);
	harness_waiting(&h, 2);
	harness_u32(&h, AGENT_STOP, 0, PATIENCE_MS);
	struct agent_exit x = harness_exit(&h, 0);
	ck_assert_int_eq(x.value, 5);
	struct agent_record r = harness_next(&h);
	struct agent_cursor c = agent_cursor(&r);
	ck_assert_uint_eq(r.type, AGENT_STOPPED);
	ck_assert_uint_eq(agent_u32(&c), 0);
	ck_assert_str_eq(h.out[0].s, "up\nbye\n");
}
END_TEST

/* Step 0 ends at once the first time, and lasts until STOP the second; 1 waits for both. */
START_TEST(a_background_step_can_run_again_beside_the_others)
{
	struct agent_step s[3] = {
		SH("echo x >>$F; test $(wc -l <$F) -eq 2 || exit 1; echo up >$P; exec sleep 60"),
		SH("read x <$P; echo $x"),
		SH("echo last"),
	};
	char file[160], fifo[160];

	snprintf(fifo, sizeof(fifo), "P=%s", in_dir("fifo"));
	ck_assert_int_eq(mkfifo(fifo + 2, 0600), 0);
	snprintf(file, sizeof(file), "F=%s", in_dir("again"));
	s[0].env = s[1].env = (const char *const[]){ "PATH=/usr/bin:/bin", file, fifo, NULL };
	s[0].flags = AGENT_STEP_BACKGROUND;
	harness_batch(&h, s, 3);
	ck_assert_int_eq(harness_exit(&h, 0).value, 1);
	harness_run(&h, 0);
	ck_assert(harness_exit(&h, 1).as_expected);
	ck_assert(harness_exit(&h, 2).as_expected);
	harness_waiting(&h, 3);
	ck_assert_str_eq(h.out[0].s, "up\nlast\n");
	ck_assert_uint_eq(h.started, 4);
	harness_u32(&h, AGENT_STOP, 0, PATIENCE_MS);
	ck_assert_int_eq(harness_exit(&h, 0).value, SIGTERM);
	ck_assert_uint_eq(harness_next(&h).type, AGENT_STOPPED);
}
END_TEST

START_TEST(a_background_step_that_runs_again_does_not_start_what_follows_it)
{
	struct agent_step s[3] = { SH("exit 1"), SH("exit 0"), SH("exit 0") };

	s[0].flags = AGENT_STEP_BACKGROUND | AGENT_STEP_GATE;
	s[1].flags = AGENT_STEP_GATE;
	harness_batch(&h, s, 3);
	harness_waiting(&h, 1);
	ck_assert_int_eq(harness_exit(&h, 0).value, 1);
	harness_run(&h, 1);
	harness_exit(&h, 1);
	harness_waiting(&h, 2);
	harness_run(&h, 0);
	ck_assert_int_eq(harness_exit(&h, 0).value, 1);
	harness_run(&h, 2);
	harness_exit(&h, 2);
	harness_waiting(&h, 3);
	ck_assert_uint_eq(h.started, 4);
}
END_TEST

START_TEST(stop_kills_what_ignores_term_and_lists_what_was_left)
{
	struct agent_step s[2] = { SH("trap '' TERM; echo up >$F; while :; do sleep 0.01; done"),
		SH("read x <$F; sleep 303 & until grep -q sleep /proc/$!/comm; do :; done") };
	char file[160];
	AUTO_STR fifo = strdup(in_dir("fifo"));

	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	snprintf(file, sizeof(file), "F=%s", fifo);
	s[0].env = s[1].env = (const char *const[]){ "PATH=/usr/bin:/bin", file, NULL };
	s[0].flags = AGENT_STEP_BACKGROUND;
	harness_batch(&h, s, 2);
	harness_exit(&h, 1);
	harness_waiting(&h, 2);
	harness_u32(&h, AGENT_STOP, 0, 50);
	struct agent_exit x = harness_exit(&h, 0);
	ck_assert_int_eq(x.kind, AGENT_EXIT_SIGNAL);
	ck_assert_int_eq(x.value, SIGKILL);
	struct agent_record r = harness_next(&h);
	struct agent_cursor c = agent_cursor(&r);
	ck_assert_uint_eq(r.type, AGENT_STOPPED);
	ck_assert_uint_eq(agent_u32(&c), 1);
	pid_t pid = (pid_t)agent_u32(&c);
	ck_assert_str_eq(agent_str(&c, NULL), "sleep");
	ck_assert_uint_eq(agent_u32(&c), 1);
	ck_assert_int_eq(kill(pid, 0), -1);
}
END_TEST

/* The answer of a batch with these steps, behind the end of the last. */
static struct agent_found *surveyed(struct agent_step *s, size_t n, size_t *n_found)
{
	const struct agent_survey ask = { .flags = 0 };
	AUTO_STRBUF msg = STRBUF_INIT;
	struct agent_found *found;
	struct agent_record r;
	struct err e;

	agent_put_survey(&msg, &ask);
	harness_send(&h, &msg);
	harness_batch(&h, s, n);
	for (r = harness_next(&h); r.type == AGENT_EXITED || r.type == AGENT_WAITING;
	        r = harness_next(&h))
		continue;
	ck_assert_uint_eq(r.type, AGENT_SURVEYED);
	ck_assert_int_eq(agent_get_surveyed(&r, &found, n_found, &e), 0);
	return found;
}

static const struct agent_found *found_of(
        const struct agent_found *v, size_t n, enum agent_found_kind kind)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].kind == kind)
			return &v[i];
	ck_abort_msg("nothing of kind %d was found", (int)kind);
	return NULL;
}

START_TEST(what_a_step_leaves_running_is_told_with_its_streams)
{
	struct agent_step s[2] = { SH("true"),
		SH("sleep 60 & until grep -q sleep /proc/$!/comm; do :; done") };
	size_t n;
	struct agent_found *v = surveyed(s, 2, &n);
	const struct agent_found *f = found_of(v, n, AGENT_FOUND_PROCESS);

	ck_assert_uint_eq(f->step, 1);
	ck_assert_str_eq(f->program, "sleep");
	f = found_of(v, n, AGENT_FOUND_FD);
	ck_assert_uint_eq(f->n, AGENT_HELD_STDOUT | AGENT_HELD_STDERR);
	ck_assert_uint_eq(f->step, 1);
	free(v);
}
END_TEST

START_TEST(who_leaves_nothing_is_told_of_nothing)
{
	struct agent_step s[1] = { SH("sleep 0.01 & wait; (exit 3) || true") };
	size_t n;

	free(surveyed(s, 1, &n));
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(a_crash_nobody_wanted_is_told_and_one_that_was_wanted_is_not)
{
	struct agent_step s[2] = { SH("kill -ABRT $$"), SH("kill -SEGV $$") };
	size_t n;

	s[0].expected_signal = SIGABRT;
	struct agent_found *v = surveyed(s, 2, &n);
	const struct agent_found *f = found_of(v, n, AGENT_FOUND_CRASH);

	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(f->step, 1);
	ck_assert_uint_eq(f->n, SIGSEGV);
	free(v);
}
END_TEST

START_TEST(nobody_asked_nothing_is_told)
{
	harness_one(&h, SH("sleep 60 & true"));
	harness_waiting(&h, 1);
}
END_TEST

START_TEST(the_daemon_gone_everything_is_gone)
{
	struct agent_step s = SH("setsid sleep 304 & echo $! ; wait");
	struct agent_record r;

	harness_batch(&h, &s, 1);
	do {
		ck_assert(harness_read(&h, &r));
	} while (r.type != AGENT_OUTPUT);
	pid_t pid = (pid_t)strtol((const char *)r.body + 9, NULL, 10);
	ck_assert_int_eq(kill(pid, 0), 0);
	harness_stop(&h);
	/* It was no child of ours: what reaps it after its parents is the machine's init. */
	for (int i = 0; i < 2000 && kill(pid, 0) == 0; i++) {
		char path[64], text[256] = "";
		snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
		AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0 || strstr(text, ") Z"))
			break;
		poll(NULL, 0, 10);
		ck_assert_int_lt(i, 1999);
	}
	harness_start(&h);
}
END_TEST

/* ---- files ---- */

START_TEST(files_are_placed_with_parents_modes_and_links)
{
	AUTO_STR text = strdup(in_dir("x/y/text"));
	AUTO_STR dir = strdup(in_dir("d"));
	AUTO_STR link = strdup(in_dir("l"));
	struct agent_file f[] = {
		{ .path = text, .mode = 0640, .link = "", .data = "hello", .len = 5 },
		{ .path = dir, .mode = 01777, .is_dir = 1, .link = "" },
		{ .path = link, .link = "x/y/text" },
		{ .path = link, .mode = 0600, .link = "", .data = "in its place", .len = 12 },
	};
	AUTO_STRBUF b = STRBUF_INIT;
	AUTO_STRBUF got = STRBUF_INIT;
	struct stat st;
	struct err e;

	for (size_t n = 3; n <= 4; n++) {
		agent_put_files(&b, f, n);
		harness_send(&h, &b);
		struct agent_record r = harness_next(&h);
		struct agent_cursor c = agent_cursor(&r);
		ck_assert_uint_eq(r.type, AGENT_FILES_DONE);
		ck_assert_msg(agent_u8(&c) == 1, "%s", agent_str(&c, NULL));
		ck_assert_int_eq(lstat(link, &st), 0);
		ck_assert(n == 3 ? S_ISLNK(st.st_mode) : S_ISREG(st.st_mode));
	}
	/* Replacing the link did not write through it. */
	ck_assert_int_eq(fs_read_file(text, 100, &got, &e), 0);
	ck_assert_str_eq(got.s, "hello");
	ck_assert_int_eq(stat(text, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(stat(dir, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 01777);
}
END_TEST

START_TEST(a_file_that_cannot_be_placed_says_why)
{
	static const char *const bad[] = { "relative", "/proc/self/fd/0/x", "/", "/tmp/..",
		"/dev/null/x" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct agent_file f = {
			.path = bad[i], .mode = 0644, .link = "", .data = "", .len = 0
		};
		AUTO_STRBUF b = STRBUF_INIT;

		agent_put_files(&b, &f, 1);
		harness_send(&h, &b);
		struct agent_record r = harness_next(&h);
		struct agent_cursor c = agent_cursor(&r);
		ck_assert_uint_eq(r.type, AGENT_FILES_DONE);
		ck_assert_uint_eq(agent_u8(&c), 0);
		ck_assert_str_ne(agent_str(&c, NULL), "");
	}
}
END_TEST

/* ---- collections ---- */

/* "NAME SIZE BYTES;" of each that is found, below the directory of the test. */
static void collect(const char *pattern, uint64_t max, struct strbuf *out, uint32_t *matched)
{
	struct strbuf b = STRBUF_INIT;
	AUTO_STR whole = xasprintf("%s/%s", h.dir, pattern);
	const char *patterns[] = { whole };
	struct agent_record r;
	struct agent_match f;
	uint64_t bytes = 0;
	bool more, any = false;
	struct err e;

	agent_put_collect(&b, max, patterns, 1);
	harness_send(&h, &b);
	for (r = harness_next(&h); r.type != AGENT_COLLECTED; r = harness_next(&h)) {
		if (r.type == AGENT_PIECE) {
			bytes += r.len;
			continue;
		}
		ck_assert_uint_eq(r.type, AGENT_MATCH);
		ck_assert_int_eq(agent_get_match(&r, &f, &e), 0);
		if (any)
			strbuf_printf(out, "%llu;", (unsigned long long)bytes);
		strbuf_printf(out, "%s%s%s %llu ", f.path + strlen(h.dir) + 1, *f.link ? ">" : "",
		        f.link, (unsigned long long)f.size);
		bytes = 0;
		any = true;
	}
	if (any)
		strbuf_printf(out, "%llu;", (unsigned long long)bytes);
	ck_assert_int_eq(agent_get_collected(&r, &more, matched, 1, &e), 0);
	ck_assert(!more);
}

static const char *put_file(const char *name, size_t size);

START_TEST(a_collection_finds_by_pattern_and_follows_no_link)
{
	AUTO_STRBUF got = STRBUF_INIT;
	uint32_t matched;
	char path[PATH_MAX];

	put_file("a1", 3);
	put_file("a2", 70000);
	put_file("b", 5);
	snprintf(path, sizeof(path), "%s/ad", h.dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	put_file("ad/in", 2);
	snprintf(path, sizeof(path), "%s/alink", h.dir);
	ck_assert_int_eq(symlink("/", path), 0);
	snprintf(path, sizeof(path), "%s/afifo", h.dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);

	collect("a*", 1 << 20, &got, &matched);
	ck_assert_str_eq(got.s, "a1 3 3;a2 70000 70000;ad 0 0;ad/in 2 2;alink>/ 0 0;");
	ck_assert_uint_eq(matched, 4);
	strbuf_reset(&got);
	collect("**/in", 1 << 20, &got, &matched);
	ck_assert_str_eq(got.s, "ad/in 2 2;");
	strbuf_reset(&got);
	collect("b", 3, &got, &matched);
	ck_assert_str_eq(got.s, "b 5 3;");
	strbuf_reset(&got);
	collect("no*", 3, &got, &matched);
	ck_assert_uint_eq(matched, 0);
	ck_assert_str_eq(got.s, "");
}
END_TEST

/* ---- looks ---- */

struct looked {
	struct agent_facts self, target;
	char link[64];
	struct strbuf content;
	uint32_t error;
};

static void look(const char *path, uint64_t max, struct looked *out)
{
	struct strbuf b = STRBUF_INIT;
	struct agent_record r;
	struct agent_look k;
	bool last = false;
	struct err e;

	*out = (struct looked){ .content = STRBUF_INIT };
	agent_put_look(&b, 0, max, path);
	harness_send(&h, &b);
	r = harness_next(&h);
	ck_assert_uint_eq(r.type, AGENT_LOOKED);
	ck_assert_int_eq(agent_get_looked(&r, &k, &e), 0);
	out->self = k.self;
	out->target = k.target;
	snprintf(out->link, sizeof(out->link), "%s", k.link);
	while (!last) {
		const void *p;
		size_t n;

		r = harness_next(&h);
		ck_assert_uint_eq(r.type, AGENT_CONTENT);
		ck_assert_int_eq(agent_get_content(&r, &last, &out->error, &p, &n, &e), 0);
		strbuf_add(&out->content, p, n);
	}
}

static const char *put_file(const char *name, size_t size)
{
	static char path[PATH_MAX];
	AUTO_STRBUF b = STRBUF_INIT;
	struct err e;

	snprintf(path, sizeof(path), "%s/%s", h.dir, name);
	strbuf_addn(&b, 'x', size);
	ck_assert_int_eq(fs_write_atomic(path, b.s, b.len, 0640, &e), 0);
	return path;
}

START_TEST(a_look_tells_what_stands_at_a_path_and_reads_as_much_as_was_asked_for)
{
	const char *path = put_file("f", 3000000);
	char link[PATH_MAX];
	struct looked x;

	look(path, 10, &x);
	ck_assert_uint_eq(x.self.mode, S_IFREG | 0640);
	ck_assert_uint_eq(x.self.size, 3000000);
	ck_assert_uint_eq(x.content.len, 10);
	strbuf_release(&x.content);
	look(path, 1 << 30, &x);
	ck_assert_uint_eq(x.content.len, 3000000);
	strbuf_release(&x.content);
	look(path, 0, &x);
	ck_assert_uint_eq(x.content.len, 0);

	snprintf(link, sizeof(link), "%s/l", h.dir);
	ck_assert_int_eq(symlink("f", link), 0);
	look(link, 5, &x);
	ck_assert(S_ISLNK(x.self.mode) && S_ISREG(x.target.mode));
	ck_assert_str_eq(x.link, "f");
	ck_assert_uint_eq(x.content.len, 5);
	strbuf_release(&x.content);

	look("/", 5, &x);
	ck_assert(S_ISDIR(x.self.mode) && !x.self.error);
	look("/nowhere/at/all", 5, &x);
	ck_assert_uint_eq(x.self.error, ENOENT);
}
END_TEST

START_TEST(a_look_opens_nothing_that_waits_or_speaks_of_the_init)
{
	char path[PATH_MAX];
	struct looked x;

	snprintf(path, sizeof(path), "%s/fifo", h.dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	look(path, 5, &x);
	ck_assert(S_ISFIFO(x.self.mode));
	ck_assert_uint_eq(x.content.len, 0);
	look("/proc/self/environ", 5, &x);
	ck_assert_uint_eq(x.error, EPERM);
	ck_assert_uint_eq(x.content.len, 0);
	look("/proc/self/root/etc/passwd", 5, &x);
	ck_assert_uint_eq(x.self.error, ELOOP);
	look("/dev/zero", 5, &x);
	ck_assert(S_ISCHR(x.self.mode));
	ck_assert_uint_eq(x.content.len, 0);
}
END_TEST

START_TEST(a_step_that_has_not_run_can_be_replaced_and_no_other)
{
	const char *const old[] = { "/bin/echo", "old", NULL }, *const new[] = { "/bin/echo", "new",
		NULL };
	struct agent_step v[2] = { { .workdir = "/",
		.user = "",
		.argv = old,
		.flags = AGENT_STEP_GATE,
		.output_max = 1 << 20 } };
	struct strbuf b = STRBUF_INIT;
	struct agent_step with = v[0];
	struct agent_record r;

	v[1] = v[0];
	with.argv = new;
	agent_put_batch(&b, v, 2);
	harness_send(&h, &b);
	ck_assert_uint_eq(harness_next(&h).type, AGENT_EXITED);
	ck_assert_uint_eq(harness_next(&h).type, AGENT_WAITING);
	agent_put_step(&b, 1, &with);
	harness_send(&h, &b);
	harness_run(&h, 1);
	ck_assert_uint_eq(harness_next(&h).type, AGENT_EXITED);
	ck_assert_str_eq(h.out[0].s, "old\nnew\n");
	ck_assert_uint_eq(harness_next(&h).type, AGENT_WAITING);
	agent_put_step(&b, 1, &with);
	harness_send(&h, &b);
	r = harness_next(&h);
	ck_assert_uint_eq(r.type, AGENT_FATAL);
}
END_TEST

/* ---- bad input ---- */

START_TEST(a_broken_record_ends_the_conversation_with_the_reason)
{
	static const struct {
		const char *bytes;
		size_t n;
	} bad[] = {
		{ "\xff\xff\xff\xff\x01\0\0\0\0\0\0\0", 12 }, /* longer than any record may be */
		{ "\0\0\0\0\x63\0\0\0\0\0\0\0", 12 },         /* a type nobody knows */
		{ "\0\0\0\0\x02\0\0\0\0\0\0\0", 12 },         /* a batch without its count */
		{ "\0\0\0\0\x03\0\0\0\x05\0\0\0", 12 },       /* a step that no batch has */
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct strbuf b = STRBUF_INIT;
		struct agent_record r;

		strbuf_add(&b, bad[i].bytes, bad[i].n);
		harness_send(&h, &b);
		r = harness_next(&h);
		ck_assert_uint_eq(r.type, AGENT_FATAL);
		ck_assert(!harness_read(&h, &r));
		harness_stop(&h);
		harness_start(&h);
	}
}
END_TEST

static TCase *group(const char *name)
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	return t;
}

int main(void)
{
	const TTest *const tests[] = {
		hello_states_what_the_kernel_says,
		a_step_runs_and_its_exit_is_told_before_the_daemon_is_asked,
		steps_follow_each_other_until_one_is_not_as_expected,
		flags_gate_hold_and_continue_decide_who_goes_on,
		after_a_step_that_cannot_start_the_init_goes_on_by_itself_if_it_may,
		a_step_can_run_again,
		a_failure_that_is_wanted_is_as_expected,
		ten_thousand_steps_fit_in_a_batch_and_the_first_can_fail_it,
		a_step_starts_with_a_clean_state,
		the_processors_of_a_step_are_not_those_that_the_init_was_left_with,
		the_session_keyring_is_another,
		its_own_user_cannot_look_into_the_init,
		steps_of_root_get_exactly_the_mask_and_others_nothing,
		a_user_is_a_name_or_plain_numbers,
		stdin_is_what_was_given_then_end_of_file,
		a_step_that_does_not_read_its_stdin_ends_all_the_same,
		an_open_stdin_is_fed_until_the_daemon_closes_it,
		an_open_stdin_of_any_length_goes_through_its_window,
		more_stdin_than_the_maximum_ends_the_conversation,
		a_stdin_that_nobody_reads_is_told_and_what_comes_after_is_dropped,
		the_working_directory_is_made_on_request_alone,
		a_working_directory_behind_a_magic_link_is_refused,
		limits_are_set_for_each_step,
		what_cannot_be_executed_is_told_apart,
		path_search_passes_over_what_may_not_be_executed,
		a_probe_names_the_interpreter,
		two_pulses_of_what_sleeps_are_alike,
		what_uses_the_processor_is_held_or_leaves_another_print,
		what_wakes_up_for_a_moment_leaves_another_print,
		output_beyond_the_maximum_keeps_head_tail_and_true_size,
		the_tail_says_when_it_came,
		times_of_a_long_tail_are_thinned_and_stay_in_order,
		output_of_exactly_the_maximum_is_whole,
		a_gigabyte_passes_without_growth_of_memory,
		a_daemon_that_does_not_read_stops_the_step_and_not_the_init,
		the_end_of_a_step_does_not_wait_for_its_pipes,
		what_a_child_writes_after_the_end_of_its_step_still_arrives,
		a_kill_reaches_grandchildren_and_other_sessions,
		a_background_step_runs_beside_the_others_and_stop_ends_it_by_term,
		a_background_step_can_run_again_beside_the_others,
		a_background_step_that_runs_again_does_not_start_what_follows_it,
		stop_kills_what_ignores_term_and_lists_what_was_left,
		what_a_step_leaves_running_is_told_with_its_streams,
		who_leaves_nothing_is_told_of_nothing,
		a_crash_nobody_wanted_is_told_and_one_that_was_wanted_is_not,
		nobody_asked_nothing_is_told,
		the_daemon_gone_everything_is_gone,
		files_are_placed_with_parents_modes_and_links,
		a_file_that_cannot_be_placed_says_why,
		a_collection_finds_by_pattern_and_follows_no_link,
		a_look_tells_what_stands_at_a_path_and_reads_as_much_as_was_asked_for,
		a_look_opens_nothing_that_waits_or_speaks_of_the_init,
		a_step_that_has_not_run_can_be_replaced_and_no_other,
		a_broken_record_ends_the_conversation_with_the_reason,
	};
	Suite *s = suite_create("init");
	TCase *t = group("init");

	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
