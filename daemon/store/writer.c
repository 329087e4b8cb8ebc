/* The writer's thread: one round after the other, asleep between runs. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/log.h"
#include "daemon/store/store_priv.h"

#define BATCH_RECORDS 500
#define BATCH_BYTES (4u << 20)
#define GATHER_NS (100 * NS_PER_MS) /* a commit costs as much as a run: several share one */
#define ROTATE_BYTES (4u << 20)
#define RETRY_MIN_NS (NS_PER_S)

/* ---- failures ---- */

/* The database cannot be used: records stay in the journal, and it is tried again later. */
static void failed(struct store *s, const struct err *why)
{
	if (store_fault(s, FAULT_DATABASE, "%s", why->msg))
		log_error("history: %s; results stay in the journal", why->msg);
	s->backoff_ns = s->backoff_ns ? s->backoff_ns * 2 : RETRY_MIN_NS;
	if (s->backoff_ns > RETRY_MAX_NS)
		s->backoff_ns = RETRY_MAX_NS;
	s->retry_ns = clock_ns() + s->backoff_ns;
	pthread_mutex_lock(&s->lock);
	s->failing = true;
	pthread_cond_broadcast(&s->done);
	pthread_mutex_unlock(&s->lock);
}

static void recovered(struct store *s)
{
	if (!s->backoff_ns)
		return;
	s->backoff_ns = 0;
	store_fault(s, FAULT_DATABASE, "%s", "");
	log_info("history: the database can be used again");
	pthread_mutex_lock(&s->lock);
	s->failing = false;
	pthread_mutex_unlock(&s->lock);
}

/* ---- taking ---- */

void store_add_segment(struct store *s, struct segment *g)
{
	struct segment **at = &s->head;

	while (*at)
		at = &(*at)->next;
	*at = g;
}

static void publish(struct store *s, uint64_t stored)
{
	pthread_mutex_lock(&s->lock);
	atomic_store(&s->stored, stored);
	if (stored == atomic_load(&s->recorded))
		s->stored_records = atomic_load(&s->records);
	pthread_cond_broadcast(&s->done);
	pthread_mutex_unlock(&s->lock);
}

static uint64_t stored_now(const struct store *s)
{
	const struct segment *g = s->head;

	return s->retired + (g && !g->leftover ? g->taken - SEGMENT_HEAD : 0);
}

/* Finds out how far the database has come with the oldest file. */
static int attach(struct store *s, struct err *e)
{
	struct segment *g = s->head;
	uint64_t end = atomic_load_explicit(&g->end, memory_order_acquire);

	if (s->attached == g)
		return 0;
	CLEANUP(db_reset)
	sqlite3_stmt *st = db_bind(s->db, SQL_SEGMENT_GET, e, "i", (int64_t)g->id);
	int rc = st ? db_step(s->db, st, e) : -1;
	int64_t taken = rc == 1 ? sqlite3_column_int64(st, 0) : SEGMENT_HEAD;

	if (rc < 0)
		return -1;
	g->taken = taken < (int64_t)SEGMENT_HEAD ? SEGMENT_HEAD
	           : (uint64_t)taken > end       ? end
	                                         : (uint64_t)taken;
	cursor_release(&s->cur);
	cursor_init(&s->cur, g->fd, g->id, g->taken, end);
	s->damage_seen = 0;
	s->attached = g;
	publish(s, stored_now(s));
	return 0;
}

/* A record that the database itself refuses must not hold up those behind it. */
static int take_one(struct store *s, const struct record *r, struct err *e)
{
	struct taken out = { 0 };
	int rc = take_record(s->db, r, s->head->slot, &out, e);

	s->tidy |= out.ended || out.kept;
	s->kept_changed |= out.kept;
	if (out.unresolved)
		atomic_fetch_add(&s->unresolved, out.unresolved);
	if (rc == 0)
		return 0;
	if (db_trouble(s->db) != DB_RECORD)
		return -1;
	log_error("history: a record of run %s is passed over: %s", r->run, e->msg);
	return 0;
}

static int take_records(struct store *s, struct err *e)
{
	uint64_t from = s->cur.at;
	struct record r;
	int rc = 1;

	for (unsigned n = 0; n < BATCH_RECORDS && s->cur.at - from < BATCH_BYTES; n++) {
		rc = cursor_next(&s->cur, &r, e);
		if (rc <= 0)
			break;
		if (take_one(s, &r, e) < 0)
			return -1;
	}
	if (s->cur.buf.cap > LINE_KEPT)
		strbuf_release(&s->cur.buf);
	return rc < 0 ? -1 : 0;
}

static void note_damage(struct store *s)
{
	if (s->cur.skipped == s->damage_seen)
		return;
	s->damage_seen = s->cur.skipped;
	store_fault(s, FAULT_LOST, "%llu bytes of the journal are damaged and were passed over",
	        (unsigned long long)s->damage_seen);
	log_error("history: %llu bytes of the journal are damaged and were passed over",
	        (unsigned long long)s->damage_seen);
}

/* ---- figures ---- */

static uint64_t file_size(const char *path, const char *suffix)
{
	AUTO_STR name = xasprintf("%s%s", path, suffix);
	struct stat st;

	return stat(name, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void refresh_figures(struct store *s)
{
	uint64_t bytes = file_size(s->db_path, "") + file_size(s->db_path, "-wal");
	int64_t runs = 0;
	struct err e;

	for (const struct segment *g = s->head; g; g = g->next)
		bytes += file_size(g->path, "");
	if (s->db && db_number(s->db, "SELECT count(*) FROM run", &runs, &e) < 0)
		runs = s->runs;
	pthread_mutex_lock(&s->lock);
	s->bytes = bytes;
	s->runs = (unsigned)runs;
	pthread_mutex_unlock(&s->lock);
}

/* One transaction: records, and how far they go in the file, so that none is taken twice. */
static int take_batch(struct store *s, struct err *e)
{
	struct segment *g = s->head;

	if (db_begin(s->db, e) < 0)
		return -1;
	if (take_records(s, e) < 0 || db_run(s->db, SQL_SEGMENT_PUT, e, "iii", (int64_t)g->id,
	                                      (int64_t)s->cur.at, (int64_t)g->slot) < 0) {
		db_rollback(s->db);
		s->attached = NULL;
		return -1;
	}
	if (db_commit(s->db, e) < 0) {
		s->attached = NULL;
		return -1;
	}
	/* Into a file that was put aside meanwhile: the new one gets it too. */
	if (writer_lost_sight(s))
		return 0;
	g->taken = s->cur.at;
	note_damage(s);
	recovered(s);
	refresh_figures(s); /* first: who waits for publish() may look at them */
	publish(s, stored_now(s));
	return 0;
}

/* The oldest file is done with: first the file, then its row, or a crash between would let it be
 * taken a second time. */
static int retire(struct store *s, struct err *e)
{
	struct segment *g = s->head;
	int64_t id = (int64_t)g->id;

	unlink(g->path);
	if (!g->leftover)
		s->retired += g->taken - SEGMENT_HEAD;
	s->head = g->next;
	s->attached = NULL;
	segment_free(g);
	return db_run(s->db, SQL_SEGMENT_DEL, e, "i", id);
}

/* Nothing of dead daemons is left. */
static int get_ready(struct store *s, struct err *e)
{
	if (s->ready)
		return 0;
	if (s->journal_path && store_settle(s, e) < 0)
		return -1;
	pthread_mutex_lock(&s->lock);
	s->ready = true;
	pthread_cond_broadcast(&s->done);
	pthread_mutex_unlock(&s->lock);
	return 0;
}

/* 1 when something was done, 0 when nothing is left, -1. */
static int take_some(struct store *s, struct err *e)
{
	struct segment *g = s->head;

	if ((!g || !g->leftover) && get_ready(s, e) < 0)
		return -1;
	if (!g)
		return 0;
	if (attach(s, e) < 0)
		return -1;
	/* In this order: a file that is sealed has its last end. */
	bool sealed = atomic_load_explicit(&g->sealed, memory_order_acquire);

	s->cur.end = atomic_load_explicit(&g->end, memory_order_acquire);
	if (s->cur.at < s->cur.end)
		return take_batch(s, e) < 0 ? -1 : 1;
	if (!sealed)
		return 0;
	return retire(s, e) < 0 ? -1 : 1;
}

/* ---- rotation ---- */

static int add_journal(struct store *s, struct err *e)
{
	struct segment *g;

	if (store_claim(s, e) < 0)
		return -1;
	g = segment_create(s->journal_path, e);
	if (!g)
		return -1;
	g->slot = s->slot;
	store_add_segment(s, g);
	atomic_store(&s->spare, g);
	return 0;
}

/* The file moves out of the way while the loop still writes to it; the loop goes over to the new
 * one with its next record. */
static int rotate(struct store *s, struct segment *last, struct err *e)
{
	AUTO_STR to = xasprintf("%s.%llu", s->journal_path, (unsigned long long)s->next_number);

	if (rename(s->journal_path, to) < 0)
		return err_sys(e, "cannot rename '%s'", s->journal_path);
	if (add_journal(s, e) < 0) {
		if (rename(to, s->journal_path) < 0)
			return err_sys(e, "cannot rename '%s'", to);
		return -1;
	}
	s->next_number++;
	free(last->path);
	last->path = STEAL(to);
	return 0;
}

static bool wants_segment(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	bool need = s->need_segment;
	s->need_segment = false;
	pthread_mutex_unlock(&s->lock);
	return need;
}

static void care_for_journal(struct store *s)
{
	struct segment *last = s->head;
	struct err e;
	int rc = 0;

	while (last && last->next)
		last = last->next;
	bool live = last && !last->leftover;
	bool need = wants_segment(s) && !live;

	if (clock_ns() < s->rotate_ns)
		return;
	if (need)
		rc = add_journal(s, &e);
	else if (live && !atomic_load(&s->spare) &&
	         atomic_load_explicit(&last->end, memory_order_acquire) > ROTATE_BYTES &&
	         !atomic_load(&last->sealed))
		rc = rotate(s, last, &e);
	s->rotate_ns = rc < 0 ? clock_ns() + RETRY_MIN_NS : 0;
	if (rc < 0 && store_fault(s, FAULT_JOURNAL, "%s", e.msg))
		log_error("history: %s", e.msg);
}

/* ---- rounds ---- */

static int check_asked(struct store *s, struct err *e)
{
	pthread_mutex_lock(&s->lock);
	bool check = s->check;
	s->check = false;
	pthread_mutex_unlock(&s->lock);
	return check ? db_check(s->db, e) : 0;
}

/* 1 when there is more to do at once. */
static int work(struct store *s, struct err *e)
{
	int rc;

	if (writer_open(s, e) < 0 || check_asked(s, e) < 0)
		return -1;
	while ((rc = take_some(s, e)) == 1) {
		care_for_journal(s);
		if (writer_open(s, e) < 0)
			return -1;
	}
	if (rc < 0)
		return -1;
	bool served = writer_serve(s);

	rc = writer_tidy(s, e);
	return rc < 0 ? -1 : rc || served;
}

/* True when there is more to do at once. */
static bool turn(struct store *s)
{
	struct err e;

	care_for_journal(s);
	if (s->backoff_ns && clock_ns() < s->retry_ns)
		return writer_serve(s);
	int rc = work(s, &e);

	if (rc < 0 && writer_after_error(s, &e) == 0)
		return true;
	if (rc < 0) {
		failed(s, &e);
		return writer_serve(s);
	}
	recovered(s);
	if (rc == 0)
		refresh_figures(s);
	return rc == 1;
}

static bool is_pending(struct store *s)
{
	return atomic_load(&s->recorded) != atomic_load(&s->stored) || !s->ready;
}

/* Under lock: somebody waits for the writer. */
static bool is_asked(const struct store *s)
{
	return s->stop || s->removals || s->need_segment || s->check || (s->waiting && !s->failing);
}

/* Under lock, until asked or the time has come. */
static void wait_until(struct store *s, int64_t ns)
{
	struct timespec at = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };

	while (!is_asked(s) && pthread_cond_timedwait(&s->wake, &s->lock, &at) != ETIMEDOUT)
		;
}

static void rest(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	if (s->backoff_ns) {
		wait_until(s, s->retry_ns);
	} else {
		/* The loop looks at asleep after it raised recorded, this thread the other way
		 * round: one of them sees the other. */
		atomic_store(&s->asleep, true);
		while (!is_asked(s) && !s->woken && !is_pending(s))
			pthread_cond_wait(&s->wake, &s->lock);
		atomic_store(&s->asleep, false);
		s->woken = false;
		wait_until(s, clock_ns() + GATHER_NS);
	}
	pthread_mutex_unlock(&s->lock);
}

static bool is_stopping(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	bool stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return stop;
}

void *writer_main(void *arg)
{
	struct store *s = arg;

	for (;;) {
		bool stop = is_stopping(s), more = turn(s);

		if (stop && (!more || s->backoff_ns))
			break;
		if (!more)
			rest(s);
	}
	cursor_release(&s->cur);
	db_close(s->db);
	return NULL;
}
