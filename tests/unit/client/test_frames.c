#include <check.h>
#include <stdlib.h>

#include "client/ask.h"
#include "client/frames.h"

/* What the sink got, as text: "o:hi;f1:x;p:bar;x:3;" */
static struct strbuf got;
static struct frames r;
static struct err e;
static char last;

static void setup(void)
{
	got = (struct strbuf)STRBUF_INIT;
	r = (struct frames)FRAMES_INIT;
	last = 0;
}

static void teardown(void)
{
	strbuf_release(&got);
	frames_release(&r);
}

/* Pieces of one stream come together again. */
static int on_text(void *arg, char kind, const char *p, size_t n)
{
	(void)arg;
	if (kind != last)
		strbuf_printf(&got, ";%c:", kind);
	last = kind;
	strbuf_add(&got, p, n);
	return 0;
}

static int on_file(void *arg, unsigned n, const char *p, size_t len)
{
	(void)arg;
	if (last != 'f')
		strbuf_printf(&got, ";f%u:", n);
	last = 'f';
	strbuf_add(&got, p, len);
	return 0;
}

static int on_name(void *arg, unsigned n, const char *path)
{
	(void)arg;
	last = 'n';
	strbuf_printf(&got, ";n%u:%s", n, path);
	return 0;
}

static int on_live(void *arg, const char *p, size_t n)
{
	(void)arg;
	last = 'p';
	strbuf_adds(&got, ";p:");
	strbuf_add(&got, p, n);
	return 0;
}

static int on_exit_code(void *arg, int code)
{
	(void)arg;
	strbuf_printf(&got, ";x:%d", code);
	return -1;
}

static const struct frames_sink sink = { on_text, on_file, on_name, on_live, on_exit_code };

static int feed(const char *p, size_t n, size_t part)
{
	for (size_t at = 0; at < n; at += part) {
		if (frames_feed(&r, p + at, n - at < part ? n - at : part, &sink, NULL, &e) < 0)
			return -1;
	}
	return 0;
}

static const char all[] = "o 5\nhello"
                          "e 0\n"
                          "p 4\nbar\n"
                          "f 1 3\n<x>"
                          "f 2 0\n"
                          "n 3 4\n/a b"
                          "e 4\na\nb\n"
                          "x 2\n13";

START_TEST(frames_come_out_whole_when_fed_in_parts_of_any_size)
{
	ck_assert_int_eq(feed(all, sizeof(all) - 1, (size_t)_i), -1);
	ck_assert_int_eq(e.code, ERR_NONE);
	ck_assert_str_eq(got.s, ";o:hello;p:bar\n;f1:<x>;n3:/a b;e:a\nb\n;x:13");
}
END_TEST

START_TEST(a_payload_may_look_like_frames_and_hold_any_byte)
{
	static const char odd[] = "o 8\nx 1\n0\0\n\xff"
	                          "o 1\n!";

	ck_assert_int_eq(feed(odd, sizeof(odd) - 1, 3), 0);
	ck_assert_uint_eq(got.len, 3 + 8 + 1);
	ck_assert_int_eq(memcmp(got.s + 3, "x 1\n0\0\n\xff!", 9), 0);
}
END_TEST

static const char *const garbage[] = { "hello world\n", "o\n", "o x\n", "z 3\nabc", "o -1\n",
	"f 3\nabc", "f x 3\n", "n 3\nabc", "o 99999999999999999999\n", "x 3\nabc", "x 3\n256",
	"x 0\n", "oooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo" };

START_TEST(what_is_no_frame_is_refused)
{
	ck_assert_int_eq(feed(garbage[_i], strlen(garbage[_i]), 1), -1);
	ck_assert_int_eq(e.code, ERR_INVALID);
}
END_TEST

START_TEST(a_live_region_over_the_bound_is_refused)
{
	AUTO_STRBUF big = STRBUF_INIT;

	strbuf_printf(&big, "p %d\n", FRAME_HELD_MAX + 1);
	strbuf_addn(&big, 'x', FRAME_HELD_MAX + 1);
	ck_assert_int_eq(feed(big.s, big.len, 4096), -1);
	ck_assert_int_eq(e.code, ERR_LIMIT);
}
END_TEST

/* ---- heads of answers ---- */

static const char answer[] =
        "HTTP/1.0 428 Precondition Required\r\nContent-Type: application/problem+json\r\n"
        "clnrm-need-env:  AWS_*, CI\r\nClnrm-Exit: 2\r\nClnrm-Run: r7k2\r\nClnrm-Skew: replace\r\n"
        "Clnrm-Build: 1.0.0+abc+debug\r\n\r\nBODY";

START_TEST(a_head_is_read_in_parts_and_ends_before_the_body)
{
	struct head h = HEAD_INIT;
	size_t used = 0;

	while (h.status == 0) {
		size_t left = sizeof(answer) - 1 - used,
		       part = (size_t)_i < left ? (size_t)_i : left;
		ssize_t n = head_feed(&h, answer + used, part);

		ck_assert_int_gt(n, 0);
		used += (size_t)n;
	}
	ck_assert_str_eq(answer + used, "BODY");
	ck_assert_int_eq(h.status, 428);
	ck_assert_int_eq(h.exit, 2);
	ck_assert_str_eq(h.need_env.s, "AWS_*, CI");
	ck_assert_str_eq(h.run, "r7k2");
	ck_assert_str_eq(h.skew, "replace");
	ck_assert_str_eq(h.build, "1.0.0+abc+debug");
	head_release(&h);
}
END_TEST

START_TEST(what_is_no_http_is_refused_at_its_first_bytes)
{
	struct head h = HEAD_INIT;

	ck_assert_int_eq(head_feed(&h, "SSH-2.0", 7), -1);
	head_release(&h);
}
END_TEST

START_TEST(a_head_without_end_is_refused_at_the_bound)
{
	static char line[HEAD_MAX + 1];
	struct head h = HEAD_INIT;

	memset(line, 'x', sizeof(line));
	memcpy(line, "HTTP/1.0 200 OK", 15);
	ck_assert_int_eq(head_feed(&h, line, sizeof(line)), HEAD_MAX);
	ck_assert_int_eq(head_feed(&h, "x", 1), -1);
	head_release(&h);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("client/frames");
	TCase *c = tcase_create("frames");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(
	        c, frames_come_out_whole_when_fed_in_parts_of_any_size, 1, (int)sizeof(all));
	tcase_add_test(c, a_payload_may_look_like_frames_and_hold_any_byte);
	tcase_add_loop_test(c, what_is_no_frame_is_refused, 0, (int)ARRAY_LEN(garbage));
	tcase_add_test(c, a_live_region_over_the_bound_is_refused);
	suite_add_tcase(s, c);
	c = tcase_create("heads");
	tcase_add_loop_test(
	        c, a_head_is_read_in_parts_and_ends_before_the_body, 1, (int)sizeof(answer));
	tcase_add_test(c, what_is_no_http_is_refused_at_its_first_bytes);
	tcase_add_test(c, a_head_without_end_is_refused_at_the_bound);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	SRunner *run = srunner_create(suite());
	int failed;

	srunner_run_all(run, CK_ENV);
	failed = srunner_ntests_failed(run);
	srunner_free(run);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
