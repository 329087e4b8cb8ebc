#include "tests/unit/check_main.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/strbuf.h"
#include "daemon/config/config.h"
#include "daemon/config/node.h"

#define CORPUS "tests/conformance/toml/valid"

static struct arena *a;
static struct diags d;
static const struct settings settings;

static void setup(void)
{
	a = arena_new();
	diags_init(&d, a);
}

static void teardown(void)
{
	diags_release(&d);
	arena_free(a);
}

static void formats_named(const char *name, const char *from, const char *to)
{
	AUTO_STRBUF out = STRBUF_INIT;
	enum config_formatted done = config_format(name, from, strlen(from), &settings, &out, &d);

	ck_assert_msg(done == CONFIG_FORMATTED, "%s: %s", from, d.n ? d.v[0].message : "?");
	ck_assert_str_eq(out.s, to);
}

static void formats(const char *from, const char *to)
{
	formats_named("t.clnrm.toml", from, to);
}

static void stays(const char *text)
{
	formats(text, text);
}

/* ---- layout ---- */

START_TEST(blanks_around_keys_and_values)
{
	formats("a=1", "a = 1\n");
	formats("  a . b\t=   'x'  ", "a.b = 'x'\n");
	formats("\"a b\".'c'=[ 1,2 , 3, ]", "\"a b\".'c' = [1, 2, 3]\n");
	formats("t={a=1,b={},c=[]}", "t = { a = 1, b = {}, c = [] }\n");
	formats("[ a . b ]\n[[ c ]]", "[a.b]\n\n[[c]]\n");
	formats("", "");
	formats("\n \n\t\n", "");
	formats("# only", "# only\n");
}
END_TEST

START_TEST(empty_lines_part_tables)
{
	formats("\n\na = 1\n\n\n\nb = 2\n\n", "a = 1\n\nb = 2\n");
	formats("a = 1\n[t]\n\nb = 2\n[u]", "a = 1\n\n[t]\nb = 2\n\n[u]\n");
	formats("a = 1\n# of t\n# more\n[t]\n", "a = 1\n\n# of t\n# more\n[t]\n");
	formats("a = 1\n# of a\n\n[t]\n", "a = 1\n# of a\n\n[t]\n");
	formats("#:schema x\n[t]\n", "#:schema x\n[t]\n");
	formats("[t]\n# nothing\n[u]\n", "[t]\n\n# nothing\n[u]\n");
}
END_TEST

START_TEST(comments_stay_and_line_up)
{
	formats("a = 1# x  \nbcd = 2      #y\n\ne = 3 # z\n",
	        "a = 1    # x\nbcd = 2  #y\n\ne = 3  # z\n");
	formats("[t]# h\na = 1 # x\n", "[t]  # h\na = 1  # x\n");
	formats("  # in\na = 1", "# in\na = 1\n");
}
END_TEST

START_TEST(wide_characters_count_as_they_are_shown)
{
	formats("a = \"\xe4\xb8\xad\" # x\nb = \"1234\" # y\n",
	        "a = \"\xe4\xb8\xad\"    # x\nb = \"1234\"  # y\n");
}
END_TEST

START_TEST(lists_keep_their_lines)
{
	formats("a = [\n1, 2,\n  3 ]", "a = [\n  1, 2,\n  3,\n]\n");
	formats("a = [ # first\n1 # one\n, 2\n\n\n# alone\n,3]",
	        "a = [  # first\n  1,  # one\n  2,\n\n  # alone\n  3,\n]\n");
	formats("a = [[\n1],[2]]", "a = [[\n  1,\n], [2]]\n");
	formats("a = [\n{ x=1 },\n[ 2 ]\n]", "a = [\n  { x = 1 },\n  [2],\n]\n");
	formats("a = [\n]", "a = [\n]\n");
	formats("a = [\n\n1,\n\n]", "a = [\n  1,\n]\n");
	stays("a = [\n  # nothing\n]\n");
}
END_TEST

START_TEST(a_line_that_is_too_long_is_broken)
{
	char item[48], from[128];

	memset(item, 'x', sizeof(item) - 1);
	item[sizeof(item) - 1] = '\0';
	snprintf(from, sizeof(from), "a=['%s','%s']", item, item);
	AUTO_STRBUF to = STRBUF_INIT;
	strbuf_printf(&to, "a = [\n  '%s',\n  '%s',\n]\n", item, item);
	formats(from, to.s);
	stays(to.s);
	/* In a table that stands on one line there is nothing to break. */
	AUTO_STRBUF inside = STRBUF_INIT;
	strbuf_printf(&inside, "t = { a = ['%s', '%s'] }\n", item, item);
	stays(inside.s);
}
END_TEST

START_TEST(strings_and_numbers_are_left_as_they_are_written)
{
	stays("a = 1_000\nb = 0xFF\nc = 1979-05-27 07:32:00Z\nd = +inf\n");
	stays("s = \"\"\"\n  two\n    lines # no comment\n\"\"\"\n");
	stays("s = '''a\n\n\n\nb'''  # one\n");
	stays("a = \"\\u00e9\\t\"\n");
}
END_TEST

START_TEST(line_ends_and_byte_order_mark_stay)
{
	formats("a=1\r\n\r\n\r\n[t]\r\nb = [\r\n1]", "a = 1\r\n\r\n[t]\r\nb = [\r\n  1,\r\n]\r\n");
	formats("\xef\xbb\xbf"
	        "a=1",
	        "\xef\xbb\xbf"
	        "a = 1\n");
	stays("a = \"\"\"\nx\n\"\"\"\n");
}
END_TEST

/* ---- what is not TOML ---- */

START_TEST(tags_stand_where_toml_has_something_of_its_own)
{
	formats("a=\"{{ x }}\"", "a = \"{{ x }}\"\n");
	formats("a=\"{{ x | default(value=\"y\") }}\"", "a = \"{{ x | default(value=\"y\") }}\"\n");
	formats("{% for x in y %}\n[[s]]\nname=\"{{ x }}\"\n{% endfor %}\n",
	        "{% for x in y %}\n[[s]]\nname = \"{{ x }}\"\n{% endfor %}\n");
	formats("a={{ n }}\nb=[ {{ x }},{{ y(a=\"b\") }} ] # c\n",
	        "a = {{ n }}\nb = [{{ x }}, {{ y(a=\"b\") }}]  # c\n");
	formats("[t.{{ n }}]\n{# two\nlines #}\n a = 1", "[t.{{ n }}]\n{# two\nlines #}\na = 1\n");
	formats("  {% if a %}{% set b = \"%}\" %}\t\n x=1",
	        "{% if a %}{% set b = \"%}\" %}\nx = 1\n");
	stays("s = '''\n{% if a %}\n  x\n {% endif %}\n'''\nb = {{ x }}\n");
}
END_TEST

START_TEST(what_cannot_be_formatted_is_said)
{
	static const struct {
		const char *name, *text, *code;
		enum config_formatted done;
	} rows[] = {
		{ "t.clnrm.yaml", "a:   1", "fmt.yaml", CONFIG_NOT_FORMATTED },
		{ "t.clnrm.yml.tera", "a:   1", "fmt.yaml", CONFIG_NOT_FORMATTED },
		{ "t.clnrm.toml", "{% if a %} b = 1 {% endif %}", "fmt.template",
		        CONFIG_NOT_FORMATTED },
		{ "t.clnrm.toml", "a = ", "toml.syntax", CONFIG_CANNOT_FORMAT },
		{ "t.clnrm.toml", "a = 1\na = 2", "toml.duplicate_key", CONFIG_CANNOT_FORMAT },
		{ "t.clnrm.toml", "a = \"\x01\"", "file.encoding", CONFIG_CANNOT_FORMAT },
		{ "t.clnrm.toml", "a = \"{{ x }}\x01\"", "file.encoding", CONFIG_CANNOT_FORMAT },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STRBUF out = STRBUF_INIT;
		enum config_formatted done = config_format(
		        rows[i].name, rows[i].text, strlen(rows[i].text), &settings, &out, &d);

		ck_assert_msg(done == rows[i].done, "%s: %d", rows[i].text, done);
		ck_assert_uint_eq(out.len, 0);
		ck_assert_str_eq(d.v[d.n - 1].code, rows[i].code);
	}
}
END_TEST

/* ---- properties ---- */

static size_t n_files;

/* The value, as the public suite writes it: keys in order of the file. */
static void value_of(const char *text, size_t len, struct strbuf *out)
{
	const struct parse_limits lim = PARSE_LIMITS_DEFAULT;
	struct node *root = toml_read(text, len, "t", &lim, a, &d);

	ck_assert_msg(root && !d.errors, "%s", d.n ? d.v[0].message : "?");
	node_tagged_json(root, out);
}

static void holds(const char *name, const char *text, size_t len)
{
	AUTO_STRBUF once = STRBUF_INIT;
	AUTO_STRBUF twice = STRBUF_INIT;
	AUTO_STRBUF before = STRBUF_INIT;
	AUTO_STRBUF after = STRBUF_INIT;

	ck_assert_msg(
	        config_format("x.clnrm.toml", text, len, &settings, &once, &d) == CONFIG_FORMATTED,
	        "%s: %s\n%s", name, d.n ? d.v[d.n - 1].message : "?", text);
	ck_assert_int_eq(config_format("x.clnrm.toml", once.s, once.len, &settings, &twice, &d),
	        CONFIG_FORMATTED);
	ck_assert_msg(once.len == twice.len && memcmp(once.s, twice.s, once.len) == 0,
	        "%s is not stable:\n%s\n---\n%s", name, once.s, twice.s);
	value_of(text, len, &before);
	value_of(once.s, once.len, &after);
	ck_assert_msg(before.len == after.len && memcmp(before.s, after.s, before.len) == 0,
	        "%s changes its value:\n%s", name, once.s);
}

static int one_file(const char *path, const struct stat *st, int type)
{
	AUTO_STRBUF text = STRBUF_INIT;
	size_t n = strlen(path);
	struct err e;

	(void)st;
	if (type != FTW_F || n < 5 || strcmp(path + n - 5, ".toml") != 0)
		return 0;
	ck_assert_msg(fs_read_file(path, 1 << 20, &text, &e) == 0, "%s", e.msg);
	holds(path, text.s, text.len);
	n_files++;
	return 0;
}

START_TEST(every_valid_document_keeps_its_value)
{
	ck_assert_int_eq(ftw(CORPUS, one_file, 16), 0);
	ck_assert_uint_gt(n_files, 100);
}
END_TEST

static uint64_t state;

static unsigned below(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state % n);
}

static void random_space(struct strbuf *b, bool breaks)
{
	static const char *const some[] = { "", " ", "\t", "  ", "\n", "\n\n\n", " # c\n", "#\n",
		"\r\n" };

	for (unsigned n = below(3); n; n--)
		strbuf_adds(b, some[below(breaks ? ARRAY_LEN(some) : 4)]);
}

static void random_value(struct strbuf *b, unsigned depth, bool inline_only)
{
	static const char *const scalars[] = { "1", "-0.5e3", "true", "'x # y'", "\"a\\\"b\"",
		"nan", "1979-05-27", "\"\"\"\nm\r\n  n\"\"\"", "'''\n#'''",
		"'a rather long string that makes lists too wide for one line'" };
	unsigned kind = depth > 4 ? 2 : below(5);
	bool list = kind == 0;

	if (kind > 1) {
		strbuf_adds(b, scalars[below(ARRAY_LEN(scalars))]);
		return;
	}
	strbuf_addc(b, list ? '[' : '{');
	for (unsigned i = 0, n = below(5); i < n; i++) {
		random_space(b, list);
		if (!list)
			strbuf_printf(b, "k%u = ", i);
		random_value(b, depth + 1, !list || inline_only);
		random_space(b, list);
		if (i + 1 < n || (list && below(2)))
			strbuf_addc(b, ',');
	}
	random_space(b, list);
	strbuf_addc(b, list ? ']' : '}');
}

static void random_document(struct strbuf *b)
{
	for (unsigned i = 0, n = below(12); i < n; i++) {
		random_space(b, true);
		if (b->len && b->s[b->len - 1] != '\n')
			strbuf_addc(b, '\n');
		switch (below(4)) {
		case 0:
			strbuf_printf(b, "[ t%u .\tu ]", i);
			break;
		case 1:
			strbuf_adds(b, "[[list]]");
			break;
		default:
			strbuf_printf(b, "  k%u . \"x y\"  =", i);
			random_value(b, 0, false);
		}
		strbuf_adds(b, below(3) ? "" : " # behind \t");
		strbuf_addc(b, '\n');
	}
}

START_TEST(made_up_documents_keep_their_value)
{
	for (state = 88172645463325252u, n_files = 0; n_files < 3000; n_files++) {
		AUTO_STRBUF text = STRBUF_INIT;
		char name[32];

		snprintf(name, sizeof(name), "document %zu", n_files);
		random_document(&text);
		holds(name, text.s, text.len);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { blanks_around_keys_and_values, empty_lines_part_tables,
		comments_stay_and_line_up, wide_characters_count_as_they_are_shown,
		lists_keep_their_lines, a_line_that_is_too_long_is_broken,
		strings_and_numbers_are_left_as_they_are_written,
		line_ends_and_byte_order_mark_stay, tags_stand_where_toml_has_something_of_its_own,
		what_cannot_be_formatted_is_said, every_valid_document_keeps_its_value,
		made_up_documents_keep_their_value };

	return check_run_with("format", tests, ARRAY_LEN(tests), setup, teardown);
}
