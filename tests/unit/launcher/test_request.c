/* What the launcher lets a daemon say: each bound holds exactly, and one more is refused. */
#include <stdio.h>
#include <string.h>

#include "common/force.h"
#include "common/mem.h"
#include "common/strbuf.h"
#include "daemon/native/launcher/launcher.h"
#include "tests/unit/check_main.h"

/* A message under construction: the struct, and a blob behind it. */
static struct strbuf m;

static void begin(enum launch_op op, size_t fixed)
{
	struct launch_header h = { .op = (uint16_t)op, .version = LAUNCH_VERSION, .id = 7 };

	strbuf_reset(&m);
	strbuf_grow(&m, fixed);
	memset(m.s, 0, fixed);
	m.len = fixed;
	memcpy(m.s, &h, sizeof(h));
}

static struct launch_str text(const char *s, size_t n)
{
	struct launch_str at = { (uint32_t)m.len, (uint32_t)n };

	strbuf_add(&m, s, n);
	strbuf_add(&m, "", 1);
	return at;
}

static struct launch_str str(const char *s)
{
	return text(s, strlen(s));
}

static struct launch_create *create(void)
{
	return (struct launch_create *)(void *)m.s;
}

static struct launch_image *image(void)
{
	return (struct launch_image *)(void *)m.s;
}

/* Valid as it stands. */
static void begin_create(void)
{
	begin(LAUNCH_CREATE, sizeof(struct launch_create));
	struct launch_str name = str("clnrm");
	create()->hostname = name;
}

static void begin_image(void)
{
	begin(LAUNCH_IMAGE, sizeof(struct launch_image));
	struct launch_str lower = str("/i"), path = str("/bin");
	image()->lower = lower;
	image()->path_env = path;
}

static enum err_code check(void)
{
	struct err e = { 0 };
	uint32_t length = (uint32_t)m.len;

	memcpy(m.s, &length, sizeof(length));
	/* A copy of exactly this size, so that a sanitizer sees any look beyond it. */
	void *exact = xmalloc(m.len);
	memcpy(exact, m.s, m.len);
	int r = launch_check(exact, m.len, &e);
	free(exact);
	ck_assert_int_eq(r, e.code == ERR_NONE ? 0 : -1);
	return e.code;
}

static void release(void)
{
	strbuf_release(&m);
}

START_TEST(each_request_is_taken_in_its_plain_form)
{
	static const enum launch_op bare[] = { LAUNCH_FILTER, LAUNCH_DESTROY, LAUNCH_PROBE,
		LAUNCH_FORGET };

	for (size_t i = 0; i < ARRAY_LEN(bare); i++) {
		begin(bare[i], sizeof(struct launch_header));
		ck_assert_int_eq(check(), ERR_NONE);
		strbuf_add(&m, "x", 1);
		ck_assert_int_eq(check(), ERR_INVALID);
	}
	begin_create();
	ck_assert_int_eq(check(), ERR_NONE);
	begin_image();
	ck_assert_int_eq(check(), ERR_NONE);
}
END_TEST

START_TEST(what_the_launcher_itself_says_is_no_request)
{
	for (unsigned op = 0; op < 256; op++) {
		if (op >= LAUNCH_FILTER && op <= LAUNCH_PROBE)
			continue;
		begin((enum launch_op)op, 4096);
		ck_assert_int_eq(check(), ERR_INVALID);
	}
}
END_TEST

START_TEST(another_version_or_length_is_refused)
{
	struct launch_header h = { .op = LAUNCH_PROBE, .version = LAUNCH_VERSION + 1 };
	struct err e = { 0 };

	h.length = sizeof(h);
	ck_assert_int_eq(launch_check(&h, sizeof(h), &e), -1);
	h.version = LAUNCH_VERSION;
	ck_assert_int_eq(launch_check(&h, sizeof(h), &e), 0);
	h.length++;
	ck_assert_int_eq(launch_check(&h, sizeof(h), &e), -1);
	h.length--;
	ck_assert_int_eq(launch_check(&h, sizeof(h) - 1, &e), -1);
	ck_assert_int_eq(launch_check(&h, 0, &e), -1);
}
END_TEST

START_TEST(a_request_of_any_shorter_length_is_refused)
{
	begin_create();
	size_t whole = m.len;

	for (size_t n = 0; n < whole; n++) {
		struct err e = { 0 };
		uint32_t length = (uint32_t)n;
		char *exact = xmalloc(n ? n : 1);

		memcpy(exact, m.s, n);
		if (n >= sizeof(length))
			memcpy(exact, &length, sizeof(length));
		ck_assert_int_eq(launch_check(exact, n, &e), -1);
		free(exact);
	}
}
END_TEST

START_TEST(a_message_of_the_greatest_size_passes_and_no_greater_one)
{
	begin_create();
	strbuf_grow(&m, LAUNCH_MAX_MESSAGE);
	memset(m.s + m.len, 0, LAUNCH_MAX_MESSAGE - m.len);
	m.len = LAUNCH_MAX_MESSAGE;
	ck_assert_int_eq(check(), ERR_NONE);
	strbuf_add(&m, "", 1);
	ck_assert_int_eq(check(), ERR_LIMIT);
}
END_TEST

START_TEST(a_string_lies_in_the_blob_and_ends_with_its_only_nul)
{
	uint32_t fixed = sizeof(struct launch_create);
	const struct launch_str bad[] = { { 0, 3 }, { fixed - 1, 1 }, { UINT32_MAX, 1 },
		{ fixed, 6 }, { fixed + 6, 0 }, { fixed + 1, UINT32_MAX }, { fixed, 4 } };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		begin_create();
		create()->hostname = bad[i];
		ck_assert_int_ne(check(), ERR_NONE);
	}
	begin_create();
	struct launch_str hollow = text("a\0b", 3);
	create()->hostname = hollow;
	ck_assert_int_eq(check(), ERR_INVALID);
}
END_TEST

/* A path of n bytes: /aaaa... */
static struct launch_str long_path(size_t n)
{
	char *s = xmalloc(n + 1);

	memset(s, 'a', n);
	s[0] = '/';
	s[n] = 0;
	struct launch_str at = str(s);
	free(s);
	return at;
}

START_TEST(strings_have_the_lengths_that_the_header_says)
{
	static const struct {
		size_t max;
		enum { HOSTNAME, LOWER, PATH_ENV, VOLUME, AT, TMPFS, MASKED, MASKED_NAME } what;
	} bounds[] = { { 64, HOSTNAME }, { LAUNCH_MAX_PATH, LOWER }, { LAUNCH_MAX_PATH, PATH_ENV },
		{ LAUNCH_MAX_PATH, VOLUME }, { LAUNCH_MAX_PATH, AT }, { LAUNCH_MAX_PATH, TMPFS },
		{ LAUNCH_MAX_PATH, MASKED }, { 255, MASKED_NAME } };

	for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
		for (size_t more = 0; more < 2; more++) {
			bool of_image = bounds[i].what == LOWER || bounds[i].what == PATH_ENV;

			of_image ? begin_image() : begin_create();
			struct launch_str s = long_path(bounds[i].max + more), p = str("/x");
			switch (bounds[i].what) {
			case HOSTNAME:
				create()->hostname = s;
				break;
			case LOWER:
				image()->lower = s;
				break;
			case PATH_ENV:
				image()->path_env = s;
				break;
			case VOLUME:
			case AT:
				create()->n_volumes = 1;
				create()->volumes[0].host = bounds[i].what == VOLUME ? s : p;
				create()->volumes[0].at = bounds[i].what == AT ? s : p;
				break;
			case TMPFS:
				create()->n_tmpfs = 1;
				create()->tmpfs[0].at = s;
				break;
			case MASKED_NAME:
				m.s[s.off] = 'a'; /* a name, no path */
				__attribute__((fallthrough));
			case MASKED:
				create()->n_masked = 1;
				create()->masked[0] = s;
				break;
			}
			ck_assert_msg(
			        (check() == ERR_NONE) == (more == 0), "bound %zu + %zu", i, more);
		}
	}
}
END_TEST

START_TEST(counts_have_the_bounds_that_the_header_says)
{
	for (uint32_t more = 0; more < 2; more++) {
		for (int what = 0; what < 5; what++) {
			what >= 3 ? begin_image() : begin_create();
			struct launch_str p = str("/x");

			if (what == 0) {
				create()->n_volumes = LAUNCH_MAX_VOLUMES + more;
				for (size_t i = 0; i < LAUNCH_MAX_VOLUMES; i++)
					create()->volumes[i].host = create()->volumes[i].at = p;
			} else if (what == 1) {
				create()->n_tmpfs = LAUNCH_MAX_TMPFS + more;
				for (size_t i = 0; i < LAUNCH_MAX_TMPFS; i++)
					create()->tmpfs[i].at = p;
			} else if (what == 2) {
				create()->n_masked = LAUNCH_MAX_MASKED + more;
				for (size_t i = 0; i < LAUNCH_MAX_MASKED; i++)
					create()->masked[i] = p;
			} else if (what == 4) {
				image()->n_above = LAUNCH_MAX_ABOVE + more;
				for (size_t i = 0; i < LAUNCH_MAX_ABOVE; i++)
					image()->above[i] = p;
			} else {
				image()->n_binds = LAUNCH_MAX_BINDS + more;
				for (size_t i = 0; i < LAUNCH_MAX_BINDS; i++)
					image()->binds[i].host = image()->binds[i].at = p;
			}
			ck_assert_int_eq(check(), more ? ERR_LIMIT : ERR_NONE);
		}
	}
	begin_create();
	create()->n_volumes = UINT32_MAX;
	ck_assert_int_eq(check(), ERR_LIMIT);
}
END_TEST

START_TEST(a_path_is_absolute_and_means_what_it_says)
{
	static const char *const bad[] = { "", "x", "./x", "/..", "/../x", "/a/../b", "/a/..",
		"/./a", "/a/.", "//", "/a//b", "/a/./b" };
	static const char *const good[] = { "/a", "/a/b", "/...", "/a/..b", "/.a", "/a/b.." };

	for (size_t i = 0; i < ARRAY_LEN(bad) + ARRAY_LEN(good); i++) {
		bool fine = i >= ARRAY_LEN(bad);

		begin_image();
		struct launch_str s = str(fine ? good[i - ARRAY_LEN(bad)] : bad[i]);
		image()->lower = s;
		ck_assert_msg((check() == ERR_NONE) == fine, "case %zu", i);
	}
}
END_TEST

START_TEST(nothing_is_mounted_over_what_the_launcher_makes)
{
	static const struct {
		const char *at;
		bool fine;
	} cases[] = { { "/", false }, { "/proc", false }, { "/proc/sys", false }, { "/dev", false },
		{ "/dev/shm", false }, { "/sys", false }, { "/sys/fs/cgroup", false },
		{ "/device", true }, { "/procs", true }, { "/tmp", true }, { "/a/proc", true } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		begin_create();
		struct launch_str s = str(cases[i].at), x = str("/x");
		create()->n_volumes = 1;
		create()->volumes[0].host = x;
		create()->volumes[0].at = s;
		ck_assert_msg((check() == ERR_NONE) == cases[i].fine, "volume %s", cases[i].at);
		create()->n_volumes = 0;
		create()->n_tmpfs = 1;
		create()->tmpfs[0].at = s;
		ck_assert_msg((check() == ERR_NONE) == cases[i].fine, "tmpfs %s", cases[i].at);
	}
}
END_TEST

START_TEST(unknown_modes_and_flags_are_refused)
{
	for (unsigned bit = 0; bit < 32; bit++) {
		begin_create();
		create()->flags = 1u << bit;
		/* The host's network needs its consent. */
		bool fine = (1u << bit & LAUNCH_ALL_FLAGS) && 1u << bit != LAUNCH_HOST_NET;
		ck_assert_int_eq(check() == ERR_NONE, fine);
		create()->flags = 0;
		create()->given = 1u << bit;
		ck_assert_int_eq(check() == ERR_NONE, bit < LAUNCH_LIMITS);
	}
	begin_create();
	create()->flags = LAUNCH_HOST_NET | LAUNCH_RELAXED;
	ck_assert_int_eq(check(), ERR_NONE);
	struct launch_str x = str("/x");
	create()->n_volumes = 1;
	create()->volumes[0].host = create()->volumes[0].at = x;
	for (uint32_t mode = 0; mode < 5; mode++) {
		create()->volumes[0].mode = mode;
		ck_assert_int_eq(check() == ERR_NONE, mode <= LAUNCH_RW);
	}
	create()->volumes[0].mode = 0;
	create()->volumes[0].noexec = 2;
	ck_assert_int_eq(check(), ERR_INVALID);
}
END_TEST

START_TEST(a_masked_command_is_a_name_or_an_absolute_path)
{
	static const struct {
		const char *name;
		bool fine;
	} cases[] = { { "", false }, { "a", true }, { "a/b", false }, { "/a/b", true },
		{ "/a/../b", false }, { "../b", false } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		begin_create();
		struct launch_str s = str(cases[i].name);
		create()->n_masked = 1;
		create()->masked[0] = s;
		ck_assert_msg((check() == ERR_NONE) == cases[i].fine, "'%s'", cases[i].name);
	}
}
END_TEST

START_TEST(switches_make_a_machine_look_poorer_and_others_are_ignored)
{
	char *argv[] = { (char[]){ "clnrm-launcher" }, (char[]){ "/init" }, (char[]){ "/state" },
		NULL };
	struct options o = { 0 };
	struct err e = { 0 };

	setenv("CLNRM_FORCE", "no-psi,no-clone3,,no-cgroupx,no-idmap", 1);
	ck_assert_int_eq(options_parse(&o, 3, argv, &e), 0);
	ck_assert_int_eq(o.no_clone3, FORCE_BUILT);
	ck_assert_int_eq(o.no_idmap, FORCE_BUILT);
	ck_assert(!o.no_cgroup && !o.no_overlay && !o.no_userns);
	ck_assert_int_eq(options_parse(&o, 2, argv, &e), -1);
	argv[2][0] = 's';
	ck_assert_int_eq(options_parse(&o, 3, argv, &e), -1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_request_is_taken_in_its_plain_form,
		what_the_launcher_itself_says_is_no_request,
		another_version_or_length_is_refused,
		a_request_of_any_shorter_length_is_refused,
		a_message_of_the_greatest_size_passes_and_no_greater_one,
		a_string_lies_in_the_blob_and_ends_with_its_only_nul,
		strings_have_the_lengths_that_the_header_says,
		counts_have_the_bounds_that_the_header_says,
		a_path_is_absolute_and_means_what_it_says,
		nothing_is_mounted_over_what_the_launcher_makes,
		unknown_modes_and_flags_are_refused,
		a_masked_command_is_a_name_or_an_absolute_path,
		switches_make_a_machine_look_poorer_and_others_are_ignored,
	};

	return check_run_with("launcher requests", tests, ARRAY_LEN(tests), NULL, release);
}
