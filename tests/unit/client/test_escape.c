#include <check.h>
#include <string.h>

#include "client/escape.h"
#include "tests/unit/check_main.h"

/* Whatever the pieces are in which it is typed. */
static const struct {
	const char *typed, *sent;
	bool left;
} cases[] = {
	{ "ls\r", "ls\r", false },
	{ "~.", "", true },
	{ "ls\r~.rest", "ls\r", true },
	{ "a~.b", "a~.b", false },
	{ "~~.x", "~.x", false },
	{ "~a\r~b\n~.", "~a\r~b\n", true },
	{ "\r\r~\r~.", "\r\r~\r", true },
	{ "~", "", false },
};

START_TEST(only_a_tilde_and_a_dot_at_the_beginning_of_a_line_leave)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t piece = 1; piece <= strlen(cases[i].typed); piece++) {
			struct escape e = { ESCAPE_LINE_START, false };
			char sent[64] = "", buf[64];
			size_t len = 0;

			for (size_t at = 0; at < strlen(cases[i].typed); at += piece) {
				size_t left = strlen(cases[i].typed) - at;
				size_t n = left < piece ? left : piece;

				memcpy(buf + 1, cases[i].typed + at, n);
				n = escape_filter(&e, buf + 1, n, buf);
				memcpy(sent + len, buf, n);
				len += n;
			}
			sent[len] = '\0';
			ck_assert_str_eq(sent, cases[i].sent);
			ck_assert(e.left == cases[i].left);
		}
	}
}
END_TEST

CHECK_MAIN("escape", only_a_tilde_and_a_dot_at_the_beginning_of_a_line_leave)
