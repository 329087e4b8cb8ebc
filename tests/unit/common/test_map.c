#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/map.h"
#include "common/mem.h"
#include "tests/unit/check_main.h"

START_TEST(put_get_replace_and_delete)
{
	struct map *m = map_new();
	int a = 1, b = 2;

	ck_assert_ptr_null(map_get(m, "x"));
	ck_assert_ptr_null(map_put(m, "x", &a));
	ck_assert_ptr_eq(map_put(m, "x", &b), &a);
	ck_assert_uint_eq(map_count(m), 1);
	ck_assert_ptr_eq(map_get(m, "x"), &b);
	ck_assert_ptr_eq(map_getn(m, "xyz", 1), &b);
	ck_assert_ptr_null(map_getn(m, "xyz", 2));
	ck_assert_ptr_eq(map_del(m, "x"), &b);
	ck_assert_ptr_null(map_del(m, "x"));
	ck_assert_uint_eq(map_count(m), 0);
	map_free(m, NULL);
}
END_TEST

START_TEST(the_empty_string_is_a_key)
{
	struct map *m = map_new();
	int a = 1;

	map_put(m, "", &a);
	ck_assert_ptr_eq(map_get(m, ""), &a);
	map_free(m, NULL);
}
END_TEST

START_TEST(keys_are_copies)
{
	struct map *m = map_new();
	char key[] = "abc";
	int a = 1;

	map_put(m, key, &a);
	key[0] = 'z';
	ck_assert_ptr_eq(map_get(m, "abc"), &a);
	map_free(m, NULL);
}
END_TEST

#define MANY 20000

static const char *name_of(unsigned i, char buf[32])
{
	snprintf(buf, 32, "key/%u/%u", i % 7, i);
	return buf;
}

START_TEST(thousands_of_keys_survive_growth_and_deletions)
{
	static char values[MANY];
	struct map *m = map_new();
	char key[32];

	for (unsigned i = 0; i < MANY; i++)
		map_put(m, name_of(i, key), &values[i]);
	for (unsigned i = 0; i < MANY; i += 3)
		ck_assert_ptr_eq(map_del(m, name_of(i, key)), &values[i]);
	for (unsigned i = 0; i < MANY; i++)
		ck_assert_ptr_eq(map_get(m, name_of(i, key)), i % 3 == 0 ? NULL : &values[i]);
	ck_assert_uint_eq(map_count(m), MANY - (MANY + 2) / 3);
	map_free(m, NULL);
}
END_TEST

START_TEST(a_walk_meets_every_entry_once)
{
	static char values[100];
	struct map *m = map_new();
	char key[32];
	size_t at = 0, met = 0;
	const char *k;
	void *v;

	for (unsigned i = 0; i < 100; i++)
		map_put(m, name_of(i, key), &values[i]);
	while (map_next(m, &at, &k, &v)) {
		ck_assert_ptr_eq(map_get(m, k), v);
		ck_assert_int_eq(*(char *)v, 0);
		*(char *)v = 1;
		met++;
	}
	ck_assert_uint_eq(met, 100);
	ck_assert(!map_next(m, &at, &k, &v));
	map_free(m, NULL);
}
END_TEST

START_TEST(free_drops_every_value)
{
	struct map *m = map_new();

	map_put(m, "a", xstrdup("1"));
	map_put(m, "b", xstrdup("2"));
	map_free(m, free); /* the leak checker of a sanitizer build would tell */
	map_free(NULL, free);
}
END_TEST

CHECK_MAIN("map", put_get_replace_and_delete, the_empty_string_is_a_key, keys_are_copies,
        thousands_of_keys_survive_growth_and_deletions, a_walk_meets_every_entry_once,
        free_drops_every_value)
