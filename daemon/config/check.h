/* daemon/config/check.h - holds a node tree against the option table and leaves it in normal form.
 *
 * After check_table() every key has its first spelling, every value the form that options.h names
 * for its type (a duration is an integer of nanoseconds, a command string a list of words), and
 * what was unknown or wrong is gone from the tree: later stages need no type checks. Findings go
 * to check.d. Inside config/ only.
 */
#ifndef DAEMON_CONFIG_CHECK_H
#define DAEMON_CONFIG_CHECK_H

#include "daemon/config/node.h"
#include "daemon/config/options.h"
#include "daemon/model/test.h"

struct check {
	const char *file; /* as the user named it */
	struct arena *a;
	struct diags *d;
	bool yaml;
	bool project; /* a project file: codes are project.*, features are gated otherwise */
	bool user_file;
	bool strict;        /* warnings of unknown keys are errors */
	bool allow_unknown; /* errors of unknown keys are warnings */
	bool for_run;       /* what this build lacks is an error */
	bool lint;          /* spellings that are older are findings */
	bool matrix_read;   /* [matrix] was looked at when its cells were made */
};

/* Findings. at is where, n whose pointer; n may be NULL. The code must be static. */
struct diag *check_report(struct check *c, enum severity sev, const char *code, struct pos at,
        const struct node *n, const char *fmt, ...) PRINTF(6, 7);
#define check_error(c, code, n, ...) check_report(c, SEV_ERROR, code, (n)->pos, n, __VA_ARGS__)
#define check_warn(c, code, n, ...) check_report(c, SEV_WARNING, code, (n)->pos, n, __VA_ARGS__)
/* An error in a run, a warning in validate: what is about this build or machine. */
#define check_machine(c, code, n, ...) \
	check_report(c, (c)->for_run ? SEV_ERROR : SEV_WARNING, code, (n)->pos, n, __VA_ARGS__)

/* Position of byte offset `at` inside string node n; where escapes make that unknown, of n. */
struct pos check_offset(const struct node *n, size_t at);

/* "needs X, which this build does not have"; nothing when the build has it. */
void check_feature(struct check *c, enum feature f, const struct node *n, const char *what);

/* Checks a table and all below it. n must be a table. */
void check_table(struct check *c, struct node *n, enum table_kind kind);
/* One value against its option; false when it must be dropped. */
bool check_value(struct check *c, const struct option *o, struct node *n);

/* Tools for normal forms. */
struct node *node_make(
        struct check *c, enum node_type type, const char *key, const struct node *like);
void node_append(struct node *parent, struct node *child);
void node_unlink(struct node *parent, struct node *prev, struct node *child);
/* Scalars become the text that the file has. */
void node_to_string(struct node *n);
bool node_equal(const struct node *a, const struct node *b);

/* check_values.c, check_forms.c: one function a type. */
typedef bool check_fn(struct check *c, const struct option *o, struct node *n);
check_fn check_env, check_argv, check_command, check_volumes, check_files, check_network,
        check_stdin, check_health, check_text_check, check_captures, check_wait, check_attrs,
        check_attrs_list, check_operand, check_operands, check_bound, check_bounds, check_pairs,
        check_replaces, check_ports, check_named, check_matrix, check_assertions, check_collect,
        check_report_digest, check_window;
/* A name in [assertions] that claims nothing which is known here; false when it must be dropped. */
bool check_other_assertion(struct check *c, struct node *n);
/* Every element a string; numbers too when as_text is set. what names the list. */
bool check_strings(struct check *c, const struct option *o, struct node *n, bool as_text);
/* The text from that byte on as a shell pattern, all of whose brackets are closed. */
bool check_pattern_from(struct check *c, struct node *n, size_t from);
bool check_wrong_type(
        struct check *c, const struct option *o, const struct node *n, const char *wants);

/* Fills source_line of all findings that have a position (source.c). */
void source_fill(struct diags *d, const char *text, size_t len);

#endif
