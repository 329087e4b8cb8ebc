/* client/args.h - argv by the grammar of cli.md 1.1 and the table.
 *
 * Parsed flags keep their order; a single value given twice is the last, a list collects. Values
 * are checked here (numbers, durations, choices), so that a command may rely on them. Strings are
 * borrowed from argv.
 */
#ifndef CLIENT_ARGS_H
#define CLIENT_ARGS_H

#include "client/fault.h"
#include "client/table.h"

struct given {
	const struct flag *flag;
	const char *value; /* NULL: a boolean, or an optional value that was left out */
	const char *file;  /* whose text value is; NULL = none */
	bool on;           /* of booleans */
};

struct args {
	const struct cmd *parent; /* of a subcommand, else NULL */
	const struct cmd *cmd;    /* NULL: none was named */
	struct given *given;
	size_t n_given, cap_given;
	const char **pos;
	size_t n_pos;
	char *const *rest; /* after "--"; NULL when there is no "--" */
	size_t n_rest;
	bool help, version;
};

/* 0, or -1 with *f filled; a is then as far as parsing came, and still to be released. */
int args_parse(struct args *a, int argc, char **argv, struct fault *f);
void args_release(struct args *a);

/* The last one given, or NULL. */
const struct given *args_last(const struct args *a, const char *name);
/* The value of the last one given, or NULL. */
const char *args_value(const struct args *a, const char *name);
bool args_bool(const struct args *a, const char *name, bool dflt);
int args_count(const struct args *a, const char *name);
/* A FLAG_TIME in milliseconds. */
int64_t args_ms(const struct args *a, const char *name, int64_t dflt);
uint64_t args_uint(const struct args *a, const char *name, uint64_t dflt);

/* Fills *f for a word that is no command below parent (NULL: none of clnrm), with names that are
 * near; -1. */
int args_unknown_command(const struct cmd *parent, const char *word, struct fault *f);

#endif
