/* Save to verdict: a session watches a tree of 1,000 tests, one of them is saved by another
 * process, and the time is from before that one's first write() until its verdict is read from the
 * client's pipe. Beside it a watcher that does what people do without a daemon: it calls
 * `docker run` for each save. */
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "bench/contestants.h"
#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"

#define SAVED 500u /* which of them */
#define VOLUME_DIRS 40u
#define FILES_A_DIR 50u
#define PATIENCE_MS 30000

enum { BY_PHASE = 1 }; /* the first series of phases; before it the verdict */
static const char *const phases[] = { "detect", "render", "parse", "plan", "acquire", "run",
	"report" };

/* What the writer and we share. */
struct shared {
	volatile int64_t began_ns;
};

struct reload {
	char *dir, *saved;
	pid_t writer, reader; /* reader: the client, or the watcher that calls docker */
	int order;            /* to the writer: a byte a save */
	int verdicts;         /* from the reader */
	struct shared *shared;
	struct strbuf got;    /* of verdicts, not consumed yet */
	struct timed *docker; /* what the watcher runs; NULL = clnrm */
	const struct who *who;
};

/* ---- the tree ---- */

static void put_test(struct strbuf *b, const struct contestant *is, unsigned number, unsigned save)
{
	const char *image = image_names_of[is->image];

	strbuf_printf(b, "[meta]\nname = \"t%05u\"\n", number);
	if (is->variant & TEMPLATED)
		strbuf_printf(b,
		        "image = \"{{ image }}\"\n\n[vars]\nimage = \"%s\"\nsave = \"%u\"\n\n",
		        image, save);
	else
		strbuf_printf(b, "image = \"%s\"\n\n", image);
	strbuf_adds(b, "[[scenario]]\nname = \"one\"\nvolumes = [{ host_path = \"data\", "
	               "container_path = \"/data\", read_only = true }]\n");
	strbuf_adds(b, "steps = [\n  { name = \"s0\", command = [\"/bin/true\", \"");
	if (is->variant & TEMPLATED)
		strbuf_adds(b, "{% if save %}save {{ save }}{% endif %}");
	else
		strbuf_printf(b, "save %u", save);
	strbuf_adds(b, "\"] },\n]\n");
}

static int put_file(const char *path, const struct strbuf *b, struct err *e)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return err_sys(e, "cannot write '%s'", path);
	return fs_write_all(fd, b->s, b->len, e);
}

static int make_volume(const char *dir, struct err *e)
{
	AUTO_STRBUF text = STRBUF_INIT;

	strbuf_adds(&text, "what a test reads\n");
	for (unsigned d = 0; d < VOLUME_DIRS; d++) {
		AUTO_STR sub = xasprintf("%s/data/d%02u", dir, d);

		if (fs_mkdirs(sub, 0755, e) < 0)
			return -1;
		for (unsigned i = 0; i < FILES_A_DIR; i++) {
			AUTO_STR path = xasprintf("%s/f%02u", sub, i);

			if (put_file(path, &text, e) < 0)
				return -1;
		}
	}
	return 0;
}

static int make_tree(struct reload *r, struct entry *en, struct err *e)
{
	static unsigned trees;
	const char *ending = en->is->variant & TEMPLATED ? ".tera" : "";
	AUTO_STRBUF text = STRBUF_INIT;

	r->dir = xasprintf("%s/reload-%u", en->w->dir, trees++);
	r->saved = xasprintf("%s/t%05u.clnrm.toml%s", r->dir, SAVED, ending);
	if (make_volume(r->dir, e) < 0)
		return -1;
	for (unsigned i = 0; i < en->is->files; i++) {
		AUTO_STR path = xasprintf("%s/t%05u.clnrm.toml%s", r->dir, i, ending);

		strbuf_reset(&text);
		put_test(&text, en->is, i, 0);
		if (put_file(path, &text, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- the writer ---- */

static void must(bool ok)
{
	if (!ok)
		_exit(1);
}

static void write_to(const char *path, int flags, const struct strbuf *b, struct shared *s)
{
	int fd = open(path, O_WRONLY | flags, 0644);

	must(fd >= 0);
	s->began_ns = clock_ns();
	must(write(fd, b->s, b->len) == (ssize_t)b->len);
	must(close(fd) == 0);
}

static void save_by_rename(const struct reload *r, const struct strbuf *b)
{
	AUTO_STR temporary = xasprintf("%s/.t~", r->dir);

	write_to(temporary, O_CREAT | O_EXCL, b, r->shared);
	must(rename(temporary, r->saved) == 0);
}

static void save_in_place(const struct reload *r, const struct strbuf *b)
{
	write_to(r->saved, O_TRUNC, b, r->shared);
}

/* With a backup, as strace(1) shows it: a probe for whether files can be made here, the old file
 * out of the way, a new one under its name, its mode set once more, the backup removed. It asks for
 * fsync(2) before it closes, which is time of the disk and of nobody's watcher: left out. */
static void save_as_vim(const struct reload *r, const struct strbuf *b)
{
	AUTO_STR probe = xasprintf("%s/4913", r->dir);
	AUTO_STR backup = xasprintf("%s~", r->saved);
	int fd = open(probe, O_CREAT | O_WRONLY | O_EXCL, 0644);

	must(fd >= 0 && close(fd) == 0 && unlink(probe) == 0);
	must(rename(r->saved, backup) == 0);
	write_to(r->saved, O_CREAT, b, r->shared);
	must(chmod(r->saved, 0644) == 0);
	must(unlink(backup) == 0);
}

static void (*const ways[])(const struct reload *r, const struct strbuf *b) = {
	[BY_RENAME] = save_by_rename,
	[IN_PLACE] = save_in_place,
	[AS_VIM] = save_as_vim,
};

/* Each content is another one, so that no result of the past stands for it. */
static NORETURN void writer(const struct reload *r, const struct contestant *is, int orders)
{
	AUTO_STRBUF text = STRBUF_INIT;
	char byte;

	for (unsigned save = 1; read(orders, &byte, 1) == 1; save++) {
		strbuf_reset(&text);
		put_test(&text, is, SAVED, save);
		ways[is->variant & ~TEMPLATED](r, &text);
	}
	_exit(0);
}

/* Our children end with us, however we end. */
static pid_t fork_child(struct err *e)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		return err_sys(e, "fork");
	if (pid == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
		_exit(1);
	return pid;
}

static int start_writer(struct reload *r, const struct contestant *is, struct err *e)
{
	int p[2];

	r->shared = mmap(NULL, sizeof(*r->shared), PROT_READ | PROT_WRITE,
	        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (r->shared == MAP_FAILED || pipe2(p, O_CLOEXEC) < 0) {
		r->shared = r->shared == MAP_FAILED ? NULL : r->shared;
		return err_sys(e, "cannot prepare a writer");
	}
	r->writer = fork_child(e);
	if (r->writer == 0) {
		close(p[1]);
		writer(r, is, p[0]);
	}
	close(p[0]);
	r->order = p[1];
	return r->writer < 0 ? -1 : 0;
}

/* ---- the watcher that calls docker ---- */

static bool is_saved(const struct inotify_event *ev)
{
	size_t n = ev->len ? strlen(ev->name) : 0;

	return n > 11 && strcmp(ev->name + n - 11, ".clnrm.toml") == 0;
}

static NORETURN void watch_and_call(const struct reload *r, int to)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	int fd = inotify_init1(IN_CLOEXEC), status;
	double ms;
	ssize_t n;
	struct err e;

	must(fd >= 0 && inotify_add_watch(fd, r->dir, IN_CLOSE_WRITE | IN_MOVED_TO) >= 0);
	must(write(to, "ready\n", 6) == 6);
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (char *p = buf; p < buf + n;) {
			const struct inotify_event *ev = (const struct inotify_event *)(void *)p;

			p += sizeof(*ev) + ev->len;
			if (!is_saved(ev))
				continue;
			must(command_time(&r->docker->c, &ms, &status, &e) == 0);
			must(write(to, status ? "fail\n" : "pass\n", 5) == 5);
		}
	}
	_exit(1);
}

/* ---- what the reader says ---- */

/* The next line, without its end; valid until the next call. NULL with *e. */
static const char *next_line(struct reload *r, struct strbuf *line, struct err *e)
{
	char buf[16384];
	const char *end;

	while (!(end = memchr(r->got.s, '\n', r->got.len))) {
		struct pollfd p = { .fd = r->verdicts, .events = POLLIN };
		ssize_t n;

		if (poll(&p, 1, PATIENCE_MS) <= 0) {
			err_set(e, ERR_TIMEOUT, "no verdict after %d ms", PATIENCE_MS);
			return NULL;
		}
		n = read(r->verdicts, buf, sizeof(buf));
		if (n <= 0) {
			err_set(e, ERR_SYS, "the session has ended: %.300s", r->got.s);
			return NULL;
		}
		strbuf_add(&r->got, buf, (size_t)n);
	}
	strbuf_reset(line);
	strbuf_add(line, r->got.s, (size_t)(end - r->got.s));

	AUTO_STRBUF rest = STRBUF_INIT;
	strbuf_add(&rest, end + 1, r->got.len - line->len - 1);
	strbuf_reset(&r->got);
	strbuf_add(&r->got, rest.s, rest.len);
	return line->s;
}

static int await_line(struct reload *r, const char *what, struct strbuf *line, struct err *e)
{
	const char *s;

	while ((s = next_line(r, line, e)))
		if (strstr(s, what))
			return 0;
	return -1;
}

static int check_verdict(const char *line, struct err *e)
{
	json_t *j = json_loads(line, 0, NULL);
	const char *verdict = json_string_value(json_object_get(j, "verdict"));
	bool ok = verdict && strcmp(verdict, "pass") == 0 &&
	          json_is_false(json_object_get(j, "cached")) &&
	          json_is_true(json_object_get(json_object_get(j, "receipt"), "pristine"));

	json_decref(j);
	return ok ? 0 : err_set(e, ERR_INVALID, "no verdict of a run: %.300s", line);
}

static int read_phases(const char *line, double *out, struct err *e)
{
	json_t *j = json_loads(line, 0, NULL), *ms = json_object_get(j, "phases_ms");

	for (size_t i = 0; ms && i < ARRAY_LEN(phases); i++)
		out[i] = json_number_value(json_object_get(ms, phases[i]));
	json_decref(j);
	return ms ? 0 : err_set(e, ERR_INVALID, "no phases in %.300s", line);
}

static bool tells_events(const struct entry *en)
{
	return en->is->metrics[BY_PHASE] != NULL;
}

/* ---- contestants ---- */

static int start_client(struct reload *r, struct entry *en, int out, struct err *e)
{
	const char *format = tells_events(en) ? "ndjson" : "human";
	const char *const argv[] = { en->w->clnrm, "dev", "--no-initial", "--format", format, ".",
		NULL };

	r->reader = command_start(&(struct command){ .argv = argv,
	                                  .env = r->who->env,
	                                  .dir = r->dir,
	                                  .uid = r->who->uid,
	                                  .gid = r->who->gid,
	                                  .out = out },
	        e);
	return r->reader < 0 ? -1 : 0;
}

static int start_watcher(struct reload *r, int out, struct err *e)
{
	r->reader = fork_child(e);
	if (r->reader == 0)
		watch_and_call(r, out);
	return r->reader < 0 ? -1 : 0;
}

static int start_reader(struct reload *r, struct entry *en, struct err *e)
{
	AUTO_STRBUF line = STRBUF_INIT;
	int p[2], rc;

	if (pipe2(p, O_CLOEXEC) < 0)
		return err_sys(e, "pipe");
	r->verdicts = p[0];
	rc = r->docker ? start_watcher(r, p[1], e) : start_client(r, en, p[1], e);
	close(p[1]);
	return rc < 0 ? -1 : await_line(r, r->docker ? "ready" : "watch.ready", &line, e);
}

static struct reload *reload_new(struct entry *en)
{
	struct reload *r = xcalloc(1, sizeof(*r));

	r->order = r->verdicts = -1;
	r->got = (struct strbuf)STRBUF_INIT;
	r->who = &en->w->who[en->is->user];
	en->state = r;
	return r;
}

static int begin(struct reload *r, struct entry *en, struct err *e)
{
	if (make_tree(r, en, e) < 0 ||
	        RUN(NULL, e, "chown", "-R", "--reference", r->who->home, r->dir) < 0)
		return -1;
	return start_reader(r, en, e) < 0 ? -1 : start_writer(r, en->is, e);
}

int prepare_reload(struct entry *en, struct err *e)
{
	struct reload *r = reload_new(en);

	if (world_daemon(en->w, en->is->user, e) < 0 || world_stock(r->who, en->is->image, e) < 0)
		return -1;
	return begin(r, en, e);
}

int prepare_docker_reload(struct entry *en, struct err *e)
{
	struct entry docker = { .is = en->is, .w = en->w };
	struct reload *r;
	int rc = prepare_docker_run(&docker, e);

	r = reload_new(en);
	r->docker = docker.state;
	return rc < 0 ? -1 : begin(r, en, e);
}

/* The verdict of the save that is timed, and of no other. */
static int await_verdict(struct reload *r, const struct entry *en, double *out, struct err *e)
{
	const char *what = r->docker          ? "pass"
	                   : tells_events(en) ? "\"ev\":\"scenario_end\""
	                                      : "pass  ";
	AUTO_STRBUF line = STRBUF_INIT;

	if (await_line(r, what, &line, e) < 0)
		return -1;
	out[0] = (double)(clock_ns() - r->shared->began_ns) / NS_PER_MS;
	if (!tells_events(en))
		return r->docker ? 0 : await_line(r, "   run ", &line, e);
	if (check_verdict(line.s, e) < 0 || await_line(r, "\"ev\":\"round_end\"", &line, e) < 0)
		return -1;
	return read_phases(line.s, out + BY_PHASE, e);
}

int reload_once(struct entry *en, double *out, struct err *e)
{
	struct reload *r = en->state;

	if (write(r->order, "s", 1) != 1)
		return err_sys(e, "the writer is gone");
	if (await_verdict(r, en, out, e) < 0)
		return -1;
	/* A second verdict for one save is none. */
	if (r->got.len && strstr(r->got.s, "scenario_end"))
		return err_set(e, ERR_INVALID, "two verdicts: %.300s", r->got.s);
	return r->docker ? 0 : world_quiet(r->who, NULL, e);
}

static void end_child(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

void reload_release(struct entry *en)
{
	struct reload *r = en->state;
	struct entry docker = { .is = en->is, .w = en->w };

	if (!r)
		return;
	close_fd(&r->order);
	end_child(r->reader);
	end_child(r->writer);
	close_fd(&r->verdicts);
	docker.state = r->docker;
	timed_release(&docker);
	if (r->shared)
		munmap(r->shared, sizeof(*r->shared));
	strbuf_release(&r->got);
	free(r->dir);
	free(r->saved);
	free(r);
	en->state = NULL;
}
