/* What a daemon takes over when it starts: files of those that died, not of those that live. */
#include <stdio.h>

#include "common/fs.h"
#include "common/log.h"
#include "daemon/store/store_priv.h"

/* A file that a dead daemon left; one that is no journal is put aside. */
static void adopt(struct store *s, unsigned slot, const char *path)
{
	struct err e;
	struct segment *g = segment_open(path, &e);

	if (g) {
		g->slot = slot;
		s->unclean = s->unclean || atomic_load(&g->end) > SEGMENT_HEAD;
		store_add_segment(s, g);
		return;
	}
	if (e.code == ERR_NOT_FOUND) {
		unlink(path);
		return;
	}
	AUTO_STR base = slot_path(s->dir, slot);
	AUTO_STR to = xasprintf("%s.damaged", base);

	store_fault(s, FAULT_LOST, "%.200s", e.msg);
	log_error("history: %s", e.msg);
	if (e.code == ERR_INVALID && rename(path, to) < 0)
		log_error("history: cannot rename '%s'", path);
}

/* All of a slot that we hold, oldest first. The file that was written to becomes one of the older
 * ones, so that its name is free; *next is the number after all. */
static int adopt_slot(struct store *s, unsigned slot, uint64_t *next, struct err *e)
{
	AUTO_STR base = slot_path(s->dir, slot);
	uint64_t *numbers;
	size_t n;

	if (slot_list(s->dir, slot, &numbers, &n, e) < 0)
		return -1;
	*next = n ? numbers[n - 1] + 1 : 1;
	AUTO_STR moved = xasprintf("%s.%llu", base, (unsigned long long)*next);
	bool was_there = rename(base, moved) == 0;

	for (size_t i = 0; i < n; i++) {
		AUTO_STR path = xasprintf("%s.%llu", base, (unsigned long long)numbers[i]);

		adopt(s, slot, path);
	}
	free(numbers);
	if (was_there) {
		(*next)++;
		adopt(s, slot, moved);
	}
	return 0;
}

/* Slots of others that have files and no holder. */
static int adopt_others(struct store *s, struct err *e)
{
	uint64_t mask, next;

	if (slots_in_use(s->dir, &mask, e) < 0)
		return -1;
	for (unsigned k = 0; k < SLOTS; k++) {
		if (k == s->slot || !(mask >> k & 1) || !slot_take(s->slots_fd, k))
			continue;
		s->adopted |= 1ull << k;
		if (adopt_slot(s, k, &next, e) < 0)
			return -1;
	}
	return 0;
}

int store_claim(struct store *s, struct err *e)
{
	if (fs_mkdirs(s->dir, 0700, e) < 0)
		return -1;
	if (s->journal_path)
		return 0;
	if (s->slots_fd < 0)
		s->slots_fd = slots_open(s->dir, e);
	if (s->slots_fd < 0 || slot_take_first(s->slots_fd, &s->slot, e) < 0)
		return -1;
	if (adopt_slot(s, s->slot, &s->next_number, e) < 0) {
		slot_drop(s->slots_fd, s->slot);
		return -1;
	}
	s->journal_path = slot_path(s->dir, s->slot);
	pthread_mutex_lock(&s->lock);
	s->ready = false;
	pthread_mutex_unlock(&s->lock);
	return adopt_others(s, e);
}

/* ---- once their files are taken ---- */

/* Bit K: the database has something of slot K that is under way, or was when its daemon died. */
static int slots_at_work(struct store *s, uint64_t *mask, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(s->db, SQL_SLOT_LIST, e, "");
	int rc = -1;

	*mask = 0;
	while (st && (rc = db_step(s->db, st, e)) == 1) {
		int64_t k = sqlite3_column_int64(st, 0);

		if (k >= 0 && k < SLOTS)
			*mask |= 1ull << k;
	}
	return rc;
}

/* Of a slot that we hold and whose files are taken: what still runs does not run any more. */
static int settle(struct store *s, unsigned slot, struct err *e)
{
	bool live = slot == s->slot && s->head;
	int64_t id = live ? (int64_t)s->head->id : -1;

	return db_run(s->db, SQL_RUN_LOST, e, "i", (int64_t)slot) < 0 ||
	                       db_run(s->db, SQL_SEGMENT_PURGE, e, "ii", (int64_t)slot, id) < 0
	               ? -1
	               : 0;
}

/* A slot that nobody holds and that has no files (its daemon could not write the end of a run).
 * With files it is left to the next daemon that starts. */
static int settle_other(struct store *s, unsigned slot, struct err *e)
{
	uint64_t files;
	int rc;

	if (!slot_take(s->slots_fd, slot))
		return 0;
	rc = slots_in_use(s->dir, &files, e);
	if (rc == 0 && !(files >> slot & 1))
		rc = settle(s, slot, e);
	slot_drop(s->slots_fd, slot);
	return rc;
}

int store_settle(struct store *s, struct err *e)
{
	uint64_t mask;

	if (slots_at_work(s, &mask, e) < 0)
		return -1;
	for (unsigned k = 0; k < SLOTS; k++) {
		bool held = k == s->slot || s->adopted >> k & 1;

		if ((mask >> k & 1) && (held ? settle(s, k, e) : settle_other(s, k, e)) < 0)
			return -1;
	}
	for (unsigned k = 0; k < SLOTS; k++)
		if (s->adopted >> k & 1)
			slot_drop(s->slots_fd, k);
	s->adopted = 0;
	return 0;
}
