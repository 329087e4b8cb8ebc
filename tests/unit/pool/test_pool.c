/* The pool over an engine that makes nothing: its sandboxes are ready and gone when the test says
 * so. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"
#include "daemon/pool/pool_priv.h"
#include "tests/unit/check_main.h"

#define MOST 64
#define PATIENCE (20 * NS_PER_S)

struct sandbox {
	struct sandbox_events ev;
	void *arg;
	char id[16];
	bool made, destroyed, released;
};

static struct fake {
	struct engine engine;
	struct sandbox *made[MOST]; /* in the order of creation */
	unsigned n, destroyed;
} fake;

static char dir[64];
static struct loop *loop;
static struct work_pool *work;
static struct image_store *images;
static struct metrics *metrics;
static struct pool *pool;
static struct sandbox_spec spec;
static const struct receipt receipt = { .pristine = true };

/* ---- the engine ---- */

static struct sandbox *fake_create(struct engine *en, const char *id, const struct sandbox_spec *s,
        const struct image *image, const struct sandbox_events *ev, void *arg, struct err *e)
{
	struct sandbox *sb = xcalloc(1, sizeof(*sb));

	(void)en;
	(void)s;
	(void)image;
	(void)e;
	ck_assert_uint_lt(fake.n, MOST);
	sb->ev = *ev;
	sb->arg = arg;
	snprintf(sb->id, sizeof(sb->id), "%s", id);
	fake.made[fake.n++] = sb;
	return sb;
}

static void fake_listen(struct sandbox *sb, const struct sandbox_events *ev, void *arg)
{
	sb->ev = *ev;
	sb->arg = arg;
}

static void fake_send(struct sandbox *sb, const void *p, size_t n)
{
	(void)sb;
	(void)p;
	(void)n;
}

static void fake_destroy(struct sandbox *sb)
{
	if (!sb->destroyed)
		fake.destroyed++;
	sb->destroyed = true;
}

static int fake_usage(struct sandbox *sb, struct sandbox_usage *out, struct err *e)
{
	(void)sb;
	(void)out;
	return err_set(e, ERR_UNSUPPORTED, "not counted");
}

static void fake_release(struct sandbox *sb)
{
	sb->released = true;
}

static const struct engine_ops fake_ops = {
	.name = "fake",
	.create = fake_create,
	.listen = fake_listen,
	.send = fake_send,
	.destroy = fake_destroy,
	.usage = fake_usage,
	.release = fake_release,
};

/* ---- time ---- */

static void on_round(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

/* One round of the loop, with all that was due. */
static void turn(void)
{
	struct err e;

	loop_timer_add(loop, 0, on_round, NULL);
	ck_assert_int_eq(loop_run(loop, &e), 0);
}

/* What was asked for becomes ready, what was destroyed is gone. */
static void let_it_happen(void)
{
	for (unsigned i = 0; i < fake.n; i++) {
		struct sandbox *sb = fake.made[i];

		if (!sb->made && !sb->destroyed) {
			sb->made = true;
			sb->ev.ready(sb->arg, sb, &receipt);
		} else if (sb->destroyed && !sb->released) {
			if (sb->made)
				sb->ev.ended(sb->arg, sb, SANDBOX_END_ASKED);
			else
				sb->ev.failed(sb->arg, sb, &(struct err){ .code = ERR_BUSY });
		}
	}
}

static struct pool_row row(void)
{
	struct pool_row rows[4];

	ck_assert_uint_eq(pool_rows(pool, rows, ARRAY_LEN(rows)), 1);
	return rows[0];
}

static bool is_full(void)
{
	return row().warm >= row().target;
}

static bool is_empty(void)
{
	return !pool->live;
}

static bool is_destroyed(void)
{
	return fake.destroyed > 0;
}

/* Rounds until it is so; 20 s are a failure. */
static void until(bool (*so)(void))
{
	int64_t limit = clock_ns() + PATIENCE;

	while (!so()) {
		ck_assert_msg(clock_ns() < limit, "waited in vain");
		turn();
		let_it_happen();
	}
}

/* ---- leases ---- */

struct wait {
	unsigned lent, failed;
	bool warm;
};

static void on_lent(void *arg, struct lease *le, const struct receipt *r, bool warm)
{
	struct wait *w = arg;

	(void)le;
	ck_assert(r->pristine);
	w->lent++;
	w->warm = warm;
}

static void on_failed(void *arg, struct lease *le, const struct err *e)
{
	struct wait *w = arg;

	(void)le;
	(void)e;
	w->failed++;
}

static void on_bytes(void *arg, struct lease *le, const void *p, size_t n)
{
	(void)arg;
	(void)le;
	(void)p;
	(void)n;
}

static void on_died(void *arg, struct lease *le, enum sandbox_end why)
{
	(void)arg;
	(void)le;
	(void)why;
	ck_abort_msg("a sandbox died");
}

static const struct lease_events events = {
	.lent = on_lent, .failed = on_failed, .bytes = on_bytes, .died = on_died
};

static struct lease *take(struct wait *w)
{
	*w = (struct wait){ 0 };
	return pool_take(pool, &spec, 0, "s", "r", &events, w);
}

/* ---- the bed ---- */

static void setup(void)
{
	struct pool_config cfg = { .max_warm = 4, .max_live = 32, .reuse = true };
	unsigned changed;
	struct err e;

	fake = (struct fake){ .engine = { &fake_ops } };
	snprintf(dir, sizeof(dir), "/var/tmp/clnrm-pool-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	loop = loop_new(&e);
	images = image_store_open(dir, NULL, &e);
	ck_assert_msg(loop && images, "%s", e.msg);
	ck_assert_ptr_nonnull(image_resolve(images, "scratch", NULL, &e));
	metrics = metrics_new("test", "test");
	work = work_new(loop, 1, &e);
	ck_assert_ptr_nonnull(work);
	pool = pool_new(loop, work, &fake.engine, images, metrics, &cfg);
	sandbox_spec_default(&spec, "scratch");
	ck_assert_int_eq(pool_fill(pool, "scratch", 4, &changed, &e), 0);
	ck_assert_uint_eq(changed, 4);
	until(is_full);
}

static bool drained;

static void on_drained(void *arg)
{
	(void)arg;
	drained = true;
}

static bool is_drained(void)
{
	return drained;
}

static void teardown(void)
{
	struct err e;

	drained = false;
	pool_drain_all(pool, on_drained, NULL);
	until(is_drained);
	pool_free(pool);
	work_free(work);
	for (unsigned i = 0; i < fake.n; i++) {
		ck_assert(fake.made[i]->released);
		free(fake.made[i]);
	}
	metrics_free(metrics);
	image_store_close(images);
	loop_free(loop);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, dir, &e), 0);
}

/* ---- lending ---- */

START_TEST(a_warm_sandbox_is_claimed_at_once_and_not_told_of_again)
{
	struct wait w;
	struct lease *le = take(&w);

	ck_assert_ptr_eq(lease_claim(le), &receipt);
	ck_assert_str_ne(lease_sandbox_id(le), "");
	turn();
	ck_assert_uint_eq(w.lent, 0);
	ck_assert_ptr_null(lease_claim(le));
	pool_give(le);
}
END_TEST

START_TEST(who_does_not_claim_is_told_once_in_a_later_round)
{
	struct wait w;
	struct lease *le = take(&w);

	ck_assert_uint_eq(w.lent, 0);
	turn();
	turn();
	ck_assert_uint_eq(w.lent, 1);
	ck_assert(w.warm);
	pool_give(le);
}
END_TEST

START_TEST(nothing_is_claimed_from_an_empty_pool_and_the_first_ready_one_is_lent)
{
	struct wait w[5];
	struct lease *le[5];

	for (int i = 0; i < 4; i++) {
		le[i] = take(&w[i]);
		ck_assert_ptr_nonnull(lease_claim(le[i]));
	}
	le[4] = take(&w[4]);
	ck_assert_ptr_null(lease_claim(le[4]));
	turn();
	ck_assert_uint_eq(w[4].lent, 0);
	let_it_happen();
	ck_assert_uint_eq(w[4].lent, 1);
	ck_assert(!w[4].warm);
	for (int i = 0; i < 5; i++)
		pool_give(le[i]);
}
END_TEST

START_TEST(what_was_lent_is_never_lent_again)
{
	char seen[12][16];

	for (unsigned i = 0; i < 12; i++) {
		struct wait w;
		struct lease *le = take(&w);

		ck_assert_ptr_nonnull(lease_claim(le));
		snprintf(seen[i], sizeof(seen[i]), "%s", lease_sandbox_id(le));
		for (unsigned k = 0; k < i; k++)
			ck_assert_str_ne(seen[k], seen[i]);
		pool_give(le);
		until(is_full);
	}
}
END_TEST

/* ---- ending and making up ---- */

static void on_gone(void *arg)
{
	*(bool *)arg = true;
}

/* What is due at once comes first, however late the loop is. */
static void on_verdict(void *arg)
{
	*(unsigned *)arg = fake.destroyed;
	loop_stop(loop);
}

START_TEST(a_sandbox_that_is_given_back_ends_after_the_verdict_went_out)
{
	struct wait w;
	struct lease *le = take(&w);
	unsigned destroyed = 1;
	bool gone = false;
	struct err e;

	ck_assert_ptr_nonnull(lease_claim(le));
	pool_give_then(le, on_gone, &gone);
	loop_timer_add(loop, 0, on_verdict, &destroyed);
	ck_assert_int_eq(loop_run(loop, &e), 0);
	ck_assert_uint_eq(destroyed, 0);
	until(is_destroyed);
	ck_assert_uint_eq(fake.destroyed, 1);
	until(is_full);
	ck_assert(gone);
}
END_TEST

START_TEST(stock_is_not_made_up_beside_a_run_until_it_is_half_empty)
{
	struct wait w[3];
	struct lease *le[3];

	le[0] = take(&w[0]);
	le[1] = take(&w[1]);
	turn();
	turn();
	ck_assert_uint_eq(fake.n, 4); /* two of four are left */
	le[2] = take(&w[2]);
	turn();
	turn();
	ck_assert_uint_gt(fake.n, 4);
	for (int i = 0; i < 3; i++)
		pool_give(le[i]);
}
END_TEST

START_TEST(stock_is_full_again_after_a_run)
{
	struct wait w;

	pool_give(take(&w));
	until(is_destroyed);
	until(is_full);
	ck_assert_uint_eq(row().warm, 4);
	ck_assert_uint_eq(fake.n, 5);
}
END_TEST

/* As when the kernel tells of pressure, or MemAvailable is low, and it is over soon after. */
START_TEST(stock_is_full_again_after_memory_was_short)
{
	unsigned changed;
	struct err e;

	pool_drop(pool, "scratch", &changed);
	until(is_empty);
	pool->pressed = true;
	pool->pressure_ns = clock_ns();
	ck_assert_int_eq(pool_fill(pool, "scratch", 4, &changed, &e), 0);
	turn();
	turn();
	ck_assert_uint_eq(fake.n, 4);
	until(is_full);
}
END_TEST

START_TEST(a_pool_that_ends_waits_for_nothing)
{
	struct wait w;

	pool_give(take(&w));
	ck_assert_uint_eq(fake.destroyed, 0);
	drained = false;
	pool_drain_all(pool, on_drained, NULL);
	ck_assert_uint_eq(fake.destroyed, 4);
}
END_TEST

START_TEST(a_sandbox_that_dies_by_itself_before_it_is_ended_is_gone_once)
{
	struct wait w;
	struct lease *le = take(&w);
	struct sandbox *sb = NULL;
	bool gone = false;

	for (unsigned i = 0; i < fake.n; i++)
		if (strcmp(fake.made[i]->id, lease_sandbox_id(le)) == 0)
			sb = fake.made[i];
	ck_assert_ptr_nonnull(sb);
	pool_give_then(le, on_gone, &gone);
	sb->destroyed = true; /* the engine's view: nothing is left to destroy */
	sb->ev.ended(sb->arg, sb, SANDBOX_END_DIED);
	ck_assert(gone);
	until(is_full);
	ck_assert_uint_eq(fake.destroyed, 0);
}
END_TEST

/* ---- images that have to be made ---- */

/* Of a set of host.paths that was never looked at. */
static struct sandbox_spec host_spec(const char *path)
{
	static const char *paths[2];
	struct sandbox_spec host;

	paths[0] = path;
	sandbox_spec_default(&host, "host");
	host.host_paths = paths;
	return host;
}

static struct wait first, second;

static bool both_are_lent(void)
{
	return first.lent && second.lent;
}

static bool first_has_failed(void)
{
	return first.failed > 0;
}

START_TEST(an_image_that_has_to_be_made_is_not_made_by_the_loop)
{
	struct sandbox_spec host = host_spec(dir);
	struct lease *a = pool_take(pool, &host, 0, "s", "r", &events, &first);
	struct lease *b = pool_take(pool, &host, 0, "s", "r", &events, &second);
	struct err e;

	ck_assert_ptr_null(lease_claim(a));
	ck_assert(!image_at_hand(images, "host", host.host_paths, &e));
	ck_assert_int_eq(e.code, ERR_BUSY);
	until(both_are_lent);
	ck_assert(image_at_hand(images, "host", host.host_paths, &e));
	ck_assert_uint_eq(first.lent + second.lent, 2);
	ck_assert_uint_eq(first.failed + second.failed, 0);
	ck_assert_ptr_nonnull(strstr(lease_path(a), "/usr/local/bin"));
	pool_give(a);
	pool_give(b);
}
END_TEST

START_TEST(who_left_meanwhile_is_told_nothing)
{
	struct sandbox_spec host = host_spec(dir);
	struct lease *a = pool_take(pool, &host, 0, "s", "r", &events, &first);
	struct lease *b = pool_take(pool, &host, 0, "s", "r", &events, &second);
	struct lease *c = pool_take(pool, &host, 0, "s", "r", &events, &first);

	pool_give(b);
	while (!first.lent) {
		turn();
		let_it_happen();
	}
	ck_assert_uint_eq(second.lent + second.failed, 0);
	pool_give(a);
	pool_give(c);
}
END_TEST

START_TEST(what_cannot_be_made_is_told_like_anything_else)
{
	struct sandbox_spec host = host_spec("/no/such/directory");
	struct lease *le = pool_take(pool, &host, 0, "s", "r", &events, &first);

	until(first_has_failed);
	pool_give(le);
	pool_hint(pool, &host, 4);
}
END_TEST

START_TEST(a_pool_that_ends_waits_for_an_image_in_the_making)
{
	struct sandbox_spec host = host_spec(dir);
	struct lease *le = pool_take(pool, &host, 0, "s", "r", &events, &first);

	drained = false;
	pool_drain_all(pool, on_drained, NULL);
	until(first_has_failed);
	pool_give(le);
	until(is_drained);
}
END_TEST

/* ---- volumes, for who runs the same thing again and again ---- */

static struct volume volume;
static char volume_path[96];

static void make_volume(void)
{
	struct stat st;

	ck_assert_int_eq(mkdir(volume_path, 0755), 0);
	ck_assert_int_eq(stat(volume_path, &st), 0);
	volume.dev = st.st_dev;
	volume.ino = st.st_ino;
}

static struct sandbox_spec volume_spec(void)
{
	struct sandbox_spec s = spec;

	snprintf(volume_path, sizeof(volume_path), "%s/volume", dir);
	volume = (struct volume){ .host_path = volume_path, .container_path = "/data" };
	make_volume();
	s.volumes = &volume;
	s.n_volumes = 1;
	return s;
}

/* Whether one of the spec is lent at once; it is given back. */
static bool lends_warm(const struct sandbox_spec *s)
{
	struct wait w = { 0 };
	struct lease *le = pool_take(pool, s, 0, "s", "r", &events, &w);
	bool warm = lease_claim(le) != NULL;

	pool_give(le);
	return warm;
}

/* The volume's stock is as full as it wants to be, and nothing is on its way. */
static bool all_quiet(void)
{
	struct pool_row rows[4];
	size_t n = pool_rows(pool, rows, ARRAY_LEN(rows));

	for (size_t i = 0; i < n; i++)
		if (rows[i].warm < rows[i].target)
			return false;
	return pool_quiet(pool);
}

START_TEST(one_with_a_volume_is_kept_while_somebody_stands_by)
{
	struct sandbox_spec s = volume_spec();
	struct standby *a, *b;

	ck_assert(!lends_warm(&s));
	until(all_quiet);
	ck_assert(!lends_warm(&s));
	a = pool_stand_by(pool, &s);
	b = pool_stand_by(pool, &s);
	ck_assert(a && b && standby_same(a, b));
	for (int i = 0; i < 3; i++) {
		until(all_quiet);
		ck_assert(lends_warm(&s));
	}
	pool_dismiss(a);
	until(all_quiet);
	ck_assert(lends_warm(&s));
	pool_dismiss(b);
	pool_dismiss(NULL);
	until(all_quiet);
	ck_assert(!lends_warm(&s));
}
END_TEST

START_TEST(one_whose_volume_is_another_directory_by_now_is_not_lent)
{
	struct sandbox_spec s = volume_spec(), next;
	struct standby *sb = pool_stand_by(pool, &s);
	AUTO_STR aside = xasprintf("%s.old", volume_path);
	unsigned destroyed;

	until(all_quiet);
	destroyed = fake.destroyed;
	ck_assert_int_eq(rename(volume_path, aside), 0);
	ck_assert(!lends_warm(&s));
	ck_assert_uint_ge(fake.destroyed, destroyed + 2);
	/* It is back. */
	ck_assert_int_eq(rename(aside, volume_path), 0);
	until(all_quiet);
	ck_assert(lends_warm(&s));
	/* As a file that was loaded again sees it. */
	ck_assert_int_eq(rename(volume_path, aside), 0);
	make_volume();
	next = s;
	ck_assert(!lends_warm(&next));
	pool_dismiss(sb);
}
END_TEST

START_TEST(one_that_was_made_before_something_was_mounted_is_not_lent)
{
	struct sandbox_spec s;
	struct standby *sb;

	/* In a name space of its own; who may not make one has no say in mounts either. */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return;
	teardown(); /* the pool was made outside of it */
	setup();
	s = volume_spec();
	sb = pool_stand_by(pool, &s);
	until(all_quiet);
	ck_assert(lends_warm(&s));
	until(all_quiet);
	ck_assert_int_eq(mount("x", volume_path, "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(umount(volume_path), 0);
	ck_assert(!lends_warm(&s));
	until(all_quiet);
	ck_assert(lends_warm(&s));
	pool_dismiss(sb);
}
END_TEST

START_TEST(a_copy_on_write_is_not_kept)
{
	struct sandbox_spec s = volume_spec();

	volume.mode = VOLUME_COW;
	ck_assert_ptr_null(pool_stand_by(pool, &s));
}
END_TEST

static unsigned said;

static void on_kept_bytes(void *arg, struct lease *le, const void *p, size_t n)
{
	(void)arg;
	(void)le;
	(void)p;
	said += (unsigned)n;
}

START_TEST(what_is_kept_is_shown_so_takes_a_place_and_ends_when_it_is_given_back)
{
	static const struct lease_events kept = { .bytes = on_kept_bytes, .died = on_died };
	struct sandbox_row rows[8];
	struct wait w;
	struct lease *le = take(&w);

	ck_assert_ptr_nonnull(lease_claim(le));
	lease_keep(le, &kept, NULL, 12345);
	ck_assert_uint_eq(pool_sandboxes(pool, POOL_KEPT, rows, ARRAY_LEN(rows)), 1);
	ck_assert_str_eq(rows[0].state, "kept");
	ck_assert_int_eq(rows[0].expires_wall_ns, 12345);
	ck_assert_uint_eq(pool_sandboxes(pool, POOL_USED, rows, ARRAY_LEN(rows)), 1);
	/* Nobody gets it. */
	struct lease *other = take(&w);
	ck_assert_ptr_nonnull(lease_claim(other));
	ck_assert_str_ne(lease_sandbox_id(other), lease_sandbox_id(le));
	pool_give(other);
	pool_give(le);
	ck_assert_uint_eq(pool_sandboxes(pool, POOL_KEPT, rows, ARRAY_LEN(rows)), 0);
	ck_assert_uint_eq(said, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_warm_sandbox_is_claimed_at_once_and_not_told_of_again,
		who_does_not_claim_is_told_once_in_a_later_round,
		nothing_is_claimed_from_an_empty_pool_and_the_first_ready_one_is_lent,
		what_was_lent_is_never_lent_again,
		a_sandbox_that_is_given_back_ends_after_the_verdict_went_out,
		stock_is_not_made_up_beside_a_run_until_it_is_half_empty,
		stock_is_full_again_after_a_run,
		stock_is_full_again_after_memory_was_short,
		a_pool_that_ends_waits_for_nothing,
		a_sandbox_that_dies_by_itself_before_it_is_ended_is_gone_once,
		an_image_that_has_to_be_made_is_not_made_by_the_loop,
		who_left_meanwhile_is_told_nothing,
		what_cannot_be_made_is_told_like_anything_else,
		a_pool_that_ends_waits_for_an_image_in_the_making,
		one_with_a_volume_is_kept_while_somebody_stands_by,
		one_whose_volume_is_another_directory_by_now_is_not_lent,
		one_that_was_made_before_something_was_mounted_is_not_lent,
		a_copy_on_write_is_not_kept,
		what_is_kept_is_shown_so_takes_a_place_and_ends_when_it_is_given_back,
	};

	return check_run_with("pool", tests, ARRAY_LEN(tests), setup, teardown);
}
