#include "daemon/server/survey.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "common/clock.h"
#include "common/fs.h"
#include "daemon/server/server_priv.h"

struct inquiry {
	struct request *r;    /* NULL: the client has left */
	struct server_deps d; /* a copy: the worker may outlive the server */
	survey_fn *answer;
	struct survey s;
};

static struct survey_space space_of(const char *path)
{
	struct statvfs v;

	if (!path || statvfs(path, &v) < 0)
		return (struct survey_space){ 0 };
	return (struct survey_space){
		.known = true,
		.bytes = (uint64_t)v.f_bavail * v.f_frsize,
		.inodes = v.f_files ? v.f_favail : UINT64_MAX,
	};
}

static long limit_of(const char *path)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;

	return fs_read_file(path, 64, &text, &e) < 0 ? -1 : strtol(text.s, NULL, 10);
}

/* The rules of the socket's directory (cli.md 6.2). */
static void look_at_run_dir(const char *path, struct err *e)
{
	struct stat st;

	*e = (struct err){ 0 };
	if (lstat(path, &st) < 0)
		err_sys(e, "cannot look at '%s'", path);
	else if (!S_ISDIR(st.st_mode))
		err_set(e, ERR_INVALID, "'%s' is no directory", path);
	else if (st.st_uid != getuid())
		err_set(e, ERR_DENIED, "'%s' belongs to user %u", path, (unsigned)st.st_uid);
	else if (st.st_mode & 077)
		err_set(e, ERR_DENIED, "'%s' is open to others (mode %04o)", path,
		        (unsigned)st.st_mode & 07777);
	else if (access(path, W_OK) < 0)
		err_sys(e, "cannot write in '%s'", path);
}

/* A clock that was set back is behind what was written before. */
static int64_t ahead_of_now(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec - clock_wall_ns();
}

/* On a worker. */
static void look_around(void *arg)
{
	struct inquiry *q = arg;
	struct survey *s = &q->s;
	const struct server_deps *d = &q->d;

	footprint_read(&s->footprint);
	if (d->store)
		store_figures(d->store, &s->history);
	s->state = space_of(d->state_dir);
	s->data = space_of(d->data_dir);
	s->run = space_of(d->run_dir);
	look_at_run_dir(d->run_dir, &s->run_dir);
	s->watches = limit_of("/proc/sys/fs/inotify/max_user_watches");
	s->instances = limit_of("/proc/sys/fs/inotify/max_user_instances");
	s->ahead_ns = ahead_of_now(d->state_dir);
}

static void tell(void *arg)
{
	struct inquiry *q = arg;

	if (q->r)
		q->answer(q->r, &q->s);
	free(q);
}

static void on_left(void *arg)
{
	struct inquiry *q = arg;

	q->r = NULL;
}

void survey_start(struct request *r, survey_fn *fn)
{
	struct inquiry *q = xcalloc(1, sizeof(*q));
	struct err e;

	*q = (struct inquiry){ .r = r, .d = *r->d, .answer = fn };
	if (work_submit(r->d->work, look_around, tell, q, &e) < 0) {
		free(q);
		answer_err(r, &e);
		return;
	}
	exchange_on_closed(r->x, on_left, q);
	exchange_wait(r->x);
}
