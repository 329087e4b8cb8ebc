#include "tests/unit/check_main.h"

#include <string.h>

#include "common/mem.h"
#include "daemon/server/live.h"

/* The runner, which these tests have no use for. */
void run_cancel(struct run *r, const char *by)
{
	(void)r;
	(void)by;
}

void try_cancel(struct try_run *t)
{
	(void)t;
}

void dev_cancel(struct dev *d, const char *by)
{
	(void)d;
	(void)by;
}

struct watcher {
	struct observer o;
	struct strbuf seen;
	bool over;
};

static struct server server;
static struct live live = { .id = "r7k2m9qa" };
static struct watcher watcher;

static void see(struct observer *o, const struct event *ev)
{
	struct watcher *w = (struct watcher *)o;

	if (ev->kind == EV_OUTPUT)
		strbuf_printf(&w->seen, "%s+%llu:%.*s;", ev->output.scenario,
		        (unsigned long long)ev->output.offset, (int)ev->output.len,
		        ev->output.data);
}

static void see_end(struct observer *o, const char *state)
{
	struct watcher *w = (struct watcher *)o;

	strbuf_printf(&w->seen, "over %s;", state);
	w->over = true;
}

static void setup(void)
{
	watcher = (struct watcher){ .o = { .event = see, .over = see_end }, .seen = STRBUF_INIT };
	live_add(&server, &live);
}

static void teardown(void)
{
	if (server.lives)
		live_over(&live, "done");
	strbuf_release(&watcher.seen);
}

static void output(const char *scenario, const char *text, uint64_t offset)
{
	live_event(&live, &(struct event){ .kind = EV_OUTPUT,
	                          .output = { .scenario = scenario,
	                                  .step = "one",
	                                  .offset = offset,
	                                  .data = text,
	                                  .len = strlen(text) } });
}

static void scenario_ends(const char *id)
{
	struct scenario_result *sc = scenario_result_new();

	sc->id = id;
	live_event(&live, &(struct event){ .kind = EV_SCENARIO_END, .scenario_end = sc });
	scenario_result_unref(sc);
}

START_TEST(an_observer_sees_events_and_the_end)
{
	live_observe(&live, &watcher.o);
	output("t/a", "x", 0);
	live_over(&live, "cancelled");
	ck_assert_str_eq(watcher.seen.s, "t/a+0:x;over cancelled;");
	ck_assert_ptr_null(watcher.o.live);
	ck_assert_ptr_null(server.lives);
}
END_TEST

START_TEST(who_is_forgotten_sees_nothing)
{
	live_observe(&live, &watcher.o);
	live_forget(&watcher.o);
	live_forget(&watcher.o);
	output("t/a", "x", 0);
	live_over(&live, "done");
	ck_assert_str_eq(watcher.seen.s, "");
}
END_TEST

START_TEST(what_came_before_is_replayed_to_a_late_observer)
{
	output("t/a", "x", 0);
	output("t/b", "y", 0);
	output("t/a", "z", 1);
	live_observe(&live, &watcher.o);
	live_replay(&live, &watcher.o);
	ck_assert_str_eq(watcher.seen.s, "t/a+0:x;t/b+0:y;t/a+1:z;");
}
END_TEST

START_TEST(output_of_a_finished_scenario_is_not_kept)
{
	output("t/a", "x", 0);
	output("t/b", "y", 0);
	scenario_ends("t/b");
	output("t/a", "z", 1);
	scenario_ends("t/c");
	live_replay(&live, &watcher.o);
	ck_assert_str_eq(watcher.seen.s, "t/a+0:x;t/a+1:z;");
	scenario_ends("t/a");
	ck_assert_ptr_null(live.recent);
	ck_assert_uint_eq(live.recent_bytes, 0);
	output("t/a", "again", 0);
	ck_assert_ptr_nonnull(live.recent);
}
END_TEST

START_TEST(what_is_kept_is_bounded_however_short_the_lines)
{
	for (uint64_t i = 0; i < RECENT_MAX; i++)
		output("t/a", "x", i);
	ck_assert_uint_le(live.recent_bytes, RECENT_MAX);
	live_replay(&live, &watcher.o);
	ck_assert_ptr_null(strstr(watcher.seen.s, "+0:x;"));
	ck_assert_ptr_nonnull(strstr(watcher.seen.s, "+524287:x;"));
}
END_TEST

START_TEST(a_run_is_found_by_its_whole_id)
{
	ck_assert_ptr_eq(live_find(&server, "r7k2m9qa"), &live);
	ck_assert_ptr_null(live_find(&server, "r7k2"));
	ck_assert_ptr_null(live_find(&server, ""));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { an_observer_sees_events_and_the_end,
		who_is_forgotten_sees_nothing, what_came_before_is_replayed_to_a_late_observer,
		output_of_a_finished_scenario_is_not_kept,
		what_is_kept_is_bounded_however_short_the_lines, a_run_is_found_by_its_whole_id };

	return check_run_with("live", tests, ARRAY_LEN(tests), setup, teardown);
}
