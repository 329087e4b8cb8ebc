/* daemon/model/expect.h - what a step must show besides its exit: texts, files, durations, and what
 * is taken from its output for later steps.
 *
 * Plain data of a struct test_file: immutable, in its arena; regular expressions are owned by it.
 */
#ifndef DAEMON_MODEL_EXPECT_H
#define DAEMON_MODEL_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/model/diag.h"

struct regex; /* daemon/core/regex.h */

struct pattern {
	const char *text; /* as written; NULL = not given */
	struct regex *re; /* owned by the test_file */
	struct pos pos;
};

/* Inclusive. */
struct bound {
	bool has_eq, has_gte, has_lte;
	int64_t eq, gte, lte;
};

/* A value that something is compared with. */
struct scalar {
	enum { SCALAR_STRING, SCALAR_INT, SCALAR_FLOAT, SCALAR_BOOL } type;
	const char *s; /* as text, whatever the type */
	size_t len;
	int64_t i;
	double f;
	bool b;
};

enum operator_id {
	OP_EXISTS,
	OP_EQ,
	OP_NE,
	OP_GT,
	OP_GTE,
	OP_LT,
	OP_LTE,
	OP_CONTAINS,
	OP_STARTS_WITH,
	OP_ENDS_WITH,
	OP_GLOB,
	OP_REGEX,
	OP_IN,
	OP_TYPE,
	OP_ARRAY, /* has no name: the value is an array, of these elements */
};

struct operator
{
	enum operator_id id;
	const char *name; /* as in the file */
	struct scalar *v; /* the operand, or those of OP_IN and OP_ARRAY */
	size_t n;
	struct pattern regex; /* of OP_REGEX */
};

/* One step of a path: a member or, with key NULL, an element; negative ones count from the end. */
struct json_part {
	const char *key;
	size_t len;
	int64_t index;
};

struct json_path {
	const char *text; /* "$.a[0]" */
	struct json_part *v;
	size_t n;
};

struct json_check {
	struct json_path path;
	struct operator* ops; /* all must hold */
	size_t n_ops;
};

/* A stored text that output is compared with. */
struct snapshot {
	const char *path; /* as shown: relative to the project root */
	const char *real; /* absolute, links resolved as far as it exists */
	const char *text; /* NULL = there is none */
	size_t len;
};

enum text_rule_id {
	TEXT_EQUALS,
	TEXT_CONTAINS,
	TEXT_NOT_CONTAINS,
	TEXT_REGEX,
	TEXT_NOT_REGEX,
	TEXT_STARTS_WITH,
	TEXT_ENDS_WITH,
	TEXT_EMPTY,
	TEXT_LINES,
	TEXT_BYTES,
	TEXT_JSON,
	TEXT_SHA256,
	TEXT_SNAPSHOT,
};

struct text_rule {
	enum text_rule_id id;
	const char *assertion; /* "expected_stdout.contains" */
	struct pos pos;
	const char *s; /* EQUALS, (NOT_)CONTAINS, STARTS_WITH, ENDS_WITH, SHA256 (lower case) */
	size_t len;
	bool wanted; /* EMPTY */
	struct pattern regex;
	struct bound bound;
	struct json_check json;
	struct snapshot snapshot;
};

struct replacement {
	struct pattern regex;
	const char *with; /* $0 to $9 are groups, $$ a dollar */
};

/* All rules must hold for the text as trim and normalize leave it. */
struct text_check {
	struct text_rule *v;
	size_t n;
	bool trim;
	struct replacement *normalize;
	size_t n_normalize;
};

enum file_type { FILE_TYPE_ANY, FILE_TYPE_FILE, FILE_TYPE_DIR, FILE_TYPE_LINK };

struct file_check {
	struct pos pos;
	const char *assertion; /* "expected_files[0]" */
	const char *path;      /* absolute, in the sandbox */
	bool exists;
	enum file_type type;
	struct text_check content;
	bool has_mode, has_owner;
	uint32_t mode, uid, gid;
	struct bound size;
	const char *sha256; /* lower case, or NULL */
	const char *link_target;
};

/* Milliseconds; negative = no bound. */
struct duration_check {
	double min_ms, max_ms;
	struct pos pos;
	bool given;
};

/* A part of a step's output under a name, for later steps. */
struct capture {
	const char *name;
	struct pos pos;
	bool from_stderr, trim;
	struct pattern regex; /* group 1, or the match; NULL text: json */
	struct json_path json;
};

#endif
