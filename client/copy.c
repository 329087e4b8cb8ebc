#include "client/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/print.h"
#include "common/fs.h"
#include "common/json.h"
#include "common/mem.h"

#define OUTPUT_MAX (1024UL * 1024 * 1024)
#define FILES_MAX 100000

static int put(struct copy *k, int fd, const char *p, size_t n);

/* ---- beside the answer ---- */

/* False when it could not be asked now. */
static bool ask_beside(struct copy *k, const char *method, const char *what, const char *suffix,
        const struct strbuf *body)
{
	AUTO_STRBUF path = STRBUF_INIT;

	if (!k->run)
		return false;
	strbuf_printf(&path, "/v1/%s/%s%s", what, k->run, suffix);
	for (size_t i = 0; i < ASIDE_MAX; i++) {
		if (k->aside[i] >= 0)
			continue;
		k->aside[i] = ask_aside(&k->c->where, method, path.s, body);
		return true;
	}
	return false;
}

static void send_columns(struct copy *k)
{
	AUTO_STRBUF body = STRBUF_INIT;
	struct json j = JSON_INIT(&body);
	unsigned rows, columns = k->c->term.columns;

	json_obj(&j, NULL);
	if (k->req->terminal) {
		raw_size(&rows, &columns);
		json_uint(&j, "rows", rows);
	}
	json_uint(&j, "columns", columns);
	if (k->view)
		json_raw(&j, "view", k->view, strlen(k->view));
	json_end(&j);
	k->size_owed = !ask_beside(k, "PATCH", "runs", "/view", &body) && k->req->terminal;
}

/* Cancels the run and goes on to its end; what is no run is left at once. */
static void cancel(struct copy *k)
{
	if (k->req->is_run && !k->headed)
		return; /* copy_head() does it */
	if (k->req->is_run && k->run)
		ask_beside(k, "DELETE", "runs", "", NULL);
	else
		k->left = true;
}

/* ---- signals ---- */

static void redraw(struct copy *k)
{
	AUTO_STRBUF text = STRBUF_INIT;

	k->c->term.drawn = 0; /* the shell wrote in between */
	term_draw(&k->c->term, &text);
	put(k, STDERR_FILENO, text.s, text.len);
}

/* The shell finds its prompt where the live region was; SIGCONT draws it again. */
static void stop(struct copy *k)
{
	AUTO_STRBUF text = STRBUF_INIT;
	sigset_t set;
	bool keys = k->keys.on, raw = k->raw.on;

	keys_close(&k->keys);
	raw_close(&k->raw);
	if (k->c->term.drawn > 0) {
		term_erase(&k->c->term, &text);
		put(k, STDERR_FILENO, text.s, text.len);
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL); /* stops here */
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (keys)
		keys_open(&k->keys);
	if (raw)
		raw_open(&k->raw);
}

static void on_end_signal(struct copy *k, int code)
{
	if (k->req->is_attached && code == 130)
		k->left_well = true;
	if (k->signal_exit || !k->req->is_run) {
		k->left = true;
		if (!k->signal_exit)
			k->signal_exit = code;
		return;
	}
	k->signal_exit = code;
	cancel(k);
}

static void on_signal(struct copy *k, uint32_t sig)
{
	switch (sig) {
	case SIGWINCH:
		if (term_resized(&k->c->term) || k->req->terminal)
			send_columns(k);
		break;
	case SIGTSTP:
		stop(k);
		break;
	case SIGCONT:
		redraw(k);
		break;
	case SIGINT:
		on_end_signal(k, 130);
		break;
	case SIGTERM:
		on_end_signal(k, 143);
		break;
	case SIGHUP:
		on_end_signal(k, 129);
		break;
	case SIGQUIT: /* with a terminal alone, which it must not leave as it is */
		on_end_signal(k, 131);
		break;
	default:
		break;
	}
}

static void read_signals(struct copy *k)
{
	struct signalfd_siginfo si;

	while (!k->left && read(k->signals, &si, sizeof(si)) == (ssize_t)sizeof(si))
		on_signal(k, si.ssi_signo);
}

/* Blocked signals are queued even when they are ignored: what was ignored at our start stays so. */
static void add_unless_ignored(sigset_t *set, int sig)
{
	struct sigaction sa;

	if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler != SIG_IGN)
		sigaddset(set, sig);
}

static int open_signals(bool terminal, struct fault *f)
{
	sigset_t watched, blocked;
	int fd;

	sigemptyset(&watched);
	add_unless_ignored(&watched, SIGINT);
	add_unless_ignored(&watched, SIGHUP);
	add_unless_ignored(&watched, SIGTSTP);
	if (terminal)
		add_unless_ignored(&watched, SIGQUIT);
	sigaddset(&watched, SIGTERM);
	sigaddset(&watched, SIGWINCH);
	sigaddset(&watched, SIGCONT);
	blocked = watched;
	sigaddset(&blocked, SIGPIPE); /* seen as EPIPE */
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	fd = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd >= 0 ? fd
	               : fault_set(f, "internal", "cannot make a signalfd: %s", strerror(errno));
}

/* ---- writing ---- */

static void on_write_error(struct copy *k, int fd)
{
	AUTO_FAULT f = FAULT_INIT;
	int sys = errno;

	if (k->broken_exit)
		return;
	k->broken_exit = sys == EPIPE ? 141 : 5;
	if (sys != EPIPE) {
		fault_set(&f, "write", "cannot write to %s: %s",
		        fd == STDOUT_FILENO ? "stdout" : "stderr", strerror(sys));
		if (fd != STDERR_FILENO)
			fault_print(&f, FORMAT_HUMAN);
	}
	cancel(k);
}

/* Waits until fd takes bytes; signals are served meanwhile. */
static bool wait_writable(struct copy *k, int fd)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLOUT },
		{ .fd = k->signals, .events = POLLIN } };

	while (!k->left && !k->broken_exit) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return true;
		if (p[1].revents)
			read_signals(k);
		if (p[0].revents)
			return !k->left;
	}
	return false;
}

/* To stdout or stderr in parts that a pipe which polls as writable takes whole. */
static int put(struct copy *k, int fd, const char *p, size_t n)
{
	while (n > 0 && wait_writable(k, fd)) {
		ssize_t done = write(fd, p, n < PIPE_BUF ? n : PIPE_BUF);

		if (done < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (done < 0) {
			on_write_error(k, fd);
			return 0;
		}
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static int to_output(struct copy *k, const char *p, size_t n)
{
	k->wrote = true;
	if (!k->output_path && !k->req->tells_of_files)
		return put(k, STDOUT_FILENO, p, n);
	if (k->output.len + n <= OUTPUT_MAX)
		strbuf_add(&k->output, p, n);
	return 0;
}

/* ---- frames ---- */

static int on_text(void *arg, char kind, const char *p, size_t n)
{
	struct copy *k = arg;
	struct term *t = &k->c->term;
	AUTO_STRBUF around = STRBUF_INIT;

	if (t->drawn > 0) {
		term_erase(t, &around);
		put(k, STDERR_FILENO, around.s, around.len);
	}
	if (kind == 'o')
		to_output(k, p, n);
	else
		put(k, STDERR_FILENO, p, n);
	/* Drawn again only below a whole line. */
	if (t->region.len > 0 && p[n - 1] == '\n') {
		strbuf_reset(&around);
		term_draw(t, &around);
		put(k, STDERR_FILENO, around.s, around.len);
	}
	return 0;
}

static int on_file(void *arg, unsigned n, const char *p, size_t len)
{
	struct copy *k = arg;

	if (n >= 1 && n <= k->n_files && k->files[n - 1].len + len <= OUTPUT_MAX)
		strbuf_add(&k->files[n - 1], p, len);
	return 0;
}

/* A report that a test file asks for itself: the next number, and an absolute path. */
static int on_name(void *arg, unsigned n, const char *path)
{
	struct copy *k = arg;
	size_t at = k->n_files;

	if (n != at + 1 || at >= FILES_MAX || path[0] != '/')
		return 0;
	k->files = xreallocarray(k->files, at + 1, sizeof(*k->files));
	k->names = xreallocarray(k->names, at + 1, sizeof(*k->names));
	k->files[at] = (struct strbuf)STRBUF_INIT;
	k->names[at] = xstrdup(path);
	k->n_files++;
	return 0;
}

static int on_live(void *arg, const char *p, size_t n)
{
	struct copy *k = arg;
	struct term *t = &k->c->term;
	AUTO_STRBUF text = STRBUF_INIT;

	if (strcmp(t->progress, "live") != 0)
		return 0;
	term_erase(t, &text);
	term_set_region(t, p, n);
	term_draw(t, &text);
	return put(k, STDERR_FILENO, text.s, text.len);
}

static int on_exit_code(void *arg, int code)
{
	struct copy *k = arg;

	k->exit = code;
	return -1; /* nothing comes after it */
}

bool copy_frames(struct copy *k, const char *p, size_t n, struct fault *f)
{
	static const struct frames_sink sink = { .text = on_text,
		.file = on_file,
		.name = on_name,
		.live = on_live,
		.exit = on_exit_code };
	struct err e;

	if (frames_feed(&k->frames, p, n, &sink, k, &e) == 0)
		return !k->left;
	if (e.code != ERR_NONE)
		fault_set(f, "daemon-answer", "the answer is broken: %s", e.msg);
	return false;
}

bool copy_plain(struct copy *k, const char *p, size_t n)
{
	to_output(k, p, n);
	return !k->left && !k->broken_exit;
}

/* ---- reading ---- */

static void drain_aside(int *fd)
{
	char buf[4096];

	if (read(*fd, buf, sizeof(buf)) <= 0)
		close_fd(fd);
}

static void feed(struct copy *k, const struct pollfd *p)
{
	AUTO_FAULT f = FAULT_INIT;

	if (feed_ready(&k->feed, p, &f) < 0)
		fault_print(&f, k->c->format); /* the answer says what became of it */
	if (k->feed.left) {
		put(k, STDERR_FILENO, "\r\n", 2); /* ~. stands in the middle of a line */
		k->left = true;
		k->exit = 0;
	}
}

/* ---- keys ---- */

static void send_order(struct copy *k, const char *order)
{
	AUTO_STRBUF body = STRBUF_INIT;
	struct json j = JSON_INIT(&body);

	json_obj(&j, NULL);
	json_str(&j, "do", order);
	if (strcmp(order, "filter") == 0)
		json_str(&j, "filter", k->keys.filter.s);
	json_end(&j);
	ask_beside(k, "POST", "watch", "", &body);
}

static void read_keys(struct copy *k)
{
	char typed[64];
	ssize_t n = read(STDIN_FILENO, typed, sizeof(typed));

	if (n <= 0)
		keys_close(&k->keys);
	for (ssize_t i = 0; i < n; i++) {
		AUTO_STRBUF shown = STRBUF_INIT;
		const char *order = keys_take(&k->keys, typed[i], &shown);

		if (shown.len)
			on_text(k, 'e', shown.s, shown.len);
		if (order)
			send_order(k, order);
	}
}

/* stdin is either a command's or keys. */
static void poll_stdin(struct copy *k, struct pollfd *p)
{
	feed_poll(&k->feed, p);
	if (k->keys.on)
		p[0] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
}

static void stdin_ready(struct copy *k, const struct pollfd *p)
{
	if (!k->keys.on)
		feed(k, p);
	else if (p[0].revents)
		read_keys(k);
}

ssize_t copy_read(struct copy *k, char *buf, size_t cap)
{
	struct pollfd p[2 + ASIDE_MAX + FEED_FDS] = { { .fd = k->fd, .events = POLLIN },
		{ .fd = k->signals, .events = POLLIN } };

	while (!k->left) {
		ssize_t n;

		for (size_t i = 0; i < ASIDE_MAX; i++)
			p[2 + i] = (struct pollfd){ .fd = k->aside[i], .events = POLLIN };
		poll_stdin(k, p + 2 + ASIDE_MAX);
		if (poll(p, ARRAY_LEN(p), -1) < 0)
			continue;
		if (p[1].revents)
			read_signals(k);
		for (size_t i = 0; i < ASIDE_MAX; i++) {
			if (p[2 + i].revents && p[2 + i].fd == k->aside[i])
				drain_aside(&k->aside[i]);
		}
		if (k->size_owed)
			send_columns(k);
		stdin_ready(k, p + 2 + ASIDE_MAX);
		if (!p[0].revents || k->left)
			continue;
		n = read(k->fd, buf, cap);
		if (n >= 0 || errno != EINTR)
			return n;
	}
	return 0;
}

/* Without its stdin the command would wait for ever. */
static void open_feed(struct copy *k)
{
	AUTO_FAULT f = FAULT_INIT;

	if (k->req->terminal)
		k->feed.escape = &k->escape;
	if (feed_open(&k->feed, &k->c->where, k->run, &f) == 0) {
		if (k->req->terminal)
			raw_open(&k->raw);
		return;
	}
	fault_print(&f, k->c->format);
	cancel(k);
}

void copy_head(struct copy *k, const struct head *h)
{
	k->headed = true;
	k->run = h->run[0] ? h->run : NULL;
	k->view = h->view[0] && strspn(h->view, "0123456789") == strlen(h->view) ? h->view : NULL;
	if (k->req->before)
		to_output(k, k->req->before->s, k->req->before->len);
	if (k->req->feeds_stdin && k->run && h->status == 200)
		open_feed(k);
	if (k->req->takes_keys && k->run && h->status == 200)
		keys_open(&k->keys);
	if (k->signal_exit)
		cancel(k); /* the signal came before there was an id */
}

/* ---- begin and end ---- */

int copy_init(struct copy *k, struct ctx *c, const struct request *req, struct fault *f)
{
	const char *out = args_value(&c->args, "output");

	*k = (struct copy){ .c = c,
		.req = req,
		.fd = -1,
		.signals = -1,
		.exit = -1,
		.feed = FEED_INIT,
		.keys = KEYS_INIT,
		.frames = FRAMES_INIT,
		.output = STRBUF_INIT };
	memset(k->aside, -1, sizeof(k->aside));
	k->output_path = out && strcmp(out, "-") != 0 && !req->names_output ? out : NULL;
	k->files = xcalloc(req->n_files + 1, sizeof(*k->files));
	k->names = xcalloc(req->n_files + 1, sizeof(*k->names));
	k->n_files = req->n_files;
	for (size_t i = 0; i < req->n_files; i++) {
		k->files[i] = (struct strbuf)STRBUF_INIT;
		k->names[i] = xstrdup(req->files[i]);
	}
	k->signals = open_signals(req->terminal, f);
	return k->signals < 0 ? -1 : 0;
}

void copy_unblock(void)
{
	sigset_t set;

	sigfillset(&set);
	sigdelset(&set, SIGPIPE);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void copy_release(struct copy *k)
{
	for (size_t i = 0; k->files && i < k->n_files; i++) {
		strbuf_release(&k->files[i]);
		free(k->names[i]);
	}
	free(k->files);
	free(k->names);
	strbuf_release(&k->output);
	frames_release(&k->frames);
	feed_release(&k->feed);
	keys_release(&k->keys);
	raw_close(&k->raw);
	for (size_t i = 0; i < ASIDE_MAX; i++)
		close_fd(&k->aside[i]);
	close_fd(&k->signals);
	close_fd(&k->fd);
}

/* A file that is there keeps its mode. */
static mode_t mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? st.st_mode & 07777 : print_mode();
}

static void check_written(struct copy *k, int result, const struct err *e)
{
	AUTO_FAULT f = FAULT_INIT;

	if (result == 0)
		return;
	fault_set(&f, "write", "%s", e->msg);
	fault_print(&f, FORMAT_HUMAN);
	k->broken_exit = 5;
}

/* What the command line names: as it says, links and all. */
static int write_named(const char *path, const struct strbuf *text, struct err *e)
{
	const char *slash = strrchr(path, '/');

	if (slash && slash > path) {
		AUTO_STR dir = xstrndup(path, (size_t)(slash - path));

		if (access(dir, F_OK) < 0 && fs_mkdirs(dir, 0777, e) < 0)
			return -1;
	}
	return fs_write_atomic(path, text->s, text->len, mode_of(path), e);
}

static void write_file(struct copy *k, const char *path, const struct strbuf *text)
{
	struct err e;

	if (strcmp(path, "-") == 0)
		put(k, STDOUT_FILENO, text->s, text->len);
	else
		check_written(k, write_named(path, text, &e), &e);
}

/* A run that could not begin has none, and one of an earlier run is not its own. */
static void write_report(struct copy *k, const char *path, const struct strbuf *text)
{
	struct stat st;

	if (text->len)
		write_file(k, path, text);
	else if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
		unlink(path);
}

/* What is there stays, whoever wrote it. */
static void append_file(struct copy *k, const char *path, const struct strbuf *text)
{
	AUTO_FD fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	struct err e;

	if (fd < 0)
		check_written(k, err_sys(&e, "cannot write '%s'", path), &e);
	else
		check_written(k, fs_write_all(fd, text->s, text->len, &e), &e);
}

/* What a test file or a project names was checked before its steps ran, and its path holds no link:
 * one that is there now is theirs. */
static void write_wished(struct copy *k, const char *path, const struct strbuf *text)
{
	struct err e;

	check_written(k, fs_write_unlinked(path, text->s, text->len, mode_of(path), &e), &e);
}

void copy_finish(struct copy *k)
{
	AUTO_STRBUF text = STRBUF_INIT;

	raw_close(&k->raw);

	if (k->c->term.drawn > 0) {
		term_erase(&k->c->term, &text);
		k->left = false;
		put(k, STDERR_FILENO, text.s, text.len);
	}
	if (k->exit < 0)
		return; /* half an answer is no file */
	for (size_t i = 0; i < k->n_files; i++) {
		if (i + 1 == k->req->n_files && k->req->appends_last)
			append_file(k, k->names[i], &k->files[i]);
		else if (i < k->req->n_files)
			write_report(k, k->names[i], &k->files[i]);
		else
			write_wished(k, k->names[i], &k->files[i]);
	}
	/* What failed before it printed anything leaves a file of that name alone. */
	if (k->output_path && (k->output.len || k->exit == 0))
		write_file(k, k->output_path, &k->output);
	else if (!k->output_path && k->output.len && !k->broken_exit)
		put(k, STDOUT_FILENO, k->output.s, k->output.len);
}
