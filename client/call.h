/* client/call.h - one request of a command, its answer copied to the streams, the exit status.
 *
 * The daemon renders; the client copies frames. What it does beside that: it starts the daemon,
 * sends once more what the daemon asks for (variables), sorts out builds, passes signals on, and
 * writes files that were named on the command line.
 */
#ifndef CLIENT_CALL_H
#define CLIENT_CALL_H

#include "client/cmd.h"

struct request {
	const char *method, *path;
	/* Appends the JSON body; need_env holds names and globs, apart by ',' and blanks, that the
	 * daemon asked for, or "". NULL: no body. */
	void (*body)(
	        const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out);
	const void *arg;
	const char *const *files; /* where f frames go, N from 1 */
	size_t n_files;
	const struct strbuf *before; /* goes before the answer, once it comes; or NULL */
	bool appends_last;           /* the last of them is added to */
	bool is_run;                 /* a signal cancels it and waits for its end */
	bool names_output;           /* -o is among files: the answer goes to stdout */
	bool tells_of_files;         /* stdout says what was written: after that, and if it was */
	bool takes_keys;             /* of a session that watches */
	bool feeds_stdin;            /* of a try: stdin goes on after the body */
	const struct request *to_watch; /* what is asked instead where the project wants to watch */
	bool any_build;                 /* no Clnrm-Build: must work with a daemon of any build */
	bool never_start;               /* whatever --daemon says */
};

/* Prints everything, faults too; returns the exit status. */
int call(struct ctx *c, const struct request *req);

/* A job of GitHub Actions reads the output (cli.md 4.7). */
bool call_on_github(const struct ctx *c);

/* The same when the caller wants to say itself why there is no answer: -1 with *f filled when
 * nothing was printed. */
int call_quietly(struct ctx *c, const struct request *req, struct fault *f);

/* A connected descriptor, with no request yet: to the daemon that runs, or with may_start to one
 * that is started then, as s says. -1 with a fault. */
struct started;
int call_connect(const struct ctx *c, bool may_start, struct started *s, struct fault *f);
#endif
