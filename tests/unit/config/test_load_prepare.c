#include "tests/unit/config/load_bed.h"

#define SCENARIO "[[scenario]]\nname = \"s\"\nrun = \"x\"\n"
#define STEPS "steps = [{ run = \"make it\" }]\n"

static const struct preparation *prepare_of(const char *head, const char *table)
{
	const char *text = arena_printf(bed.a, META "%s[prepare]\n%s" SCENARIO, head, table);

	return clean(text)->scenarios[0].places[0].prepare;
}

START_TEST(a_file_without_the_table_prepares_nothing)
{
	ck_assert_ptr_null(clean(META SCENARIO)->scenarios[0].places[0].prepare);
}
END_TEST

START_TEST(its_sandbox_is_its_own_and_can_be_harvested)
{
	const struct preparation *p = prepare_of("image = \"clnrm/base\"\n", STEPS);
	const struct sandbox_spec *spec = &p->sc->places[0].spec;

	ck_assert_str_eq(spec->image, "clnrm/base");
	ck_assert(spec->harvest);
	ck_assert_int_eq(spec->network, NET_NONE);
	ck_assert_int_eq(spec->isolation, ISOLATION_STANDARD);
	ck_assert_uint_eq(spec->n_volumes, 0);
	ck_assert(!p->recorded);
	ck_assert_uint_eq(p->max_bytes, 1024 * MIB);
	ck_assert_int_eq(p->sc->timeout.ns, 600 * SECOND);
	ck_assert_uint_eq(p->sc->n_steps, 1);
	ck_assert_int_eq(p->sc->steps[0].timeout.ns, 0); /* that of all of them counts */
	ck_assert_str_eq(p->sc->steps[0].argv.v[0], "make");
	ck_assert(!bed.f->tests->scenarios[0].places[0].spec.harvest);
}
END_TEST

START_TEST(a_network_makes_it_a_recorded_one_and_concerns_no_scenario)
{
	const struct preparation *p = prepare_of("", "network = \"host\"\n" STEPS);

	ck_assert(p->recorded);
	ck_assert_int_eq(p->sc->places[0].spec.network, NET_HOST);
	ck_assert_int_eq(p->sc->places[0].spec.isolation, ISOLATION_RELAXED);
	ck_assert_int_eq(bed.f->tests->scenarios[0].places[0].spec.network, NET_NONE);
	ck_assert_int_eq(bed.f->tests->scenarios[0].places[0].spec.isolation, ISOLATION_STANDARD);
}
END_TEST

START_TEST(room_is_what_the_table_says_and_the_project_allows)
{
	const struct preparation *p = prepare_of("", "max_mb = 3000\n" STEPS);

	ck_assert_uint_eq(p->max_bytes, 3000 * MIB);
	ck_assert_uint_eq(p->sc->places[0].spec.limits.v[LIMIT_DISK], 3000 * MIB);
	bed.s.limits.given = 1u << LIMIT_DISK;
	bed.s.limits.v[LIMIT_DISK] = 100 * MIB;
	p = prepare_of("", STEPS);
	ck_assert_uint_eq(p->max_bytes, 100 * MIB);
}
END_TEST

static const char *digest_of_table(const char *head, const char *table)
{
	return arena_strdup(bed.a, prepare_of(head, table)->digest);
}

START_TEST(files_that_prepare_the_same_have_one_digest)
{
	const char *one = digest_of_table("", STEPS);

	ck_assert_str_eq(digest_of_table("description = \"other\"\n", STEPS), one);
	ck_assert_str_eq(digest_of_table("env = { OF = \"scenarios\" }\n", STEPS), one);
	ck_assert_str_eq(digest_of_table("image = \"clnrm/base\"\n", STEPS), one);
	ck_assert_str_ne(digest_of_table("", "env = { A = \"1\" }\n" STEPS), one);
	ck_assert_str_ne(digest_of_table("", "max_mb = 5\n" STEPS), one);
	ck_assert_str_ne(digest_of_table("", "steps = [{ run = \"make that\" }]\n"), one);
	ck_assert_str_ne(digest_of_table("isolation = \"strict\"\n", STEPS), one);
}
END_TEST

START_TEST(its_inputs_are_inputs_of_each_scenario)
{
	const struct preparation *p =
	        prepare_of("", "project = \"ro\"\ninputs = [\"a\", \"b/**\"]\n" STEPS);

	ck_assert_uint_eq(p->inputs.n, 2);
	ck_assert_str_eq(p->inputs.v[0], bed_path("a"));
	ck_assert_uint_eq(bed.f->tests->scenarios[0].inputs.n, 2);
	ck_assert_uint_eq(p->sc->places[0].spec.n_volumes, 1);
	ck_assert_uint_eq(bed.f->tests->scenarios[0].places[0].spec.n_volumes, 0);
}
END_TEST

START_TEST(each_image_has_one)
{
	const struct test *t =
	        clean(META "[prepare]\n" STEPS SCENARIO "[[scenario]]\nname = \"2\"\nrun = \"x\"\n"
	                   "[[scenario]]\nname = \"3\"\nrun = \"x\"\nimage = "
	                   "\"clnrm/base\"\n");

	ck_assert_ptr_eq(t->scenarios[0].places[0].prepare, t->scenarios[1].places[0].prepare);
	ck_assert_ptr_ne(t->scenarios[0].places[0].prepare, t->scenarios[2].places[0].prepare);
}
END_TEST

LOAD_MAIN("load prepare", a_file_without_the_table_prepares_nothing,
        its_sandbox_is_its_own_and_can_be_harvested,
        a_network_makes_it_a_recorded_one_and_concerns_no_scenario,
        room_is_what_the_table_says_and_the_project_allows,
        files_that_prepare_the_same_have_one_digest, its_inputs_are_inputs_of_each_scenario,
        each_image_has_one)
