/* daemon/model/test.h - a checked test file: what to run and what it must show.
 *
 * Immutable once config/ made it; everything lives in the arena of struct test_file, which is
 * counted by references. Settings are already merged ("nearest wins"): a step states its final
 * environment, a scenario its final sandbox.
 */
#ifndef DAEMON_MODEL_TEST_H
#define DAEMON_MODEL_TEST_H

#include "daemon/model/assertion.h"
#include "daemon/model/cause.h"
#include "daemon/model/diag.h"
#include "daemon/model/expect.h"
#include "daemon/model/sandbox_spec.h"

struct str_list {
	const char **v; /* NULL-terminated */
	size_t n;
};

struct env_var {
	const char *name;
	const char *value; /* never NULL */
};

enum deadline_source {
	DEADLINE_DEFAULT,
	DEADLINE_FILE,
	DEADLINE_FLAG,
	DEADLINE_PROJECT,
	DEADLINE_LEARNT, /* pace.h: of silence */
	DEADLINE_SOURCES
};
extern const char *const deadline_source_names[]; /* "default" "file" "flag" "project" "learnt" */

struct deadline {
	int64_t ns; /* 0 = none */
	enum deadline_source source;
};

/* Which sandboxes stay after their scenario. */
enum keep_policy { KEEP_NEVER, KEEP_ON_FAILURE, KEEP_ALWAYS, KEEP_ON_PASS };
extern const char *const keep_policy_names[]; /* "never" "on-failure" "always"; the last has none */

struct step {
	const char *name;
	unsigned index; /* in its list, from 0 */
	struct pos pos; /* of the step's table */
	struct pos command_pos;
	struct str_list argv; /* as passed to exec; a script is /bin/sh -e -c TEXT */
	bool is_script;
	unsigned place;        /* index into scenario.places: which sandbox it runs in */
	const unsigned *needs; /* indexes in its list: steps that must have passed before */
	size_t n_needs;

	struct env_var *env; /* complete and merged, sorted by name; CLNRM_STEP included */
	size_t n_env;
	const char *workdir; /* absolute */
	bool workdir_given;  /* false: /workspace, made fresh */
	const char *user;    /* "uid[:gid]" or a name of the image's passwd; NULL = root */
	uint32_t umask;
	const char *stdin_data; /* NULL = /dev/null */
	size_t stdin_len;
	const char *stdin_file; /* where it was read; NULL: the file itself says it */
	bool stdin_text;        /* it is written in the file itself: captures are put in place */

	struct deadline timeout; /* of one attempt */
	int64_t grace_ns;        /* SIGTERM, then SIGKILL after this; 0 = SIGKILL at once */
	bool background;
	bool continue_on_failure;
	unsigned retries;
	int64_t retry_delay_ns;
	double retry_backoff;
	const char *skip; /* reason, or NULL */

	uint64_t expected_codes[4]; /* bitmap of exit codes that pass */
	int expected_signal;        /* 0 = none */
	bool should_fail;
	struct pattern out_regex, out_regex_not;
	struct str_list out_contains;
	struct pos out_contains_pos;
	struct pos expected_code_pos;
	struct text_check out_check, err_check;
	struct file_check *files;
	size_t n_files;
	struct duration_check duration;
	struct capture *captures;
	size_t n_captures;
};

enum file_kind { FILE_CONTENT, FILE_SOURCE };

/* A file or directory placed before the first step. */
struct file_item {
	const char *path; /* absolute, in the sandbox */
	const char *content;
	size_t len;
	const char *source; /* absolute host path of a file or directory, or NULL: then content */
	uint32_t mode;
	uint32_t uid, gid;
	struct pos pos;
};

/* What is done about what a scenario leaves behind or was kept from. */
enum findings_mode { FINDINGS_REPORT, FINDINGS_FAIL, FINDINGS_IGNORE };
extern const char *const findings_names[]; /* "report" "fail" "ignore" */

/* What has a pristine sandbox of its own. */
enum sandbox_scope { SCOPE_SCENARIO, SCOPE_STEP, SCOPE_TEST };
extern const char *const sandbox_scope_names[]; /* "scenario" "step" "test" */

/* [prepare] over one image: steps that run once for all that they depend on, and leave a layer. */
struct preparation {
	struct scenario *sc;    /* its steps, in a sandbox of that image; name and id "prepare" */
	char digest[65];        /* of all that the file says of it */
	struct str_list inputs; /* patterns of files that it depends on, absolute */
	uint64_t max_bytes;     /* of the layer */
	bool recorded;          /* it has a network: made anew, its layer may be another */
};

/* A sandbox of a scenario: its own (place 0) and one for each on-demand service with other
 * settings. */
struct place {
	const char *service; /* NULL for place 0 */
	const char *asked;   /* the image that the file names, when another stands in for it */
	struct sandbox_spec spec;
	struct file_item *files;
	size_t n_files;
	const struct preparation *prepare; /* whose layer lies over its image, or NULL */
};

/* One thing that a scenario's result depends on, as the key of the result holds it. */
struct key_part {
	enum cause kind;   /* one that is in keys */
	const char *name;  /* "" where there is one of the kind */
	const char *value; /* a digest, or short text */
};

/* A copy of all of them. */
struct key_part *key_parts_copy(struct arena *a, const struct key_part *v, size_t n);

/* What is to be kept of it (artifacts.collect). */
enum collect_kind { COLLECT_FILES, COLLECT_STDOUT, COLLECT_STDERR };
struct collect_wish {
	enum collect_kind kind;
	const char *what; /* of COLLECT_FILES: absolute pattern in the sandbox */
	bool optional;    /* nothing there is fine */
};

struct scenario {
	const char *name;     /* unique in the file: "x", "x#2" */
	const char *id;       /* "TEST/SCENARIO" */
	struct pos pos, end;  /* end.line: last line that belongs to it */
	struct str_list tags; /* the file's and its own */
	const char *skip;     /* reason, or NULL */
	bool only;
	struct deadline timeout;
	unsigned retries;      /* so many further attempts when it fails */
	const unsigned *needs; /* numbers in its test: scenarios that must pass before; each once */
	size_t n_needs;

	struct place *places;
	size_t n_places;
	struct step *setup, *steps, *teardown;
	size_t n_setup, n_steps, n_teardown;

	enum sandbox_scope scope;
	enum findings_mode findings;
	struct str_list declared; /* patterns of paths that may change; absolute */
	enum keep_policy keep;
	bool should_fail; /* expect_success = false with steps */
	/* Over the joined output of all steps, in written order; only with `steps`. */
	struct pattern out_regex;
	struct text_check out_check, err_check;
	struct duration_check duration; /* from the lease of the sandbox to the last check */
	bool has_captures;              /* of some step */
	bool graph;                     /* the order of steps is another than that of the file */
	unsigned max_parallel; /* steps at once, with graph; 0 = as many as scenarios of the run */

	struct collect_wish *collect;
	size_t n_collect;

	/* What decides its result and is known from files, environment and flags alone. */
	struct key_part *parts;
	size_t n_parts;
	char digest[65];          /* of parts */
	const char *never_cached; /* why no result of the past may stand for it, or NULL */
	struct str_list inputs;   /* patterns of further files, absolute */
};

/* A report that the file itself asks for ([report]). */
struct report_wish {
	const char *kind; /* "json", "junit", "tap", "markdown", "html" */
	const char *path; /* absolute */
	bool no_logs;     /* without the output of steps */
};

/* One of a file, or of one cell of its matrix. */
struct test {
	const char *name, *version, *description;
	struct str_list matrix; /* alternating key and value of the cell */
	struct pos pos;
	struct str_list tags;
	const char *skip;
	struct deadline timeout;
	struct scenario *scenarios;
	size_t n_scenarios;
	struct assertion *assertions;
	size_t n_assertions;
	bool has_needs; /* one of them needs another; no cycles */
	struct report_wish *reports;
	size_t n_reports;
};

/* What a rendered file was made from besides its bytes and the flags of the request: as long as all
 * of this is the same, so is the result. */
struct made_from {
	bool rendered;
	/* Other templates. */
	struct made_file {
		const char *name;   /* absolute path, links in it as they were */
		const char *real;   /* where it led; NULL: it is the main one, as it was named */
		const char *sha256; /* of what was read there */
	} * files;
	size_t n_files;
	/* What they had to lie inside, and where that led; NULL: nobody asked. */
	const char *root_path, *root;
	struct str_list absent; /* absolute paths at which a template was looked for in vain */
	/* Variables of the environment that were looked at; of those not set the value is NULL. */
	struct made_variable {
		const char *name, *value;
		bool asked_for; /* not set; a client that did not send it is asked */
	} * variables;          /* sorted by name */
	size_t n_variables;
	const char *seed;   /* decimal; NULL: none */
	const char *frozen; /* the clock, as it was written; NULL: the real one */
	bool saw_clock;     /* the real one was read */
	bool saw_chance;    /* something was drawn without a seed */
};

struct test_file {
	unsigned refs;
	uint64_t serial; /* no other file of this process has it, before or after */
	struct arena *arena;
	const char *path;    /* as shown: relative to the working directory of the request */
	const char *real;    /* absolute */
	const char *project; /* project root, absolute */
	struct diags diags;  /* warnings too */
	struct test *tests;  /* one, or one for each cell of [matrix]; NULL when there are errors */
	size_t n_tests;      /* may be 0 without an error: a matrix without cells */
	char sha256[65];     /* of the file's bytes */
	struct made_from made_from;
	/* What its text came from, part by part: in no key, but what `why` names where the text is
	 * another one. None: it was not rendered. */
	struct key_part *causes;
	size_t n_causes;
	int64_t render_ns; /* how long it took to render it */
	bool transient;    /* made from more than its own bytes and made_from.files (volumes, files
	                      beside it, the clock): parse it anew each time */
	size_t n_patterns, cap_patterns;
	struct regex **patterns; /* all compiled expressions, freed with the file */
};

struct test_file *test_file_new(void);
struct test_file *test_file_ref(struct test_file *f);
void test_file_unref(struct test_file *f);
size_t test_file_scenarios(const struct test_file *f); /* of all its tests */

#endif
