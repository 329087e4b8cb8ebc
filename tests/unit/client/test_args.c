#include "client/args.h"
#include "tests/unit/check_main.h"

#define MAX_WORDS 16

static struct args a;
static struct fault f;
static char *words[MAX_WORDS + 1];
static int n_words;

static void setup(void)
{
	f = (struct fault)FAULT_INIT;
}

static void teardown(void)
{
	args_release(&a);
	fault_release(&f);
	for (int i = 0; i < n_words; i++)
		free(words[i]);
}

/* Splits at blanks; "clnrm" goes before. */
static int parse(const char *line)
{
	n_words = 0;
	words[n_words++] = strdup("clnrm");
	while (*line) {
		size_t n = strcspn(line, " ");

		ck_assert_int_lt(n_words, MAX_WORDS);
		words[n_words++] = strndup(line, n);
		line += n + strspn(line + n, " ");
	}
	words[n_words] = NULL;
	return args_parse(&a, n_words, words, &f);
}

static void refused(const char *line, const char *code, const char *message)
{
	ck_assert_int_eq(parse(line), -1);
	ck_assert_str_eq(f.code, code);
	ck_assert_str_eq(f.message.s, message);
}

START_TEST(a_value_may_be_joined_by_equals_or_stand_apart)
{
	ck_assert_int_eq(parse("run --jobs=4 --timeout 30s"), 0);
	ck_assert_str_eq(args_value(&a, "jobs"), "4");
	ck_assert_int_eq(args_ms(&a, "timeout", 0), 30000);
}
END_TEST

START_TEST(a_short_flag_takes_its_value_joined_or_apart)
{
	ck_assert_int_eq(parse("run -j8 -k refund"), 0);
	ck_assert_uint_eq(args_uint(&a, "jobs", 0), 8);
	ck_assert_str_eq(args_value(&a, "filter"), "refund");
}
END_TEST

START_TEST(short_flags_without_value_combine)
{
	ck_assert_int_eq(parse("run -pvvf"), 0);
	ck_assert(args_bool(&a, "parallel", false));
	ck_assert_int_eq(args_count(&a, "verbose"), 2);
	ck_assert(args_bool(&a, "fail-fast", false));
}
END_TEST

START_TEST(the_last_of_a_single_value_counts)
{
	ck_assert_int_eq(parse("run -j 2 -j 3 --force --no-force"), 0);
	ck_assert_str_eq(args_value(&a, "jobs"), "3");
	ck_assert(!args_bool(&a, "force", true));
}
END_TEST

START_TEST(a_letter_means_the_commands_flag_after_it_and_the_global_one_before)
{
	ck_assert_int_eq(parse("-f json run -f"), 0);
	ck_assert_str_eq(args_value(&a, "format"), "json");
	ck_assert(args_bool(&a, "fail-fast", false));
}
END_TEST

START_TEST(flags_may_stand_after_arguments_and_globals_after_the_command)
{
	ck_assert_int_eq(parse("run a.toml --force b.toml -q"), 0);
	ck_assert_uint_eq(a.n_pos, 2);
	ck_assert_str_eq(a.pos[1], "b.toml");
	ck_assert_int_eq(args_count(&a, "quiet"), 1);
}
END_TEST

START_TEST(nothing_is_a_flag_after_two_dashes)
{
	ck_assert_int_eq(parse("run --force -- --no-such -x"), 0);
	ck_assert_uint_eq(a.n_pos, 2);
	ck_assert_str_eq(a.pos[0], "--no-such");
}
END_TEST

START_TEST(try_takes_its_command_from_behind_the_dashes)
{
	ck_assert_int_eq(parse("try --image host -- ls -la"), 0);
	ck_assert_uint_eq(a.n_rest, 2);
	ck_assert_str_eq(a.rest[1], "-la");
}
END_TEST

START_TEST(aliases_are_the_flag_they_stand_for)
{
	ck_assert_int_eq(parse("run --no-cache --no-color"), 0);
	ck_assert(args_bool(&a, "force", false));
	ck_assert_str_eq(args_value(&a, "color"), "never");
}
END_TEST

START_TEST(a_group_without_subcommand_has_its_default)
{
	ck_assert_int_eq(parse("runs"), 0);
	ck_assert_str_eq(a.cmd->name, "list");
	ck_assert_str_eq(a.parent->name, "runs");
}
END_TEST

START_TEST(long_names_are_not_abbreviated)
{
	refused("run --forc", "unknown-flag", "'--forc' is not a flag of clnrm run");
	ck_assert_str_eq(f.help.s, "did you mean '--force'? See 'clnrm run --help'");
}
END_TEST

START_TEST(an_unknown_command_gets_the_nearest_one_proposed)
{
	refused("rnu", "unknown-command", "'rnu' is not a clnrm command");
	ck_assert_ptr_nonnull(strstr(f.help.s, "did you mean 'run'"));
}
END_TEST

START_TEST(a_dropped_command_is_said_to_be_none)
{
	refused("ai-predict x", "unknown-command", "'ai-predict' is not part of clnrm");
}
END_TEST

START_TEST(a_command_of_a_later_issue_names_what_it_needs)
{
	refused("pull tests", "needs-feature",
	        "'pull' needs docker, which this build does not have");
}
END_TEST

START_TEST(a_flag_of_a_later_issue_names_what_it_needs)
{
	refused("run --engine docker", "needs-feature",
	        "'--engine' needs docker, which this build does not have");
}
END_TEST

START_TEST(help_of_a_command_that_is_not_built_is_help)
{
	ck_assert_int_eq(parse("pull --help"), 0);
	ck_assert(a.help);
}
END_TEST

START_TEST(zero_jobs_are_refused)
{
	refused("run -j 0", "invalid-value",
	        "--jobs: '0' is not an integer from 1 to 1024 or 'auto'");
}
END_TEST

START_TEST(words_beside_the_numbers_are_taken)
{
	ck_assert_int_eq(parse("run -j auto"), 0);
	ck_assert_str_eq(args_value(&a, "jobs"), "auto");
}
END_TEST

START_TEST(a_choice_must_be_among_the_choices)
{
	refused("run --isolation hard", "invalid-value",
	        "--isolation: 'hard' is not one of: strict|standard|relaxed");
}
END_TEST

START_TEST(a_duration_must_be_one)
{
	ck_assert_int_eq(parse("run --timeout soon"), -1);
	ck_assert_str_eq(f.code, "invalid-value");
}
END_TEST

START_TEST(a_flag_at_the_end_misses_its_value)
{
	refused("run --jobs", "missing-argument", "--jobs needs a value (N)");
}
END_TEST

START_TEST(a_boolean_takes_no_value)
{
	refused("run --force=yes", "invalid-value", "--force takes no value");
}
END_TEST

START_TEST(flags_that_exclude_each_other_are_refused)
{
	refused("run --list --report json=x", "conflicting-flags",
	        "--list and --report exclude each other");
}
END_TEST

START_TEST(verbose_and_quiet_exclude_each_other)
{
	refused("ps -vq", "conflicting-flags", "--verbose and --quiet exclude each other");
}
END_TEST

START_TEST(try_without_dashes_says_where_they_go)
{
	refused("try ls", "invalid-value", "'clnrm try' does not take 'ls'");
	ck_assert_str_eq(f.help.s, "put '--' before the command: clnrm try -- ls");
}
END_TEST

START_TEST(too_few_arguments_are_named)
{
	refused("images inspect", "missing-argument", "'clnrm images inspect' needs NAME");
}
END_TEST

START_TEST(a_report_kind_must_be_known)
{
	ck_assert_int_eq(parse("run --report pdf=x"), -1);
	ck_assert_str_eq(f.code, "invalid-value");
}
END_TEST

START_TEST(a_variable_must_have_a_name)
{
	ck_assert_int_eq(parse("run --env 1X=2"), -1);
	ck_assert_str_eq(f.code, "invalid-value");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { a_value_may_be_joined_by_equals_or_stand_apart,
		a_short_flag_takes_its_value_joined_or_apart, short_flags_without_value_combine,
		the_last_of_a_single_value_counts,
		a_letter_means_the_commands_flag_after_it_and_the_global_one_before,
		flags_may_stand_after_arguments_and_globals_after_the_command,
		nothing_is_a_flag_after_two_dashes, try_takes_its_command_from_behind_the_dashes,
		aliases_are_the_flag_they_stand_for, a_group_without_subcommand_has_its_default,
		long_names_are_not_abbreviated, an_unknown_command_gets_the_nearest_one_proposed,
		a_dropped_command_is_said_to_be_none,
		a_command_of_a_later_issue_names_what_it_needs,
		a_flag_of_a_later_issue_names_what_it_needs,
		help_of_a_command_that_is_not_built_is_help, zero_jobs_are_refused,
		words_beside_the_numbers_are_taken, a_choice_must_be_among_the_choices,
		a_duration_must_be_one, a_flag_at_the_end_misses_its_value,
		a_boolean_takes_no_value, flags_that_exclude_each_other_are_refused,
		verbose_and_quiet_exclude_each_other, try_without_dashes_says_where_they_go,
		too_few_arguments_are_named, a_report_kind_must_be_known,
		a_variable_must_have_a_name };

	return check_run_with("client/args", tests, ARRAY_LEN(tests), setup, teardown);
}
