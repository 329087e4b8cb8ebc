#include "tests/unit/config/load_bed.h"

#include "daemon/config/command.h"

/* Words joined with '|', or the message of the error and where it is. */
static const char *split(const char *s)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct str_list words = { 0 };
	size_t at = 99;
	struct err e;

	if (command_split(s, strlen(s), bed.a, &words, &at, &e) < 0)
		return arena_printf(bed.a, "%s at %zu", e.msg, at);
	for (size_t i = 0; i < words.n; i++)
		strbuf_printf(&b, "%s%s", i ? "|" : "", words.v[i]);
	ck_assert_ptr_null(words.v[words.n]);
	return arena_strdup(bed.a, b.s);
}

START_TEST(a_command_is_split_without_a_shell)
{
	static const char *const rows[][2] = {
		{ "sh -lc 'echo \"test\"'", "sh|-lc|echo \"test\"" },
		{ "a \"\" ''", "a||" },
		{ "a\nb", "a|b" },
		{ "  a\t b\r\n", "a|b" },
		{ "\"a\\nb\"", "anb" },
		{ "echo 'PASSED' && exit 0", "echo|PASSED|&&|exit|0" },
		{ "a\"b c\"'d'", "ab cd" },
		{ "'a\\b'", "a\\b" },
		{ "\"a'b\" 'c\"d'", "a'b|c\"d" },
		{ "\"a\\\"b\\\\c\\$d\"", "a\"b\\c$d" },
		{ "a\\ b \\'c", "a b|'c" },
		{ "$X ~ * # `x` a;b", "$X|~|*|#|`x`|a;b" },
		{ "caf\xc3\xa9 '\xe2\x82\xac'", "caf\xc3\xa9|\xe2\x82\xac" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_str_eq(split(rows[i][0]), rows[i][1]);
}
END_TEST

START_TEST(errors_name_the_byte_they_are_at)
{
	static const char *const rows[][2] = {
		{ "", "the command has no words at 0" },
		{ " \t\n", "the command has no words at 0" },
		{ "echo x\\", "the command ends with a backslash at 6" },
		{ "a 'b c", "this quote is never closed at 2" },
		{ "a \"b c", "this quote is never closed at 2" },
		{ "a \"b\\", "the command ends with a backslash at 4" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_str_eq(split(rows[i][0]), rows[i][1]);
}
END_TEST

START_TEST(a_nul_is_an_error)
{
	struct str_list words = { 0 };
	size_t at = 0;
	struct err e;

	ck_assert_int_eq(command_split("a\0b", 3, bed.a, &words, &at, &e), -1);
	ck_assert_uint_eq(at, 1);
	ck_assert_uint_eq(words.n, 0);
}
END_TEST

START_TEST(what_is_likely_not_meant_is_noted)
{
	static const struct {
		const char *in;
		enum command_note_kind kind;
		size_t n, at;
	} rows[] = {
		{ "echo a && b", NOTE_SHELL_SYNTAX, 1, 7 },
		{ "echo a; b", NOTE_SHELL_SYNTAX, 1, 5 },
		{ "a > b", NOTE_SHELL_SYNTAX, 1, 2 },
		{ "a '&&' \"|\" \\; b", NOTE_SHELL_SYNTAX, 0, 0 },
		{ "\"a\\nb\"", NOTE_BACKSLASH, 1, 2 },
		{ "\"a\\$b\\\\\" \\n", NOTE_BACKSLASH, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct command_notes notes = { .n = 0 };
		struct str_list words = { 0 };
		size_t at;
		struct err e;

		ck_assert_int_eq(command_parse(rows[i].in, strlen(rows[i].in), bed.a, &words,
		                         &notes, &at, &e),
		        0);
		ck_assert_msg(notes.n == rows[i].n, "%s: %zu notes", rows[i].in, notes.n);
		if (!notes.n)
			continue;
		ck_assert_int_eq(notes.v[0].kind, rows[i].kind);
		ck_assert_uint_eq(notes.v[0].at, rows[i].at);
	}
}
END_TEST

START_TEST(a_file_shows_the_column_inside_the_string)
{
	only_error(META "[[steps]]\nrun = \"echo 'x\"\n", "config.command", 4, 13, "never closed");
	only_error(META "[[steps]]\nrun = \"\"\n", "config.command", 4, 8, "no words");
	only_error(META "[[steps]]\ncommand = []\n", "config.command", 4, 11, "no words");
	only_warning(META "[[steps]]\nrun = 'echo a && b'\n", "config.shell_syntax", 4, 15,
	        "'&&' is passed to 'echo' as an argument");
	ck_assert_str_eq(find("config.shell_syntax")->help[0],
	        "use script = \"\"\"...\"\"\" or sh -c '...'");
	only_warning(META "[[steps]]\nrun = 'echo \"a\\nb\"'\n", "config.backslash", 4, 15,
	        "the backslash before 'n' is dropped");
	only_warning(
	        META "[[steps]]\ncommand = 'true;'\n", "config.shell_syntax", 4, 12, "'true;'");
}
END_TEST

LOAD_MAIN("command", a_command_is_split_without_a_shell, errors_name_the_byte_they_are_at,
        a_nul_is_an_error, what_is_likely_not_meant_is_noted,
        a_file_shows_the_column_inside_the_string)
