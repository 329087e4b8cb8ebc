#include "tests/unit/check_main.h"

#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/server/try_request.h"

static struct arena *arena;
static struct decode decode;
static struct try_request req;
static json_t *body;

static void setup(void)
{
	arena = arena_new();
	decode_init(&decode, arena);
}

static void teardown(void)
{
	json_decref(body);
	decode_release(&decode);
	arena_free(arena);
}

static bool read_text(const char *text)
{
	body = json_loads(text, JSON_ALLOW_NUL, NULL);
	ck_assert_ptr_nonnull(body);
	return try_request_read(&decode, body, &req);
}

static const char *variable(const char *name)
{
	for (size_t i = 0; i < req.n_env; i++)
		if (strcmp(req.env[i].name, name) == 0)
			return req.env[i].value;
	return NULL;
}

START_TEST(a_command_with_everything)
{
	ck_assert(read_text("{\"argv\":[\"cat\",\"-v\"],\"cwd\":\"/\",\"stdin\":\"/wo=\","
	                    "\"stdin_encoding\":\"base64\",\"stdin_open\":true,\"env\":{\"A\":"
	                    "\"b\",\"HOME\":\"/x\","
	                    "\"CLEANROOM_CLI_JOBS\":\"3\"},\"options\":{\"image\":\"clnrm/base\","
	                    "\"project\":\"cow\",\"network\":\"host\",\"isolation\":\"relaxed\","
	                    "\"workdir\":\"/tmp\",\"user\":\"1000:1000\",\"timeout_ms\":5000}}"));
	ck_assert_uint_eq(req.argv.n, 2);
	ck_assert_uint_eq(req.stdin_len, 2);
	ck_assert_mem_eq(req.stdin_data, "\xff\n", 2);
	ck_assert(req.stdin_open);
	ck_assert_str_eq(variable("A"), "b");
	ck_assert_str_eq(variable("HOME"), "/x");
	ck_assert_str_eq(variable("TMPDIR"), "/tmp");
	ck_assert_ptr_null(variable("CLEANROOM_CLI_JOBS"));
	ck_assert_str_eq(client_env_get(&req.settings, "CLEANROOM_CLI_JOBS"), "3");
	ck_assert_int_eq(req.timeout_ns, 5 * NS_PER_S);
	ck_assert_int_eq(req.project, TRY_PROJECT_COW);
}
END_TEST

START_TEST(bad_bodies_are_refused)
{
	static const struct {
		const char *body, *code, *pointer;
	} cases[] = {
		{ "{\"cwd\":\"/\"}", "bad-request", "/argv" },
		{ "{\"cwd\":\"/\",\"argv\":[\"\"]}", "bad-request", "/argv/0" },
		{ "{\"argv\":[\"x\"]}", "bad-request", "/cwd" },
		{ "{\"cwd\":\"/\",\"argv\":[\"x\"],\"stdin\":3}", "bad-request", "/stdin" },
		{ "{\"cwd\":\"/\",\"argv\":[\"x\"],\"stdin\":\"!\",\"stdin_encoding\":\"base64\"}",
		        "bad-request", "/stdin" },
		{ "{\"cwd\":\"/\",\"argv\":[\"x\"],\"stdin_open\":1}", "bad-request",
		        "/stdin_open" },
		{ "{\"cwd\":\"/\",\"argv\":[\"x\"],\"stdin_encoding\":\"hex\"}", "bad-request",
		        "/stdin_encoding" },
		{ "{\"cwd\":\"/\",\"argv\":[\"x\"],\"options\":{\"network\":\"test\"}}",
		        "invalid-option", "/options/network" },
		{ "{\"cwd\":\"/\",\"argv\":[\"x\"],\"options\":{\"project\":\"rw\"}}",
		        "invalid-option", "/options/project" },
		{ "{\"cwd\":\"/\",\"argv\":[\"x\"],\"options\":{\"timeout_ms\":0}}",
		        "invalid-option", "/options/timeout_ms" },
		{ "{\"cwd\":\"/\",\"argv\":[\"x\"],\"options\":{\"img\":\"a\"}}", "invalid-option",
		        "/options/img" },
		{ "{\"cwd\":\"/\",\"argv\":[\"x\"],\"options\":{\"workdir\":\"a\"}}",
		        "invalid-option", "/options/workdir" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		decode_release(&decode);
		decode_init(&decode, arena);
		json_decref(body);
		ck_assert_msg(!read_text(cases[i].body), "%s", cases[i].body);
		ck_assert_uint_eq(decode.d.n, 1);
		ck_assert_str_eq(decode.d.v[0].code, cases[i].code);
		ck_assert_str_eq(decode.d.v[0].pointer, cases[i].pointer);
	}
}
END_TEST

START_TEST(the_sandbox_has_the_settings_of_the_project)
{
	const char *map[] = { "alpine", "clnrm/base", NULL };
	const char *never[] = { "curl", NULL };
	struct settings s = { .root = "/tmp",
		.isolation = ISOLATION_STRICT,
		.image_map = { map, 2 },
		.disallowed_commands = { never, 1 },
		.limits = { .given = 1u << LIMIT_PIDS } };
	struct sandbox_spec spec;
	struct diags d;

	s.limits.v[LIMIT_PIDS] = 7;
	diags_init(&d, arena);
	ck_assert(read_text("{\"argv\":[\"x\"],\"cwd\":\"/\",\"options\":{\"image\":\"alpine\","
	                    "\"project\":\"ro\"}}"));
	ck_assert_int_eq(try_request_spec(&req, &s, arena, &spec, &d), 0);
	ck_assert_str_eq(spec.image, "clnrm/base");
	ck_assert_int_eq(spec.isolation, ISOLATION_STRICT);
	ck_assert_int_eq(spec.network, NET_NONE);
	ck_assert_uint_eq(spec.limits.v[LIMIT_PIDS], 7);
	ck_assert_str_eq(spec.masked[0], "curl");
	ck_assert_uint_eq(spec.n_volumes, 1);
	ck_assert_str_eq(spec.volumes[0].container_path, "/workspace");
	ck_assert_int_eq(spec.volumes[0].mode, VOLUME_RO);
	ck_assert_uint_ne(spec.volumes[0].ino, 0);
}
END_TEST

START_TEST(the_host_network_needs_relaxed_isolation)
{
	struct settings s = { .root = "/tmp", .isolation = ISOLATION_STANDARD };
	struct sandbox_spec spec;
	struct diags d;

	diags_init(&d, arena);
	ck_assert(read_text("{\"argv\":[\"x\"],\"cwd\":\"/\",\"options\":{\"network\":\"host\"}}"));
	ck_assert_int_lt(try_request_spec(&req, &s, arena, &spec, &d), 0);
	ck_assert_str_eq(d.v[0].code, "config.isolation");
	req.isolation = ISOLATION_RELAXED;
	ck_assert_int_eq(try_request_spec(&req, &s, arena, &spec, &d), 0);
	ck_assert_int_eq(spec.network, NET_HOST);
	diags_release(&d);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { a_command_with_everything, bad_bodies_are_refused,
		the_sandbox_has_the_settings_of_the_project,
		the_host_network_needs_relaxed_isolation };

	return check_run_with("try request", tests, ARRAY_LEN(tests), setup, teardown);
}
