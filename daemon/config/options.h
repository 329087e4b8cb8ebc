/* daemon/config/options.h - every key of test files and of the project file, as data.
 *
 * The table holds facts: where a key may stand, other spellings, type, bounds, default, the issue
 * that builds it. Checks across keys are functions elsewhere (refs.c, load_*.c). check.c walks a
 * node tree by this table; settings.c and the reference documents read it too.
 */
#ifndef DAEMON_CONFIG_OPTIONS_H
#define DAEMON_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* TABLE(id, title, sets...): title as messages name it. A set is an array of options that one or
 * more kinds of tables share. */
enum table_kind {
	TABLE_NONE,
	/* test file */
	TABLE_ROOT,
	TABLE_META,
	TABLE_TEST,
	TABLE_SCENARIO,
	TABLE_STEP,
	TABLE_SERVICE,
	TABLE_VOLUME,
	TABLE_FILE,
	TABLE_LIMITS,
	TABLE_POLICY,
	TABLE_NETWORK,
	TABLE_RESOURCES,
	TABLE_STDIN,
	TABLE_TEXT,
	TABLE_BOUND,
	TABLE_FILE_CHECK,
	TABLE_RANGE,
	TABLE_CAPTURE,
	TABLE_RETRY,
	TABLE_STEP_CHAOS,
	TABLE_CHAOS,
	TABLE_HEALTH,
	TABLE_WAIT,
	TABLE_SIZE_RANGE,
	TABLE_PREPARE,
	TABLE_DETERMINISM,
	TABLE_REPORT,
	TABLE_REPORT_DIGEST,
	TABLE_TEMPLATE,
	TABLE_ARTIFACTS,
	TABLE_ASSERTIONS,
	/* telemetry */
	TABLE_OTEL,
	TABLE_PROPAGATORS,
	TABLE_EXPECT,
	TABLE_X_SPAN,
	TABLE_X_ATTRS,
	TABLE_X_NAMES,
	TABLE_X_GRAPH,
	TABLE_X_COUNTS,
	TABLE_X_COUNT,
	TABLE_X_WINDOW,
	TABLE_X_ORDER,
	TABLE_X_STATUS,
	TABLE_X_HERMETICITY,
	TABLE_X_MUST_MATCH,
	TABLE_X_FORBID,
	TABLE_X_LATENCY,
	TABLE_X_PROPAGATION,
	TABLE_X_RULE,
	TABLE_X_TEMPORAL,
	TABLE_X_RESOURCE,
	TABLE_X_TRACE,
	TABLE_OPERATORS,
	TABLE_OTEL_VALIDATION,
	TABLE_OV_SPAN,
	TABLE_OV_TRACE,
	TABLE_OV_COUNT,
	TABLE_SEMCONV,
	TABLE_SEMCONV_MATCH,
	TABLE_WEAVER,
	TABLE_WEAVER_VALIDATION,
	/* project file */
	TABLE_PROJECT_ROOT,
	TABLE_P_PROJECT,
	TABLE_P_CLI,
	TABLE_P_CONTAINERS,
	TABLE_P_SERVICES,
	TABLE_P_OBSERVABILITY,
	TABLE_P_PLUGINS,
	TABLE_P_PERFORMANCE,
	TABLE_P_TEST_EXECUTION,
	TABLE_P_REPORTING,
	TABLE_P_SECURITY,
	TABLE_P_HOST,
	TABLE_P_KEEP,
	TABLE_P_CACHE,
	TABLE_P_HISTORY,
	TABLE_P_TEMPLATE,
	TABLE_P_OTEL,
	TABLE_P_PARSER,
	TABLE_P_QUARANTINE,
	TABLE_COUNT
};

/* What a value may be; check_values.c has a row for each. After the check the node holds the
 * normal form that is named here. */
enum value_type {
	V_STR,  /* a string */
	V_NAME, /* a string that is not blank, 1..128 bytes, no control characters */
	V_TEXT, /* a scalar, taken as written: a string */
	V_BOOL,
	V_INT,
	V_FLOAT,    /* or an integer: a float */
	V_DUR,      /* nanoseconds */
	V_DUR_NONE, /* nanoseconds; 0 for "none" */
	V_DUR_ZERO, /* nanoseconds; 0 is allowed */
	V_SIZE,     /* bytes */
	V_CPU,      /* millicores */
	V_ENUM,     /* the first spelling of the word */
	V_BOOL_STR, /* bool or string, as it is */
	V_SKIP,     /* false is dropped; true and a reason are strings */
	V_STRS,     /* a list of strings */
	V_STR_STRS, /* a string or a list: a list */
	V_ENUMS,    /* a list of words */
	V_REGEX,    /* a string that compiles */
	V_REGEXES,  /* a list */
	V_GLOB,     /* a shell pattern without an open '[', or a regular expression behind "re:" */
	V_PATTERN,  /* a shell pattern without an open '[' */
	V_PATTERNS, /* a list of them */
	V_ENV,      /* a table of strings; null = copied from the client */
	V_STR_MAP,  /* a table of strings */
	V_ARGV,     /* a list of words */
	V_COMMAND,  /* a string that is split: a list of words */
	V_HEALTH,   /* a table */
	V_STDIN,    /* a string or a table */
	V_CODES,    /* a list of integers */
	V_SIGNAL,   /* an integer */
	V_OCTAL,    /* an integer */
	V_PORTS,    /* a list, each as it is */
	V_NETWORK,  /* a table with mode */
	V_VOLUMES,  /* a list of tables */
	V_FILES,    /* a list of tables with path */
	V_CHECK,    /* a text check: a table */
	V_CAPTURES, /* a table of tables */
	V_WAIT,
	V_ATTRS,      /* a table: name to scalar or operators */
	V_ATTRS_LIST, /* V_ATTRS, or a list of "name=value" */
	V_OPERAND,    /* a scalar or operators */
	V_OPERANDS,   /* a table of V_OPERAND with free keys */
	V_BOUND,      /* an integer or { eq, gte, lte }: a table */
	V_BOUNDS,     /* a table of V_BOUND with free keys */
	V_PAIRS,      /* a list of two strings each */
	V_REPLACES,   /* a list of [regex, replacement] */
	V_SCALAR,
	V_SCALARS,    /* a list */
	V_MATRIX,     /* a table of lists of scalars */
	V_ASSERTIONS, /* a table, or a list of tables */
	V_DATE,       /* a string */
	V_SEED,
	V_REPORT_DIGEST,
	V_WINDOW,       /* a table, a list of them, or span names to tables */
	V_COLLECT,      /* a list of "kind:what" */
	V_TABLE,        /* of .table */
	V_TABLES,       /* a list of them */
	V_TABLE_TABLES, /* one or a list: a list */
	V_MAP,          /* free names, each a table */
	V_NAMED,        /* a list of tables, or a table of tables named by their key: a list */
	V_FREE,         /* anything */
	V_FREE_TABLE,
	/* known names that are not keys: help says why */
	V_IGNORED,
	V_UNSUPPORTED,
	V_UNCHECKED,
	V_COUNT
};

enum feature {
	FEATURE_NONE, /* this build has it */
	FEATURE_SERVICES,
	FEATURE_DOCKER,
	FEATURE_TELEMETRY
};
extern const char *const feature_names[];

#define OPT_SERVICE 1u      /* of the sandbox keys: also in a service */
#define OPT_SECRET 2u       /* never shown */
#define OPT_NOOP 4u         /* the default may be stated although the feature is missing */
#define OPT_USER 8u         /* project file: only the user file or the environment may set it */
#define OPT_NO_EFFECT 16u   /* project file: accepted with a warning */
#define OPT_LOADER 128u     /* a regular expression that the loader compiles and keeps */
#define OPT_EMPTY 64u       /* an empty list says something: not a default */
#define OPT_NOTE 256u       /* a note for readers: nothing is meant to come of it */
#define OPT_BY_USE 512u     /* its feature is wanted only where its service is started */
#define OPT_STRICT_GATE 32u /* project file: refused when the feature is missing */

struct option {
	const char *name;
	const char *also; /* older or other spellings, parted by blanks; or NULL */
	enum value_type type;
	enum table_kind table; /* of V_TABLE and its like */
	int64_t min, max;      /* of numbers and durations (ns); both 0 = no bounds */
	const char *values;    /* of V_ENUM: words parted by blanks; "first|other" are one */
	const char *dflt;      /* as TOML text, or NULL */
	enum feature needs;
	unsigned flags;
	const char *help;
};

#define OPTION_MAX_SETS 6 /* the last one is empty */

struct option_array; /* options_priv.h */

struct option_set {
	const struct option_array *array;
	unsigned only; /* flags an option must have to count; 0 = all */
};

struct table_info {
	const char *title;   /* "[[steps]]" */
	const char *article; /* "a step" */
	bool strict;         /* unknown keys are errors, close to a known one or not */
	struct option_set sets[OPTION_MAX_SETS];
};

const struct table_info *table_info(enum table_kind kind);

/* The option by any spelling, NULL when the table has none. */
const struct option *option_find(enum table_kind kind, const char *key);
/* The nearest option by the rule for keys of a file; NULL when none is close. spelling gets the
 * one that is near. */
const struct option *option_close(
        enum table_kind kind, const char *key, char *spelling, size_t size);
/* Titles of other tables where the key is known, at most max of them. */
size_t option_elsewhere(enum table_kind kind, const char *key, const char *out[], size_t max);
/* Of V_ARGV: [] drops the image's, instead of saying no command. */
bool option_may_be_empty(const struct option *o);
/* Walks a kind: *at starts at 0; NULL at the end. */
const struct option *option_next(enum table_kind kind, size_t *at);

#endif
