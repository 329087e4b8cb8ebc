/* clnrm cp: files between here and a kept sandbox.
 *
 * What comes and goes is tar. A process of its own makes it or takes it, at the other end of a pipe
 * that is the stdin or stdout of the request, so that this is a request like any other. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/body.h"
#include "client/call.h"
#include "common/fs.h"
#include "common/pack.h"

#define NOTES_MAX 20u /* that are said by name */
#define BROKEN_PIPE 141

/* What the other process has to say: shared with it. */
struct verdict {
	bool failed;
	size_t left_out;
	struct err e;
};

struct copying {
	const char *here; /* path on this side */
	bool in;          /* into the sandbox */
	struct verdict *v;
};

/* ---- the other process ---- */

static void left_out(void *arg, const char *name, const char *why)
{
	unsigned *said = arg;

	if (++*said <= NOTES_MAX)
		say("left out", "'%s': %s", name, why);
}

static NORETURN void work(const struct copying *k, int pipe)
{
	unsigned said = 0;
	struct pack_notes notes = { left_out, &said, 0 };
	int rc;

	signal(SIGPIPE, SIG_IGN); /* who reads has left: an error like any other */
	if (k->in)
		rc = pack_tree(k->here, pipe, &notes, &k->v->e);
	else
		rc = unpack_tree(
		        pipe, k->here, (struct unpack_how){ .links_stay = true }, &notes, &k->v->e);
	if (notes.n > NOTES_MAX)
		say("left out", "%zu more", notes.n - NOTES_MAX);
	k->v->left_out = notes.n;
	k->v->failed = rc < 0;
	_exit(0);
}

/* Our stdin (or stdout) is the other end from here on. */
static pid_t start(const struct copying *k, struct fault *f)
{
	AUTO_FD reads = -1;
	AUTO_FD writes = -1;
	int p[2];
	pid_t pid;

	if (pipe2(p, O_CLOEXEC) < 0)
		return fault_set(f, "internal", "cannot make a pipe: %s", strerror(errno));
	reads = p[0];
	writes = p[1];
	pid = fork();
	if (pid < 0)
		return fault_set(f, "internal", "cannot make a process: %s", strerror(errno));
	if (pid == 0) {
		close_fd(k->in ? &reads : &writes);
		work(k, k->in ? writes : reads);
	}
	if (k->in)
		dup2(reads, STDIN_FILENO);
	else
		dup2(writes, STDOUT_FILENO);
	return pid;
}

/* It reads to the end, which is when nobody writes any more; or is told so by a broken pipe. */
static void finish(const struct copying *k, pid_t pid)
{
	AUTO_FD null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int status;

	if (null >= 0)
		dup2(null, k->in ? STDIN_FILENO : STDOUT_FILENO);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) && !k->v->failed) {
		k->v->failed = true;
		err_set(&k->v->e, ERR_SYS, "the copy was killed");
	}
}

/* ---- what came of it ---- */

static const char *code_of(const struct err *e)
{
	if (e->sys == ENOENT || e->sys == ENOTDIR)
		return "file.not_found";
	switch (e->code) {
	case ERR_NOT_FOUND:
		return "file.not_found";
	case ERR_INVALID:
	case ERR_UNSUPPORTED:
	case ERR_DENIED:
		return "archive-invalid";
	case ERR_LIMIT:
		return "limit";
	default:
		return "write";
	}
}

/* Of the two ends the one that failed by itself is told of. */
static int judge(const struct copying *k, int rc, struct ctx *c, const struct fault *of_call)
{
	AUTO_FAULT f = FAULT_INIT;
	bool theirs = rc != 0 && rc != BROKEN_PIPE;

	if (k->v->failed && !theirs) {
		fault_set(&f, code_of(&k->v->e), "%s", k->v->e.msg);
		return fault_print(&f, c->format);
	}
	if (rc < 0)
		return fault_print(of_call, c->format);
	return rc == 0 && k->v->left_out ? 1 : rc;
}

static int transfer(struct ctx *c, struct copying *k, const struct request *req)
{
	AUTO_FAULT f = FAULT_INIT;
	pid_t pid = 0;
	int rc;

	k->v = mmap(NULL, sizeof(*k->v), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (k->v == MAP_FAILED) {
		fault_set(&f, "internal", "cannot share memory: %s", strerror(errno));
		return fault_print(&f, c->format);
	}
	if (strcmp(k->here, "-") != 0 && (pid = start(k, &f)) < 0)
		return fault_print(&f, c->format);
	rc = call_quietly(c, req, &f);
	if (pid)
		finish(k, pid);
	return judge(k, rc, c, &f);
}

/* ---- arguments ---- */

/* "ID:PATH", as long as it cannot be a path of this side: those begin with '.' or '/'. */
static const char *path_inside(const char *arg)
{
	const char *colon = strchr(arg, ':');

	return colon && colon != arg && *arg != '.' && *arg != '/' && *arg != '-' ? colon + 1
	                                                                          : NULL;
}

static void write_path(struct strbuf *out, const char *arg, const char *inside)
{
	AUTO_STRBUF name = STRBUF_INIT;

	strbuf_add(&name, arg, (size_t)(inside - 1 - arg));
	strbuf_adds(out, "/v1/sandboxes/");
	url_escape(out, name.s);
	strbuf_adds(out, "/files?path=");
	url_escape(out, *inside ? inside : "/");
	/* Names of tests and scenarios may have a ':', too: who knows them finds where it ends. */
	if (strchr(inside, ':'))
		strbuf_adds(out, "&joined=1");
}

/* What cannot be read is said before anything is asked. */
static int check_source(const char *path, struct fault *f)
{
	if (strcmp(path, "-") == 0 || access(path, R_OK) == 0)
		return 0;
	return fault_set(f, errno == ENOENT ? "file.not_found" : "file.unreadable",
	        "cannot read '%s': %s", path, strerror(errno));
}

int cmd_cp(struct ctx *c)
{
	const char *from = path_inside(c->args.pos[0]), *to = path_inside(c->args.pos[1]);
	struct copying k = { .in = to != NULL, .here = c->args.pos[to ? 0 : 1] };
	AUTO_FAULT f = FAULT_INIT;
	AUTO_STRBUF path = STRBUF_INIT;
	struct request req = { .method = k.in ? "PUT" : "GET",
		.never_start = true,
		.puts_stdin = k.in,
		.type = "application/x-tar" };

	if (!from == !to) {
		fault_set(&f, "invalid-value", "one of SRC and DEST has to be ID:PATH");
		fault_help(&f, "clnrm cp ID:PATH DEST, or clnrm cp SRC ID:PATH");
		return fault_print(&f, c->format);
	}
	if (k.in && check_source(k.here, &f) < 0)
		return fault_print(&f, c->format);
	write_path(&path, c->args.pos[k.in ? 1 : 0], k.in ? to : from);
	if (k.in && strcmp(k.here, "-") == 0)
		strbuf_adds(&path, "&tree=1");
	req.path = path.s;
	return transfer(c, &k, &req);
}
