/* proto/problem.h - one table from a problem's code to HTTP status and exit code (cli.md 5.3).
 *
 * The list is append-only within v1. Codes of findings (with a dot) that stand alone as a problem
 * use the row "invalid-files", except those of missing files.
 */
#ifndef PROTO_PROBLEM_H
#define PROTO_PROBLEM_H

#include "common/err.h"

/* PROBLEM(code, status, exit, title) */
#define PROBLEMS(PROBLEM)                                                                 \
	PROBLEM("bad-request", 400, 2, "the request is malformed")                        \
	PROBLEM("invalid-option", 400, 2, "an option is unknown or has a bad value")      \
	PROBLEM("denied", 403, 2, "not allowed")                                          \
	PROBLEM("not-found", 404, 3, "no such thing")                                     \
	PROBLEM("image-not-found", 404, 3, "no such image")                               \
	PROBLEM("method-not-allowed", 405, 5, "the resource does not take this method")   \
	PROBLEM("not-acceptable", 406, 5, "the answer cannot be given in this form")      \
	PROBLEM("unsupported-media", 415, 5, "the body's type is not understood")         \
	PROBLEM("conflict", 409, 1, "in use")                                             \
	PROBLEM("run-active", 409, 1, "the run is not over")                              \
	PROBLEM("exists", 409, 2, "already there")                                        \
	PROBLEM("version-skew", 409, 6, "client and daemon are of different builds")      \
	PROBLEM("cwd-mismatch", 409, 6, "the daemon sees another directory at that path") \
	PROBLEM("gone", 410, 3, "removed by retention")                                   \
	PROBLEM("too-large", 413, 2, "the body is too large")                             \
	PROBLEM("uri-too-long", 414, 2, "the request line is too long")                   \
	PROBLEM("headers-too-large", 431, 2, "the headers are too large")                 \
	PROBLEM("invalid-files", 422, 2, "files are invalid")                             \
	PROBLEM("template-error", 422, 1, "the template does not render")                 \
	PROBLEM("archive-invalid", 422, 4, "this is no image, or a bad one")              \
	PROBLEM("result-invalid", 422, 4, "this is no result of a run")                   \
	PROBLEM("context-invalid", 422, 4, "the context is not a JSON object")            \
	PROBLEM("no-match", 422, 2, "nothing was selected")                               \
	PROBLEM("refused", 422, 2, "cannot be done as asked")                             \
	PROBLEM("needs-feature", 501, 2, "this build does not have it")                   \
	PROBLEM("env-needed", 428, 0, "variables of the client are needed")               \
	PROBLEM("watch-wanted", 428, 0, "the project wants a session that watches")       \
	PROBLEM("limit", 429, 2, "a limit was met")                                       \
	PROBLEM("internal", 500, 5, "internal error")                                     \
	PROBLEM("write", 500, 5, "cannot write")                                          \
	PROBLEM("busy", 503, 6, "too busy")                                               \
	PROBLEM("shutting-down", 503, 6, "the daemon is ending")                          \
	PROBLEM("timeout", 504, 1, "took too long")

struct problem_kind {
	const char *code;
	int status, exit;
	const char *title;
};

/* NULL when there is no such code. "file.not_found" and "file.unreadable" give 422 with exit 3, any
 * other code with a dot 422 with exit 2. */
const struct problem_kind *problem_kind(const char *code);
/* The code that an error value maps to: ERR_INVALID "bad-request", ... */
const char *problem_of_err(enum err_code code);

#endif
