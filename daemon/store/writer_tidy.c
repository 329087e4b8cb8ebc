/* What the writer takes out of the database: what somebody asks for, and what is too old or too
 * much. */
#include <string.h>

#include "daemon/core/blob.h"
#include "daemon/store/store_priv.h"

/* ---- removal ---- */

static int named(struct store *s, const char *id, int64_t *n, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(s->db, SQL_RUN_N, e, "s", id);
	int rc = st ? db_step(s->db, st, e) : -1;

	if (rc == 0)
		return err_set(e, ERR_NOT_FOUND, "no run '%.40s'", id);
	if (rc == 1)
		*n = sqlite3_column_int64(st, 0);
	return rc < 0 ? -1 : 0;
}

static int remove_named(struct store *s, struct removal *r, struct err *e)
{
	for (size_t i = 0; i < r->n_ids; i++) {
		int64_t n = 0;
		int before = sqlite3_total_changes(s->db->h);

		if (named(s, r->ids[i], &n, e) < 0 || remove_run(s->db, n, e) < 0)
			return -1;
		if (sqlite3_total_changes(s->db->h) == before)
			return err_set(e, ERR_BUSY, "run '%.40s' is still running", r->ids[i]);
		r->n++;
	}
	return 0;
}

static int remove_older(struct store *s, struct removal *r, struct err *e)
{
	int64_t before = r->all ? INT64_MAX : r->older_than_wall_ns, *v = NULL;
	size_t n = 0, cap = 0;
	int rc = -1;
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(s->db, SQL_RUN_OLDER, e, "i", before);

	while (st && (rc = db_step(s->db, st, e)) == 1) {
		v = xgrow(v, &cap, n + 1, sizeof(*v));
		v[n++] = sqlite3_column_int64(st, 0);
	}
	for (size_t i = 0; i < n && rc == 0; i++, r->n++)
		rc = remove_run(s->db, v[i], e);
	free(v);
	return rc;
}

static int serve(struct store *s, struct removal *r, struct err *e)
{
	if (!s->db)
		return err_set(e, ERR_SYS, "the history cannot be used now");
	if (db_begin(s->db, e) < 0)
		return -1;
	if (remove_named(s, r, e) < 0 ||
	        ((r->all || r->older_than_wall_ns) && remove_older(s, r, e) < 0)) {
		db_rollback(s->db);
		return -1;
	}
	s->tidy = true;
	if (db_commit(s->db, e) < 0)
		return -1;
	for (size_t i = 0; s->artifacts && i < r->n_ids; i++)
		blob_remove(s->artifacts, r->ids[i]);
	return 0;
}

/* True when there was one. */
bool writer_serve(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	struct removal *r = s->removals;
	pthread_mutex_unlock(&s->lock);
	if (!r)
		return false;

	int rc = serve(s, r, r->e);

	pthread_mutex_lock(&s->lock);
	s->removals = r->next;
	r->rc = rc;
	r->done = true;
	pthread_cond_broadcast(&s->done);
	pthread_mutex_unlock(&s->lock);
	return true;
}

/* ---- tidying, a small transaction at a time ---- */

static int tidy_kept(struct store *s, struct err *e)
{
	if (!s->kept_changed)
		return 0;
	uint64_t n = 0;
	int rc = kept_bound(s->db, s->kept_entries, s->bound_seen, &n, e);

	if (rc == 1)
		atomic_fetch_add(&s->kept_evicted, n);
	if (rc == 0)
		rc = kept_sweep(s->db, e);
	if (rc == 0)
		s->kept_changed = false;
	return rc;
}

/* A bound that was changed while the daemon runs holds from the writer's next turn on. */
static void see_bound(struct store *s)
{
	uint64_t now = atomic_load(&s->kept_bytes);

	if (now == s->bound_seen)
		return;
	s->bound_seen = now;
	s->kept_changed = s->tidy = true;
}

/* A run of which the history cannot say anything now is not gone. */
static bool is_known(void *arg, const char *run)
{
	struct err e = { 0 };
	int64_t n;

	return named(arg, run, &n, &e) == 0 || e.code != ERR_NOT_FOUND;
}

int writer_tidy(struct store *s, struct err *e)
{
	see_bound(s);
	if (!s->tidy)
		return 0;
	int rc = remove_some(s->db, e);

	if (rc == 0)
		rc = remove_excess(s->db, s->max_bytes, s->max_runs, e);
	if (rc == 0)
		rc = tidy_kept(s, e);
	if (rc == 0 && s->artifacts)
		blob_sweep(s->artifacts, s->max_bytes, is_known, s);
	if (rc == 0)
		s->tidy = false;
	return rc;
}
