/* daemon/config/config.h - from files to the model: readers, the option table, checks.
 *
 * One option table (options.h) holds every key: where it may stand, type, default, bounds, unit,
 * since, which issue builds it. It checks the tree, fills the model and feeds error texts. All
 * findings of a file are reported at once. Thread: any; the functions share nothing.
 */
#ifndef DAEMON_CONFIG_CONFIG_H
#define DAEMON_CONFIG_CONFIG_H

#include "common/err.h"
#include "daemon/model/settings.h"
#include "daemon/model/test.h"

/* Variables that travelled with the request. */
struct client_env {
	const struct env_var *v;
	size_t n;
	bool asked; /* the client was asked already: what is not here is not set there */
};
const char *client_env_get(const struct client_env *env, const char *name);

/* Flags of a request that weigh more than files. */
struct config_flags {
	bool strict, allow_unknown, no_config;
	const char *config_file;   /* --config, absolute, or NULL */
	const char *isolation;     /* --isolation, or NULL */
	const char *findings;      /* --findings, or NULL */
	struct str_list image_map; /* alternating reference, image */
	struct str_list images;    /* validate: names of imported images, as files may give them */
	struct str_list map;       /* --map: alternating name, value; no name has an empty part */
	const char *seed;          /* --seed, 0 to 2^64-1 in decimal, or NULL */
	const char *freeze_clock;  /* --freeze-clock, or NULL */
	bool hermetic_env;         /* templates see no environment but what the project passes */
	int64_t run_timeout_ns, scenario_timeout_ns, step_timeout_ns; /* caps; 0 = none */
	bool reports_off; /* validate: [report] has no effect */
	bool lint;        /* also what is bad practice: findings lint.* */
	/* NULL, or set by another thread (__atomic) when nobody waits for the file any more: then
	 * rendering ends soon, with an error. No part of what was asked for: copies have none. */
	const bool *stop;
};

/* A copy whose strings are in the arena. */
struct config_flags config_flags_copy(const struct config_flags *f, struct arena *a);

/* Project settings for a test file or directory at `dir` (absolute). XDG_CONFIG_HOME and HOME, of
 * the request or else of the daemon, locate the user file. own (or NULL) is kept by the settings
 * and outlives them: no file that is loaded under them may show those directories. Problems are in
 * settings->diags; the result is never NULL. */
struct settings *settings_load(const char *dir, const struct client_env *env,
        const struct config_flags *flags, uint64_t uid, const struct own_dirs *own);

/* Appends what settings_load() would find, as bytes: the stat data of its files, without reading
 * them. Two equal stamps mean the same files with the same content, if they were last written well
 * before the first was taken: *newest_ns is their latest time stamp (CLOCK_REALTIME). */
struct strbuf;
void settings_stamp(const char *dir, const struct client_env *env, const struct config_flags *flags,
        struct strbuf *out, int64_t *newest_ns);

/* Reads and checks one test file. path is how the user named it (relative to cwd), real the
 * absolute path. With text not NULL nothing is read. Never NULL; file->tests is NULL when there are
 * errors. Needed but unknown environment (env_pass globs, "NAME" in env, ${NAME} in volumes) is
 * appended to need, names or globs, without duplicates. for_run turns what validate warns of
 * (features of other issues, images, limits of this machine) into errors. */
struct test_file *config_load(const char *path, const char *real, const char *text, size_t len,
        const struct settings *s, const struct client_env *env, const struct config_flags *flags,
        bool for_run, struct str_list *need, struct arena *need_arena);

/* True when name is one that discovery takes (config.md 1.1): *.clnrm.toml, .yaml, .yml (+ .tera),
 * not beginning with '_'. */
bool config_is_test_name(const char *basename);
/* True when name may be a test file if named on the command line. */
bool config_is_named_test(const char *basename);

/* Splits a command string (config.md 2.1) into words in arena a. *at is the byte offset of the
 * error. */
int command_split(const char *s, size_t len, struct arena *a, struct str_list *out, size_t *at,
        struct err *e) MUST_CHECK;

/* The rules of lint, by name; NULL behind the last one. */
struct config_lint_rule {
	const char *code, *summary;
};
const struct config_lint_rule *config_lint_rule(size_t i);

/* Appends text with the edits of all findings done that do not stand in each other's way; how many
 * findings that were. */
size_t config_fix(const struct diags *d, const char *text, size_t len, struct strbuf *out);

/* Appends the text of a project file with an entry of [[quarantine]] for q->test: a new one behind
 * all else, or what is there with another owner, day, and reason if q has one. Nothing else
 * changes, comments included; that is proved. ERR_INVALID: it does not parse; ERR_UNSUPPORTED: the
 * list is written in a form that cannot be added to. */
int config_quarantine_put(const char *text, size_t len, const struct quarantine *q,
        struct strbuf *out, bool *existed, struct err *e) MUST_CHECK;
/* The same without the first entry whose `test` is this text. ERR_NOT_FOUND: there is none. */
int config_quarantine_drop(const char *text, size_t len, const char *test, struct strbuf *out,
        struct err *e) MUST_CHECK;

/* Appends the text of a TOML test file in its one layout (manual.md, "Formatting"). It means the
 * same, and formatting it again changes nothing: both are proved each time. */
enum config_formatted {
	CONFIG_FORMATTED,     /* changed or not */
	CONFIG_NOT_FORMATTED, /* YAML, or a template that is not understood: a note in d says so */
	CONFIG_CANNOT_FORMAT, /* it does not parse: findings in d */
};
enum config_formatted config_format(const char *name, const char *text, size_t len,
        const struct settings *s, struct strbuf *out, struct diags *d);

/* Appends the keys of "test-file" or "project-file" as JSON Schema 2020-12, from the option table.
 * strict: unknown keys and those without effect are refused, as under `strict = true`. False for
 * another name. */
bool config_schema(const char *name, bool strict, struct strbuf *out);

/* Names whose values are never shown, in any case of letters: *password* *token* *secret* and *key.
 */
bool config_is_secret_name(const char *name);

#endif
