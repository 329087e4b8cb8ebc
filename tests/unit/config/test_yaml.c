#include "tests/unit/check_main.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/strbuf.h"
#include "daemon/config/node.h"

static struct arena *a;
static struct diags d;
static struct parse_limits lim;

static void setup(void)
{
	a = arena_new();
	diags_init(&d, a);
	lim = (struct parse_limits)PARSE_LIMITS_DEFAULT;
}

static void teardown(void)
{
	diags_release(&d);
	arena_free(a);
}

static struct node *read_n(const char *text, size_t len)
{
	return yaml_read(text, len, "t.yaml", &lim, a, &d);
}

static struct node *read_text(const char *text)
{
	return read_n(text, strlen(text));
}

static const char *first_finding(void)
{
	return d.n ? d.v[0].message : "";
}

static struct node *good(const char *text)
{
	struct node *root = read_text(text);

	ck_assert_msg(root && !d.errors, "%s: %s", text, first_finding());
	return root;
}

/* Tags are left out where they are strings' to keep expectations short: k="v" n:i1 ... */
static void show(struct strbuf *b, const struct node *n)
{
	switch (n->type) {
	case NODE_TABLE:
	case NODE_ARRAY:
		strbuf_addc(b, n->type == NODE_TABLE ? '{' : '[');
		for (const struct node *x = n->first; x; x = x->next) {
			if (x != n->first)
				strbuf_addc(b, ' ');
			if (x->key)
				strbuf_printf(b, "%s:", x->key);
			show(b, x);
		}
		strbuf_addc(b, n->type == NODE_TABLE ? '}' : ']');
		break;
	case NODE_STRING:
		strbuf_addc(b, '"');
		strbuf_add(b, n->s, n->len);
		strbuf_addc(b, '"');
		break;
	case NODE_INT:
		strbuf_printf(b, "i%lld", (long long)n->i);
		break;
	case NODE_FLOAT:
		strbuf_printf(b, "f%g", n->f);
		break;
	case NODE_BOOL:
		strbuf_adds(b, n->b ? "true" : "false");
		break;
	default:
		strbuf_adds(b, "null");
		break;
	}
}

static void means(const char *text, const char *want)
{
	AUTO_STRBUF b = STRBUF_INIT;

	diags_release(&d);
	diags_init(&d, a);
	show(&b, good(text));
	ck_assert_msg(strcmp(b.s, want) == 0, "%s\n got %s\nwant %s", text, b.s, want);
}

/* The first finding has this code and stands there; its message holds part. */
static void refuses(
        const char *text, const char *code, unsigned line, unsigned col, const char *part)
{
	diags_release(&d);
	diags_init(&d, a);
	read_text(text);
	ck_assert_msg(d.errors > 0, "accepted: %s", text);
	ck_assert_msg(strcmp(d.v[0].code, code) == 0, "%s: %s", d.v[0].code, d.v[0].message);
	ck_assert_msg(strstr(d.v[0].message, part), "%s", d.v[0].message);
	ck_assert_msg(d.v[0].pos.line == line && d.v[0].pos.col == col, "%s: at %u:%u",
	        d.v[0].message, d.v[0].pos.line, d.v[0].pos.col);
}

START_TEST(plain_scalars_follow_the_core_schema)
{
	means("a: [true, True, TRUE, false, False, FALSE]",
	        "{a:[true true true false false false]}");
	means("a: 0\nb: -12\nc: +7\nd: 0o17\ne: 0x1F", "{a:i0 b:i-12 c:i7 d:i15 e:i31}");
	means("a: 1.5\nb: -2e3\nc: .5\nd: 1.\ne: +1.0E-2", "{a:f1.5 b:f-2000 c:f0.5 d:f1 e:f0.01}");
	means("a: .inf\nb: -.Inf\nc: .nan", "{a:finf b:f-inf c:fnan}");
	means("a: ~\nb: null\nc: Null\nd: NULL\ne:", "{a:null b:null c:null d:null e:null}");
}
END_TEST

START_TEST(everything_else_is_a_string)
{
	means("a: [012, 1_000, 12:30, 0777, 2025-01-01, 2025-01-01T00:00:00Z]",
	        "{a:[\"012\" \"1_000\" \"12:30\" \"0777\" \"2025-01-01\" "
	        "\"2025-01-01T00:00:00Z\"]}");
	means("a: [yes, no, on, off, y, n, tRue]",
	        "{a:[\"yes\" \"no\" \"on\" \"off\" \"y\" \"n\" \"tRue\"]}");
	means("a: [., +, -., 1.2.3, 0x, 0o8, -0x1, 1e, .e1]",
	        "{a:[\".\" \"+\" \"-.\" \"1.2.3\" \"0x\" \"0o8\" \"-0x1\" \"1e\" \".e1\"]}");
	means("a: \"1\"\nb: 'true'\nc: |\n  1\nd: >-\n  null\n",
	        "{a:\"1\" b:\"true\" c:\"1\n\" d:\"null\"}");
}
END_TEST

START_TEST(plain_scalars_keep_their_text)
{
	const struct node *root = good("version: 1.10\nmode: 0644\nx: null\ny: +7\nz: '1'");
	const struct node *n = node_get(root, "version");

	ck_assert_str_eq(n->text, "1.10");
	ck_assert(n->plain && n->type == NODE_FLOAT);
	ck_assert_str_eq(node_get(root, "mode")->s, "0644");
	ck_assert_str_eq(node_get(root, "x")->text, "null");
	ck_assert_str_eq(node_get(root, "y")->text, "+7");
	ck_assert(!node_get(root, "z")->plain);
}
END_TEST

START_TEST(integers_beyond_64_bits_are_refused)
{
	means("a: 9223372036854775807\nb: -9223372036854775808",
	        "{a:i9223372036854775807 b:i-9223372036854775808}");
	refuses("a: 9223372036854775808", "yaml.syntax", 1, 4, "64 bits");
	refuses("a: 0xFFFFFFFFFFFFFFFFF", "yaml.syntax", 1, 4, "64 bits");
}
END_TEST

START_TEST(duplicate_keys_name_both_positions)
{
	refuses("name: a\nother: b\nname: c\n", "yaml.duplicate_key", 3, 1,
	        "key 'name' was already set at line 1, column 1");
	refuses("x: {a: 1, \"\\x61\": 2}", "yaml.duplicate_key", 1, 11, "line 1, column 5");
	refuses("1: a\n'1': b\n", "yaml.duplicate_key", 2, 1, "'1'");
}
END_TEST

START_TEST(duplicates_are_found_in_large_mappings)
{
	AUTO_STRBUF b = STRBUF_INIT;

	for (int i = 0; i < 100; i++)
		strbuf_printf(&b, "k%d: %d\n", i, i);
	good(b.s);
	strbuf_adds(&b, "k3: again\n");
	refuses(b.s, "yaml.duplicate_key", 101, 1, "line 4");
}
END_TEST

START_TEST(several_findings_come_from_one_file)
{
	read_text("a: 1\na: 2\nb: !x 1\nc: [~]\n");
	ck_assert_uint_eq(d.errors, 3);
}
END_TEST

START_TEST(keys_are_texts)
{
	means("1.10: a\ntrue: b\n~: c\n\"\": d\n", "{1.10:\"a\" true:\"b\" ~:\"c\" :\"d\"}");
	means("&k a: 1\nb: *k\n", "{a:i1 b:\"a\"}");
	means("a: &k x\n*k : 1\n", "{a:\"x\" x:i1}");
	refuses("? [a]\n: 1\n", "yaml.syntax", 1, 3, "found a list");
	refuses("? {a: 1}\n: 1\n", "yaml.syntax", 1, 3, "found a table");
	refuses("\"a\\0b\": 1\n", "yaml.syntax", 1, 1, "NUL");
}
END_TEST

START_TEST(positions_count_characters_not_bytes)
{
	const struct node *root = good("# \xc3\xa9\xe2\x82\xac\n\xc3\xa9\xc3\xa9: "
	                               "\"\xf0\x9f\x98\x80\"\r\nb: {c: [1,  22]}\n");
	const struct node *n = root->first;

	ck_assert_uint_eq(n->key_pos.line, 2);
	ck_assert_uint_eq(n->key_pos.col, 1);
	ck_assert_uint_eq(n->key_pos.end_col, 3);
	ck_assert_uint_eq(n->pos.col, 5);
	ck_assert_uint_eq(n->pos.end_col, 8);
	n = node_get(node_get(root, "b"), "c");
	ck_assert_uint_eq(n->pos.line, 3);
	ck_assert_uint_eq(n->pos.col, 8);
	ck_assert_uint_eq(n->pos.end_col, 16);
	ck_assert_uint_eq(n->last->pos.col, 13);
}
END_TEST

START_TEST(a_byte_order_mark_moves_no_column)
{
	const struct node *root = good("\xef\xbb\xbf"
	                               "a: b\n");

	ck_assert_uint_eq(root->first->pos.col, 4);
	ck_assert_str_eq(root->first->key, "a");
}
END_TEST

START_TEST(aliases_are_copies)
{
	const struct node *root = good("a: &x {k: [1]}\nb: *x\n");
	const struct node *one = node_get(root, "a"), *two = node_get(root, "b");

	ck_assert_ptr_ne(one->first, two->first);
	ck_assert_ptr_eq(two->first->parent, two);
	ck_assert_int_eq(two->first->first->i, 1);
	ck_assert_uint_eq(two->pos.line, 2);
	means("a: &x 1\nb: &x 2\nc: *x\n", "{a:i1 b:i2 c:i2}");
	means("a: &x\nb: *x\n", "{a:null b:null}");
}
END_TEST

START_TEST(bad_aliases_are_refused)
{
	refuses("a: *nope\n", "yaml.alias", 1, 4, "'&nope'");
	refuses("a: &x [1, *x]\n", "yaml.cycle", 1, 11, "its own anchor");
	ck_assert_uint_eq(d.n, 1); /* said once */
	refuses("a: &x {k: {j: *x}}\n", "yaml.cycle", 1, 15, "its own anchor");
}
END_TEST

START_TEST(merge_keys_yield_to_own_keys_and_to_earlier_ones)
{
	means("b: &b {x: 1, y: 2}\nc: {y: 3, <<: *b}\n", "{b:{x:i1 y:i2} c:{y:i3 x:i1}}");
	means("b: &b {x: 1, y: 2}\nc: {<<: *b, y: 3}\n", "{b:{x:i1 y:i2} c:{y:i3 x:i1}}");
	means("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc:\n  <<: [*a, *b]\n",
	        "{a:{x:i1} b:{x:i2 y:i2} c:{x:i1 y:i2}}");
	means("c:\n  <<: {x: 1}\n  \"<<\": 2\n", "{c:{<<:i2 x:i1}}");
	means("b: &b {x: {z: 1}}\nc: {<<: *b}\nd: {<<: *b}\n",
	        "{b:{x:{z:i1}} c:{x:{z:i1}} d:{x:{z:i1}}}");
	refuses("c: {<<: 1}\n", "yaml.syntax", 1, 9, "found an integer");
	refuses("c: {<<: [{a: 1}, 2]}\n", "yaml.syntax", 1, 18, "found an integer");
	refuses("c: {<<: {a: 1}, <<: {b: 1}}\n", "yaml.duplicate_key", 1, 17, "'<<'");
}
END_TEST

START_TEST(known_tags_force_the_type)
{
	means("a: !!str 1\nb: !!int \"2\"\nc: !!float 3\nd: !!bool 'true'\ne: !!null ''\n"
	      "f: !!seq [1]\ng: !!map {a: 1}\nh: !!str\n",
	        "{a:\"1\" b:i2 c:f3 d:true e:null f:[i1] g:{a:i1} h:\"\"}");
	means("a: !<tag:yaml.org,2002:str> 1\n", "{a:\"1\"}");
}
END_TEST

START_TEST(other_tags_are_refused)
{
	refuses("a: !x 1\n", "yaml.tag", 1, 4, "'!x'");
	refuses("a: ! 1\n", "yaml.tag", 1, 4, "'!'");
	refuses("a: !!binary aGk=\n", "yaml.tag", 1, 4, "binary");
	refuses("a: !!set {x}\n", "yaml.tag", 1, 4, "set");
	refuses("a: !!int abc\n", "yaml.tag", 1, 4, "no value of '!!int'");
	refuses("a: !!bool yes\n", "yaml.tag", 1, 4, "no value of '!!bool'");
	refuses("a: !!map [1]\n", "yaml.tag", 1, 4, "does not fit");
	refuses("a: !!seq x\n", "yaml.tag", 1, 4, "does not fit");
	refuses("a: !!str [x]\n", "yaml.tag", 1, 4, "does not fit");
	refuses("!y a: 1\n", "yaml.tag", 1, 1, "'!y'");
	refuses("a: !e!x 1\n", "yaml.tag", 1, 4, "tag");
}
END_TEST

START_TEST(one_document_a_file)
{
	means("---\na: 1\n...\n", "{a:i1}");
	means("%YAML 1.2\n---\na: 1\n", "{a:i1}");
	means("%YAML 1.1\n---\na: 1\n", "{a:i1}");
	refuses("a: 1\n---\nb: 1\n", "yaml.documents", 2, 1, "second document");
	refuses("a: 1\n---\n", "yaml.documents", 2, 1, "second document");
	refuses("%YAML 1.3\n---\na: 1\n", "yaml.syntax", 1, 1, "%YAML 1.1 and 1.2");
	refuses("%TAG ! tag:x,2000:\n---\na: 1\n", "yaml.syntax", 1, 1, "%TAG");
	refuses("%FOO x\n---\na: 1\n", "yaml.syntax", 1, 5, "unknown directive");
}
END_TEST

START_TEST(the_root_is_a_mapping)
{
	means("", "{}");
	means("# nothing\n", "{}");
	means("---\n", "{}");
	means("{}", "{}");
	refuses("- 1\n", "yaml.syntax", 1, 1, "found a list");
	refuses("text\n", "yaml.syntax", 1, 1, "found a string");
}
END_TEST

START_TEST(a_null_element_is_refused)
{
	refuses("a: [1, ~]\n", "config.type", 1, 8, "must not be null");
	refuses("a:\n  - x\n  -\n", "config.type", 3, 4, "must not be null");
	means("a: ['']\n", "{a:[\"\"]}");
}
END_TEST

START_TEST(bad_structure_is_told_in_our_words)
{
	refuses("a:\n\tb: 1\n", "yaml.syntax", 2, 1, "a tab cannot indent");
	refuses("a: b: c\n", "yaml.syntax", 1, 5, "makes no key here");
	refuses("a: [1, 2\nb: 3\n", "yaml.syntax", 2, 2, "expected ',' or ']'");
	refuses("a: {x: 1\nb: 3\n", "yaml.syntax", 2, 2, "expected ',' or '}'");
	refuses("a: \"x\n", "yaml.syntax", 2, 1, "quotes are never closed; it began at line 1");
	refuses("a: @x\n", "yaml.syntax", 1, 4, "'@' cannot begin a value");
	refuses("a: \"\\q\"\n", "yaml.syntax", 1, 5, "unknown escape");
	refuses("a:\n  b: 1\n c: 2\n", "yaml.syntax", 3, 2, "expected a key");
	refuses("a: 1\nb\n", "yaml.syntax", 3, 1, "expected ':'");
	refuses("a: \"\xe2\x80\xa8\"\n", "yaml.syntax", 1, 5, "U+2028");
	refuses("a: \"\xc2\x81\"\n", "yaml.syntax", 1, 5, "U+0081");
}
END_TEST

START_TEST(encoding_is_checked_as_in_toml)
{
	static const struct {
		const char *text;
		size_t len;
		const char *part;
	} cases[] = {
		{ "a: \xff\n", 5, "invalid UTF-8 at byte 3" },
		{ "\xff\xfe"
		  "a\0",
		        4, "UTF-16" },
		{ "a: 1\rb: 2\n", 10, "lone carriage return at byte 4" },
		{ "a: \x01\n", 5, "control character at byte 3" },
		{ "a: \0\n", 5, "NUL at byte 3" },
		{ "\xef\xbb\xbf"
		  "a: \x7f\n",
		        8, "control character at byte 6" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		diags_release(&d);
		diags_init(&d, a);
		ck_assert_ptr_null(read_n(cases[i].text, cases[i].len));
		ck_assert_str_eq(d.v[0].code, "file.encoding");
		ck_assert_msg(strstr(d.v[0].message, cases[i].part), "%s", d.v[0].message);
	}
}
END_TEST

START_TEST(files_beyond_the_bound_are_refused)
{
	lim.max_bytes = 4;
	ck_assert_ptr_null(read_text("a: 12\n"));
	ck_assert_str_eq(d.v[0].code, "file.too_large");
}
END_TEST

static void nested(struct strbuf *b, unsigned levels)
{
	strbuf_adds(b, "a: ");
	strbuf_addn(b, '[', levels);
	strbuf_addn(b, ']', levels);
}

START_TEST(nesting_is_bounded_as_in_toml)
{
	AUTO_STRBUF b = STRBUF_INIT;

	nested(&b, 64);
	good(b.s);
	strbuf_reset(&b);
	nested(&b, 65);
	ck_assert_ptr_null(read_text(b.s));
	ck_assert_str_eq(d.v[0].code, "file.depth");
}
END_TEST

START_TEST(aliases_count_with_what_they_expand_to)
{
	AUTO_STRBUF b = STRBUF_INIT;

	/* A depth that no single line has: each alias puts one list around the last. */
	strbuf_adds(&b, "a0: &a0 [1]\n");
	for (int i = 1; i < 70; i++)
		strbuf_printf(&b, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	ck_assert_ptr_null(read_text(b.s));
	ck_assert_str_eq(d.v[0].code, "file.depth");
}
END_TEST

START_TEST(an_alias_bomb_ends_at_the_bound_of_nodes)
{
	AUTO_STRBUF b = STRBUF_INIT;

	lim.max_nodes = 20000;
	strbuf_adds(&b, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 12; i++) {
		strbuf_printf(&b, "a%d: &a%d [", i, i);
		for (int k = 0; k < 10; k++)
			strbuf_printf(&b, "%s*a%d", k ? ", " : "", i - 1);
		strbuf_adds(&b, "]\n");
	}
	ck_assert_ptr_null(read_text(b.s));
	ck_assert_str_eq(d.v[0].code, "file.too_many_nodes");
	ck_assert_uint_lt(arena_bytes(a), 20u << 20);
}
END_TEST

START_TEST(anchors_and_aliases_are_counted)
{
	AUTO_STRBUF b = STRBUF_INIT;

	for (int i = 0; i < 1001; i++)
		strbuf_printf(&b, "k%d: &a%d 1\n", i, i);
	refuses(b.s, "yaml.alias", 1001, 8, "more than 1000 anchors");
	strbuf_reset(&b);
	strbuf_adds(&b, "a: &a 1\nb:\n");
	for (int i = 0; i < 10001; i++)
		strbuf_adds(&b, "- *a\n");
	refuses(b.s, "yaml.alias", 10003, 3, "more than 10000 aliases");
}
END_TEST

static int run_all(void)
{
	const TTest *const tests[] = {
		plain_scalars_follow_the_core_schema,
		everything_else_is_a_string,
		plain_scalars_keep_their_text,
		integers_beyond_64_bits_are_refused,
		duplicate_keys_name_both_positions,
		duplicates_are_found_in_large_mappings,
		several_findings_come_from_one_file,
		keys_are_texts,
		positions_count_characters_not_bytes,
		a_byte_order_mark_moves_no_column,
		aliases_are_copies,
		bad_aliases_are_refused,
		merge_keys_yield_to_own_keys_and_to_earlier_ones,
		known_tags_force_the_type,
		other_tags_are_refused,
		one_document_a_file,
		the_root_is_a_mapping,
		a_null_element_is_refused,
		bad_structure_is_told_in_our_words,
		encoding_is_checked_as_in_toml,
		files_beyond_the_bound_are_refused,
		nesting_is_bounded_as_in_toml,
		aliases_count_with_what_they_expand_to,
		an_alias_bomb_ends_at_the_bound_of_nodes,
		anchors_and_aliases_are_counted,
	};

	return check_run_with("yaml", tests, ARRAY_LEN(tests), setup, teardown);
}

int main(void)
{
	return run_all();
}
