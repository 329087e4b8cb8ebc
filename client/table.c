#include "client/table.h"

#include <string.h>

#include "client/cmd.h"

/* clang-format off */
const struct flag global_flags[] = {
	{ .name = "format", .letter = 'f', .metavar = "F", .type = FLAG_ENUM, .values = "auto human json ndjson junit tap github sarif",
	  .dflt = "auto", .group = GROUP_GLOBAL, .local = true, .help = "form of the answer; a command lists what it has" },
	{ .name = "color", .metavar = "WHEN", .type = FLAG_ENUM, .values = "auto always never", .dflt = "auto",
	  .group = GROUP_GLOBAL, .local = true, .help = "colour on the terminal" },
	{ .name = "no-color", .type = FLAG_BOOL, .alias_of = "color", .alias_value = "never", .group = GROUP_GLOBAL,
	  .local = true, .help = "the same as --color never" },
	{ .name = "verbose", .letter = 'v', .type = FLAG_COUNT, .group = GROUP_GLOBAL, .local = true,
	  .help = "more: passed tests, then plans, then requests" },
	{ .name = "quiet", .letter = 'q', .type = FLAG_COUNT, .group = GROUP_GLOBAL, .local = true,
	  .help = "less: failures and summary, then errors only" },
	{ .name = "config", .letter = 'c', .metavar = "FILE", .type = FLAG_TEXT, .group = GROUP_GLOBAL, .offer = OFFER_FILE,
	  .local = true, .help = "the project file; it must exist" },
	{ .name = "no-config", .type = FLAG_BOOL, .group = GROUP_GLOBAL, .local = true, .help = "read no project and no user file" },
	{ .name = "cwd", .letter = 'C', .metavar = "DIR", .type = FLAG_TEXT, .dflt = ".", .group = GROUP_GLOBAL,
	  .offer = OFFER_DIR, .local = true, .help = "work as if started in DIR" },
	{ .name = "socket", .metavar = "PATH", .type = FLAG_TEXT, .group = GROUP_GLOBAL, .offer = OFFER_FILE, .local = true,
	  .help = "the daemon's socket" },
	{ .name = "daemon", .metavar = "MODE", .type = FLAG_ENUM, .values = "auto required", .dflt = "auto",
	  .group = GROUP_GLOBAL, .local = true, .help = "auto starts a daemon if none runs" },
	{ .name = "width", .metavar = "N", .type = FLAG_INT, .min = 40, .max = 400, .dflt = "terminal, COLUMNS, 100",
	  .group = GROUP_GLOBAL, .local = true, .help = "columns of text for people" },
	{ .name = "progress", .metavar = "P", .type = FLAG_ENUM, .values = "auto live plain none", .dflt = "auto",
	  .group = GROUP_GLOBAL, .local = true, .help = "how a run shows what it does" },
	{ .name = "help", .letter = 'h', .type = FLAG_BOOL, .group = GROUP_GLOBAL, .local = true, .help = "show the help of the command" },
	{ .name = "version", .letter = 'V', .type = FLAG_BOOL, .group = GROUP_GLOBAL, .local = true, .help = "show the version of the client" },
	{ 0 }
};

const struct flag shared_flags[] = {
	{ .name = "output", .letter = 'o', .metavar = "FILE", .type = FLAG_TEXT, .dflt = "-", .group = GROUP_OUTPUT,
	  .offer = OFFER_FILE, .local = true, .help = "write the answer to FILE, at once or not at all" },
	{ 0 }
};

const struct flag listing_flags[] = {
	{ .name = "limit", .metavar = "N", .type = FLAG_INT, .min = 0, .max = 1000000, .dflt = "50", .group = GROUP_OUTPUT,
	  .help = "show at most N lines; 0 = all" },
	{ .name = "sort", .metavar = "COL", .type = FLAG_TEXT, .group = GROUP_OUTPUT, .help = "order by that column" },
	{ .name = "no-header", .type = FLAG_BOOL, .group = GROUP_OUTPUT, .help = "leave the line of titles out" },
	{ 0 }
};

static const struct flag run_flags[] = {
	{ .name = "filter", .letter = 'k', .metavar = "PAT", .type = FLAG_TEXT, .list = true, .group = GROUP_SELECT,
	  .help = "scenarios that contain PAT; glob, or /regex/" },
	{ .name = "exclude", .metavar = "PAT", .type = FLAG_TEXT, .list = true, .group = GROUP_SELECT,
	  .help = "leave out scenarios that match PAT" },
	{ .name = "list", .type = FLAG_BOOL, .group = GROUP_SELECT, .help = "print what would run, run nothing" },
	{ .name = "tag", .metavar = "T", .type = FLAG_TEXT, .list = true, .group = GROUP_SELECT,
	  .help = "scenarios with tag T; 'T,U' both, '!T' without" },
	{ .name = "failed", .type = FLAG_BOOL, .group = GROUP_SELECT,
	  .help = "only what did not pass in the last run" },
	{ .name = "last-failed", .type = FLAG_BOOL, .alias_of = "failed", .alias_value = "true", .group = GROUP_SELECT,
	  .hidden = true, .help = "the same as --failed" },
	{ .name = "lf", .type = FLAG_BOOL, .alias_of = "failed", .alias_value = "true", .group = GROUP_SELECT,
	  .hidden = true, .help = "the same as --failed" },
	{ .name = "failed-first", .type = FLAG_BOOL, .group = GROUP_SELECT,
	  .help = "what did not pass last time goes first" },
	{ .name = "changed", .metavar = "REF", .type = FLAG_TEXT, .optional = true, .group = GROUP_SELECT,
	  .help = "leave out what the cache would answer" },
	{ .name = "shard", .metavar = "I/M", .type = FLAG_TEXT, .dflt = "1/1", .group = GROUP_SELECT,
	  .help = "the I-th of M parts of the selection" },
	{ .name = "shard-by", .metavar = "HOW", .type = FLAG_ENUM, .values = "time hash", .dflt = "time",
	  .group = GROUP_SELECT, .help = "what the parts are balanced by" },
	{ .name = "shuffle", .metavar = "SEED", .type = FLAG_TEXT, .optional = true, .bare = "random", .group = GROUP_SELECT,
	  .help = "random order; the seed is printed" },

	{ .name = "parallel", .letter = 'p', .type = FLAG_BOOL, .dflt = "on", .local = true, .group = GROUP_RUN,
	  .help = "always on; --no-parallel is -j 1" },
	{ .name = "jobs", .letter = 'j', .metavar = "N", .type = FLAG_INT, .values = "auto", .min = 1, .max = 1024,
	  .dflt = "usable cores", .group = GROUP_RUN, .help = "scenarios at a time" },
	{ .name = "fail-fast", .letter = 'f', .type = FLAG_BOOL, .group = GROUP_RUN, .help = "the first failure ends the run" },
	{ .name = "max-failures", .metavar = "N", .type = FLAG_INT, .min = 1, .max = 1000000, .group = GROUP_RUN,
	  .help = "the N-th failure ends the run" },
	{ .name = "force", .type = FLAG_BOOL, .group = GROUP_RUN, .help = "take no result from the cache" },
	{ .name = "no-cache", .type = FLAG_BOOL, .alias_of = "force", .alias_value = "true", .group = GROUP_RUN, .hidden = true,
	  .help = "the same as --force" },
	{ .name = "keep-going", .type = FLAG_BOOL, .group = GROUP_RUN, .help = "run the good files when others are broken" },
	{ .name = "timeout", .metavar = "D", .type = FLAG_TIME, .group = GROUP_RUN, .help = "cap on the whole run" },
	{ .name = "scenario-timeout", .metavar = "D", .type = FLAG_TIME, .group = GROUP_RUN, .help = "cap on each scenario" },
	{ .name = "step-timeout", .metavar = "D", .type = FLAG_TIME, .group = GROUP_RUN, .help = "cap on each step" },
	{ .name = "label", .metavar = "K=V", .type = FLAG_PAIR, .list = true, .local = true, .group = GROUP_RUN,
	  .help = "stored with the run" },
	{ .name = "no-history", .type = FLAG_BOOL, .group = GROUP_RUN, .help = "do not store the run" },
	{ .name = "watch", .letter = 'w', .type = FLAG_BOOL, .local = true, .group = GROUP_RUN,
	  .help = "run again what a change affects, as 'clnrm dev'" },
	{ .name = "initial", .type = FLAG_BOOL, .dflt = "on", .local = true, .group = GROUP_WATCH,
	  .help = "run everything first; --no-initial waits for a change" },
	{ .name = "once", .type = FLAG_BOOL, .group = GROUP_WATCH, .help = "end after the first round" },
	{ .name = "clear", .type = FLAG_BOOL, .group = GROUP_WATCH, .help = "clear the terminal before each round" },
	{ .name = "debounce-ms", .metavar = "N", .type = FLAG_INT, .min = 0, .max = 60000, .dflt = "0", .group = GROUP_WATCH,
	  .help = "wait so long after a change" },
	{ .name = "only", .metavar = "PAT", .type = FLAG_TEXT, .alias_of = "filter", .list = true, .group = GROUP_WATCH,
	  .help = "the same as --filter" },
	{ .name = "timebox", .metavar = "MS", .type = FLAG_INT, .min = 1, .max = 86400000, .alias_of = "scenario-timeout",
	  .alias_value = "ms", .group = GROUP_WATCH, .help = "the same as --scenario-timeout MSms" },
	{ .name = "verify-cache", .metavar = "P", .type = FLAG_INT, .min = 0, .max = 100, .dflt = "0", .group = GROUP_RUN,
	  .help = "rerun P percent of the cache's answers" },
	{ .name = "retries", .metavar = "N", .type = FLAG_INT, .min = 0, .max = 100, .dflt = "as files and project say",
	  .group = GROUP_RUN, .help = "repeat a failed scenario up to N times" },
	{ .name = "repeat", .metavar = "N", .type = FLAG_INT, .min = 1, .max = 1000000, .dflt = "1", .group = GROUP_RUN,
	  .help = "run each scenario N times" },
	{ .name = "until-fail", .metavar = "MAX", .type = FLAG_INT, .min = 1, .max = 1000000, .optional = true,
	  .bare = "1000", .group = GROUP_RUN, .help = "repeat until the first failure; alone: at most 1000 times" },
	{ .name = "fail-on-flaky", .type = FLAG_BOOL, .dflt = "as the project says", .group = GROUP_RUN,
	  .help = "a pass after a failure is exit 1" },
	{ .name = "findings", .metavar = "F", .type = FLAG_ENUM, .values = "report fail ignore", .dflt = "report",
	  .group = GROUP_RUN, .help = "what is done about what scenarios leave behind" },
	{ .name = "detach", .letter = 'd', .type = FLAG_BOOL, .local = true, .group = GROUP_RUN,
	  .help = "print the run's id and leave it running" },
	{ .name = "update-snapshots", .metavar = "W", .type = FLAG_ENUM, .values = "missing all", .optional = true,
	  .bare = "all", .group = GROUP_RUN, .help = "write snapshots instead of comparing with them; alone: all" },

	{ .name = "isolation", .metavar = "L", .type = FLAG_ENUM, .values = "strict standard relaxed", .dflt = "standard",
	  .group = GROUP_SANDBOX, .help = "what the sandbox must give" },
	{ .name = "image-map", .metavar = "REF=IMAGE", .type = FLAG_PAIR, .list = true, .group = GROUP_SANDBOX,
	  .help = "use IMAGE where files say REF" },
	{ .name = "require-receipt", .metavar = "FILE", .type = FLAG_FILE, .offer = OFFER_FILE, .group = GROUP_SANDBOX,
	  .help = "every receipt must show what FILE has, as JSON" },
	{ .name = "keep", .metavar = "W", .type = FLAG_ENUM, .values = "never on-failure always", .optional = true,
	  .bare = "on-failure", .group = GROUP_SANDBOX, .help = "keep sandboxes for 'clnrm shell'; alone: on-failure" },
	{ .name = "keep-for", .metavar = "D", .type = FLAG_TIME, .dflt = "10m", .group = GROUP_SANDBOX,
	  .help = "how long they are kept" },
	{ .name = "engine", .metavar = "E", .type = FLAG_ENUM, .values = "auto native docker podman", .group = GROUP_SANDBOX,
	  .issue = ISSUE_DOCKER, .help = "where sandboxes are made" },
	{ .name = "pull", .metavar = "P", .type = FLAG_ENUM, .values = "if-not-present missing always never",
	  .group = GROUP_SANDBOX, .issue = ISSUE_DOCKER, .help = "when images are fetched" },
	{ .name = "locked", .type = FLAG_BOOL, .group = GROUP_SANDBOX, .issue = ISSUE_DOCKER,
	  .help = "every image must be that of clnrm.lock" },

	{ .name = "env", .metavar = "NAME[=V]", .type = FLAG_VAR, .list = true, .local = true, .group = GROUP_VARS,
	  .help = "send a variable along; alone: its value here" },
	{ .name = "strict", .type = FLAG_BOOL, .group = GROUP_VARS, .help = "warnings about files are errors" },
	{ .name = "allow-unknown", .type = FLAG_BOOL, .group = GROUP_VARS, .help = "unknown keys are warnings" },
	{ .name = "forbid-only", .type = FLAG_BOOL, .dflt = "on when CI is set", .group = GROUP_VARS, .help = "'only' in a file is an error" },
	{ .name = "stdin-name", .metavar = "FILE", .type = FLAG_TEXT, .dflt = "stdin.clnrm.toml", .local = true,
	  .group = GROUP_VARS, .help = "name and directory of the file '-'" },
	{ .name = "map", .letter = 'm', .metavar = "K=V", .type = FLAG_PAIR, .list = true, .group = GROUP_VARS,
	  .help = "a template variable" },
	{ .name = "hermetic-env", .type = FLAG_BOOL, .group = GROUP_VARS,
	  .help = "templates see only what the project passes" },
	{ .name = "seed", .metavar = "N", .type = FLAG_TEXT, .group = GROUP_VARS, .help = "seed of random values" },
	{ .name = "freeze-clock", .metavar = "T", .type = FLAG_TEXT, .group = GROUP_VARS,
	  .help = "the time that templates see (RFC 3339)" },

	{ .name = "report", .metavar = "KIND=FILE", .type = FLAG_PAIR, .values = "json ndjson junit tap html markdown", .list = true,
	  .local = true, .group = GROUP_OUTPUT, .offer = OFFER_FILE, .help = "also write a report" },
	{ .name = "report-junit", .metavar = "FILE", .type = FLAG_TEXT, .local = true, .group = GROUP_OUTPUT, .offer = OFFER_FILE,
	  .help = "the same as --report junit=FILE" },
	{ .name = "junit-dialect", .metavar = "D", .type = FLAG_ENUM, .values = "surefire jenkins gitlab github plain",
	  .dflt = "surefire", .group = GROUP_OUTPUT, .help = "who reads the JUnit report" },
	{ .name = "junit-output", .metavar = "W", .type = FLAG_ENUM, .values = "failed always", .dflt = "failed",
	  .group = GROUP_OUTPUT, .help = "whose output it holds" },
	{ .name = "show-output", .metavar = "W", .type = FLAG_ENUM, .values = "failed always never live", .dflt = "failed",
	  .group = GROUP_OUTPUT, .help = "whose captured output is shown" },
	{ .name = "raw", .type = FLAG_BOOL, .group = GROUP_OUTPUT, .help = "show bytes of tests as they are" },
	{ .name = "slowest", .metavar = "N", .type = FLAG_INT, .min = 0, .max = 100000, .dflt = "0", .group = GROUP_OUTPUT,
	  .help = "name the N slowest scenarios" },
	{ .name = "digest", .type = FLAG_BOOL, .group = GROUP_OUTPUT, .help = "print the run's digest" },
	{ .name = "digest-file", .metavar = "FILE", .type = FLAG_TEXT, .local = true, .group = GROUP_OUTPUT, .offer = OFFER_FILE,
	  .help = "write it to FILE" },
	{ .name = "artifacts", .metavar = "DIR", .type = FLAG_TEXT, .optional = true, .bare = ".clnrm/artifacts", .offer = OFFER_DIR,
	  .group = GROUP_OUTPUT, .help = "export what tests collected; alone: to .clnrm/artifacts" },
	{ .name = "no-ci", .type = FLAG_BOOL, .group = GROUP_OUTPUT, .help = "no workflow commands for CI" },
	{ .name = "otel-exporter", .metavar = "E", .type = FLAG_ENUM, .values = "none stdout otlp otlp-http otlp-grpc", .dflt = "none",
	  .group = GROUP_OUTPUT, .issue = ISSUE_TELEMETRY, .help = "where own spans go" },
	{ .name = "otel-endpoint", .metavar = "URL", .type = FLAG_TEXT, .group = GROUP_OUTPUT, .issue = ISSUE_TELEMETRY,
	  .help = "address of the exporter" },
	{ 0 }
};

static const struct flag self_test_flags[] = {
	{ .name = "suite", .letter = 's', .metavar = "S", .type = FLAG_ENUM, .dflt = "all", .group = GROUP_OTHER, .local = true,
	  .values = "framework sandbox template cache cli services otel all container plugin",
	  .help = "only that one; container is sandbox, plugin is services" },
	{ .name = "report", .letter = 'r', .type = FLAG_BOOL, .group = GROUP_OUTPUT,
	  .help = "write the HTML report, to -o or clnrm-report.html" },
	{ .name = "otel-exporter", .metavar = "E", .type = FLAG_ENUM, .values = "none stdout otlp otlp-http otlp-grpc", .dflt = "none",
	  .group = GROUP_OUTPUT, .issue = ISSUE_TELEMETRY, .help = "where own spans go" },
	{ .name = "otel-endpoint", .metavar = "URL", .type = FLAG_TEXT, .group = GROUP_OUTPUT, .issue = ISSUE_TELEMETRY,
	  .help = "address of the exporter" },
	{ 0 }
};

static const struct flag try_flags[] = {
	{ .name = "image", .metavar = "I", .type = FLAG_TEXT, .dflt = "host", .offer = OFFER_IMAGE, .group = GROUP_SANDBOX,
	  .help = "root file system" },
	{ .name = "project", .metavar = "MODE", .type = FLAG_ENUM, .values = "ro cow", .group = GROUP_SANDBOX,
	  .help = "show the project at /workspace" },
	{ .name = "network", .metavar = "N", .type = FLAG_ENUM, .values = "none host", .dflt = "none", .group = GROUP_SANDBOX,
	  .help = "loopback only, or this machine's" },
	{ .name = "isolation", .metavar = "L", .type = FLAG_ENUM, .values = "strict standard relaxed", .dflt = "standard",
	  .group = GROUP_SANDBOX, .help = "what the sandbox must give" },
	{ .name = "workdir", .metavar = "D", .type = FLAG_TEXT, .group = GROUP_RUN, .help = "working directory inside" },
	{ .name = "user", .metavar = "U", .type = FLAG_TEXT, .group = GROUP_RUN, .help = "user inside, by name or uid[:gid]" },
	{ .name = "env", .metavar = "K=V", .type = FLAG_VAR, .list = true, .local = true, .group = GROUP_RUN,
	  .help = "a variable of the command; K alone: its value here" },
	{ .name = "timeout", .metavar = "D", .type = FLAG_TIME, .group = GROUP_RUN, .help = "kill the sandbox after D" },
	{ 0 }
};

static const struct flag validate_flags[] = {
	{ .name = "strict", .type = FLAG_BOOL, .group = GROUP_OTHER, .help = "warnings about files are errors" },
	{ .name = "allow-unknown", .type = FLAG_BOOL, .group = GROUP_OTHER, .help = "unknown keys are warnings" },
	{ .name = "stdin-name", .metavar = "FILE", .type = FLAG_TEXT, .dflt = "stdin.clnrm.toml", .local = true,
	  .group = GROUP_OTHER, .help = "name and directory of the file '-'" },
	{ .name = "map", .letter = 'm', .metavar = "K=V", .type = FLAG_PAIR, .list = true, .group = GROUP_OTHER,
	  .help = "a template variable" },
	{ 0 }
};

static const struct flag render_flags[] = {
	{ .name = "map", .letter = 'm', .metavar = "K=V", .type = FLAG_PAIR, .list = true, .local = true, .group = GROUP_VARS,
	  .help = "a variable; K may be dotted" },
	{ .name = "context", .metavar = "FILE", .type = FLAG_TEXT, .local = true, .offer = OFFER_FILE, .group = GROUP_VARS,
	  .help = "a JSON object of variables; '-' is stdin" },
	{ .name = "bare", .type = FLAG_BOOL, .local = true, .group = GROUP_RUN,
	  .help = "plain Tera: no variables, functions or tables of clnrm" },
	{ .name = "root", .metavar = "DIR", .type = FLAG_TEXT, .local = true, .offer = OFFER_DIR, .group = GROUP_RUN,
	  .dflt = "of the context file, if TEMPLATE is below it, else of TEMPLATE", .help = "with --bare: where templates are looked for" },
	{ .name = "cell", .metavar = "N", .type = FLAG_INT, .min = 1, .max = 65536, .dflt = "all", .local = true, .group = GROUP_RUN,
	  .help = "only the N-th combination of a matrix" },
	{ .name = "hermetic-env", .type = FLAG_BOOL, .local = true, .group = GROUP_VARS,
	  .help = "templates see no environment but what the project passes" },
	{ .name = "seed", .metavar = "N", .type = FLAG_TEXT, .local = true, .group = GROUP_VARS, .help = "seed of random values" },
	{ .name = "freeze-clock", .metavar = "T", .type = FLAG_TEXT, .local = true, .group = GROUP_VARS,
	  .help = "the time that templates see (RFC 3339)" },
	{ .name = "check", .type = FLAG_BOOL, .local = true, .group = GROUP_RUN,
	  .help = "what is printed must be a test file" },
	{ .name = "show-vars", .type = FLAG_BOOL, .local = true, .group = GROUP_OUTPUT,
	  .help = "list the variables and their sources on stderr" },
	{ 0 }
};

static const struct flag dry_run_flags[] = {
	{ .name = "filter", .letter = 'k', .metavar = "PAT", .type = FLAG_TEXT, .list = true, .group = GROUP_SELECT,
	  .help = "scenarios that contain PAT; glob, or /regex/" },
	{ .name = "exclude", .metavar = "PAT", .type = FLAG_TEXT, .list = true, .group = GROUP_SELECT,
	  .help = "leave out scenarios that match PAT" },
	{ .name = "tag", .metavar = "T", .type = FLAG_TEXT, .list = true, .group = GROUP_SELECT,
	  .help = "scenarios with tag T; 'T,U' both, '!T' without" },
	{ .name = "failed", .type = FLAG_BOOL, .group = GROUP_SELECT,
	  .help = "only what did not pass in the last run" },
	{ .name = "last-failed", .type = FLAG_BOOL, .alias_of = "failed", .alias_value = "true", .group = GROUP_SELECT,
	  .hidden = true, .help = "the same as --failed" },
	{ .name = "lf", .type = FLAG_BOOL, .alias_of = "failed", .alias_value = "true", .group = GROUP_SELECT,
	  .hidden = true, .help = "the same as --failed" },
	{ .name = "failed-first", .type = FLAG_BOOL, .group = GROUP_SELECT,
	  .help = "what did not pass last time goes first" },
	{ .name = "changed", .metavar = "REF", .type = FLAG_TEXT, .optional = true, .group = GROUP_SELECT,
	  .help = "leave out what the cache would answer" },
	{ .name = "shard", .metavar = "I/M", .type = FLAG_TEXT, .dflt = "1/1", .group = GROUP_SELECT,
	  .help = "the I-th of M parts of the selection" },
	{ .name = "shard-by", .metavar = "HOW", .type = FLAG_ENUM, .values = "time hash", .dflt = "time",
	  .group = GROUP_SELECT, .help = "what the parts are balanced by" },
	{ .name = "shuffle", .metavar = "SEED", .type = FLAG_TEXT, .optional = true, .bare = "random", .group = GROUP_SELECT,
	  .help = "random order; the seed is printed" },
	{ .name = "isolation", .metavar = "L", .type = FLAG_ENUM, .values = "strict standard relaxed", .dflt = "standard",
	  .group = GROUP_SANDBOX, .help = "what the sandbox must give" },
	{ .name = "image-map", .metavar = "REF=IMAGE", .type = FLAG_PAIR, .list = true, .group = GROUP_SANDBOX,
	  .help = "use IMAGE where files say REF" },
	{ .name = "env", .metavar = "NAME[=V]", .type = FLAG_VAR, .list = true, .local = true, .group = GROUP_VARS,
	  .help = "send a variable along; alone: its value here" },
	{ .name = "strict", .type = FLAG_BOOL, .group = GROUP_VARS, .help = "warnings about files are errors" },
	{ .name = "allow-unknown", .type = FLAG_BOOL, .group = GROUP_VARS, .help = "unknown keys are warnings" },
	{ .name = "stdin-name", .metavar = "FILE", .type = FLAG_TEXT, .dflt = "stdin.clnrm.toml", .local = true,
	  .group = GROUP_VARS, .help = "name and directory of the file '-'" },
	{ .name = "map", .letter = 'm', .metavar = "K=V", .type = FLAG_PAIR, .list = true, .group = GROUP_VARS,
	  .help = "a template variable" },
	{ .name = "graph", .metavar = "G", .type = FLAG_ENUM, .values = "ascii dot mermaid", .dflt = "ascii",
	  .group = GROUP_OUTPUT, .help = "how steps are drawn; dot, mermaid: nothing else" },
	{ 0 }
};

static const struct flag fmt_flags[] = {
	{ .name = "check", .type = FLAG_BOOL, .group = GROUP_OTHER, .help = "only list what would change; exit 1 if any" },
	{ .name = "diff", .type = FLAG_BOOL, .group = GROUP_OTHER, .help = "show what would change, write nothing" },
	{ .name = "verify", .type = FLAG_BOOL, .group = GROUP_OTHER,
	  .help = "name the files that were formatted twice and compared; all are" },
	{ .name = "stdin-name", .metavar = "FILE", .type = FLAG_TEXT, .dflt = "stdin.clnrm.toml", .local = true,
	  .group = GROUP_OTHER, .help = "name and directory of the file '-'" },
	{ 0 }
};

static const struct flag lint_flags[] = {
	{ .name = "deny-warnings", .type = FLAG_BOOL, .group = GROUP_OTHER, .help = "a warning is exit 1 too" },
	{ .name = "fix", .type = FLAG_BOOL, .group = GROUP_OTHER, .help = "do what remedies there are" },
	{ .name = "allow", .metavar = "R", .type = FLAG_TEXT, .list = true, .group = GROUP_OTHER, .help = "leave rule R out" },
	{ .name = "warn", .metavar = "R", .type = FLAG_TEXT, .list = true, .group = GROUP_OTHER, .help = "rule R is a warning" },
	{ .name = "deny", .metavar = "R", .type = FLAG_TEXT, .list = true, .group = GROUP_OTHER, .help = "rule R is an error" },
	{ .name = "stdin-name", .metavar = "FILE", .type = FLAG_TEXT, .dflt = "stdin.clnrm.toml", .local = true,
	  .group = GROUP_OTHER, .help = "name and directory of the file '-'" },
	{ 0 }
};

static const struct flag init_flags[] = {
	{ .name = "force", .type = FLAG_BOOL, .group = GROUP_OTHER, .help = "overwrite what exists" },
	{ .name = "config", .type = FLAG_BOOL, .group = GROUP_OTHER, .help = "write cleanroom.toml too" },
	{ .name = "ci", .metavar = "CI", .type = FLAG_ENUM, .values = "github gitlab none", .dflt = "none", .group = GROUP_OTHER,
	  .help = "write a job that runs the tests" },
	{ .name = "yaml", .type = FLAG_BOOL, .group = GROUP_OTHER, .help = "the test in YAML" },
	{ 0 }
};

static const struct flag template_flags[] = {
	{ .name = "force", .type = FLAG_BOOL, .group = GROUP_OTHER, .help = "overwrite what exists" },
	{ .name = "list", .type = FLAG_BOOL, .group = GROUP_OTHER, .help = "name all templates" },
	{ 0 }
};

static const struct flag schema_flags[] = {
	{ .name = "strict", .type = FLAG_BOOL, .group = GROUP_OTHER, .help = "test and project: refuse unknown keys" },
	{ 0 }
};

static const struct flag attach_flags[] = {
	{ .name = "show-output", .metavar = "W", .type = FLAG_ENUM, .values = "failed always never live", .dflt = "failed",
	  .group = GROUP_OUTPUT, .help = "whose captured output is shown" },
	{ .name = "raw", .type = FLAG_BOOL, .group = GROUP_OUTPUT, .help = "show bytes of tests as they are" },
	{ .name = "slowest", .metavar = "N", .type = FLAG_INT, .min = 0, .max = 100000, .dflt = "0", .group = GROUP_OUTPUT,
	  .help = "name the N slowest scenarios" },
	{ .name = "junit-dialect", .metavar = "D", .type = FLAG_ENUM, .values = "surefire jenkins gitlab github plain",
	  .dflt = "surefire", .local = true, .group = GROUP_OUTPUT, .help = "who reads the JUnit report" },
	{ .name = "junit-output", .metavar = "W", .type = FLAG_ENUM, .values = "failed always", .dflt = "failed",
	  .group = GROUP_OUTPUT, .help = "whose output it holds" },
	{ .name = "no-ci", .type = FLAG_BOOL, .group = GROUP_OUTPUT, .help = "no workflow commands for CI" },
	{ .name = "artifacts", .metavar = "DIR", .type = FLAG_TEXT, .optional = true, .bare = ".clnrm/artifacts", .offer = OFFER_DIR,
	  .local = true, .group = GROUP_OUTPUT, .help = "export what tests collected; alone: to .clnrm/artifacts" },
	{ 0 }
};

static const struct flag cancel_flags[] = {
	{ .name = "all", .type = FLAG_BOOL, .local = true, .group = GROUP_SELECT, .help = "all runs of this daemon" },
	{ 0 }
};

static const struct flag shell_flags[] = {
	{ .name = "step", .metavar = "NAME", .type = FLAG_TEXT, .local = true, .group = GROUP_RUN,
	  .dflt = "the one that failed, or the last", .help = "as which step: environment, user, directory" },
	{ 0 }
};

static const struct flag exec_flags[] = {
	{ .name = "interactive", .letter = 'i', .type = FLAG_BOOL, .local = true, .group = GROUP_RUN,
	  .help = "stdin goes to the command" },
	{ .name = "tty", .letter = 't', .type = FLAG_BOOL, .local = true, .group = GROUP_RUN,
	  .help = "its streams are a terminal of its own" },
	{ .name = "step", .metavar = "NAME", .type = FLAG_TEXT, .local = true, .group = GROUP_RUN,
	  .dflt = "the one that failed, or the last", .help = "as which step: environment, user, directory" },
	{ .name = "env", .metavar = "K=V", .type = FLAG_VAR, .list = true, .local = true, .group = GROUP_RUN,
	  .help = "a further variable; K alone: its value here" },
	{ .name = "workdir", .metavar = "D", .type = FLAG_TEXT, .local = true, .group = GROUP_RUN, .help = "working directory inside" },
	{ .name = "user", .metavar = "U", .type = FLAG_TEXT, .local = true, .group = GROUP_RUN,
	  .help = "user inside, by name or uid[:gid]" },
	{ 0 }
};

static const struct flag rm_flags[] = {
	{ .name = "all", .type = FLAG_BOOL, .local = true, .group = GROUP_SELECT, .help = "all that are kept" },
	{ 0 }
};

static const struct flag ps_flags[] = {
	{ .name = "all", .letter = 'a', .type = FLAG_BOOL, .group = GROUP_SELECT, .help = "warm sandboxes too" },
	{ .name = "kept", .type = FLAG_BOOL, .group = GROUP_SELECT, .help = "only kept ones" },
	{ 0 }
};

static const struct flag runs_list_flags[] = {
	{ .name = "test", .metavar = "PAT", .type = FLAG_TEXT, .group = GROUP_SELECT, .help = "runs of tests that contain PAT" },
	{ .name = "verdict", .metavar = "V", .type = FLAG_ENUM, .values = "pass fail fake_green error skip", .group = GROUP_SELECT,
	  .help = "runs with such a verdict" },
	{ .name = "since", .metavar = "D", .type = FLAG_TIME, .max = FLAG_DAYS_AGO, .group = GROUP_SELECT, .help = "runs of the last D" },
	{ .name = "label", .metavar = "K=V", .type = FLAG_PAIR, .group = GROUP_SELECT, .help = "runs with that label" },
	{ 0 }
};

static const struct flag runs_show_flags[] = {
	{ .name = "test", .metavar = "PAT", .type = FLAG_TEXT, .group = GROUP_SELECT, .help = "only tests that contain PAT" },
	{ .name = "receipts", .type = FLAG_BOOL, .group = GROUP_OUTPUT, .help = "show what isolated each scenario" },
	{ .name = "deadlines", .type = FLAG_BOOL, .group = GROUP_OUTPUT, .help = "show the deadlines of scenarios and steps" },
	{ .name = "artifacts", .type = FLAG_BOOL, .group = GROUP_OUTPUT, .help = "list collected files" },
	{ 0 }
};

static const struct flag report_flags[] = {
	{ .name = "kind", .metavar = "KIND", .type = FLAG_TEXT, .values = "html markdown json junit tap", .dflt = "html", .local = true,
	  .group = GROUP_OUTPUT, .help = "which report" },
	{ .name = "format", .letter = 'f', .metavar = "KIND", .type = FLAG_TEXT, .values = "html markdown json junit tap",
	  .alias_of = "kind", .local = true, .group = GROUP_OUTPUT, .help = "the same as --kind" },
	{ .name = "junit-dialect", .metavar = "D", .type = FLAG_ENUM, .values = "surefire jenkins gitlab github plain",
	  .dflt = "surefire", .local = true, .group = GROUP_OUTPUT, .help = "who reads the JUnit report" },
	{ .name = "input", .letter = 'i', .metavar = "FILE", .type = FLAG_TEXT, .offer = OFFER_FILE, .local = true,
	  .group = GROUP_OUTPUT, .help = "of a result in JSON, '-' for stdin, not of a stored run" },
	{ 0 }
};

static const struct flag runs_rm_flags[] = {
	{ .name = "older-than", .metavar = "D", .type = FLAG_TIME, .max = FLAG_DAYS_AGO, .group = GROUP_SELECT, .help = "all that began before D ago" },
	{ .name = "all", .type = FLAG_BOOL, .group = GROUP_SELECT, .local = true, .help = "all that are over" },
	{ 0 }
};

static const struct flag logs_flags[] = {
	{ .name = "stream", .metavar = "S", .type = FLAG_ENUM, .values = "stdout stderr both", .dflt = "both", .group = GROUP_SELECT,
	  .help = "which stream" },
	{ .name = "follow", .letter = 'f', .type = FLAG_BOOL, .group = GROUP_OUTPUT, .help = "go on while the run does" },
	{ .name = "lines", .letter = 'n', .metavar = "N", .type = FLAG_INT, .min = 0, .max = 1000000000, .group = GROUP_OUTPUT,
	  .help = "only the last N lines" },
	{ .name = "timestamps", .type = FLAG_BOOL, .group = GROUP_OUTPUT, .help = "the time before each line" },
	{ .name = "raw", .type = FLAG_BOOL, .group = GROUP_OUTPUT, .help = "bytes as they are" },
	{ 0 }
};

static const struct flag daemon_start_flags[] = {
	{ .name = "foreground", .type = FLAG_BOOL, .local = true, .group = GROUP_OTHER, .help = "stay in the foreground, log to stderr" },
	{ .name = "wait", .metavar = "D", .type = FLAG_TIME, .dflt = "10s", .local = true, .group = GROUP_OTHER, .help = "how long it may take to answer" },
	{ 0 }
};

static const struct flag daemon_stop_flags[] = {
	{ .name = "now", .type = FLAG_BOOL, .local = true, .group = GROUP_OTHER, .help = "cancel the runs" },
	{ .name = "wait", .metavar = "D", .type = FLAG_TIME, .dflt = "30s", .local = true, .group = GROUP_OTHER, .help = "how long runs may take to end" },
	{ 0 }
};

static const struct flag daemon_logs_flags[] = {
	{ .name = "lines", .letter = 'n', .metavar = "N", .type = FLAG_INT, .min = 0, .max = 1000000000, .dflt = "50", .local = true,
	  .group = GROUP_OTHER, .help = "the last N lines" },
	{ .name = "follow", .letter = 'f', .type = FLAG_BOOL, .local = true, .group = GROUP_OTHER, .help = "go on as lines come" },
	{ .name = "level", .metavar = "L", .type = FLAG_ENUM, .values = "error warn info debug trace", .local = true,
	  .group = GROUP_OTHER, .help = "lines of that level and worse" },
	{ 0 }
};

static const struct flag daemon_gc_flags[] = {
	{ .name = "dry-run", .type = FLAG_BOOL, .group = GROUP_OTHER, .help = "only say what would be swept" },
	{ 0 }
};

static const struct flag help_flags[] = {
	{ .name = "dump", .type = FLAG_BOOL, .local = true, .hidden = true, .group = GROUP_OTHER, .help = "the table of commands and flags, for programs" },
	{ .name = "man", .type = FLAG_BOOL, .local = true, .hidden = true, .group = GROUP_OTHER, .help = "the man page, as roff" },
	{ 0 }
};

#define X(n) (1u << (n))
#define EXITS_RUN  (X(0) | X(1) | X(2) | X(3) | X(5) | X(6))
#define EXITS_LIST (X(0) | X(2) | X(5) | X(6))
#define EXITS_ONE  (EXITS_LIST | X(3))

static const struct cmd runs_subs[] = {
	{ .name = "list", .args = "", .summary = "past runs, newest first", .run = cmd_runs_list, .flags = runs_list_flags,
	  .formats = FORMATS_PLAIN, .listing = true, .exits = EXITS_LIST,
	  .examples = { "clnrm runs list --since 1d --verdict fail", "clnrm runs --limit 5 --format json" } },
	{ .name = "show", .args = "RUN", .summary = "the result of a run, as 'run' printed it", .run = cmd_runs_show,
	  .flags = runs_show_flags, .formats = FORMATS_RUN, .min_args = 1, .max_args = 1, .offer = OFFER_RUN, .exits = EXITS_ONE,
	  .examples = { "clnrm runs show latest", "clnrm runs show r7k2m9qa --format junit -o result.xml" } },
	{ .name = "rm", .args = "RUN...", .summary = "remove runs from the history", .run = cmd_runs_rm, .flags = runs_rm_flags,
	  .formats = FORMATS_PLAIN, .max_args = -1, .offer = OFFER_RUN, .exits = EXITS_ONE,
	  .examples = { "clnrm runs rm r7k2m9qa", "clnrm runs rm --older-than 7d" } },
	{ 0 }
};

static const struct flag flaky_flags[] = {
	{ .name = "min-runs", .metavar = "N", .type = FLAG_INT, .min = 0, .max = 1000000, .dflt = "5", .group = GROUP_SELECT,
	  .help = "leave out what has run less often" },
	{ .name = "since", .metavar = "D", .type = FLAG_TIME, .max = FLAG_DAYS_AGO, .dflt = "30d", .group = GROUP_SELECT, .help = "runs of the last D" },
	{ 0 }
};

static const struct flag quarantine_flags[] = {
	{ .name = "owner", .metavar = "O", .type = FLAG_TEXT, .local = true, .required = true, .group = GROUP_OTHER, .help = "who cares; required" },
	{ .name = "until", .metavar = "DATE", .type = FLAG_TEXT, .local = true, .required = true, .group = GROUP_OTHER,
	  .help = "the last day, YYYY-MM-DD (UTC); required" },
	{ .name = "reason", .metavar = "R", .type = FLAG_TEXT, .local = true, .group = GROUP_OTHER, .help = "shown in reports" },
	{ 0 }
};

static const struct cmd flaky_subs[] = {
	{ .name = "show", .args = "[PATHS]", .summary = "scenarios that fail now and then with the same inputs", .run = cmd_flaky,
	  .flags = flaky_flags, .formats = FORMATS_PLAIN, .listing = true, .max_args = -1, .offer = OFFER_TEST, .exits = EXITS_LIST,
	  .about = "PATHS are files, directories, globs, or path::scenario. What is quarantined is\nlisted too.",
	  .examples = { "clnrm flaky tests/", "clnrm flaky --since 7d --min-runs 20 --format json" } },
	{ .name = "quarantine", .args = "TEST/SCENARIO", .summary = "let its failures not count for a while", .run = cmd_flaky_quarantine,
	  .flags = quarantine_flags, .formats = FORMATS_PLAIN, .min_args = 1, .max_args = 1, .exits = EXITS_ONE,
	  .about = "Writes an entry of [[quarantine]] to the project file, or changes the one that\nis there; all else in it stays as it is. A glob names several.",
	  .examples = { "clnrm flaky quarantine orders/refund --owner payments --until 2026-12-24",
	    "clnrm flaky quarantine 'orders/*' --owner me --until 2026-12-24" } },
	{ .name = "release", .args = "TEST/SCENARIO", .summary = "let its failures count again", .run = cmd_flaky_release,
	  .formats = FORMATS_PLAIN, .min_args = 1, .max_args = 1, .exits = EXITS_ONE,
	  .about = "Removes the entry with that text from the project file.",
	  .examples = { "clnrm flaky release orders/refund", "clnrm flaky release 'orders/*'" } },
	{ 0 }
};

static const struct cmd config_subs[] = {
	{ .name = "show", .args = "[KEY]", .summary = "every setting, its value and where it comes from", .run = cmd_config_show,
	  .formats = FORMATS_PLAIN, .max_args = 1, .exits = EXITS_ONE,
	  .examples = { "clnrm config show", "clnrm config show cli.jobs" } },
	{ .name = "path", .args = "", .summary = "the files that are read", .run = cmd_config_path, .formats = FORMATS_PLAIN,
	  .exits = EXITS_ONE, .examples = { "clnrm config path", "clnrm -C ../shop config path" } },
	{ 0 }
};

static const struct cmd cache_subs[] = {
	{ .name = "show", .args = "", .summary = "how full, and what they saved", .run = cmd_cache_show, .formats = FORMATS_PLAIN,
	  .listing = true, .exits = EXITS_LIST, .examples = { "clnrm cache", "clnrm cache show --format json" } },
	{ .name = "clear", .args = "[KIND]", .summary = "drop what one of them holds, or all", .run = cmd_cache_clear, .formats = FORMATS_PLAIN,
	  .max_args = 1, .exits = EXITS_ONE,
	  .about = "KIND is templates, renders, configs, images, results, reasons or all, which is\nwhat is meant without it.",
	  .examples = { "clnrm cache clear", "clnrm cache clear results" } },
	{ .name = "why", .args = "FILE", .summary = "what is known of a file", .run = cmd_cache_why, .formats = FORMATS_PLAIN,
	  .min_args = 1, .max_args = 1, .offer = OFFER_FILE, .exits = EXITS_ONE,
	  .about = "Says whether the file is as it was when it was read, whether its stat data or\nits content decides that, and which results depend on it.",
	  .examples = { "clnrm cache why tests/orders.clnrm.toml", "clnrm cache why data/orders.json" } },
	{ 0 }
};

static const struct cmd pool_subs[] = {
	{ .name = "status", .args = "", .summary = "what stands warm", .run = cmd_pool_status, .formats = FORMATS_PLAIN,
	  .listing = true, .exits = EXITS_LIST, .examples = { "clnrm pool", "clnrm pool status --format json" } },
	{ .name = "fill", .args = "IMAGE [N]", .summary = "make sandboxes ahead", .run = cmd_pool_fill, .formats = FORMATS_PLAIN,
	  .min_args = 1, .max_args = 2, .offer = OFFER_IMAGE, .exits = EXITS_ONE,
	  .examples = { "clnrm pool fill clnrm/base", "clnrm pool fill host 4" } },
	{ .name = "drain", .args = "[IMAGE]", .summary = "drop warm sandboxes", .run = cmd_pool_drain, .formats = FORMATS_PLAIN,
	  .max_args = 1, .offer = OFFER_IMAGE, .exits = EXITS_ONE,
	  .examples = { "clnrm pool drain", "clnrm pool drain clnrm/base" } },
	{ 0 }
};

static const struct flag images_import_flags[] = {
	{ .name = "platform", .metavar = "P", .type = FLAG_TEXT, .group = GROUP_OTHER, .help = "which of several, as linux/arm64; default: this machine's" },
	{ 0 }
};

static const struct flag images_rm_flags[] = {
	{ .name = "force", .type = FLAG_BOOL, .group = GROUP_OTHER, .help = "also what runs; its files go when that has ended" },
	{ 0 }
};

static const struct flag images_prune_flags[] = {
	{ .name = "all", .type = FLAG_BOOL, .group = GROUP_OTHER, .help = "images that no sandbox uses, too" },
	{ .name = "dry-run", .type = FLAG_BOOL, .group = GROUP_OTHER, .help = "only say what would go" },
	{ 0 }
};

static const struct cmd images_subs[] = {
	{ .name = "ls", .args = "", .summary = "images that are here", .run = cmd_images_ls, .formats = FORMATS_PLAIN, .listing = true,
	  .exits = EXITS_LIST, .examples = { "clnrm images", "clnrm images ls --format json" } },
	{ .name = "inspect", .args = "NAME", .summary = "one image", .run = cmd_images_inspect, .formats = FORMATS_PLAIN,
	  .min_args = 1, .max_args = 1, .offer = OFFER_IMAGE, .exits = EXITS_ONE,
	  .examples = { "clnrm images inspect host", "clnrm images inspect clnrm/base --format json" } },
	{ .name = "import", .args = "NAME[:TAG] PATH|-", .summary = "add an image from a directory or archive", .run = cmd_images_import,
	  .formats = FORMATS_PLAIN, .flags = images_import_flags, .min_args = 2, .max_args = 2, .offer = OFFER_FILE, .exits = EXITS_ONE | X(4),
	  .about = "PATH is a directory with a root file system, a tar of one, an archive of\n'docker save', or an OCI layout (a directory or tar); gzip and zstd are read;\n- is stdin. All of it is imported or nothing. A file uses it by image = \"NAME\".",
	  .examples = { "clnrm images import alpine:3.20 alpine.tar", "clnrm images import --platform linux/arm64 shop:1 layout" } },
	{ .name = "rm", .args = "NAME...", .summary = "remove images", .run = cmd_images_rm, .formats = FORMATS_PLAIN,
	  .flags = images_rm_flags, .min_args = 1, .max_args = 1000, .offer = OFFER_IMAGE, .exits = EXITS_ONE | X(1),
	  .examples = { "clnrm images rm alpine:3.20", "clnrm images rm --force shop:1 shop:2" } },
	{ .name = "prune", .args = "", .summary = "remove what no name leads to", .run = cmd_images_prune, .formats = FORMATS_PLAIN,
	  .flags = images_prune_flags, .exits = EXITS_LIST | X(1),
	  .examples = { "clnrm images prune --all", "clnrm images prune --all --dry-run" } },
	{ 0 }
};

static const struct cmd daemon_subs[] = {
	{ .name = "start", .args = "", .summary = "start the daemon, or find it", .run = cmd_daemon_start, .flags = daemon_start_flags,
	  .formats = FORMATS_PLAIN, .exits = X(0) | X(2) | X(6),
	  .examples = { "clnrm daemon start", "clnrm daemon start --foreground" } },
	{ .name = "stop", .args = "", .summary = "let runs end, then end the daemon", .run = cmd_daemon_stop, .flags = daemon_stop_flags,
	  .formats = FORMATS_PLAIN, .exits = X(0) | X(2) | X(6), .examples = { "clnrm daemon stop", "clnrm daemon stop --now" } },
	{ .name = "restart", .args = "", .summary = "stop, then start this build", .run = cmd_daemon_restart, .flags = daemon_stop_flags,
	  .formats = FORMATS_PLAIN, .exits = X(0) | X(2) | X(6), .examples = { "clnrm daemon restart", "clnrm daemon restart --now" } },
	{ .name = "status", .args = "", .summary = "whether it runs, and what it does", .run = cmd_daemon_status,
	  .formats = FORMATS_PLAIN, .exits = X(0) | X(1) | X(2) | X(6),
	  .examples = { "clnrm daemon status", "clnrm daemon status --format json" } },
	{ .name = "logs", .args = "", .summary = "its log, also when it is dead", .run = cmd_daemon_logs, .flags = daemon_logs_flags,
	  .formats = FORMATS_PLAIN, .exits = X(0) | X(2) | X(3), .examples = { "clnrm daemon logs -n 20", "clnrm daemon logs -f --level warn" } },
	{ .name = "reload", .args = "", .summary = "read the settings again", .run = cmd_daemon_reload, .formats = FORMATS_PLAIN,
	  .exits = X(0) | X(2) | X(6), .examples = { "clnrm daemon reload", "clnrm daemon reload --format json" } },
	{ .name = "gc", .args = "", .summary = "sweep what a crash left", .run = cmd_daemon_gc, .flags = daemon_gc_flags,
	  .formats = FORMATS_PLAIN, .exits = X(0) | X(2) | X(6), .examples = { "clnrm daemon gc", "clnrm daemon gc --dry-run" } },
	{ 0 }
};

const struct cmd commands[] = {
	{ .name = "run", .args = "[PATHS]", .summary = "run tests", .run = cmd_run, .flags = run_flags, .formats = FORMATS_RUN,
	  .max_args = -1, .offer = OFFER_TEST, .exits = EXITS_RUN,
	  .about = "PATHS are files, directories, globs, path:LINE, path::scenario[::step], or '-'\n"
	           "for one file from stdin. Every scenario gets a sandbox that has never run\n"
	           "anything. Without PATHS: the project's test directory, else '.'.",
	  .examples = { "clnrm run tests/", "clnrm run -j 4 --fail-fast --report junit=out.xml tests/orders.clnrm.toml" } },
	{ .name = "dev", .args = "[PATHS]", .summary = "watch and rerun", .run = cmd_dev, .flags = run_flags, .shares_flags = true,
	  .lacks = "list report report-junit output digest digest-file artifacts junit-output detach",
	  .formats = FORMAT_BIT(HUMAN) | FORMAT_BIT(NDJSON), .max_args = -1, .offer = OFFER_TEST, .exits = EXITS_RUN,
	  .about = "After each save only what the save can affect runs again. Ctrl-C ends it.",
	  .examples = { "clnrm dev tests/", "clnrm dev --only orders --format ndjson" } },
	{ .name = "try", .args = "-- CMD...", .summary = "one command in a fresh sandbox", .run = cmd_try, .flags = try_flags,
	  .formats = FORMATS_PLAIN, .rest = true, .exits = X(0) | X(2) | X(5) | X(6),
	  .about = "stdin is passed on, both streams are copied as they come. The exit code is the\n"
	           "command's own, 128+n for a signal; 125 clnrm's own failure, 126 not executable,\n127 not found.\n"
	           "stdin is read to its end, 12 MiB at most, before the command starts; of a\n"
	           "terminal nothing is read, and '</dev/null' passes nothing.",
	  .examples = { "clnrm try -- uname -a", "clnrm try --image clnrm/base --timeout 5s -- sh -c 'id; ls /'" } },
	{ .name = "validate", .args = "[PATHS]", .summary = "check files", .run = cmd_validate, .flags = validate_flags,
	  .formats = FORMATS_PLAIN, .max_args = -1, .offer = OFFER_TEST, .exits = EXITS_RUN,
	  .examples = { "clnrm validate tests/", "clnrm validate --format json - <one.clnrm.toml" } },
	{ .name = "render", .args = "TEMPLATE", .summary = "render one template", .run = cmd_render, .flags = render_flags,
	  .formats = FORMATS_PLAIN, .min_args = 1, .max_args = 1, .offer = OFFER_FILE, .exits = EXITS_RUN | X(4),
	  .about = "stdout is exactly what the template prints. One that cannot be rendered prints\n"
	           "nothing there; stderr says where and why. TEMPLATE '-' is stdin.",
	  .examples = { "clnrm render orders.clnrm.toml.tera -m region=eu", "clnrm render --bare --context vars.json page.html" } },
	{ .name = "ps", .args = "", .summary = "running and kept sandboxes", .run = cmd_ps, .flags = ps_flags, .formats = FORMATS_PLAIN,
	  .listing = true, .exits = EXITS_LIST, .examples = { "clnrm ps", "clnrm ps -a --format json" } },
	{ .name = "shell", .args = "[ID|TEST/SCENARIO] [-- CMD...]", .summary = "enter a kept sandbox", .run = cmd_shell,
	  .flags = shell_flags, .formats = FORMAT_BIT(HUMAN), .max_args = 1, .may_rest = true,
	  .about = "A terminal in it, with the environment, user and directory of the step that\nfailed; without ID in the one that was kept last. CMD is a shell otherwise.\n"
	           "~. at the beginning of a line leaves; the sandbox stays. Exits with the\ncommand's own code; 125 is a failure of clnrm.",
	  .exits = X(0) | X(2) | X(5) | X(6), .examples = { "clnrm shell", "clnrm shell orders/refund --step migrate" } },
	{ .name = "exec", .args = "ID|TEST/SCENARIO -- CMD...", .summary = "run a command in a kept sandbox", .run = cmd_exec,
	  .flags = exec_flags, .formats = FORMATS_PLAIN | FORMAT_BIT(NDJSON), .min_args = 1, .max_args = 1, .rest = true,
	  .about = "As 'clnrm shell', without a terminal. Exits with the command's own code;\n128+n for a signal, 127 not found, 126 not executable, 125 a failure of clnrm.",
	  .exits = X(0) | X(2) | X(5) | X(6), .examples = { "clnrm exec b3f0a9 -- ls -l", "clnrm exec -i latest -- psql <fix.sql" } },
	{ .name = "cp", .args = "ID:PATH DEST | SRC ID:PATH", .summary = "copy from and to a kept sandbox", .run = cmd_cp,
	  .formats = FORMAT_BIT(HUMAN), .min_args = 2, .max_args = 2, .offer = OFFER_FILE,
	  .about = "Files, and directories with all that is in them. DEST '-' prints a tar archive,\nSRC '-' takes one. Links that lead out of what is copied, and what is neither\n"
	           "file, directory nor link, are left out and named (exit 1).",
	  .exits = EXITS_ONE | X(1) | X(4), .examples = { "clnrm cp b3f0a9:/var/log/app.log .", "clnrm cp fixtures b3f0a9:/workspace" } },
	{ .name = "rm", .args = "ID...", .summary = "end kept sandboxes", .run = cmd_rm, .flags = rm_flags, .formats = FORMATS_PLAIN,
	  .max_args = -1, .exits = EXITS_ONE | X(1), .examples = { "clnrm rm b3f0a9", "clnrm rm --all" } },
	{ .name = "runs", .args = "list|show|rm", .summary = "history", .subs = runs_subs, .default_sub = "list", .exits = EXITS_ONE,
	  .about = "A run is named by its id, a prefix of at least 4 characters, 'latest' or\n'latest~N'.",
	  .examples = { "clnrm runs", "clnrm runs show latest" } },
	{ .name = "logs", .args = "RUN[/TEST[/SCENARIO[/STEP]]]", .summary = "stored output", .run = cmd_logs, .flags = logs_flags,
	  .formats = FORMATS_PLAIN, .min_args = 1, .max_args = 1, .offer = OFFER_RUN, .exits = EXITS_ONE,
	  .examples = { "clnrm logs latest/orders/refund", "clnrm logs latest --stream stderr -n 20" } },
	{ .name = "why", .args = "TEST[/SCENARIO] [RUN]", .summary = "what made it run, or let it be skipped", .run = cmd_why,
	  .formats = FORMATS_PLAIN, .min_args = 1, .max_args = 2, .offer = OFFER_TEST, .exits = EXITS_ONE,
	  .about = "Says what would happen now; with RUN, what happened then. A result of the past\nstands for a scenario while nothing that it depends on has changed. PATH and\nPATH::scenario name one too.",
	  .examples = { "clnrm why orders/refund", "clnrm why orders/refund latest" } },
	{ .name = "report", .args = "[RUN]", .summary = "HTML, Markdown, JSON, JUnit, TAP of a run", .run = cmd_report,
	  .flags = report_flags, .formats = FORMATS_RUN, .max_args = 1, .offer = OFFER_RUN, .exits = EXITS_ONE | X(4),
	  .about = "Of the latest run, unless one is named. HTML is one file that needs nothing\n"
	           "else; on a terminal it goes to clnrm-report.html, else to stdout or -o FILE.",
	  .examples = { "clnrm report", "clnrm report r7k2m9qa --kind markdown -o summary.md" } },
	{ .name = "flaky", .args = "[PATHS]|quarantine|release", .summary = "what fails now and then, and quarantine", .subs = flaky_subs,
	  .default_sub = "show", .open_words = true, .exits = EXITS_ONE,
	  .about = "A failure is a flip when the same inputs have also passed: those with the same\nkey of the result cache, and all attempts of one run. "
	           "PATHS choose scenarios by\ntheir files.",
	  .examples = { "clnrm flaky", "clnrm flaky quarantine orders/refund --owner payments --until 2026-12-24" } },
	{ .name = "config", .args = "show|path", .summary = "settings and where each comes from", .subs = config_subs, .default_sub = "show",
	  .exits = EXITS_ONE, .examples = { "clnrm config", "clnrm config path" } },
	{ .name = "pool", .args = "status|fill|drain", .summary = "warm sandboxes", .subs = pool_subs, .default_sub = "status",
	  .exits = EXITS_ONE, .examples = { "clnrm pool", "clnrm pool fill clnrm/base 4" } },
	{ .name = "cache", .args = "show|clear|why", .summary = "caches", .subs = cache_subs, .default_sub = "show",
	  .exits = EXITS_ONE, .examples = { "clnrm cache", "clnrm cache clear results" } },
	{ .name = "images", .args = "ls|import|inspect|rm|prune", .summary = "image store", .subs = images_subs, .default_sub = "ls",
	  .exits = EXITS_ONE, .examples = { "clnrm images", "clnrm images inspect host" } },
	{ .name = "daemon", .args = "start|stop|restart|status|logs|reload|gc", .summary = "the daemon", .subs = daemon_subs,
	  .exits = X(0) | X(1) | X(2) | X(6), .examples = { "clnrm daemon start", "clnrm daemon status" } },
	{ .name = "health", .args = "", .summary = "what this machine can do, and the remedies", .run = cmd_health, .formats = FORMATS_PLAIN,
	  .exits = X(0) | X(1) | X(2) | X(6), .examples = { "clnrm health", "clnrm health -v" } },
	{ .name = "metrics", .args = "[NAME]", .summary = "counters", .run = cmd_metrics, .formats = FORMATS_PLAIN, .max_args = 1,
	  .exits = EXITS_LIST, .examples = { "clnrm metrics", "clnrm metrics clnrm_container_pool" } },
	{ .name = "version", .args = "", .summary = "client and daemon builds", .run = cmd_version, .formats = FORMATS_PLAIN,
	  .exits = X(0) | X(2), .examples = { "clnrm version", "clnrm version --format json" } },
	{ .name = "completions", .args = "bash|zsh|fish", .summary = "shell completion", .run = cmd_completions,
	  .formats = FORMAT_BIT(HUMAN), .min_args = 1, .max_args = 1, .words = "bash zsh fish", .exits = X(0) | X(2),
	  .examples = { "clnrm completions bash >~/.local/share/bash-completion/completions/clnrm", "clnrm completions fish | source" } },
	{ .name = "help", .args = "[COMMAND]", .summary = "help", .run = cmd_help, .flags = help_flags, .formats = FORMAT_BIT(HUMAN),
	  .max_args = 2, .offer = OFFER_COMMAND, .exits = X(0) | X(2), .examples = { "clnrm help", "clnrm help run" } },
	{ .name = "__complete", .args = "KIND", .summary = "names for shell completion", .run = cmd_complete, .hidden = true,
	  .formats = FORMAT_BIT(HUMAN), .min_args = 1, .max_args = 1 },

	{ .name = "attach", .args = "RUN", .summary = "follow a run", .run = cmd_attach, .flags = attach_flags,
	  .formats = FORMATS_RUN, .min_args = 1, .max_args = 1, .offer = OFFER_RUN, .exits = EXITS_RUN,
	  .about = "Shows a run from its first event on, as 'clnrm run' would have, and ends with\n"
	           "its exit code. Ctrl-C leaves it (exit 0) and does not cancel it; any number of\n"
	           "clients may attach.",
	  .examples = { "clnrm attach latest", "clnrm attach r7k2m9qa --format junit -o result.xml" } },
	{ .name = "cancel", .args = "RUN...", .summary = "end a run", .run = cmd_cancel, .flags = cancel_flags,
	  .formats = FORMATS_PLAIN, .max_args = -1, .offer = OFFER_RUN, .exits = EXITS_ONE,
	  .about = "Returns when nothing of it is left on the machine.",
	  .examples = { "clnrm cancel latest", "clnrm cancel --all" } },
	{ .name = "dry-run", .args = "[PATHS]", .summary = "the plan without running", .run = cmd_dry_run, .flags = dry_run_flags,
	  .formats = FORMATS_PLAIN, .max_args = -1, .offer = OFFER_TEST, .exits = EXITS_RUN,
	  .about = "Says which scenarios a run of the same selection would have, in which sandbox\n"
	           "each, and its steps; -v adds deadlines, limits and commands. Runs nothing.",
	  .examples = { "clnrm dry-run tests/", "clnrm dry-run --graph dot tests/orders.clnrm.toml | dot -Tsvg" } },
	{ .name = "fmt", .args = "[PATHS]", .summary = "format files", .run = cmd_fmt, .flags = fmt_flags, .formats = FORMATS_PLAIN,
	  .max_args = -1, .offer = OFFER_TEST, .exits = EXITS_RUN,
	  .about = "Rewrites TOML test files in one layout. Comments, order and line ends stay, and\nso does what the file means. "
	           "'-' formats stdin to stdout. YAML is left as it is.",
	  .examples = { "clnrm fmt tests/", "clnrm fmt --check --diff" } },
	{ .name = "lint", .args = "[PATHS]", .summary = "find bad practice", .run = cmd_lint, .flags = lint_flags,
	  .formats = FORMATS_PLAIN | FORMAT_BIT(GITHUB) | FORMAT_BIT(SARIF), .max_args = -1, .offer = OFFER_TEST, .exits = EXITS_RUN,
	  .about = "Finds what validate finds and what is no error but bad practice: older keys,\n"
	           "what nothing uses, what hides a failure.",
	  .examples = { "clnrm lint --deny-warnings", "clnrm lint --format sarif -o lint.sarif tests/" } },
	{ .name = "init", .args = "[DIR]", .summary = "start a project", .run = cmd_init, .flags = init_flags, .formats = FORMATS_PLAIN,
	  .max_args = 1, .offer = OFFER_DIR, .exits = EXITS_LIST,
	  .about = "Writes a test that passes at once, and .gitignore. A file that exists is kept.",
	  .examples = { "clnrm init", "clnrm init shop --config --ci github" } },
	{ .name = "template", .args = "NAME [PROJECT]", .summary = "start from a template", .run = cmd_template, .flags = template_flags,
	  .formats = FORMATS_PLAIN, .max_args = 2, .exits = EXITS_LIST,
	  .words = "default advanced minimal database api otel matrix macros macro-library full-validation validation "
	           "deterministic lifecycle-matcher service-redis service-postgres yaml",
	  .about = "The projects default, advanced, minimal, database and api go into the directory\n"
	           "PROJECT, which is NAME unless said. The others are one file, on stdout or in\n-o FILE.",
	  .examples = { "clnrm template advanced shop", "clnrm template yaml -o tests/first.clnrm.yaml" } },
	{ .name = "schema", .args = "[test|project|result|event|receipt|plan]", .summary = "JSON Schema", .run = cmd_schema,
	  .flags = schema_flags, .formats = FORMATS_PLAIN, .max_args = 1, .words = "test project result event receipt plan",
	  .exits = EXITS_LIST, .about = "JSON Schema 2020-12 of files and of what commands print with --format json;\n"
	  "without a name that of test files. Editors complete and check by it.",
	  .examples = { "clnrm schema test --strict -o .clnrm/test.schema.json", "clnrm schema result" } },
	{ .name = "self-test", .args = "", .summary = "check an installation", .run = cmd_self_test, .flags = self_test_flags,
	  .formats = FORMATS_RUN, .exits = EXITS_RUN,
	  .about = "Runs the test files that come with clnrm: the daemon, its sandboxes, templates,\n"
	           "caches and commands do here what they should. Nothing of a project is read or\n"
	           "written, and the run is not in the history. What this machine cannot do is\n"
	           "skipped, with the reason.",
	  .examples = { "clnrm self-test", "clnrm self-test --suite sandbox -v" } },
	{ .name = "services", .args = "status|logs|restart", .summary = "services of runs", .issue = ISSUE_SERVICES },
	{ .name = "plugins", .args = "[NAME]", .summary = "service presets", .issue = ISSUE_SERVICES },
	{ .name = "pull", .args = "[PATHS]", .summary = "fetch images, lock digests", .issue = ISSUE_DOCKER },
	{ .name = "analyze", .args = "TEST [TRACES]", .summary = "check expectations against traces", .issue = ISSUE_TELEMETRY },
	{ .name = "spans", .args = "TRACE", .summary = "list spans", .issue = ISSUE_TELEMETRY },
	{ .name = "graph", .args = "TRACE", .summary = "draw a trace", .issue = ISSUE_TELEMETRY },
	{ .name = "diff", .args = "BASELINE CURRENT", .summary = "compare traces", .issue = ISSUE_TELEMETRY },
	{ .name = "record", .args = "[PATHS]", .summary = "record a baseline", .issue = ISSUE_TELEMETRY },
	{ .name = "repro", .args = "BASELINE", .summary = "run a baseline again", .issue = ISSUE_TELEMETRY },
	{ .name = "red-green", .args = "PATHS", .summary = "check that tests fail, then pass", .issue = ISSUE_TELEMETRY },
	{ .name = "collector", .args = "up|down|status|logs", .summary = "receive traces", .issue = ISSUE_TELEMETRY },
	{ 0 }
};

const struct conflict conflicts[] = {
	{ "run", "detach", "watch" },
	{ "run", "list", "report" },
	{ "run", "list", "report-junit" },
	{ "run", "list", "digest" },
	{ "run", "list", "digest-file" },
	{ "run", "force", "changed" },
	{ "run", "no-history", "failed" },
	{ "run", "no-history", "detach" },
	{ "run", "detach", "list" },
	{ "run", "detach", "report" },
	{ "run", "detach", "report-junit" },
	{ "run", "detach", "digest" },
	{ "run", "detach", "digest-file" },
	{ "run", "detach", "update-snapshots" },
	{ "run", "detach", "show-output" },
	{ "run", "detach", "raw" },
	{ "run", "detach", "slowest" },
	{ "run", "detach", "junit-dialect" },
	{ "run", "detach", "junit-output" },
	{ "run", "detach", "no-ci" },
	{ "run", "detach", "artifacts" },
	{ "run", "list", "artifacts" },
	{ "run", "repeat", "retries" },
	{ "run", "until-fail", "retries" },
	{ "run", "until-fail", "repeat" },
	{ "run", "repeat", "changed" },
	{ "run", "until-fail", "changed" },
	{ "run", "repeat", "verify-cache" },
	{ "run", "until-fail", "verify-cache" },
	{ "run", "repeat", "update-snapshots" },
	{ "run", "until-fail", "update-snapshots" },
	{ "rm", "all", "older-than" },
	{ 0 }
};

const struct variable variables[] = {
	{ "CLNRM_SOCKET", "as --socket, which wins, as do the other flags" },
	{ "CLNRM_CONFIG", "as --config" },
	{ "CLNRM_FORMAT", "as --format" },
	{ "CLNRM_COLOR", "as --color" },
	{ "CLNRM_JUNIT_DIALECT", "as --junit-dialect" },
	{ "CLNRM_HOME", "one directory for state, cache and data; else the XDG directories" },
	{ "CLNRM_DAEMON", "path of clnrmd; else it is looked for beside clnrm and in PATH" },
	{ "CLNRM_LOG", "log level of a daemon that is started: error, warn, info, debug, trace" },
	{ "CLNRM_IDLE_EXIT", "time without work after which a daemon that is started ends" },
	{ "CLEANROOM_TABLE_KEY", "overrides one key of the project file" },
	{ "NO_COLOR", "not empty: no colour" },
	{ "CLICOLOR_FORCE", "not 0: colour, also where there is no terminal" },
	{ "FORCE_COLOR", "the same" },
	{ "CLICOLOR", "0: no colour" },
	{ "COLUMNS", "width where there is no terminal" },
	{ "TERM", "dumb, or unset: no live screen, no colour" },
	{ "LANG", "without UTF-8: symbols of ASCII; LC_ALL weighs more" },
	{ "LC_ALL", "as LANG" },
	{ "CI", "not empty: no live screen, and --forbid-only" },
	{ "GITHUB_ACTIONS", "true: workflow commands for what failed" },
	{ "GITHUB_STEP_SUMMARY", "with GITHUB_ACTIONS: a file, to which a summary of each run is added" },
	{ 0 }
};

const char *const dropped_commands[] = { "ai-orchestrate", "ai-predict", "ai-optimize", "ai-real", "ai-monitor", "services ai-manage",
	"marketplace", NULL };

const char *const format_names[FORMAT_COUNT] = { "auto", "human", "json", "ndjson", "junit", "tap", "github", "sarif" };
/* clang-format on */

const char *issue_name(enum issue i)
{
	static const char *const names[] = { "foundation", "execution", "templates", "services",
		"docker", "telemetry" };

	return names[i];
}

const char *flag_group_name(enum flag_group g)
{
	static const char *const names[GROUP_COUNT] = { "Selection", "Running", "Watching",
		"Sandbox", "Files and variables", "Output", "Options", "Global options" };

	return names[g];
}

void flag_sets(const struct cmd *cmd, const struct flag *sets[FLAG_SETS])
{
	size_t n = 0;

	if (cmd && cmd->flags)
		sets[n++] = cmd->flags;
	if (cmd && cmd->listing)
		sets[n++] = listing_flags;
	if (cmd)
		sets[n++] = shared_flags;
	sets[n++] = global_flags;
	while (n < FLAG_SETS)
		sets[n++] = NULL;
}

bool flag_is_shown(const struct cmd *cmd, const struct flag *f)
{
	return !f->hidden && !(cmd && cmd->lacks && values_have(cmd->lacks, f->name));
}

const struct cmd *cmd_find(const struct cmd *list, const char *name)
{
	for (const struct cmd *c = list; c->name; c++) {
		if (strcmp(c->name, name) == 0)
			return c;
	}
	return NULL;
}

const struct flag *flag_find(const struct cmd *cmd, const char *name, size_t len)
{
	const struct flag *sets[FLAG_SETS];

	flag_sets(cmd, sets);
	for (size_t i = 0; i < FLAG_SETS && sets[i]; i++) {
		for (const struct flag *f = sets[i]; f->name; f++) {
			if (strncmp(f->name, name, len) == 0 && f->name[len] == '\0')
				return f;
		}
	}
	return NULL;
}

const struct flag *flag_find_letter(const struct cmd *cmd, char letter)
{
	const struct flag *sets[FLAG_SETS];

	flag_sets(cmd, sets);
	for (size_t i = 0; i < FLAG_SETS && sets[i]; i++) {
		for (const struct flag *f = sets[i]; f->name; f++) {
			if (f->letter == letter)
				return f;
		}
	}
	return NULL;
}

bool values_have(const char *values, const char *word)
{
	size_t len = strlen(word);

	for (const char *v = values; v && *v;) {
		size_t n = strcspn(v, " ");

		if (n == len && strncmp(v, word, n) == 0)
			return true;
		v += n + strspn(v + n, " ");
	}
	return false;
}
