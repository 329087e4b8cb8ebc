/* Layers that preparations made: what is kept, who holds it, what goes. */
#include "tests/unit/image/bed.h"

#include <sys/wait.h>

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static struct image_making *begin(const char *name, bool recorded)
{
	const struct image_making_request what = {
		.name = name, .max_bytes = 1u << 20, .recorded = recorded
	};

	e = (struct err){ 0 };
	return image_making_begin(bed_store, &what, &e);
}

static const struct image *base(void)
{
	const struct image *image = image_resolve(bed_store, "clnrm/base", NULL, &e);

	ck_assert_msg(image != NULL, "%s", e.msg);
	return image;
}

static int end_with(struct image_making *m, const struct strbuf *tar)
{
	int fd = image_making_file(m, &e);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fs_write_all(fd, tar->s, tar->len, &e), 0);
	close(fd);
	return image_making_end(m, base(), 12, &e);
}

/* A layer with one file of that text. */
static void make(const char *name, bool recorded, const char *text)
{
	AUTO_STRBUF tar = STRBUF_INIT;
	CLEANUP(image_making_free) struct image_making *m = begin(name, recorded);

	ck_assert_msg(m != NULL, "%s", e.msg);
	TAR(&tar, { "srv/", '5', 0755 }, { "srv/made", '0', 0644, text });
	ck_assert_msg(end_with(m, &tar) == 0, "%s", e.msg);
}

static const struct image *resolve(const char *name)
{
	return image_resolve(bed_store, name, NULL, &e);
}

static void sweep(void)
{
	ck_assert_msg(image_sweep(bed_store, &e) == 0, "%s", e.msg);
}

START_TEST(a_name_with_a_key_is_one_of_a_prepared_layer)
{
	ck_assert_str_eq(image_name_key("clnrm/base+" A), A);
	ck_assert_str_eq(image_name_key("host+01234567"), "01234567");
	ck_assert_ptr_null(image_name_key("host"));
	ck_assert_ptr_null(image_name_key("host+"));
	ck_assert_ptr_null(image_name_key("a+b"));
	ck_assert_ptr_null(image_name_key("host+0123456"));
	ck_assert_ptr_null(image_name_key("host+" A "0"));
	ck_assert_ptr_null(image_name_key("host+0123456G"));
	ck_assert_ptr_null(image_name_key("host+../../etc"));
}
END_TEST

START_TEST(what_was_prepared_lies_over_its_image)
{
	const struct image *under = base(), *over;

	ck_assert_ptr_null(resolve("clnrm/base+" A));
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	ck_assert(!image_is_prepared(bed_store, "clnrm/base+" A, NULL));
	make("clnrm/base+" A, false, "text");
	over = resolve("clnrm/base+" A);
	ck_assert_msg(over != NULL, "%s", e.msg);
	ck_assert_str_eq(over->lower, under->lower);
	ck_assert_uint_eq(over->n_above, 1);
	ck_assert_str_ne(over->digest, under->digest);
	ck_assert_str_eq(over->name, "clnrm/base+aaaaaaaaaaaa");
	content_is(over, 1, "srv/made", "text");
	ck_assert_str_eq(over->prepared->key, A);
	ck_assert_uint_eq(over->prepared->took_ms, 12);
	ck_assert_uint_eq(over->prepared->entries, 2);
	ck_assert_ptr_eq(resolve("clnrm/base+" A), over);
	ck_assert_ptr_eq(resolve("clnrm/base+aaaaaaaa"), over);
	/* Of another image it is none. */
	ck_assert_ptr_null(resolve("scratch+" A));
	ck_assert_uint_eq(count_in("tmp"), 0);
}
END_TEST

START_TEST(a_plan_knows_what_will_be_there)
{
	const struct image *plan = image_planned(bed_store, "clnrm/base+" A, NULL, &e);
	AUTO_STR digest = xstrdup(plan->digest);
	AUTO_STR recorded = xstrdup(image_planned(bed_store, "clnrm/base+" B, NULL, &e)->digest);

	ck_assert_str_eq(plan->prepared->diff, "");
	ck_assert_str_ne(digest, recorded);
	make("clnrm/base+" A, false, "text");
	ck_assert_str_eq(resolve("clnrm/base+" A)->digest, digest);
	ck_assert_ptr_eq(
	        image_planned(bed_store, "clnrm/base+" A, NULL, &e), resolve("clnrm/base+" A));
	/* In a recorded one its content counts as well. */
	make("clnrm/base+" B, true, "text");
	ck_assert_str_ne(resolve("clnrm/base+" B)->digest, recorded);
	ck_assert_ptr_null(image_planned(bed_store, "no/such:1+" A, NULL, &e));
}
END_TEST

START_TEST(one_at_a_time_prepares_a_key)
{
	struct image_making *first = begin("clnrm/base+" A, false), *other;

	ck_assert_msg(first != NULL, "%s", e.msg);
	ck_assert_ptr_null(begin("clnrm/base+" A, false));
	ck_assert_int_eq(e.code, ERR_BUSY);
	other = begin("clnrm/base+" B, false);
	ck_assert_msg(other != NULL, "%s", e.msg);
	sweep(); /* takes nothing of who is at it */
	ck_assert_uint_eq(count_in("tmp"), 2);
	ck_assert_ptr_null(begin("clnrm/base+" A, false));
	image_making_free(first);
	image_making_free(other);
	ck_assert_uint_eq(count_in("tmp"), 0);
	make("clnrm/base+" A, false, "text");
	ck_assert_ptr_null(begin("clnrm/base+" A, false));
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
}
END_TEST

START_TEST(what_failed_leaves_nothing)
{
	AUTO_STRBUF tar = STRBUF_INIT;
	AUTO_STRBUF out = STRBUF_INIT;
	CLEANUP(image_making_free) struct image_making *m = begin("clnrm/base+" A, false);
	struct member big = { "big", '0', 0644, NULL, NULL, 2u << 20 };

	tar_add(&tar, &big);
	ck_assert_int_lt(end_with(m, &tar), 0);
	ck_assert_int_eq(e.code, ERR_LIMIT);
	image_making_free(STEAL(m));
	m = begin("clnrm/base+" A, false);
	TAR(&out, { "../out", '0', 0644, "x" });
	ck_assert_int_lt(end_with(m, &out), 0);
	image_making_free(STEAL(m));
	sweep();
	ck_assert_uint_eq(count_in("layers"), 0);
	ck_assert_uint_eq(count_in("prepared"), 0);
	ck_assert_uint_eq(count_in("tmp"), 0);
}
END_TEST

/* Ends in the middle, as by SIGKILL. */
static void begin_and_die(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct image_making *m = begin("clnrm/base+" A, false);

		_exit(m ? 0 : 1);
	}
	int status;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

START_TEST(one_that_died_is_swept_and_can_be_made_anew)
{
	begin_and_die();
	ck_assert_uint_eq(count_in("tmp"), 1);
	sweep();
	ck_assert_uint_eq(count_in("tmp"), 0);
	ck_assert_uint_eq(count_in("prepared"), 0);
	begin_and_die();
	make("clnrm/base+" A, false, "text");
	ck_assert_ptr_nonnull(resolve("clnrm/base+" A));
}
END_TEST

START_TEST(a_layer_stays_while_somebody_lies_on_it)
{
	make("clnrm/base+" A, false, "text");
	const struct image *image = resolve("clnrm/base+" A);
	image_hold(image);
	ck_assert_int_eq(image_forget(bed_store, "clnrm/base+aaaaaaaa", &e), 0);
	ck_assert_ptr_null(resolve("clnrm/base+aaaaaaaa"));
	image_retire(bed_store);
	sweep();
	content_is(image, 1, "srv/made", "text");
	make("clnrm/base+" A, false, "other"); /* the same key again */
	const struct image *again = resolve("clnrm/base+" A);
	ck_assert_ptr_ne(again, image);
	ck_assert_str_ne(again->above[0], image->above[0]);
	image_let_go(image);
	sweep();
	ck_assert_uint_eq(count_in("layers"), 1);
	content_is(again, 1, "srv/made", "other");
	ck_assert_int_lt(image_forget(bed_store, "clnrm/base+" B, &e), 0);
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
}
END_TEST

START_TEST(another_daemon_keeps_what_it_lies_on)
{
	make("clnrm/base+" A, false, "text");
	struct image_store *other = bed_open_store();
	const struct image *theirs = image_resolve(other, "clnrm/base+" A, NULL, &e);
	ck_assert_ptr_nonnull(theirs);
	ck_assert_int_eq(image_forget(bed_store, "clnrm/base+" A, &e), 0);
	image_retire(bed_store);
	sweep();
	content_is(theirs, 1, "srv/made", "text");
	image_store_close(other);
	sweep();
	ck_assert_uint_eq(count_in("layers"), 0);
}
END_TEST

static void set_used(const char *key, time_t at)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	AUTO_STR root = depot_root(in_bed("data"));
	struct timespec times[2] = { { .tv_sec = at }, { .tv_sec = at } };
	struct prepared_record r;

	ck_assert_msg(depot_prepared(root, key, a, &r, NULL, &e) == 0, "%s", e.msg);
	ck_assert_int_eq(
	        utimensat(AT_FDCWD, arena_printf(a, "%s/layers/%s/meta", root, r.layer), times, 0),
	        0);
}

START_TEST(those_used_longest_ago_go_first_but_none_that_is_in_use)
{
	AUTO_STR root = depot_root(in_bed("data"));
	struct image_prepared_stats is;
	atomic_uint evicted = 0;

	make("clnrm/base+" A, false, "12345678");
	make("clnrm/base+" B, false, "12345678");
	make("clnrm/base+" C, false, "12345678");
	set_used(A, 300);
	set_used(B, 100);
	set_used(C, 200);
	image_prepared_stats(bed_store, &is);
	ck_assert_uint_eq(is.n, 3);
	ck_assert_uint_eq(is.bytes, 24);
	ck_assert_int_eq(depot_prepared_trim(root, 24, &evicted, &e), 0);
	ck_assert_uint_eq(evicted, 0);
	ck_assert_int_eq(depot_prepared_trim(root, 20, &evicted, &e), 0);
	ck_assert_uint_eq(evicted, 1);
	ck_assert_ptr_null(resolve("clnrm/base+" B));
	ck_assert_ptr_nonnull(resolve("clnrm/base+" C)); /* which is held from now on, */
	set_used(C, 200);
	ck_assert_int_eq(depot_prepared_trim(root, 8, &evicted, &e), 0);
	ck_assert_ptr_null(resolve("clnrm/base+" A)); /* so that this one goes */
	ck_assert_int_eq(depot_prepared_trim(root, 0, &evicted, &e), 0);
	ck_assert_ptr_nonnull(resolve("clnrm/base+" C));
	image_retire(bed_store);
	ck_assert_int_eq(depot_prepared_trim(root, 0, &evicted, &e), 0);
	ck_assert_uint_eq(evicted, 3);
	sweep();
	ck_assert_uint_eq(count_in("layers"), 0);
}
END_TEST

START_TEST(a_damaged_record_is_none)
{
	static const char *const bad[] = { "", "{", "[]", "{\"schema\":\"clnrm.prepared/1\"}",
		"{\"schema\":\"clnrm.prepared/1\",\"key\":\"" A
		"\",\"layer\":\"../../etc\",\"diff\":"
		"\"" A "\",\"image\":\"x\",\"image_digest\":\"" A "\"}",
		"{\"schema\":\"clnrm.prepared/2\",\"key\":\"" A "\",\"layer\":\"" A
		"\",\"diff\":\"" A "\",\"image\":\"x\",\"image_digest\":\"" A "\"}" };

	make("clnrm/base+" A, false, "text");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CLEANUP(arena_free) struct arena *a = arena_new();
		struct prepared_record r;

		ck_assert_int_lt(prepared_read(bad[i], strlen(bad[i]), a, &r, &e), 0);
		AUTO_STRBUF text = STRBUF_INIT;
		strbuf_adds(&text, bad[i]);
		put_file("data/images/imported/prepared/" B, &text);
		ck_assert_ptr_null(resolve("clnrm/base+" B));
	}
	sweep();
	ck_assert_uint_eq(count_in("prepared"), 1);
	ck_assert_ptr_nonnull(resolve("clnrm/base+" A));
}
END_TEST

START_TEST(names_list_what_is_there)
{
	bool found = false;

	make("clnrm/base+" A, false, "text");
	for (const char *const *n = image_names(bed_store); *n; n++)
		found |= strcmp(*n, "clnrm/base+aaaaaaaaaaaa") == 0;
	ck_assert(found);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_name_with_a_key_is_one_of_a_prepared_layer,
		what_was_prepared_lies_over_its_image,
		a_plan_knows_what_will_be_there,
		one_at_a_time_prepares_a_key,
		what_failed_leaves_nothing,
		one_that_died_is_swept_and_can_be_made_anew,
		a_layer_stays_while_somebody_lies_on_it,
		another_daemon_keeps_what_it_lies_on,
		those_used_longest_ago_go_first_but_none_that_is_in_use,
		a_damaged_record_is_none,
		names_list_what_is_there,
	};
	Suite *s = suite_create("prepared");
	TCase *t = tcase_create("prepared");

	tcase_add_checked_fixture(t, bed_setup, bed_teardown);
	tcase_set_timeout(t, 120);
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
