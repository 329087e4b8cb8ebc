#include <check.h>
#include <stdlib.h>

#include "client/help.h"
#include "client/spawn.h"
#include "client/term.h"
#include "common/utf8.h"

/* ---- the table ---- */

static void each_command(void (*each)(const struct cmd *parent, const struct cmd *cmd))
{
	for (const struct cmd *c = commands; c->name; c++) {
		each(NULL, c);
		for (const struct cmd *s = c->subs; s && s->name; s++)
			each(c, s);
	}
}

static void check_letters(const struct cmd *parent, const struct cmd *cmd)
{
	const struct flag *sets[FLAG_SETS];
	bool seen[128] = { false };

	(void)parent;
	flag_sets(cmd, sets);
	for (size_t i = 0; i < FLAG_SETS && sets[i] && sets[i] != global_flags; i++) {
		for (const struct flag *f = sets[i]; f->name; f++) {
			ck_assert_msg(!f->letter || !seen[(int)f->letter], "-%c twice in '%s'",
			        f->letter, cmd->name);
			seen[(int)f->letter] = true;
		}
	}
}

START_TEST(no_command_uses_a_letter_twice)
{
	each_command(check_letters);
}
END_TEST

static void check_complete(const struct cmd *parent, const struct cmd *cmd)
{
	(void)parent;
	ck_assert_msg(cmd->summary != NULL, "'%s' has no summary", cmd->name);
	if (cmd->issue != ISSUE_FOUNDATION)
		return;
	ck_assert_msg(cmd->run || cmd->subs, "'%s' is built and does nothing", cmd->name);
	ck_assert_msg(!cmd->run || cmd->formats, "'%s' has no format", cmd->name);
	ck_assert_msg(cmd->hidden || (cmd->examples[0] && cmd->examples[1]), "'%s' lacks examples",
	        cmd->name);
	if (cmd->default_sub)
		ck_assert_ptr_nonnull(cmd_find(cmd->subs, cmd->default_sub));
	for (const struct flag *f = cmd->flags; f && f->name; f++) {
		ck_assert_msg(f->help != NULL, "--%s of '%s' has no help", f->name, cmd->name);
		ck_assert_msg((f->metavar != NULL) == (f->type > FLAG_COUNT),
		        "--%s of '%s': value and type", f->name, cmd->name);
		if (f->alias_of)
			ck_assert_ptr_nonnull(flag_find(cmd, f->alias_of, strlen(f->alias_of)));
	}
}

START_TEST(every_command_that_is_built_is_described_and_does_something)
{
	each_command(check_complete);
}
END_TEST

static void check_width(const struct cmd *parent, const struct cmd *cmd)
{
	AUTO_STRBUF out = STRBUF_INIT;

	help_command(&out, parent, cmd);
	for (const char *at = out.s; *at;) {
		size_t n = strcspn(at, "\n");

		ck_assert_msg(utf8_columns(at, n) <= 80, "help of '%s' is too wide: %.*s",
		        cmd->name, (int)n, at);
		at += n + 1;
	}
	ck_assert_msg(cmd->hidden || cmd->issue != ISSUE_FOUNDATION || strstr(out.s, "Exit codes:"),
	        "%s", cmd->name);
	/* What runs a command ends with its code. */
	ck_assert_msg((cmd->rest || cmd->may_rest) == (strstr(out.s, "\n  127 ") != NULL), "%s",
	        cmd->name);
}

START_TEST(every_help_fits_80_columns_and_ends_with_exit_codes)
{
	each_command(check_width);
}
END_TEST

START_TEST(every_flag_that_is_built_is_in_the_completions_of_each_shell)
{
	static const char *const shells[] = { "bash", "zsh", "fish" };
	AUTO_STRBUF out = STRBUF_INIT;

	ck_assert(completion_script(&out, shells[_i]));
	ck_assert_ptr_nonnull(strstr(out.s, "scenario-timeout"));
	ck_assert_ptr_null(strstr(out.s, "otel-endpoint"));
	ck_assert(!completion_script(&out, "csh"));
}
END_TEST

/* ---- the daemon's environment ---- */

static bool has(char **env, const char *var)
{
	for (; *env; env++) {
		if (strcmp(*env, var) == 0)
			return true;
	}
	return false;
}

START_TEST(a_daemon_gets_the_listed_variables_and_no_other)
{
	char home[] = "HOME=/h", xdg[] = "XDG_RUNTIME_DIR=/r", secret[] = "AWS_SECRET=1",
	     proxy[] = "https_proxy=p", listen[] = "CLNRM_LISTEN_FD=9",
	     preload[] = "LD_PRELOAD=x.so", clean[] = "CLEANROOM_CLI_JOBS=2", lang[] = "LANGUAGE=x";
	char *env[] = { home, xdg, secret, proxy, listen, preload, clean, lang, NULL };
	char **out = daemon_env(env, true);

	ck_assert(
	        has(out, "HOME=/h") && has(out, "XDG_RUNTIME_DIR=/r") && has(out, "https_proxy=p"));
	ck_assert(has(out, "CLEANROOM_CLI_JOBS=2") && has(out, "CLNRM_LISTEN_FD=3"));
	ck_assert(!has(out, "AWS_SECRET=1") && !has(out, "LD_PRELOAD=x.so") &&
	          !has(out, "CLNRM_LISTEN_FD=9") && !has(out, "LANGUAGE=x"));
	env_free(out);
}
END_TEST

START_TEST(a_relative_clnrm_home_is_made_absolute_for_the_daemon)
{
	char home[] = "CLNRM_HOME=state";
	char *env[] = { home, NULL };
	char **out = daemon_env(env, false);

	ck_assert_int_eq(strncmp(out[0], "CLNRM_HOME=/", 12), 0);
	ck_assert_str_eq(out[0] + strlen(out[0]) - 6, "/state");
	env_free(out);
}
END_TEST

/* ---- the live region ---- */

START_TEST(the_live_region_is_erased_by_the_lines_that_were_drawn)
{
	struct term t = { .region = STRBUF_INIT };
	AUTO_STRBUF out = STRBUF_INIT;

	term_set_region(&t, "one\ntwo", 7);
	term_erase(&t, &out);
	ck_assert_uint_eq(out.len, 0); /* nothing is there yet */
	term_draw(&t, &out);
	ck_assert_str_eq(out.s, "one\ntwo\n");
	strbuf_reset(&out);
	term_erase(&t, &out);
	ck_assert_str_eq(out.s, "\r\033[2A\033[J");
	strbuf_reset(&out);
	term_erase(&t, &out);
	ck_assert_uint_eq(out.len, 0); /* only once */
	term_release(&t);
}
END_TEST

/* ---- colour ---- */

static const struct {
	const char *wish, *name, *value, *color;
} colors[] = {
	{ "always", "NO_COLOR", "1", "1" },
	{ "never", "FORCE_COLOR", "1", "0" },
	{ NULL, "NO_COLOR", "1", "0" },
	{ NULL, "NO_COLOR", "", "0" }, /* empty is unset, and this is no terminal */
	{ NULL, "FORCE_COLOR", "1", "1" },
	{ NULL, "CLICOLOR_FORCE", "0", "0" },
	{ NULL, "CLNRM_COLOR", "always", "1" },
	{ "auto", "CLICOLOR_FORCE", "1", "1" },
};

START_TEST(the_first_colour_rule_that_speaks_decides)
{
	const struct term_wish wish = { .color = colors[_i].wish, .to_file = true };
	AUTO_FAULT f = FAULT_INIT;
	struct term t;

	clearenv();
	setenv("TERM", "xterm", 1);
	setenv(colors[_i].name, colors[_i].value, 1);
	ck_assert_int_eq(term_init(&t, &wish, &f), 0);
	ck_assert_str_eq(t.out_color, colors[_i].color);
	term_release(&t);
}
END_TEST

START_TEST(a_locale_without_utf8_asks_for_ascii)
{
	const struct term_wish wish = { .to_file = true };
	AUTO_FAULT f = FAULT_INIT;
	struct term t;

	clearenv();
	setenv("LANG", "en_US.UTF-8", 1);
	ck_assert_int_eq(term_init(&t, &wish, &f), 0);
	ck_assert(!t.ascii);
	setenv("LC_ALL", "C", 1);
	ck_assert_int_eq(term_init(&t, &wish, &f), 0);
	ck_assert(t.ascii);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("client/table");
	TCase *c = tcase_create("table");

	tcase_add_test(c, no_command_uses_a_letter_twice);
	tcase_add_test(c, every_command_that_is_built_is_described_and_does_something);
	tcase_add_test(c, every_help_fits_80_columns_and_ends_with_exit_codes);
	tcase_add_loop_test(c, every_flag_that_is_built_is_in_the_completions_of_each_shell, 0, 3);
	tcase_add_test(c, a_daemon_gets_the_listed_variables_and_no_other);
	tcase_add_test(c, a_relative_clnrm_home_is_made_absolute_for_the_daemon);
	tcase_add_test(c, the_live_region_is_erased_by_the_lines_that_were_drawn);
	tcase_add_loop_test(
	        c, the_first_colour_rule_that_speaks_decides, 0, (int)ARRAY_LEN(colors));
	tcase_add_test(c, a_locale_without_utf8_asks_for_ascii);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
