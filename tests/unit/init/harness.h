/* tests/unit/init/harness.h - a clnrm-init of one's own: started as a plain process and driven as a
 * daemon drives it. The program is the one of the test's build folder, or $CLNRM_INIT.
 *
 * For one test program alone: everything is static.
 */
#ifndef TESTS_UNIT_INIT_HARNESS_H
#define TESTS_UNIT_INIT_HARNESS_H

#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"
#include "proto/agent.h"

enum { PATIENCE_MS = 60000 };

struct harness {
	int fd; /* our end of the stream */
	pid_t pid;
	struct strbuf in, hello;
	size_t used;          /* of in: the record that was handed out last */
	struct strbuf out[2]; /* of all steps */
	unsigned started;
	char dir[64]; /* temporary, removed at the end */
};

/* build/x/unit/proto/test_y -> build/x/clnrm-init */
static void find_init(char *path, size_t size)
{
	const char *given = getenv("CLNRM_INIT");
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	ck_assert_int_gt(n, 0);
	self[n] = '\0';
	for (int i = 0; i < 3; i++)
		*strrchr(self, '/') = '\0';
	if (given)
		snprintf(path, size, "%s", given);
	else
		snprintf(path, size, "%s/clnrm-init", self);
	ck_assert_msg(access(path, X_OK) == 0, "'%s' is not built", path);
}

static void exec_init(int fd, const char *mask)
{
	char path[PATH_MAX + 16];
	/* Of a build with switches: without this one, none of them would reach it. */
	const char *mutate = getenv("CLNRM_MUTATE");
	char text[256];
	char *const env[] = { mutate ? text : NULL, NULL };

	snprintf(text, sizeof(text), "CLNRM_MUTATE=%s", mutate ? mutate : "");
	find_init(path, sizeof(path));
	if (fd != 3 && dup2(fd, 3) < 0)
		_exit(126);
	fcntl(3, F_SETFD, 0);
	/* What a careless parent leaves open. */
	if (fd != 9)
		dup2(open("/dev/null", O_RDONLY), 9);
	char *const argv[] = { (char[]){ "clnrm-init" }, strdup(mask), (char[]){ "noseccomp" },
		NULL };
	execve(path, argv, env);
	_exit(127);
}

/* False at end of file. */
static bool harness_read(struct harness *h, struct agent_record *r)
{
	struct err e;
	int found;

	strbuf_remove(&h->in, 0, h->used);
	h->used = 0;
	while ((found = agent_next(h->in.s, h->in.len, AGENT_MAX_EVENT, r, &h->used, &e)) == 0) {
		struct pollfd p = { .fd = h->fd, .events = POLLIN };
		char buf[1 << 16];

		ck_assert_msg(poll(&p, 1, PATIENCE_MS) == 1, "the init says nothing");
		ssize_t n = read(h->fd, buf, sizeof(buf));
		if (n <= 0)
			return false;
		strbuf_add(&h->in, buf, (size_t)n);
	}
	ck_assert_msg(found == 1, "%s", e.msg);
	return true;
}

/* The next record but AGENT_OUTPUT and AGENT_STARTED, which are kept and counted. */
static struct agent_record harness_next(struct harness *h)
{
	struct agent_record r;
	const void *p;
	uint8_t stream;
	uint64_t ns;
	size_t n;
	struct err e;

	for (;;) {
		ck_assert_msg(harness_read(h, &r), "the init has ended");
		if (r.type == AGENT_OUTPUT) {
			ck_assert_int_eq(agent_get_output(&r, &stream, &ns, &p, &n, &e), 0);
			strbuf_add(&h->out[stream - 1], p, n);
		} else if (r.type == AGENT_STARTED) {
			h->started++;
		} else {
			return r;
		}
	}
}

static void harness_start_with(struct harness *h, const char *mask)
{
	int sv[2];
	struct agent_record r;

	*h = (struct harness){
		.in = STRBUF_INIT, .hello = STRBUF_INIT, .out = { STRBUF_INIT, STRBUF_INIT }
	};
	snprintf(h->dir, sizeof(h->dir), "/tmp/clnrm-init-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(h->dir));
	ck_assert_int_eq(chmod(h->dir, 0755), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), 0);
	h->pid = fork();
	ck_assert_int_ge(h->pid, 0);
	if (h->pid == 0)
		exec_init(sv[1], mask);
	close(sv[1]);
	h->fd = sv[0];
	r = harness_next(h);
	ck_assert_int_eq(r.type, AGENT_HELLO);
	strbuf_add(&h->hello, r.body, r.len);
}

static void harness_start(struct harness *h)
{
	harness_start_with(h, "0");
}

/* Value of a fact, or NULL. */
static const char *harness_fact(const struct harness *h, const char *name)
{
	struct agent_record r = { .body = (const uint8_t *)h->hello.s,
		.len = (uint32_t)h->hello.len };
	struct agent_cursor c = agent_cursor(&r);

	ck_assert_uint_eq(agent_u32(&c), AGENT_VERSION);
	agent_str(&c, NULL);
	while (c.p < c.end && !c.bad) {
		const char *key = agent_str(&c, NULL), *value = agent_str(&c, NULL);

		if (strcmp(key, name) == 0)
			return value;
	}
	ck_assert(!c.bad);
	return NULL;
}

/* Closes the stream and waits for the init to be gone. */
static void harness_stop(struct harness *h)
{
	struct err e;

	close_fd(&h->fd);
	ck_assert_int_eq(waitpid(h->pid, NULL, 0), h->pid);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, h->dir, &e), 0);
	strbuf_release(&h->in);
	strbuf_release(&h->hello);
	strbuf_release(&h->out[0]);
	strbuf_release(&h->out[1]);
}

/* Sends and empties it. */
static void harness_send(struct harness *h, struct strbuf *record)
{
	struct err e;

	ck_assert_int_eq(fs_write_all(h->fd, record->s, record->len, &e), 0);
	strbuf_release(record);
}

static void harness_u32(struct harness *h, enum agent_type type, uint32_t step, uint32_t v)
{
	struct strbuf b = STRBUF_INIT;

	agent_put_u32(&b, type, step, v);
	harness_send(h, &b);
}

static void harness_run(struct harness *h, uint32_t step)
{
	struct strbuf b = STRBUF_INIT;

	agent_put_simple(&b, AGENT_RUN, step);
	harness_send(h, &b);
}

/* The detail lives until the next read. */
static struct agent_exit harness_exit(struct harness *h, uint32_t step)
{
	struct agent_record r = harness_next(h);
	struct agent_exit x;
	struct err e;

	ck_assert_msg(r.type == AGENT_EXITED, "record %u: %.*s", r.type, (int)r.len,
	        (const char *)r.body);
	ck_assert_uint_eq(r.step, step);
	ck_assert_int_eq(agent_get_exit(&r, &x, &e), 0);
	return x;
}

static void harness_waiting(struct harness *h, uint32_t next)
{
	struct agent_record r = harness_next(h);
	struct agent_cursor c = agent_cursor(&r);

	ck_assert_uint_eq(r.type, AGENT_WAITING);
	ck_assert_uint_eq(agent_u32(&c), next);
}

/* PATH, /, 1 MiB of output, exit code 0 expected. argv is borrowed. */
static struct agent_step harness_step(const char *const *argv)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", "HOME=/", NULL };

	return (struct agent_step){ .umask = 022,
		.user = "",
		.workdir = "/",
		.expected_codes = { 1 },
		.output_max = 1 << 20,
		.rlimits = { .open_files = 256 },
		.argv = argv,
		.env = env };
}

#define SH(text) harness_step((const char *const[]){ "/bin/sh", "-c", (text), NULL })

static void harness_batch(struct harness *h, const struct agent_step *steps, size_t n)
{
	struct strbuf b = STRBUF_INIT;

	agent_put_batch(&b, steps, n);
	harness_send(h, &b);
}

/* The exit of one step on its own. */
static struct agent_exit harness_one(struct harness *h, struct agent_step step)
{
	harness_batch(h, &step, 1);
	return harness_exit(h, 0);
}

#endif
