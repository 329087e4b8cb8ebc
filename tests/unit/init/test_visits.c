/* Processes that join beside the batch, as the daemon sees them: over a socket pair. */
#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "tests/unit/init/harness.h"

#define FIRST AGENT_FIRST_VISIT

static struct harness h;

static void setup(void)
{
	harness_start(&h);
}

static void teardown(void)
{
	harness_stop(&h);
}

static void visit_at(uint32_t number, struct agent_step step, uint32_t flags)
{
	struct strbuf b = STRBUF_INIT;

	step.flags = flags | AGENT_STEP_BESIDE;
	step.output_max = UINT64_MAX;
	agent_put_exec(&b, number, &step, 33, 99);
	harness_send(&h, &b);
}

static void keep(void)
{
	struct strbuf b = STRBUF_INIT;

	agent_put_simple(&b, AGENT_KEEP, 0);
	harness_send(&h, &b);
}

static void type(uint32_t number, const char *text)
{
	struct strbuf b = STRBUF_INIT;

	agent_put_bytes(&b, AGENT_STDIN, number, text, strlen(text));
	harness_send(&h, &b);
}

/* Reads until that was said on stdout. */
static void see(const char *text)
{
	while (!strstr(h.out[0].s, text)) {
		struct agent_record r;
		const void *p;
		uint8_t stream;
		uint64_t ns;
		size_t n;
		struct err e;

		ck_assert_msg(harness_read(&h, &r), "the init has ended");
		ck_assert_msg(r.type != AGENT_EXITED, "it ended after '%s'", h.out[0].s);
		if (r.type != AGENT_OUTPUT)
			continue;
		ck_assert_int_eq(agent_get_output(&r, &stream, &ns, &p, &n, &e), 0);
		strbuf_add(&h.out[stream - 1], p, n);
	}
}

/* What is told of its stdin comes whenever it does. */
static struct agent_exit ends(uint32_t number)
{
	for (;;) {
		struct agent_record r = harness_next(&h);
		struct agent_exit x;
		struct err e;

		if (r.type == AGENT_STDIN_TAKEN)
			continue;
		ck_assert_uint_eq(r.type, AGENT_EXITED);
		ck_assert_uint_eq(r.step, number);
		ck_assert_int_eq(agent_get_exit(&r, &x, &e), 0);
		return x;
	}
}

START_TEST(a_visit_has_streams_and_an_end_of_its_own)
{
	struct agent_exit x;

	visit_at(FIRST, SH("echo out; echo err >&2; exit 4"), 0);
	x = harness_exit(&h, FIRST);
	ck_assert_int_eq(x.value, 4);
	ck_assert_str_eq(h.out[0].s, "out\n");
	ck_assert_str_eq(h.out[1].s, "err\n");
	visit_at(FIRST + 1, harness_step((const char *const[]){ "/no/such", NULL }), 0);
	ck_assert_int_eq(harness_exit(&h, FIRST + 1).kind, AGENT_EXIT_NOEXEC);
	/* The batch has heard of none of it. */
	struct agent_step held = SH("exit 0");
	held.flags = AGENT_STEP_HOLD;
	harness_batch(&h, &held, 1);
	harness_waiting(&h, 0);
	visit_at(FIRST + 2, SH("exit 0"), 0);
	harness_exit(&h, FIRST + 2);
	harness_run(&h, 0);
	ck_assert_int_eq(harness_exit(&h, 0).value, 0);
	harness_waiting(&h, 1);
	ck_assert_int_eq(harness_one(&h, SH("exit 0")).value, 0);
	harness_waiting(&h, 1);
	ck_assert_str_eq(harness_fact(&h, "no_new_privs"), "1");
}
END_TEST

START_TEST(what_is_kept_goes_no_further_and_is_not_heard)
{
	struct agent_step s[2] = { SH("until [ -e go ]; do sleep 0.01; done; echo heard"),
		SH("touch next") };

	s[0].workdir = s[1].workdir = h.dir;
	harness_batch(&h, s, 2);
	keep();
	struct agent_step go =
	        SH("touch go; while pgrep -f 'e g[o] ' >/dev/null; do sleep 0.01; done; "
	           "sleep 0.05; test ! -e next");
	go.workdir = h.dir;
	visit_at(FIRST, go, 0);
	ck_assert_int_eq(harness_exit(&h, FIRST).value, 0);
	ck_assert_str_eq(h.out[0].s, "");
}
END_TEST

START_TEST(several_visits_are_told_apart)
{
	visit_at(FIRST, SH("read x; echo first $x"), AGENT_STEP_STDIN_OPEN);
	visit_at(FIRST + 1, SH("read x; echo second $x"), AGENT_STEP_STDIN_OPEN);
	type(FIRST + 1, "b\n");
	ck_assert_int_eq(ends(FIRST + 1).value, 0);
	ck_assert_str_eq(h.out[0].s, "second b\n");
	type(FIRST, "a\n");
	ck_assert_int_eq(ends(FIRST).value, 0);
	ck_assert_str_eq(h.out[0].s, "second b\nfirst a\n");
	type(FIRST + 1, "to nobody\n");
	type(FIRST + 7, "to nobody\n");
}
END_TEST

START_TEST(a_terminal_is_its_own_and_follows_ours)
{
	struct strbuf b = STRBUF_INIT;

	visit_at(FIRST,
	        SH("test -t 0 && test -t 1 && test -t 2 && stty size; trap 'stty size' WINCH; "
	           "read x; echo got $x; while :; do sleep 0.01; done"),
	        AGENT_STEP_TERMINAL | AGENT_STEP_STDIN_OPEN);
	see("33 99");
	type(FIRST, "text\n");
	see("got text");
	agent_put_window(&b, FIRST, 44, 111);
	harness_send(&h, &b);
	see("44 111");
	type(FIRST, "\003"); /* Ctrl-C: a signal, for it alone */
	struct agent_exit x = ends(FIRST);
	ck_assert(x.kind == AGENT_EXIT_SIGNAL && x.value == SIGINT);
}
END_TEST

START_TEST(what_a_terminal_was_told_last_is_not_lost)
{
	for (uint32_t i = 0; i < 50; i++) {
		strbuf_reset(&h.out[0]);
		visit_at(FIRST + i, SH("seq 300; echo last"), AGENT_STEP_TERMINAL);
		ck_assert_int_eq(harness_exit(&h, FIRST + i).value, 0);
		ck_assert_msg(strstr(h.out[0].s, "300\r\nlast\r\n"), "%s", h.out[0].s);
	}
}
END_TEST

/* The descriptor that comes with the next bytes that have one; they are kept for later. */
static int passed(void)
{
	union {
		struct cmsghdr h;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char buf[1 << 16];
	struct iovec iov = { buf, sizeof(buf) };
	int fd;

	for (;;) {
		struct msghdr m = { .msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control.space) };
		struct pollfd p = { .fd = h.fd, .events = POLLIN };

		ck_assert_msg(poll(&p, 1, PATIENCE_MS) == 1, "the init says nothing");
		ssize_t n = recvmsg(h.fd, &m, MSG_CMSG_CLOEXEC);
		ck_assert_int_gt(n, 0);
		strbuf_add(&h.in, buf, (size_t)n);
		if (!CMSG_FIRSTHDR(&m))
			continue;
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
		return fd;
	}
}

START_TEST(a_terminal_is_passed_to_who_asks_for_it)
{
	struct winsize w = { .ws_row = 50, .ws_col = 132 };
	char text[256];

	visit_at(FIRST, SH("trap 'stty size' WINCH; stty size; read x; echo got $x; exit 5"),
	        AGENT_STEP_TERMINAL | AGENT_STEP_PASS);
	AUTO_FD fd = passed();
	struct agent_record r = harness_next(&h);
	ck_assert_uint_eq(r.type, AGENT_TERMINAL);
	ck_assert_uint_eq(r.step, FIRST);
	ck_assert_int_gt(read(fd, text, sizeof(text)), 0);
	ck_assert_msg(strncmp(text, "33 99", 5) == 0, "%.20s", text);
	ck_assert_int_eq(ioctl(fd, TIOCSWINSZ, &w), 0);
	ck_assert_int_eq(write(fd, "text\n", 5), 5);
	struct agent_exit x = ends(FIRST);
	ck_assert_int_eq(x.value, 5);
	ck_assert_uint_eq(x.total[0], 0); /* what it said went there alone */
	while (read(fd, text, sizeof(text)) > 0)
		continue; /* until nobody has the other side */
	ck_assert_int_eq(errno, EIO);
}
END_TEST

/* Our side is the last that is open: who hangs up ends it. */
START_TEST(a_terminal_that_was_passed_hangs_up)
{
	visit_at(FIRST, SH("sleep 1000"), AGENT_STEP_TERMINAL | AGENT_STEP_PASS);
	int fd = passed();
	ck_assert_uint_eq(harness_next(&h).type, AGENT_TERMINAL);
	close(fd);
	struct agent_exit x = ends(FIRST);
	ck_assert(x.kind == AGENT_EXIT_SIGNAL && x.value == SIGHUP);
}
END_TEST

START_TEST(a_kill_takes_its_own_alone)
{
	visit_at(FIRST, SH("echo up; sleep 1000"), 0);
	visit_at(FIRST + 1, SH("trap '' HUP; echo up; sleep 1000 & wait"), 0);
	see("up\nup\n");
	harness_u32(&h, AGENT_KILL, FIRST + 1, SIGHUP);
	harness_u32(&h, AGENT_KILL, FIRST + 1, SIGKILL);
	ck_assert_int_eq(harness_exit(&h, FIRST + 1).kind, AGENT_EXIT_SIGNAL);
	harness_u32(&h, AGENT_KILL, FIRST, SIGTERM);
	ck_assert_int_eq(harness_exit(&h, FIRST).value, SIGTERM);
}
END_TEST

START_TEST(who_is_one_too_many_is_refused_and_the_others_stay)
{
	for (uint32_t i = 0; i < AGENT_MAX_VISITS; i++)
		visit_at(FIRST + i, SH("read x; exit 3"), AGENT_STEP_STDIN_OPEN);
	visit_at(FIRST + AGENT_MAX_VISITS, SH("exit 0"), 0);
	struct agent_exit x = harness_exit(&h, FIRST + AGENT_MAX_VISITS);
	ck_assert(x.kind == AGENT_EXIT_NOEXEC && x.value == EAGAIN);
	type(FIRST, "\n");
	while (harness_next(&h).type != AGENT_EXITED)
		;
	visit_at(FIRST + AGENT_MAX_VISITS + 1, SH("exit 5"), 0);
	for (struct agent_record r;;) {
		r = harness_next(&h);
		if (r.type == AGENT_EXITED && r.step == FIRST + AGENT_MAX_VISITS + 1)
			break;
	}
}
END_TEST

START_TEST(a_number_that_is_a_steps_ends_the_conversation)
{
	struct strbuf b = STRBUF_INIT;
	struct agent_step s = SH("exit 0");

	agent_put_exec(&b, 7, &s, 0, 0);
	harness_send(&h, &b);
	ck_assert_uint_eq(harness_next(&h).type, AGENT_FATAL);
}
END_TEST

START_TEST(files_come_and_go_as_tar)
{
	struct agent_step s = harness_step((const char *const[]){ "absent", NULL });

	s.workdir = h.dir;
	visit_at(FIRST, s, AGENT_STEP_PACK);
	ck_assert_int_eq(harness_exit(&h, FIRST).value, 3);
	ck_assert_ptr_nonnull(strstr(h.out[1].s, "cannot open 'absent'"));
	struct agent_step make = SH("echo content >file");
	make.workdir = h.dir;
	visit_at(FIRST + 1, make, 0);
	ck_assert_int_eq(harness_exit(&h, FIRST + 1).value, 0);
	s.argv = (const char *const[]){ "file", NULL };
	visit_at(FIRST + 2, s, AGENT_STEP_PACK);
	ck_assert_int_eq(harness_exit(&h, FIRST + 2).value, 0);
	ck_assert_uint_eq(h.out[0].len, 4 * 512);
	ck_assert_str_eq(h.out[0].s, "file");

	AUTO_STRBUF archive = STRBUF_INIT;
	struct strbuf b = STRBUF_INIT;
	strbuf_add(&archive, h.out[0].s, h.out[0].len);
	s.argv = (const char *const[]){ "copy", NULL };
	visit_at(FIRST + 3, s, AGENT_STEP_UNPACK | AGENT_STEP_STDIN_OPEN);
	agent_put_bytes(&b, AGENT_STDIN, FIRST + 3, archive.s, archive.len);
	agent_put_bytes(&b, AGENT_STDIN, FIRST + 3, "", 0);
	harness_send(&h, &b);
	ck_assert_int_eq(ends(FIRST + 3).value, 0);
	struct agent_step same = SH("cmp file copy");
	same.workdir = h.dir;
	visit_at(FIRST + 4, same, 0);
	ck_assert_int_eq(harness_exit(&h, FIRST + 4).value, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_visit_has_streams_and_an_end_of_its_own,
		what_is_kept_goes_no_further_and_is_not_heard,
		several_visits_are_told_apart,
		a_terminal_is_its_own_and_follows_ours,
		what_a_terminal_was_told_last_is_not_lost,
		a_terminal_is_passed_to_who_asks_for_it,
		a_terminal_that_was_passed_hangs_up,
		a_kill_takes_its_own_alone,
		who_is_one_too_many_is_refused_and_the_others_stay,
		a_number_that_is_a_steps_ends_the_conversation,
		files_come_and_go_as_tar,
	};
	Suite *s = suite_create("visits");
	TCase *t = tcase_create("visits");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
