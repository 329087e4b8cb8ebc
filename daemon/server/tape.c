#include "daemon/server/tape.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/log.h"
#include "daemon/server/exchange.h"
#include "daemon/wire/wire.h"

/* What stands before each event. */
struct mark {
	uint32_t len; /* of what follows: */
	enum {
		AS_LINE,   /* a line of JSON */
		AS_RESULT, /* struct told */
		AS_PARTS,  /* struct event, its texts, perhaps its counts */
	} how;
};

/* Of those that a run of a thousand files has thousands of: writing them as JSON would take longer
 * than answering all of them from the past. Texts are kept with a byte before each that says
 * whether there is one, and a NUL behind it. */
#define PARTS_MAX 3
static const struct {
	unsigned n;
	size_t at[PARTS_MAX]; /* of the texts */
	bool has_counts;
} parts_of[EV_COUNT] = {
	[EV_FILE] = { .n = 2,
	        .at = { offsetof(struct event, file.path), offsetof(struct event, file.state) } },
	[EV_TEST_START] = { .n = 2,
	        .at = { offsetof(struct event, test.test), offsetof(struct event, test.file) } },
	[EV_TEST_END] = { .n = 2,
	        .at = { offsetof(struct event, test.test), offsetof(struct event, test.file) },
	        .has_counts = true },
	[EV_SCENARIO_START] = { .n = 3,
	        .at = { offsetof(struct event, scenario_start.scenario),
	                offsetof(struct event, scenario_start.file),
	                offsetof(struct event, scenario_start.engine) } },
	[EV_STEP_START] = { .n = 2,
	        .at = { offsetof(struct event, step.scenario),
	                offsetof(struct event, step.step) } },
};

struct told {
	uint64_t seq;
	double t_ms;
	uint32_t result; /* of results */
};

struct tape {
	unsigned refs; /* the run, and the readers */
	bool closed;
	int fd;
	uint64_t in_file;      /* bytes */
	struct strbuf last;    /* what comes after them */
	struct strbuf parts;   /* of one event while it is put */
	bool file_is_full;     /* or cannot be written */
	uint64_t dropped, seq; /* events that were left out since the last one; of the newest */
	double t_ms;           /* of it */
	struct scenario_result **results;
	size_t n_results, cap_results;
	struct tape_reader *readers;
};

struct tape *tape_new(void)
{
	struct tape *t = xcalloc(1, sizeof(*t));

	t->refs = 1;
	t->fd = -1;
	t->last = t->parts = (struct strbuf)STRBUF_INIT;
	return t;
}

static void unref(struct tape *t)
{
	if (--t->refs)
		return;
	for (size_t i = 0; i < t->n_results; i++)
		scenario_result_unref(t->results[i]);
	free(t->results);
	strbuf_release(&t->last);
	strbuf_release(&t->parts);
	close_fd(&t->fd);
	free(t);
}

static void tell(struct tape *t)
{
	for (struct tape_reader *r = t->readers, *next; r; r = next) {
		next = r->next; /* more() may leave */
		r->more(r);
	}
}

void tape_close(struct tape *t)
{
	if (!t)
		return;
	t->closed = true;
	tell(t);
	unref(t);
}

/* ---- writing ---- */

static uint64_t end_of(const struct tape *t)
{
	return t->in_file + t->last.len;
}

/* The last events are short in memory and go to the file together. */
static void spill(struct tape *t)
{
	if (t->last.len < TAPE_MEMORY || t->file_is_full)
		return;
	if (t->fd < 0)
		t->fd = spill_open();
	if (t->fd < 0 ||
	        pwrite(t->fd, t->last.s, t->last.len, (off_t)t->in_file) != (ssize_t)t->last.len) {
		t->file_is_full = true;
		log_error("events of a run cannot be kept for those who attach: output is left "
		          "out");
		return;
	}
	t->in_file += t->last.len;
	strbuf_reset(&t->last);
}

static void add(struct tape *t, int how, const void *p, size_t n)
{
	const struct mark m = { .len = (uint32_t)n, .how = how };

	strbuf_add(&t->last, &m, sizeof(m));
	strbuf_add(&t->last, p, n);
	spill(t);
}

static void add_line(struct tape *t, const struct event *ev)
{
	AUTO_STRBUF line = STRBUF_INIT;

	wire_event(ev, false, &line);
	add(t, AS_LINE, line.s, line.len);
}

/* The run holds the result anyway, and so it costs a few bytes. */
static void add_result(struct tape *t, const struct event *ev)
{
	struct told told = { .seq = ev->seq, .t_ms = ev->t_ms, .result = (uint32_t)t->n_results };

	t->results = xgrow(t->results, &t->cap_results, t->n_results + 1, sizeof(*t->results));
	t->results[t->n_results++] =
	        scenario_result_ref((struct scenario_result *)(uintptr_t)ev->scenario_end);
	add(t, AS_RESULT, &told, sizeof(told));
}

static const char **text_at(struct event *ev, size_t at)
{
	return (const char **)(void *)((char *)ev + at);
}

static void add_parts(struct tape *t, const struct event *ev)
{
	struct event plain = *ev;

	strbuf_reset(&t->parts);
	strbuf_add(&t->parts, &plain, sizeof(plain));
	for (unsigned i = 0; i < parts_of[ev->kind].n; i++) {
		const char *text = *text_at(&plain, parts_of[ev->kind].at[i]);

		strbuf_addc(&t->parts, text != NULL);
		strbuf_add(&t->parts, text ? text : "", text ? strlen(text) + 1 : 1);
	}
	if (parts_of[ev->kind].has_counts && ev->test.counts)
		strbuf_add(&t->parts, ev->test.counts, sizeof(*ev->test.counts));
	add(t, AS_PARTS, t->parts.s, t->parts.len);
}

static bool leaves_out(const struct tape *t, const struct event *ev)
{
	return (ev->kind == EV_OUTPUT || ev->kind == EV_PROGRESS) &&
	       (t->file_is_full || end_of(t) > TAPE_MAX);
}

static void add_gap(struct tape *t)
{
	const struct event gap = {
		.kind = EV_GAP, .seq = t->seq, .t_ms = t->t_ms, .gap_dropped = t->dropped
	};

	add_line(t, &gap);
	t->dropped = 0;
}

void tape_put(struct tape *t, const struct event *ev)
{
	if (leaves_out(t, ev)) {
		t->dropped++;
		t->seq = ev->seq;
		t->t_ms = ev->t_ms;
		return;
	}
	if (t->dropped)
		add_gap(t);
	if (ev->kind == EV_SCENARIO_END)
		add_result(t, ev);
	else if (parts_of[ev->kind].n)
		add_parts(t, ev);
	else
		add_line(t, ev);
	tell(t);
}

/* ---- reading ---- */

void tape_open(struct tape *t, struct tape_reader *r, void (*more)(struct tape_reader *r))
{
	*r = (struct tape_reader){ .next = t->readers, .tape = t, .more = more };
	t->readers = r;
	t->refs++;
}

void tape_leave(struct tape_reader *r)
{
	struct tape *t = r->tape;

	if (!t)
		return;
	for (struct tape_reader **at = &t->readers; *at; at = &(*at)->next) {
		if (*at == r) {
			*at = r->next;
			break;
		}
	}
	r->tape = NULL;
	unref(t);
}

/* An event is whole in the file or whole in memory. */
static int copy_at(const struct tape *t, uint64_t at, void *p, size_t n, struct err *e)
{
	if (at >= t->in_file) {
		memcpy(p, t->last.s + (at - t->in_file), n);
		return 0;
	}
	if (pread(t->fd, p, n, (off_t)at) == (ssize_t)n)
		return 0;
	return err_set(e, ERR_SYS, "the events of the run cannot be read back");
}

static int read_result(const struct tape_reader *r, uint64_t at, struct event *ev, struct err *e)
{
	struct told told;

	if (copy_at(r->tape, at, &told, sizeof(told), e) < 0)
		return -1;
	*ev = (struct event){ .kind = EV_SCENARIO_END,
		.seq = told.seq,
		.t_ms = told.t_ms,
		.scenario_end = r->tape->results[told.result] };
	return 0;
}

static int read_line(const struct tape_reader *r, uint64_t at, size_t n, struct arena *a,
        struct event *ev, struct err *e)
{
	char *line = arena_alloc(a, n + 1);

	if (copy_at(r->tape, at, line, n, e) < 0)
		return -1;
	return wire_read_event(line, n, a, ev, e);
}

static int read_parts(const struct tape_reader *r, uint64_t at, size_t n, struct arena *a,
        struct event *ev, struct err *e)
{
	char *all = arena_alloc(a, n);
	const char *p = all + sizeof(*ev);

	if (copy_at(r->tape, at, all, n, e) < 0)
		return -1;
	memcpy(ev, all, sizeof(*ev));
	for (unsigned i = 0; i < parts_of[ev->kind].n; i++) {
		*text_at(ev, parts_of[ev->kind].at[i]) = *p ? p + 1 : NULL;
		p += 1 + strlen(p + 1) + 1;
	}
	if (ev->kind == EV_STEP_START)
		ev->step.result = NULL;
	if (parts_of[ev->kind].has_counts && ev->test.counts)
		ev->test.counts = arena_memdup(a, p, sizeof(*ev->test.counts));
	return 0;
}

int tape_next(struct tape_reader *r, struct arena *a, struct event *ev, struct err *e)
{
	struct mark m;
	uint64_t at = r->at;
	int rc;

	if (tape_is_at_end(r))
		return 0;
	if (copy_at(r->tape, at, &m, sizeof(m), e) < 0)
		return -1;
	at += sizeof(m);
	if (m.how == AS_RESULT)
		rc = read_result(r, at, ev, e);
	else if (m.how == AS_PARTS)
		rc = read_parts(r, at, m.len, a, ev, e);
	else
		rc = read_line(r, at, m.len, a, ev, e);
	if (rc < 0)
		return -1;
	r->at = at + m.len;
	return 1;
}

bool tape_is_at_end(const struct tape_reader *r)
{
	return !r->tape || r->at >= end_of(r->tape);
}

bool tape_is_over(const struct tape_reader *r)
{
	return tape_is_at_end(r) && (!r->tape || r->tape->closed);
}
