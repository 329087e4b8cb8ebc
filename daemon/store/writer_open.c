/* The writer's connection: opening, and what becomes of a file that cannot be used. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/log.h"
#include "daemon/store/store_priv.h"

static void writer_drop(struct store *s)
{
	db_close(s->db);
	s->db = NULL;
	s->attached = NULL;
}

/* ---- a file that cannot be used is put aside ---- */

static void move_with_suffix(const char *from, const char *to, const char *suffix)
{
	AUTO_STR a = xasprintf("%s%s", from, suffix);
	AUTO_STR b = xasprintf("%s%s", to, suffix);

	if (rename(a, b) < 0 && errno != ENOENT)
		log_warn("history: cannot rename '%s'", a);
}

static void forget_readers(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	while (s->n_idle)
		db_close(s->idle[--s->n_idle]);
	s->generation++;
	pthread_mutex_unlock(&s->lock);
}

static int put_aside(struct store *s, const char *kind, const struct err *why, struct err *e)
{
	AUTO_STR to =
	        xasprintf("%s.%s-%lld", s->db_path, kind, (long long)(clock_wall_ns() / NS_PER_MS));
	AUTO_STR shm = xasprintf("%s-shm", s->db_path);
	struct err cause = *why; /* why may be e */

	writer_drop(s);
	forget_readers(s);
	if (rename(s->db_path, to) < 0)
		return err_sys(e, "%s; cannot rename '%s'", cause.msg, s->db_path);
	move_with_suffix(s->db_path, to, "-wal");
	unlink(shm);
	store_fault(s, FAULT_LOST, "%.120s; it is now '%.100s'", cause.msg, strrchr(to, '/') + 1);
	log_error("history: %s; it is now '%s', and a new one begins", cause.msg, to);
	return 0;
}

/* ---- opening ---- */

/* Results hold what tests printed: they are the user's alone. SQLite gives its other files the mode
 * of this one. One that exists is not touched: closing it would drop SQLite's locks on it. */
static void make_private(const char *path)
{
	AUTO_FD fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno != EEXIST)
		log_debug("history: cannot create '%s'", path);
}

static int open_once(struct store *s, struct err *e)
{
	make_private(s->db_path);
	s->db = db_open(s->db_path, e);
	if (!s->db)
		return -1;
	if (s->unclean && db_check(s->db, e) < 0)
		return -1;
	s->unclean = false;
	s->tidy = true;
	return db_run(s->db, SQL_RECEIPT_PURGE, e, "");
}

static int open_or_replace(struct store *s, struct err *e)
{
	if (open_once(s, e) == 0)
		return 0;

	int rc = e->code == ERR_UNSUPPORTED ? put_aside(s, "newer", e, e)
	         : e->code == ERR_INVALID   ? put_aside(s, "damaged", e, e)
	                                    : -1;

	if (rc == 0)
		rc = open_once(s, e);
	if (rc < 0)
		writer_drop(s);
	return rc;
}

/* Another daemon may have put the file aside that we have open. */
bool writer_lost_sight(struct store *s)
{
	if (!s->db || !db_moved(s->db))
		return false;
	writer_drop(s);
	forget_readers(s);
	return true;
}

int writer_open(struct store *s, struct err *e)
{
	(void)writer_lost_sight(s);
	if (s->db)
		return 0;
	if (s->slots_fd < 0)
		return open_or_replace(s, e);
	slots_hold_database(s->slots_fd);
	int rc = open_or_replace(s, e);

	slots_release_database(s->slots_fd);
	return rc;
}

/* After an error: 0 when the cause was put aside and a new try makes sense, -1 to wait. */
int writer_after_error(struct store *s, struct err *e)
{
	int64_t now = clock_ns();

	if (!s->db || db_trouble(s->db) != DB_BROKEN ||
	        (s->aside_ns && now - s->aside_ns < RETRY_MAX_NS))
		return -1;
	s->aside_ns = now;
	slots_hold_database(s->slots_fd);
	int rc = writer_lost_sight(s) ? 0 : put_aside(s, "damaged", e, e);

	slots_release_database(s->slots_fd);
	return rc;
}
