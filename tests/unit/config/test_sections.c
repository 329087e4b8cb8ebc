#include <string.h>

#include "common/mem.h"
#include "common/strbuf.h"
#include "daemon/config/sections.h"
#include "tests/unit/check_main.h"

/* "header@line{entry@line|entry@line}" of each section. */
static void shows(const char *text, bool yaml, const char *want)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	AUTO_STRBUF b = STRBUF_INIT;
	size_t n;
	const struct section *v = sections_find(text, strlen(text), yaml, a, &n);

	for (size_t i = 0; i < n; i++) {
		strbuf_printf(&b, "%.*s@%u{", (int)v[i].header_len, v[i].header, v[i].line);
		for (size_t k = 0; k < v[i].n; k++)
			strbuf_printf(&b, "%s%.*s@%u", k ? "|" : "", (int)v[i].entries[k].len,
			        v[i].entries[k].text, v[i].entries[k].line);
		strbuf_addc(&b, '}');
	}
	ck_assert_str_eq(b.s, want);
}

START_TEST(only_the_tables_of_rendering_are_taken)
{
	shows("[meta]\nname = 1\n[vars]\na = 1\nb = 2\n[matrix]\nos = []\n[[scenario]]\nx = 1\n"
	      "[determinism]\nseed = 1\n[variables]\ny = 1\n",
	        false,
	        "vars@3{a = 1\n@4|b = 2\n@5}matrix@6{os = []\n@7}determinism@10{seed = 1\n@11}");
	shows("[ vars.db ] # x\nport = 1\n[template.vars]\na = 1\n[template]\n", false,
	        "vars.db@1{port = 1\n@2}template.vars@3{a = 1\n@4}template@5{}");
	shows("", false, "");
	shows("[vars]", false, "vars@1{}");
	shows("[[vars]]\na = 1\n", false, "");
	shows("[vars]\na = 1\n{{ m::span(name='x') }}\nb = 1\n", false, "vars@1{a = 1\n@2}");
	shows("[vars]\n{{- m::span() }}\n[vars.x]\n{{ key }} = \"::\"\n", false,
	        "vars@1{}vars.x@3{{{ key }} = \"::\"\n@4}");
}
END_TEST

START_TEST(blank_lines_and_comments_are_no_entries)
{
	shows("[vars]\n\n# c\na = 1 # [x]\n  b = 2\n", false,
	        "vars@1{a = 1 # [x]\n@4|  b = 2\n@5}");
}
END_TEST

START_TEST(a_value_may_take_several_lines)
{
	shows("[vars]\na = [\n  [1, 2],\n  [3]\n]\nb = \"\"\"\n[x]\nc = 1\n\"\"\"\nd = '''\n]'''\n"
	      "[meta]\n",
	        false,
	        "vars@1{a = [\n  [1, 2],\n  [3]\n]\n@2|b = \"\"\"\n[x]\nc = 1\n\"\"\"\n@6|d = "
	        "'''\n]'''\n@10}");
	shows("[vars]\na = \"[\" # [\nb = '\\'\nc = \"\\\"[\"\n", false,
	        "vars@1{a = \"[\" # [\n@2|b = '\\'\n@3|c = \"\\\"[\"\n@4}");
	shows("[vars]\na = \"never closed\nb = 1\n", false,
	        "vars@1{a = \"never closed\n@2|b = 1\n@3}");
}
END_TEST

START_TEST(tags_are_opaque)
{
	shows("[vars]\na = \"{{ x | default(value=\"[\") }}\"\nb = {{ [1,\n2] }}\nc = {# [ \" "
	      "#}1\n",
	        false,
	        "vars@1{a = \"{{ x | default(value=\"[\") }}\"\n@2|b = {{ [1,\n2] }}\n@3|c = {# [ "
	        "\" #}1\n@5}");
	shows("[vars]\na = \"{{ never closed\n[meta]\n", false,
	        "vars@1{a = \"{{ never closed\n[meta]\n@2}");
}
END_TEST

START_TEST(a_line_that_begins_with_a_tag_ends_a_section)
{
	shows("[vars]\na = 1\n  {% set x = 1 %}\nb = 2\n[vars.y]\nc = 3\n", false,
	        "vars@1{a = 1\n@2}vars.y@5{c = 3\n@6}");
}
END_TEST

START_TEST(what_stands_between_tags_is_not_taken)
{
	shows("{% if x %}\n[vars]\na = 1\n{% endif %}\n[vars]\nb = 2\n", false,
	        "vars@5{b = 2\n@6}");
	shows("{% for i in [1] %}{% if i %}\n[matrix]\n{% endif %}\n[matrix]\n{% endfor %}\n"
	      "[matrix]\na = 1\n",
	        false, "matrix@6{a = 1\n@7}");
	shows("{% macro m() %}\n[vars]\n{% endmacro m %}\n{%- raw -%}\n[vars]\n{% if %}\n"
	      "{%- endraw %}\n[vars]\na = 1\n",
	        false, "vars@8{a = 1\n@9}");
	shows("{# {% if x %} #}\n[vars]\na = 1\n", false, "vars@2{a = 1\n@3}");
	shows("{% set x = \"%}\" %}{% if x %}\n[vars]\n", false, "");
}
END_TEST

START_TEST(yaml_has_keys_at_the_margin)
{
	shows("meta: { name: a }\nvars:\n  a: 1\n\n  # c\n  b: {{ x }}\nmatrix:\n- 1\nscenario:\n  "
	      "vars: 1\n"
	      "determinism: { seed: 1 }\n",
	        true,
	        "vars@2{vars:\n  a: 1\n\n  # c\n  b: {{ x }}\n@2}matrix@7{matrix:\n- 1\n@7}"
	        "determinism@11{determinism: { seed: 1 }\n@11}");
	shows("{% if x %}\nvars: 1\n{% endif %}\nvars: { a: 1 }\n", true,
	        "vars@4{vars: { a: 1 }\n@4}");
}
END_TEST

START_TEST(many_open_tags_take_no_longer_than_their_number)
{
	AUTO_STRBUF b = STRBUF_INIT;
	CLEANUP(arena_free) struct arena *a = arena_new();
	size_t n;

	strbuf_adds(&b, "{% raw %}[vars]\n");
	for (int i = 0; i < 200000; i++)
		strbuf_adds(&b, "{% endraw {{ \" [vars]\na = [\n");
	sections_find(b.s, b.len, false, a, &n);
	sections_find(b.s + 9, b.len - 9, false, a, &n);
	sections_find(b.s + 9, b.len - 9, true, a, &n);
}
END_TEST

CHECK_MAIN("sections", only_the_tables_of_rendering_are_taken,
        blank_lines_and_comments_are_no_entries, a_value_may_take_several_lines, tags_are_opaque,
        a_line_that_begins_with_a_tag_ends_a_section, what_stands_between_tags_is_not_taken,
        yaml_has_keys_at_the_margin, many_open_tags_take_no_longer_than_their_number)
