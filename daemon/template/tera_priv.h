/* daemon/template/tera_priv.h - the tables of what Tera has built in. Each is sorted by name; the
 * second column is the order of positional arguments. */
#ifndef DAEMON_TEMPLATE_TERA_PRIV_H
#define DAEMON_TEMPLATE_TERA_PRIV_H

#include "daemon/template/libraries.h"

#define TERA_FILTERS(FILTER)                       \
	FILTER(abs, NULL)                          \
	FILTER(addslashes, NULL)                   \
	FILTER(as_str, NULL)                       \
	FILTER(capitalize, NULL)                   \
	FILTER(concat, "with")                     \
	FILTER(date, "format,timezone")            \
	FILTER(default, "value")                   \
	FILTER(escape, NULL)                       \
	FILTER(escape_xml, NULL)                   \
	FILTER(filesizeformat, "binary")           \
	FILTER(filter, "attribute,value")          \
	FILTER(first, NULL)                        \
	FILTER(float, "default")                   \
	FILTER(get, "key,default")                 \
	FILTER(group_by, "attribute")              \
	FILTER(indent, "prefix,first,blank")       \
	FILTER(int, "default,base")                \
	FILTER(join, "sep")                        \
	FILTER(json_encode, "pretty")              \
	FILTER(last, NULL)                         \
	FILTER(length, NULL)                       \
	FILTER(linebreaksbr, NULL)                 \
	FILTER(lower, NULL)                        \
	FILTER(map, "attribute")                   \
	FILTER(nth, "n")                           \
	FILTER(pluralize, "singular,plural")       \
	FILTER(replace, "from,to")                 \
	FILTER(reverse, NULL)                      \
	FILTER(round, "method,precision")          \
	FILTER(safe, NULL)                         \
	FILTER(slice, "start,end")                 \
	FILTER(slugify, NULL)                      \
	FILTER(sort, "attribute")                  \
	FILTER(spaceless, NULL)                    \
	FILTER(split, "pat")                       \
	FILTER(striptags, NULL)                    \
	FILTER(title, NULL)                        \
	FILTER(trim, NULL)                         \
	FILTER(trim_end, NULL)                     \
	FILTER(trim_end_matches, "pat")            \
	FILTER(trim_start, NULL)                   \
	FILTER(trim_start_matches, "pat")          \
	FILTER(truncate, "length,end")             \
	FILTER(unique, "attribute,case_sensitive") \
	FILTER(upper, NULL)                        \
	FILTER(urlencode, NULL)                    \
	FILTER(urlencode_strict, NULL)             \
	FILTER(wordcount, NULL)

#define TERA_TESTS(TEST)          \
	TEST(containing, NULL)    \
	TEST(defined, NULL)       \
	TEST(divisibleby, NULL)   \
	TEST(ending_with, NULL)   \
	TEST(even, NULL)          \
	TEST(iterable, NULL)      \
	TEST(matching, NULL)      \
	TEST(number, NULL)        \
	TEST(object, NULL)        \
	TEST(odd, NULL)           \
	TEST(starting_with, NULL) \
	TEST(string, NULL)        \
	TEST(undefined, NULL)

#define TERA_FUNCTIONS(FUNCTION)                 \
	FUNCTION(get_env, "name,default")        \
	FUNCTION(get_random, "start,end")        \
	FUNCTION(now, "timestamp,utc")           \
	FUNCTION(range, "end;start,end,step_by") \
	FUNCTION(throw, "message")

#define FILTER(id, params) int tera_filter_##id(struct call *c, struct tvalue *out);
TERA_FILTERS(FILTER)
#undef FILTER
#define TEST(id, params) int tera_test_##id(struct call *c, struct tvalue *out);
TERA_TESTS(TEST)
#undef TEST
#define FUNCTION(id, params) int tera_function_##id(struct call *c, struct tvalue *out);
TERA_FUNCTIONS(FUNCTION)
#undef FUNCTION

/* The `attribute` of filters of arrays: keys and indexes joined by dots, those that hold a dot in
 * quotes, or in brackets. NULL when v has no such part; v itself for "". */
const struct tvalue *tera_attribute(const struct tvalue *v, const char *path, size_t len);

/* A string argument in which the two characters \n and \t stand for newline and tab. 1, 0 or -1 as
 * call_arg_string(). */
int tera_arg_text(struct call *c, const char *name, struct tvalue *out);

#endif
