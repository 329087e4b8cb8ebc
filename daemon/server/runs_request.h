/* daemon/server/runs_request.h - the bodies of POST /v1/runs and of what looks at files, decoded.
 *
 * options has the long flag names of cli.md 3.2 with '_' for '-', durations as NAME_ms. What a
 * later feature builds is refused by name. Pure: no connection, no file system.
 */
#ifndef DAEMON_SERVER_RUNS_REQUEST_H
#define DAEMON_SERVER_RUNS_REQUEST_H

#include "daemon/server/body.h"

enum report_kind {
	REPORT_JSON,
	REPORT_NDJSON,
	REPORT_JUNIT,
	REPORT_TAP,
	REPORT_HTML,
	REPORT_MARKDOWN,
	REPORT_DIGEST
};

#define REPORTS_MAX 64
#define STDIN_TEXT_MAX (16 << 20) /* as a file: config.md 1.3 */

/* What a request about files is for, which decides its options. */
enum files_what { FILES_VALIDATE, FILES_FORMAT, FILES_LINT, FILES_PLAN };

/* How a plan draws what follows what. */
enum plan_graph { GRAPH_ASCII, GRAPH_DOT, GRAPH_MERMAID };

struct run_request {
	struct run_options run; /* cwd is not checked yet; everything lives in the arena */
	struct body_dir dir;
	enum report_kind reports[REPORTS_MAX];
	size_t n_reports;
	/* How it is shown. */
	int show_output; /* as text_style.show_output */
	bool raw, no_ci;
	unsigned slowest;
	int junit_dialect; /* enum junit_dialect */
	bool junit_always;
	bool digest;           /* said before the summary */
	const char *artifacts; /* where the client writes files that are kept; NULL = nowhere */
	bool detach;           /* the run goes on when its client has its id */
	/* Of format. */
	bool check, diff, verify;
	/* Of lint. */
	bool deny_warnings, fix;
	struct str_list allow, warn, deny; /* rules */
	bool is_plan;
	enum plan_graph graph;
	/* Of a session that watches. */
	bool initial, once, clear;
	int64_t debounce_ns;
};

/* False when c has findings. final: the client has no more variables to send. */
bool run_request_read(struct decode *c, const json_t *body, bool final, struct run_request *out);
/* The same of a request that looks at files; those of a plan are those of a run. */
bool files_request_read(struct decode *c, const json_t *body, bool final, enum files_what what,
        struct run_request *out);
/* The same of a session that watches, which writes no files. */
bool watch_request_read(struct decode *c, const json_t *body, bool final, struct run_request *out);

/* Variables of the command line, alternating name and value. Names are what templates can reach:
 * parts between dots, none of them empty. */
struct str_list request_variables(struct decode *c, const struct pairs *map);
/* A seed, which is checked, or NULL. */
const char *request_seed(struct decode *c, const char *seed);
/* A file of the command line, from the directory of the request; or NULL. Lives in the arena. */
const char *request_config(struct decode *c, const struct body_dir *dir, const char *given);

/* Which options a body may have. */
enum options_of { OPTIONS_VALIDATE, OPTIONS_FORMAT, OPTIONS_LINT, OPTIONS_RUN, OPTIONS_WATCH };
/* "options", into what is known of out so far: its directory and environment. Leaves "/options"
 * entered (decode.h). */
void run_options_read(
        struct decode *c, const json_t *options, enum options_of what, struct run_request *out);

#endif
