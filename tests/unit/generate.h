/* tests/unit/generate.h - inputs that nobody thought of: values, TOML documents, templates.
 *
 * The same seeds each time; PROPERTY_ROUNDS=N asks for more of them. A failure names its seed.
 */
#ifndef TESTS_UNIT_GENERATE_H
#define TESTS_UNIT_GENERATE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/strbuf.h"
#include "daemon/template/value.h"

struct gen {
	uint64_t state;
};

static inline uint64_t gen_rounds(uint64_t otherwise)
{
	const char *given = getenv("PROPERTY_ROUNDS");

	return given && *given ? strtoull(given, NULL, 10) : otherwise;
}

/* splitmix64 */
static inline uint64_t gen_next(struct gen *g)
{
	uint64_t z = (g->state += 0x9e3779b97f4a7c15u);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static inline unsigned gen_below(struct gen *g, unsigned n)
{
	return (unsigned)(gen_next(g) % n);
}

static inline const char *gen_pick(struct gen *g, const char *const *of, unsigned n)
{
	return of[gen_below(g, n)];
}
#define GEN_PICK(g, ...)                                  \
	gen_pick(g, (const char *const[]){ __VA_ARGS__ }, \
	        sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* Pieces that printers and readers have to take care of. */
static inline void gen_text(struct gen *g, struct strbuf *out)
{
	for (unsigned n = gen_below(g, 6); n; n--)
		strbuf_adds(out,
		        GEN_PICK(g, "a", "Z9", " ", "\"", "'", "\\", "\\n", "\n", "\t", "\r", "\b",
		                "\x01", "\x7f", "#", "=", "[", "]", "{", "}", ".", ",", "\"\"\"",
		                "'''", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "0x1f", "-1",
		                "true", "1e5", "2026-01-31"));
}

/* Not what has no exact form of 17 digits; all finite. */
static inline double gen_float(struct gen *g)
{
	static const double some[] = { 0.0, -0.0, 0.1, 1.0, -2.5, 1e21, 1e-7, 123456789.125,
		9007199254740993.0, 1.7976931348623157e308, 5e-324, 3.14159265358979 };

	if (gen_below(g, 2))
		return some[gen_below(g, sizeof(some) / sizeof(*some))];
	return (double)(int64_t)gen_next(g) / (double)(1 + gen_below(g, 1u << 30));
}

/* A value of at most `depth` levels; null only where nulls. NULL limits: those of templates. */
static inline struct tvalue gen_value(struct gen *g, struct arena *a, unsigned depth, bool nulls)
{
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_TMAP map = { 0 };
	AUTO_TVEC vec = { 0 };
	AUTO_TERR e = TERR_INIT;
	struct tvalue v = tvalue_null();
	unsigned kind = gen_below(g, depth ? 7 : 5);

	if (kind == 0 && nulls)
		return v;
	if (kind == 0 || kind == 1)
		return tvalue_bool(gen_below(g, 2));
	if (kind == 2)
		return tvalue_int(
		        (int64_t)(gen_next(g) >> gen_below(g, 64)) * (gen_below(g, 2) ? 1 : -1));
	if (kind == 3)
		return tvalue_float(gen_float(g));
	for (unsigned n = gen_below(g, 5); kind > 4 && n; n--) {
		strbuf_reset(&text);
		gen_text(g, &text);
		if (kind == 5)
			tvec_push(&vec, gen_value(g, a, depth - 1, nulls));
		else
			tmap_put(&map, arena_memdup(a, text.s, text.len), text.len,
			        gen_value(g, a, depth - 1, nulls));
	}
	if (kind == 4) {
		gen_text(g, &text);
		return tvalue_str(arena_memdup(a, text.s, text.len), text.len);
	}
	if ((kind == 5 ? tvec_make(&vec, a, &tlimits_default, &v, &e)
	               : tmap_make(&map, a, &tlimits_default, &v, &e)) < 0)
		abort();
	return v;
}

/* ---- templates ---- */

/* Of the names in gen_context(); some do not fit their operator, which is an error then. */
static inline void gen_expr(struct gen *g, struct strbuf *out, unsigned depth)
{
	unsigned kind = gen_below(g, depth ? 8 : 3);

	if (kind == 0) {
		strbuf_adds(
		        out, GEN_PICK(g, "1", "-7", "2.5", "'text'", "\"t\"", "true", "[1, 'b']"));
	} else if (kind < 3) {
		strbuf_adds(out, GEN_PICK(g, "i", "f", "s", "t", "l", "o.k", "o['k']", "l[0]",
		                         "o.d.e", "missing | default(value='d')"));
	} else if (kind < 5) {
		gen_expr(g, out, 0);
		strbuf_printf(out, " | %s",
		        GEN_PICK(g, "upper", "length", "json_encode", "first", "join(sep='-')",
		                "replace(from='t', to='<T>')", "round", "reverse", "capitalize",
		                "truncate(length=2)", "as_str", "escape", "slugify"));
	} else if (kind < 7) {
		strbuf_adds(out, GEN_PICK(g, "i", "f", "3", "l | length"));
		strbuf_printf(out, " %s ", GEN_PICK(g, "+", "-", "*", "/", "%"));
		strbuf_adds(out, GEN_PICK(g, "i", "2", "0.5", "7"));
	} else {
		strbuf_adds(out, GEN_PICK(g, "s ~ i", "now(utc=true)", "get_random(end=1000)",
		                         "get_env(name='GEN', default='unset')"));
	}
}

static inline void gen_nodes(struct gen *g, struct strbuf *out, unsigned depth)
{
	for (unsigned n = 1 + gen_below(g, 4); n; n--) {
		unsigned kind = gen_below(g, depth ? 8 : 3);
		const char *dash = gen_below(g, 4) ? "" : "-";

		if (kind == 0) {
			strbuf_adds(
			        out, GEN_PICK(g, "text ", "\n", "  ", "<b>", "\xe2\x82\xac", "{",
			                     "}} ", "{# c #}", "{% raw %}{{ x }}{% endraw %}"));
		} else if (kind < 3) {
			strbuf_printf(out, "{{%s ", dash);
			gen_expr(g, out, depth);
			strbuf_printf(out, " %s}}", dash);
		} else if (kind == 3) {
			strbuf_printf(out, "{%%%s if ", dash);
			gen_expr(g, out, depth - 1);
			strbuf_adds(out, " %}");
			gen_nodes(g, out, depth - 1);
			strbuf_adds(out, "{% else %}");
			gen_nodes(g, out, depth - 1);
			strbuf_adds(out, "{% endif %}");
		} else if (kind == 4) {
			strbuf_printf(out, "{%% for x in %s -%%}", GEN_PICK(g, "l", "s", "[1, 2]"));
			strbuf_adds(out, "{{ loop.index }}{{ x }}");
			gen_nodes(g, out, depth - 1);
			strbuf_adds(out, "{% endfor %}");
		} else if (kind == 5) {
			strbuf_printf(out, "{%% set %s = ", GEN_PICK(g, "i", "v", "s"));
			gen_expr(g, out, depth - 1);
			strbuf_adds(out, " %}");
		} else if (kind == 6) {
			strbuf_adds(out, "{% include 'part.txt' %}");
		} else {
			strbuf_printf(
			        out, "{%% filter %s %%}", GEN_PICK(g, "upper", "trim", "lower"));
			gen_nodes(g, out, depth - 1);
			strbuf_adds(out, "{% endfilter %}");
		}
	}
}

/* The variables, as JSON. */
static inline void gen_context(struct gen *g, struct strbuf *out)
{
	strbuf_printf(out,
	        "{\"i\": %d, \"f\": %d.5, \"s\": \"%s\", \"t\": \"the <b> %u\", \"l\": [%u, 2, 3], "
	        "\"o\": {\"k\": \"%s\", \"d\": {\"e\": %u}}}",
	        (int)gen_below(g, 20) - 10, (int)gen_below(g, 9),
	        GEN_PICK(g, "abc", "", "\\u00e4x", "&<>"), gen_below(g, 9), gen_below(g, 9),
	        GEN_PICK(g, "v", "w"), gen_below(g, 3));
}

#endif
