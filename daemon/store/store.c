#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/log.h"
#include "daemon/store/store_priv.h"
#include "daemon/wire/wire.h"

#define JOURNAL_MIN (16u << 20)
#define DEFAULT_MAX_BYTES (256ull << 20)
#define DEFAULT_MAX_RUNS 1000u
#define DEFAULT_KEPT 50000u
#define DEFAULT_KEPT_BYTES (64ull << 20)
#define WAKE_BYTES (256u << 10) /* the writer is woken for so much before a run ends */

/* ---- messages ---- */

bool store_fault(struct store *s, enum store_fault which, const char *fmt, ...)
{
	char text[sizeof(s->fault[0])];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&s->lock);
	bool was_clear = s->fault[which][0] == '\0';

	memcpy(s->fault[which], text, sizeof(text));
	pthread_mutex_unlock(&s->lock);
	return was_clear;
}

void store_figures(struct store *s, struct store_figures *out)
{
	*out = (struct store_figures){ 0 };
	if (s->disabled)
		return;
	pthread_mutex_lock(&s->lock);
	out->bytes = s->bytes;
	out->runs = s->runs;
	if (atomic_load(&s->recorded) != atomic_load(&s->stored))
		out->pending = atomic_load(&s->records) - s->stored_records;
	for (unsigned i = 0; i < FAULT_COUNT && !out->failed; i++)
		if (s->fault[i][0]) {
			out->failed = true;
			memcpy(out->message, s->fault[i], sizeof(out->message));
		}
	pthread_mutex_unlock(&s->lock);
}

/* ---- open and close ---- */

static int open_journal(struct store *s, struct err *e)
{
	if (store_claim(s, e) < 0)
		return -1;
	s->active = segment_create(s->journal_path, e);
	if (!s->active)
		return -1;
	s->active->slot = s->slot;
	store_add_segment(s, s->active);
	return 0;
}

static void init_locks(struct store *s)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, &monotonic);
	pthread_cond_init(&s->done, NULL);
	pthread_condattr_destroy(&monotonic);
}

static void free_store(struct store *s)
{
	for (struct segment *g = s->head, *next; g; g = next) {
		next = g->next;
		segment_free(g);
	}
	while (s->n_idle)
		db_close(s->idle[--s->n_idle]);
	strbuf_release(&s->line);
	pthread_cond_destroy(&s->wake);
	pthread_cond_destroy(&s->done);
	pthread_mutex_destroy(&s->lock);
	free(s->dir);
	free(s->db_path);
	free(s->artifacts);
	free(s->journal_path);
	close_fd(&s->slots_fd); /* last: the slot is another's from here on */
	free(s);
}

struct store *store_open(const struct store_config *cfg, struct err *e)
{
	struct store *s = xcalloc(1, sizeof(*s));
	struct err why;
	int rc;

	s->dir = xstrdup(cfg->state_dir);
	s->db_path = fs_join(cfg->state_dir, "history.db");
	s->artifacts = cfg->artifacts_dir ? xstrdup(cfg->artifacts_dir) : NULL;
	s->slots_fd = -1;
	s->max_bytes = cfg->max_bytes ? cfg->max_bytes : DEFAULT_MAX_BYTES;
	s->max_runs = cfg->max_runs ? cfg->max_runs : DEFAULT_MAX_RUNS;
	s->journal_max = s->max_bytes < JOURNAL_MIN ? JOURNAL_MIN : s->max_bytes;
	s->disabled = cfg->disabled;
	s->kept_entries = cfg->kept_entries ? cfg->kept_entries : DEFAULT_KEPT;
	s->kept_bytes = cfg->kept_bytes ? cfg->kept_bytes : DEFAULT_KEPT_BYTES;
	s->kept_changed = true; /* the bounds may be others than last time */
	s->line = (struct strbuf)STRBUF_INIT;
	s->cur.buf = (struct strbuf)STRBUF_INIT;
	init_locks(s);
	if (s->disabled)
		return s;
	if (open_journal(s, &why) < 0) {
		store_fault(s, FAULT_JOURNAL, "%s", why.msg);
		log_error("history: %s", why.msg);
	}
	rc = pthread_create(&s->thread, NULL, writer_main, s);
	if (rc == 0)
		return s;
	errno = rc;
	err_sys(e, "cannot start the history's thread");
	free_store(s);
	return NULL;
}

void store_use_spare(struct store *s)
{
	struct segment *spare;

	if (!atomic_load_explicit(&s->spare, memory_order_relaxed))
		return;
	spare = atomic_exchange(&s->spare, NULL);
	if (s->active)
		segment_leave(s->active);
	s->active = spare;
}

static void wake_writer(struct store *s, bool *flag)
{
	pthread_mutex_lock(&s->lock);
	*flag = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (!s->disabled) {
		store_use_spare(s);
		if (s->active)
			segment_leave(s->active);
		s->active = NULL;
		wake_writer(s, &s->stop);
		pthread_join(s->thread, NULL);
		/* Made by the writer meanwhile: empty, and taken for such by the next start. */
	}
	free_store(s);
}

/* ---- recording ---- */

static bool is_kept(enum event_kind kind)
{
	return kind == EV_RUN || kind == EV_SCENARIO_END || kind == EV_TEST_END ||
	       kind == EV_RESULT || kind == EV_END;
}

static bool passed(const struct step_result *s)
{
	return s->verdict == VERDICT_PASS || s->verdict == VERDICT_SKIP;
}

/* What of one stream goes into the record; *left is what the record may still take. */
static void trim_stream(struct captured *c, bool is_passed, size_t *left, struct arena *a)
{
	if (is_passed || c->len > *left)
		cut_captured(c, KEPT_OF_PASSED, a);
	*left -= c->len < *left ? c->len : *left;
}

static bool needs_trim(const struct scenario_result *s)
{
	for (size_t i = 0; i < s->n_steps; i++)
		if (s->steps[i].out.len > KEPT_OF_PASSED || s->steps[i].err.len > KEPT_OF_PASSED)
			return true;
	return false;
}

static void put_trimmed(const struct event *ev, struct strbuf *out)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct scenario_result s = *ev->scenario_end;
	struct event trimmed = *ev;
	size_t left = RECORD_RAW_MAX;

	s.steps = arena_memdup(a, s.steps, s.n_steps * sizeof(*s.steps));
	for (size_t i = 0; i < s.n_steps; i++) {
		trim_stream(&s.steps[i].out, passed(&s.steps[i]), &left, a);
		trim_stream(&s.steps[i].err, passed(&s.steps[i]), &left, a);
	}
	trimmed.scenario_end = &s;
	wire_event(&trimmed, true, out);
}

void store_line(const struct event *ev, struct strbuf *out)
{
	record_begin(out);
	if (ev->kind == EV_SCENARIO_END && needs_trim(ev->scenario_end))
		put_trimmed(ev, out);
	else
		wire_event(ev, true, out);
}

int store_has_room(struct store *s, struct err *e)
{
	if (!s->active) {
		wake_writer(s, &s->need_segment);
		return err_set(e, ERR_SYS, "the journal in '%.200s' cannot be written", s->dir);
	}
	if (atomic_load(&s->recorded) - atomic_load(&s->stored) > s->journal_max)
		return err_set(e, ERR_LIMIT, "the journal has grown to its bound of %llu bytes",
		        (unsigned long long)s->journal_max);
	return 0;
}

void store_note_outcome(struct store *s, int rc, const struct err *e)
{
	if (s->refusing == (rc < 0))
		return;
	s->refusing = rc < 0;
	store_fault(s, FAULT_JOURNAL, "%s", rc < 0 ? e->msg : "");
}

static bool is_much(struct store *s)
{
	return atomic_load(&s->recorded) - atomic_load(&s->stored) > WAKE_BYTES;
}

/* Waking it costs a run more than writing the record did, and nobody waits for the database: when a
 * run is over and told of, or when much has come together. */
void store_wake_if(struct store *s, bool now)
{
	if ((now || is_much(s)) && atomic_load(&s->asleep) && atomic_exchange(&s->asleep, false))
		wake_writer(s, &s->woken);
}

/* The record in s->line. */
static int record_line(struct store *s, const char *run_id, bool is_end, struct err *e)
{
	store_use_spare(s);

	int rc = store_has_room(s, e) < 0 ? -1 : segment_append(s->active, run_id, &s->line, e);
	size_t len = s->line.len;

	if (s->line.cap > LINE_KEPT)
		strbuf_release(&s->line);
	store_note_outcome(s, rc, e);
	if (rc < 0)
		return -1;
	atomic_fetch_add(&s->records, 1);
	atomic_fetch_add(&s->recorded, len);
	store_wake_if(s, is_end);
	return 0;
}

int store_record(struct store *s, const char *run_id, const struct event *ev, struct err *e)
{
	if (s->disabled || !is_kept(ev->kind))
		return 0;
	store_line(ev, &s->line);
	return record_line(s, run_id, false, e);
}

void store_wake(struct store *s)
{
	if (!s->disabled)
		store_wake_if(s, true);
}

int store_record_again(struct store *s, const char *run_id, double t_ms, const struct kept_use *v,
        size_t n, struct err *e)
{
	if (s->disabled)
		return 0;
	record_begin(&s->line);
	kept_line_again(t_ms, v, n, &s->line);
	return record_line(s, run_id, false, e);
}

int store_record_note(struct store *s, const struct kept_note *k, struct err *e)
{
	if (s->disabled)
		return 0;
	record_begin(&s->line);
	kept_line_note(k, &s->line);
	return record_line(s, k->run, false, e);
}

int store_record_forget(struct store *s, const char *key, struct err *e)
{
	if (s->disabled)
		return 0;
	record_begin(&s->line);
	kept_line_forget(key, &s->line);
	if (record_line(s, "", true, e) < 0)
		return -1;
	atomic_store(&s->forgotten, atomic_load(&s->recorded));
	return 0;
}

unsigned store_unresolved(struct store *s)
{
	return atomic_load_explicit(&s->unresolved, memory_order_relaxed);
}

void store_keep_bytes(struct store *s, uint64_t max)
{
	atomic_store(&s->kept_bytes, max);
}

/* Until so many bytes of what this daemon recorded are in the database, and all of what dead ones
 * did. */
static void wait_stored(struct store *s, uint64_t target)
{
	if (s->disabled)
		return;
	pthread_mutex_lock(&s->lock);
	s->waiting++;
	pthread_cond_signal(&s->wake);
	while (!s->failing && !s->stop && !(s->ready && atomic_load(&s->stored) >= target))
		pthread_cond_wait(&s->done, &s->lock);
	s->waiting--;
	pthread_mutex_unlock(&s->lock);
}

void store_sync(struct store *s)
{
	wait_stored(s, atomic_load(&s->recorded));
}

/* ---- readers ---- */

struct reader {
	struct store *s;
	struct db *d;
	unsigned generation;
};

/* Sees what is in the database, and not what still waits for it. */
static int reader_take_now(struct store *s, struct reader *r, struct err *e)
{
	*r = (struct reader){ .s = s };
	if (s->disabled)
		return err_set(e, ERR_UNSUPPORTED, "history is off (--no-history)");
	pthread_mutex_lock(&s->lock);
	r->generation = s->generation;
	if (s->n_idle)
		r->d = s->idle[--s->n_idle];
	pthread_mutex_unlock(&s->lock);
	if (r->d && db_moved(r->d)) {
		db_close(r->d);
		r->d = NULL;
	}
	if (!r->d)
		r->d = db_open_reader(s->db_path, e);
	return r->d ? 0 : -1;
}

/* Sees what was recorded up to there. */
static int reader_take_at(struct store *s, uint64_t recorded, struct reader *r, struct err *e)
{
	wait_stored(s, recorded);
	return reader_take_now(s, r, e);
}

static int reader_take(struct store *s, struct reader *r, struct err *e)
{
	return reader_take_at(s, atomic_load(&s->recorded), r, e);
}

/* Gives the connection back, or away when its file is gone or looks damaged. */
static void reader_give(struct reader *r)
{
	struct store *s = r->s;

	if (!r->d)
		return;
	bool broken = db_trouble(r->d) == DB_BROKEN;

	pthread_mutex_lock(&s->lock);
	if (!broken && r->generation == s->generation && s->n_idle < READERS_KEPT) {
		s->idle[s->n_idle++] = r->d;
		r->d = NULL;
	}
	if (broken && r->generation == s->generation) {
		s->check = true;
		pthread_cond_signal(&s->wake);
	}
	pthread_mutex_unlock(&s->lock);
	db_close(r->d);
}
#define READER __attribute__((cleanup(reader_give))) struct reader

int store_list(struct store *s, const struct run_filter *f, struct run_row **rows, size_t *n,
        struct err *e)
{
	READER r;

	return reader_take(s, &r, e) < 0 ? -1 : list_runs(r.d, f, rows, n, e);
}

int store_resolve(struct store *s, const char *ref, char out[16], struct err *e)
{
	READER r;

	return reader_take(s, &r, e) < 0 ? -1 : resolve_run(r.d, ref, out, e);
}

struct run_result *store_load(struct store *s, const char *id, struct err *e)
{
	READER r;

	return reader_take(s, &r, e) < 0 ? NULL : load_run(r.d, id, e);
}

int store_past(struct store *s, const struct run_result *r, struct past *past, struct err *e)
{
	READER reader;

	return reader_take_now(s, &reader, e) < 0 ? -1 : load_past(reader.d, r, past, e);
}

int store_pace(struct store *s, struct pace *v, size_t n, struct err *e)
{
	READER reader;
	int64_t left = PACE_ROWS_MAX;

	if (reader_take_now(s, &reader, e) < 0)
		return -1;
	for (size_t i = 0; i < n && left > 0; i++)
		if (load_pace(reader.d, &v[i], &left, e) < 0)
			return -1;
	return 0;
}

int store_flakes(struct store *s, const struct flake_filter *f, struct flakes *out, struct err *e)
{
	READER r;

	return reader_take(s, &r, e) < 0 ? -1 : load_flakes(r.d, f, out, e);
}

int store_test_rows(struct store *s, const char *test, int64_t since_wall_ns, unsigned limit,
        struct test_row **rows, size_t *n, struct err *e)
{
	READER r;

	return reader_take(s, &r, e) < 0
	               ? -1
	               : load_test_rows(r.d, test, since_wall_ns, limit, rows, n, e);
}

/* Of needs the daemon knows better what ran a moment ago, and a run must not wait for them. */
int store_earlier(
        struct store *s, struct earlier_ask *ask, struct earlier *v, size_t n, struct err *e)
{
	READER r;
	int rc = ask->last || ask->times ? reader_take(s, &r, e) : reader_take_now(s, &r, e);

	return rc < 0 ? -1 : load_earlier(r.d, ask, v, n, e);
}

int store_output(struct store *s, const char *id, const char *scenario, const char *step,
        int stream, struct strbuf *out, struct err *e)
{
	READER r;

	if (stream != 1 && stream != 2)
		return err_set(e, ERR_INVALID, "there is no stream %d", stream);
	return reader_take(s, &r, e) < 0 ? -1
	                                 : load_output(r.d, id, scenario, step, stream, out, e);
}

/* Who asks knows what this daemon has noted, and must not wait for a suite that was recorded a
 * moment ago; what was forgotten must not come back. */
int store_recall(struct store *s, const char *boot, const char *const *names, size_t n,
        struct recalled *out, struct arena *a, struct err *e)
{
	READER r;

	if (reader_take_at(s, atomic_load(&s->forgotten), &r, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (kept_recall(r.d, boot, names[i], &out[i], a, e) < 0)
			return -1;
	return 0;
}

int store_kept(struct store *s, struct kept_figures *out, struct err *e)
{
	READER r;

	if (reader_take(s, &r, e) < 0 || kept_sum(r.d, &out->entries, &out->bytes, e) < 0)
		return -1;
	out->max_entries = s->kept_entries;
	out->max_bytes = atomic_load(&s->kept_bytes);
	out->evictions = atomic_load(&s->kept_evicted);
	return 0;
}

/* ---- removal, by the writer ---- */

int store_remove(struct store *s, const char *const *ids, size_t n_ids, int64_t older_than_wall_ns,
        bool all, unsigned *n, struct err *e)
{
	struct removal r = {
		.ids = ids,
		.n_ids = n_ids,
		.older_than_wall_ns = older_than_wall_ns,
		.all = all,
		.e = e,
	};

	if (s->disabled)
		return err_set(e, ERR_UNSUPPORTED, "history is off (--no-history)");
	store_sync(s);
	pthread_mutex_lock(&s->lock);
	struct removal **at = &s->removals;

	while (*at)
		at = &(*at)->next;
	*at = &r;
	pthread_cond_signal(&s->wake);
	while (!r.done)
		pthread_cond_wait(&s->done, &s->lock);
	pthread_mutex_unlock(&s->lock);
	if (r.rc == 0)
		*n = r.n;
	return r.rc;
}
