/* Large results are written by another thread: whole before they are announced, and in nobody's
 * way. */
#include <signal.h>

#include "daemon/store/journal_priv.h"
#include "tests/unit/store/bed.h"

#define BIG (1u << 20)

static void set_up(void)
{
	bed_make();
}

static void tear_down(void)
{
	bed_drop();
}

/* Scenario i fails, so that all of its output is kept. */
static void make_big(struct run_result *r, unsigned i)
{
	struct scenario_result *s = r->tests[0].scenarios[i];
	char *p = arena_alloc(s->arena, BIG);

	for (size_t k = 0; k < BIG; k++)
		p[k] = (char)("0123456789\n\xff\"\\J"[(k + i) % 15]);
	s->verdict = s->steps[0].verdict = VERDICT_FAIL;
	s->steps[0].out = (struct captured){ .data = p, .len = BIG, .head = BIG, .total = BIG };
}

/* None is skipped: each has steps. */
static struct run_result *big_run(const char *id, unsigned n)
{
	struct run_result *r = bed_run(id, 1, n);

	for (unsigned i = 0; i < n; i++) {
		scenario_result_unref(r->tests[0].scenarios[i]);
		r->tests[0].scenarios[i] = bed_scenario(&r->tests[0], i, VERDICT_PASS);
		r->tests[0].scenarios[i]->slot = i;
		make_big(r, i);
	}
	return r;
}

struct desk {
	struct loop *loop;
	struct work_pool *writers;
	struct store *s;
	struct run_result *r;
	unsigned asked, told, refused;
	int out; /* a byte for each that is told, unless it is -1 */
};

static void desk_make(struct desk *p, struct run_result *r)
{
	*p = (struct desk){ .loop = loop_new(&e), .r = r, .out = -1 };
	p->writers = work_new(p->loop, 1, &e);
	p->s = bed_open();
	bed_put_start(p->s, r);
}

static void desk_drop(struct desk *p)
{
	work_free(p->writers);
	store_close(p->s);
	loop_free(p->loop);
}

static void on_stored(void *arg, int rc, const struct err *why)
{
	struct desk *p = arg;

	(void)why;
	p->told++;
	p->refused += rc < 0;
	if (p->out >= 0 && write(p->out, "x", 1) != 1)
		_exit(1);
	if (p->told == p->asked)
		loop_stop(p->loop);
}

static void put_big(struct desk *p, unsigned i)
{
	struct event ev = { .kind = EV_SCENARIO_END, .scenario_end = p->r->tests[0].scenarios[i] };

	ck_assert(store_is_large(&ev));
	ck_assert_msg(store_record_large(p->s, p->writers, p->r->id, &ev, on_stored, p, &e) == 0,
	        "%s", e.msg);
	p->asked++;
}

static void same_output(struct store *s, const struct run_result *r, unsigned i)
{
	const struct scenario_result *sc = r->tests[0].scenarios[i];
	AUTO_STRBUF b = STRBUF_INIT;

	ck_assert_msg(store_output(s, r->id, sc->id, "step 0", 1, &b, &e) == 0, "%s", e.msg);
	ck_assert_uint_eq(b.len, BIG);
	ck_assert(memcmp(b.s, sc->steps[0].out.data, BIG) == 0);
}

START_TEST(what_is_large_is_what_is_kept_not_what_was_printed)
{
	struct run_result *r = big_run("r7k2m9qa", 1);
	struct event ev = { .kind = EV_SCENARIO_END, .scenario_end = r->tests[0].scenarios[0] };

	ck_assert(store_is_large(&ev));
	r->tests[0].scenarios[0]->steps[0].verdict = VERDICT_PASS;
	ck_assert(!store_is_large(&ev));
	ev = (struct event){ .kind = EV_END };
	ck_assert(!store_is_large(&ev));
	run_result_free(r);
}
END_TEST

START_TEST(large_records_come_back_whole_and_small_ones_do_not_wait_for_them)
{
	struct run_result *r = big_run("r7k2m9qa", 3), *small = bed_run("r7k2m9qb", 1, 2);
	struct desk p;

	desk_make(&p, r);
	for (unsigned i = 0; i < 3; i++)
		put_big(&p, i);
	ck_assert_uint_eq(p.told, 0);
	bed_put_start(p.s, small);
	bed_put_scenario(p.s, small, 0, 0);
	bed_put_scenario(p.s, small, 0, 1);
	bed_put_test_end(p.s, small, 0);
	bed_put_end(p.s, small);
	ck_assert_int_eq(loop_run(p.loop, &e), 0);
	ck_assert_uint_eq(p.told, 3);
	ck_assert_uint_eq(p.refused, 0);
	for (unsigned i = 0; i < 3; i++)
		same_output(p.s, r, i);
	bed_same(p.s, small);
	ck_assert_uint_eq(bed_figures(p.s).pending, 0);
	ck_assert(!bed_figures(p.s).failed);
	desk_drop(&p);
	run_result_free(r);
	run_result_free(small);
}
END_TEST

/* More than one file of the journal is filled. */
START_TEST(files_rotate_while_large_records_are_under_way)
{
	struct run_result *r = big_run("r7k2m9qa", 12);
	struct desk p;

	desk_make(&p, r);
	for (unsigned round = 0; round < 4; round++) {
		for (unsigned i = 0; i < 3; i++)
			put_big(&p, round * 3 + i);
		ck_assert_int_eq(loop_run(p.loop, &e), 0);
	}
	ck_assert_uint_eq(p.refused, 0);
	bed_put_end(p.s, r);
	for (unsigned i = 0; i < 12; i++)
		same_output(p.s, r, i);
	ck_assert_uint_eq(bed_figures(p.s).pending, 0);
	desk_drop(&p);
	run_result_free(r);
}
END_TEST

static NORETURN void record_until_killed(int out, struct run_result *r)
{
	struct desk p;

	desk_make(&p, r);
	p.out = out;
	for (unsigned i = 0; i < r->tests[0].n_scenarios; i++)
		put_big(&p, i);
	(void)loop_run(p.loop, &e);
	for (;;)
		pause();
}

static unsigned kill_after(unsigned acks, struct run_result *r)
{
	int p[2];
	char byte;
	unsigned got = 0;

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	pid_t pid = fork();

	if (pid == 0)
		record_until_killed(p[1], r);
	close(p[1]);
	while (got < acks && read(p[0], &byte, 1) == 1)
		got++;
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	while (read(p[0], &byte, 1) == 1)
		got++;
	close(p[0]);
	return got;
}

START_TEST(kill_9_loses_none_that_was_announced_and_leaves_no_damage)
{
	for (unsigned k = 1; k <= 5; k += 2) {
		char id[16];

		snprintf(id, sizeof id, "kill%04u", k);
		struct run_result *r = big_run(id, 6);
		unsigned acked = kill_after(k, r);
		struct store *s = bed_open();
		struct run_result *got = store_load(s, id, &e);

		ck_assert_msg(got != NULL, "%s", e.msg);
		ck_assert_uint_ge(got->summary.scenarios, acked);
		for (unsigned i = 0; i < acked; i++)
			same_output(s, r, i);
		ck_assert_msg(!bed_figures(s).failed, "%s", bed_figures(s).message);
		run_result_free(got);
		store_close(s);
		run_result_free(r);
	}
}
END_TEST

static unsigned count_records(struct cursor *c)
{
	struct record rec;
	unsigned n = 0;

	while (cursor_next(c, &rec, &e) == 1)
		n++;
	return n;
}

static void put_line(struct strbuf *b, const char *text)
{
	record_begin(b);
	strbuf_adds(b, text);
}

START_TEST(a_place_that_was_never_filled_is_passed_over_without_damage)
{
	struct segment *g = segment_create(bed_path("journal"), &e);
	AUTO_STRBUF large = STRBUF_INIT;
	AUTO_STRBUF small = STRBUF_INIT;
	struct reserved room, second;
	struct cursor c;

	put_line(&small, "{\"a\":1}\n");
	put_line(&large, "{\"a\":2, \"much\": \"more\"}\n");
	ck_assert_int_eq(segment_append(g, "one", &small, &e), 0);
	ck_assert_int_eq(segment_reserve(g, "two", &large, &room, &e), 0);
	uint64_t end = g->end;

	ck_assert_uint_eq(end, room.at);
	put_line(&small, "{\"a\":3}\n");
	ck_assert_int_eq(segment_append(g, "three", &small, &e), 0);
	/* Readers stop before it ... */
	ck_assert_uint_eq(g->end, end);
	/* ... unless its daemon died: then they go past it. */
	cursor_init(&c, g->fd, g->id, SEGMENT_HEAD, g->tail);
	ck_assert_uint_eq(count_records(&c), 2);
	ck_assert_uint_eq(c.skipped, 0);
	ck_assert_uint_eq(c.at, g->tail);
	cursor_release(&c);

	put_line(&large, "{\"a\":4, \"much\": \"more\"}\n");
	ck_assert_int_eq(segment_reserve(g, "four", &large, &second, &e), 0);
	segment_leave(g);
	ck_assert(!g->sealed);
	ck_assert_int_eq(reserved_write(&second, &large, &e), 0);
	segment_settle(&second);
	ck_assert_uint_eq(g->end, end);
	ck_assert(!g->sealed);
	segment_settle(&room);
	ck_assert_uint_eq(g->end, g->tail);
	ck_assert(g->sealed);
	cursor_init(&c, g->fd, g->id, SEGMENT_HEAD, g->end);
	ck_assert_uint_eq(count_records(&c), 3);
	ck_assert_uint_eq(c.skipped, 0);
	cursor_release(&c);
	segment_free(g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_large_is_what_is_kept_not_what_was_printed,
		large_records_come_back_whole_and_small_ones_do_not_wait_for_them,
		files_rotate_while_large_records_are_under_way,
		kill_9_loses_none_that_was_announced_and_leaves_no_damage,
		a_place_that_was_never_filled_is_passed_over_without_damage,
	};

	return check_run_with("large", tests, ARRAY_LEN(tests), set_up, tear_down);
}
