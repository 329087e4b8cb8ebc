#include <string.h>

#include "common/strbuf.h"
#include "daemon/model/sandbox_spec.h"
#include "tests/unit/check_main.h"

static const char *const masked[] = { "curl", "wget", NULL };
static const char *const host_paths[] = { "/opt/tool", NULL };
static const struct volume volumes[] = {
	{ .host_path = "/srv/a", .container_path = "/a", .mode = VOLUME_RO, .dev = 1, .ino = 2 },
	{ .host_path = "/srv/b", .container_path = "/b", .mode = VOLUME_RW, .noexec = true },
};
static const struct tmpfs tmpfs[] = { { "/t", 4096 } };

static struct sandbox_spec full(void)
{
	struct sandbox_spec s;

	sandbox_spec_default(&s, "host");
	s.volumes = volumes;
	s.n_volumes = ARRAY_LEN(volumes);
	s.tmpfs = tmpfs;
	s.n_tmpfs = ARRAY_LEN(tmpfs);
	s.masked = masked;
	s.host_paths = host_paths;
	return s;
}

static bool same_key(const struct sandbox_spec *a, const struct sandbox_spec *b)
{
	AUTO_STRBUF ka = STRBUF_INIT;
	AUTO_STRBUF kb = STRBUF_INIT;

	sandbox_spec_key(a, &ka);
	sandbox_spec_key(b, &kb);
	return ka.len == kb.len && memcmp(ka.s, kb.s, ka.len) == 0;
}

START_TEST(defaults_are_standard_isolation_without_network)
{
	struct sandbox_spec s;

	sandbox_spec_default(&s, "scratch");
	ck_assert_str_eq(s.image, "scratch");
	ck_assert_int_eq(s.isolation, ISOLATION_STANDARD);
	ck_assert_int_eq(s.network, NET_NONE);
	ck_assert_uint_eq(s.limits.v[LIMIT_PIDS], 512);
	ck_assert_uint_le(s.limits.v[LIMIT_MEMORY], 2048ull << 20);
	ck_assert_uint_gt(s.limits.v[LIMIT_MEMORY], 0);
	ck_assert_uint_eq(s.limits.v[LIMIT_MEMORY] % (1 << 20), 0);
	ck_assert_uint_eq(s.limits.given, 0);
}
END_TEST

START_TEST(equal_specs_have_equal_keys)
{
	struct sandbox_spec a = full(), b = full();
	struct volume other[2] = { volumes[0], volumes[1] };

	other[0].pos.line = 77; /* where it was written does not matter */
	b.volumes = other;
	ck_assert(same_key(&a, &b));
}
END_TEST

#define DIFFERS(change)                                     \
	do {                                                \
		struct sandbox_spec a = full(), b = full(); \
                                                            \
		change;                                     \
		if (same_key(&a, &b))                       \
			ck_abort_msg("%s", #change);        \
	} while (0)

START_TEST(every_field_is_in_the_key)
{
	static const char *const fewer[] = { "curl", NULL };
	struct volume v[2] = { volumes[0], volumes[1] };
	struct tmpfs t = { "/t", 8192 };

	DIFFERS(b.image = "clnrm/base");
	DIFFERS(b.isolation = ISOLATION_STRICT);
	DIFFERS(b.network = NET_TEST);
	DIFFERS(b.hostname = "other");
	DIFFERS(b.read_only = true);
	DIFFERS(b.limits.given = 1);
	DIFFERS(b.n_volumes = 1);
	DIFFERS(b.n_tmpfs = 0);
	DIFFERS(b.tmpfs = &t);
	DIFFERS(b.masked = fewer);
	DIFFERS(b.masked = NULL);
	DIFFERS(b.host_paths = NULL);
	for (size_t i = 0; i < LIMIT_COUNT; i++)
		DIFFERS(b.limits.v[i]++);
	v[0].mode = VOLUME_COW;
	DIFFERS(b.volumes = v);
	v[0] = volumes[0];
	v[0].noexec = true;
	DIFFERS(b.volumes = v);
	v[0] = volumes[0];
	v[0].ino++;
	DIFFERS(b.volumes = v);
	v[0] = volumes[0];
	v[0].container_path = "/c";
	DIFFERS(b.volumes = v);
}
END_TEST

START_TEST(neighbours_do_not_flow_together)
{
	static const char *const ab_c[] = { "ab", "c", NULL };
	static const char *const a_bc[] = { "a", "bc", NULL };
	static const char *const one[] = { "a,1:b", NULL };
	static const char *const two[] = { "a", "b", NULL };

	DIFFERS((a.masked = ab_c, b.masked = a_bc));
	DIFFERS((a.masked = one, b.masked = two));
	DIFFERS((a.masked = two, a.host_paths = NULL, b.masked = NULL, b.host_paths = two));
}
END_TEST

START_TEST(a_copy_is_deep_and_has_the_same_key)
{
	char image[] = "host", path[] = "/srv/x";
	struct volume v = { .host_path = path, .container_path = "/x", .mode = VOLUME_COW };
	struct sandbox_spec s = full(), want = full();

	s.image = image;
	s.volumes = &v;
	s.n_volumes = 1;

	struct volume kept = { .host_path = "/srv/x", .container_path = "/x", .mode = VOLUME_COW };

	want.volumes = &kept;
	want.n_volumes = 1;

	struct sandbox_spec *copy = sandbox_spec_copy(&s);

	image[0] = path[1] = 'Z';
	v.mode = VOLUME_RO;
	ck_assert(same_key(copy, &want));
	ck_assert_ptr_ne(copy->masked, s.masked);
	sandbox_spec_free(copy);
	sandbox_spec_free(NULL);
}
END_TEST

START_TEST(a_copy_of_the_plainest_spec)
{
	struct sandbox_spec s;

	sandbox_spec_default(&s, "host");

	struct sandbox_spec *copy = sandbox_spec_copy(&s);

	ck_assert(same_key(copy, &s));
	ck_assert_uint_eq(copy->n_volumes, 0);
	ck_assert_ptr_null(copy->masked);
	sandbox_spec_free(copy);
}
END_TEST

START_TEST(what_differs_from_the_default_is_told)
{
	const struct tmpfs t = { .path = "/x" };
	const char *const curl[] = { "curl", NULL };
	AUTO_STRBUF b = STRBUF_INIT;
	struct sandbox_spec s;

	sandbox_spec_default(&s, "host");
	sandbox_spec_differs(&s, &b);
	ck_assert_str_eq(b.s, "");
	s.limits.v[LIMIT_MEMORY] = 64ull << 20;
	s.limits.given = 1u << LIMIT_PIDS; /* as it is, but said */
	s.read_only = true;
	s.tmpfs = &t;
	s.n_tmpfs = 1;
	s.masked = curl;
	sandbox_spec_differs(&s, &b);
	ck_assert_str_eq(b.s, "memory_mb=64 pids=512 read_only tmpfs=/x disallowed=curl");
}
END_TEST

CHECK_MAIN("spec", defaults_are_standard_isolation_without_network, equal_specs_have_equal_keys,
        every_field_is_in_the_key, neighbours_do_not_flow_together,
        a_copy_is_deep_and_has_the_same_key, a_copy_of_the_plainest_spec,
        what_differs_from_the_default_is_told)
