/* client/table.h - every command and flag, once.
 *
 * The table drives the parsing of argv, --help, the man pages, the completions, and the dump that
 * the tests walk. What a later issue builds is listed with that issue and refused when it is used.
 * Everything here is constant; nothing is allocated.
 */
#ifndef CLIENT_TABLE_H
#define CLIENT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum issue {
	ISSUE_FOUNDATION, /* built */
	ISSUE_EXECUTION,
	ISSUE_TEMPLATES,
	ISSUE_SERVICES,
	ISSUE_DOCKER,
	ISSUE_TELEMETRY,
};

enum flag_type {
	FLAG_BOOL,  /* --name, --no-name */
	FLAG_COUNT, /* -vv */
	FLAG_TEXT,
	FLAG_INT,  /* min to max, or one of values */
	FLAG_TIME, /* a duration, sent as NAME_ms */
	FLAG_ENUM, /* one of values */
	FLAG_PAIR, /* K=V */
	FLAG_VAR,  /* NAME or NAME=V */
	FLAG_FILE, /* its text is the value that is sent */
};

/* What the shell offers for a value or an argument. */
enum offer { OFFER_NONE, OFFER_FILE, OFFER_DIR, OFFER_TEST, OFFER_RUN, OFFER_IMAGE, OFFER_COMMAND };

enum flag_group {
	GROUP_SELECT,
	GROUP_RUN,
	GROUP_WATCH,
	GROUP_SANDBOX,
	GROUP_VARS,
	GROUP_OUTPUT,
	GROUP_OTHER,
	GROUP_GLOBAL,
	GROUP_COUNT
};

#define FLAG_DAYS_AGO 3650 /* of how long ago something was: ten years */

struct flag {
	const char *name;
	const char *metavar; /* NULL: takes no value */
	const char *help;
	const char *dflt;   /* for people; NULL = off or none */
	const char *values; /* choices, apart by blanks; with FLAG_INT: words beside the numbers */
	const char *alias_of, *alias_value; /* the same as --alias_of=alias_value; of one with a
	                                       value: that, and alias_value behind it */
	const char *bare; /* with optional: what stands for no value; NULL = true */
	const char *since;
	int64_t min, max; /* FLAG_INT; of FLAG_TIME days, 0 = 7 */
	enum flag_type type;
	enum flag_group group;
	enum offer offer;
	enum issue issue;
	char letter;   /* 0 = no short form */
	bool list;     /* may be given several times */
	bool optional; /* the value is optional, and needs the '=' */
	bool hidden;
	bool local;    /* for the client alone: not part of the request's options */
	bool required; /* the command does nothing without it; it has a value */
};

/* Bits of cmd.formats. */
enum format {
	FORMAT_AUTO,
	FORMAT_HUMAN,
	FORMAT_JSON,
	FORMAT_NDJSON,
	FORMAT_JUNIT,
	FORMAT_TAP,
	FORMAT_GITHUB,
	FORMAT_SARIF,
	FORMAT_COUNT
};
#define FORMAT_BIT(f) (1u << FORMAT_##f)
#define FORMATS_PLAIN (FORMAT_BIT(HUMAN) | FORMAT_BIT(JSON))
#define FORMATS_RUN (FORMATS_PLAIN | FORMAT_BIT(NDJSON) | FORMAT_BIT(JUNIT) | FORMAT_BIT(TAP))
extern const char *const format_names[FORMAT_COUNT];

struct ctx;

struct cmd {
	const char *name;
	const char *args; /* synopsis of what follows the flags */
	const char *summary;
	const char *about; /* further lines of the help, or NULL */
	const char *examples[2];
	const struct flag *flags;  /* ends with a flag without name; NULL = none */
	const struct cmd *subs;    /* ends with a command without name; NULL = none */
	const char *default_sub;   /* with subs: which one "" means; NULL = one must be named */
	int (*run)(struct ctx *c); /* NULL when not built, or with subs */
	unsigned exits;            /* bits: exit codes shown in the help */
	unsigned formats;
	enum issue issue;
	enum offer offer;  /* of the arguments */
	const char *words; /* what the first argument may be, apart by blanks; NULL = anything */
	int min_args, max_args; /* max -1 = any number */
	bool rest;              /* needs "-- CMD..." */
	bool may_rest;          /* takes it */
	bool listing;           /* --limit, --sort, --no-header */
	bool hidden;
	bool open_words;   /* with default_sub: a word that names no sub is its first argument */
	bool shares_flags; /* flags are those of a command before it, and are listed there */
	const char *lacks; /* names of flags that it refuses all the same, apart by blanks */
};

extern const struct flag global_flags[];  /* before and after the command */
extern const struct flag shared_flags[];  /* of every command: --output */
extern const struct flag listing_flags[]; /* of every command with .listing */
extern const struct cmd commands[];

struct conflict {
	const char *cmd, *a, *b; /* flags of cmd that exclude each other */
};
extern const struct conflict conflicts[]; /* ends with a conflict without cmd */

struct variable {
	const char *name, *effect;
};
extern const struct variable variables[]; /* of the environment; ends with one without name */

/* Commands of the original that are not part of this program. Ends with NULL. */
extern const char *const dropped_commands[];

const char *issue_name(enum issue i); /* "execution" */
const char *flag_group_name(enum flag_group g);
/* The flag arrays a command takes, own first, globals last: at most FLAG_SETS, the rest NULL. */
#define FLAG_SETS 4
void flag_sets(const struct cmd *cmd, const struct flag *sets[FLAG_SETS]);
const struct cmd *cmd_find(const struct cmd *list, const char *name);
/* NULL when cmd (NULL = before the command) has no such flag. */
/* Whether help and completions of the command show it. */
bool flag_is_shown(const struct cmd *cmd, const struct flag *f);
const struct flag *flag_find(const struct cmd *cmd, const char *name, size_t len);
const struct flag *flag_find_letter(const struct cmd *cmd, char letter);
/* True when word is among values, apart by blanks. */
bool values_have(const char *values, const char *word);

#endif
