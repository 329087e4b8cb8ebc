#include "daemon/server/try_request.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base64.h"
#include "common/fs.h"
#include "common/mem.h"

#define AT(member) .at = offsetof(struct try_request, member)

static const struct field option_fields[] = {
	{ .name = "image", .type = FIELD_TEXT, AT(image), .min = 1, .max = BODY_PATH_MAX },
	{ .name = "project", .type = FIELD_CHOICE, AT(project), .values = "ro cow" },
	{ .name = "network", .type = FIELD_CHOICE, AT(network), .values = "none host" },
	{ .name = "isolation",
	        .type = FIELD_CHOICE,
	        AT(isolation),
	        .values = "strict standard relaxed" },
	{ .name = "workdir", .type = FIELD_TEXT, AT(workdir), .max = BODY_PATH_MAX },
	{ .name = "user", .type = FIELD_TEXT, AT(user), .min = 1, .max = 256 },
	{ .name = "timeout_ms",
	        .type = FIELD_TIME,
	        AT(timeout_ns),
	        .min = 1,
	        .max = FIELD_TIME_MAX_MS },
	{ .name = "config", .type = FIELD_TEXT, AT(config), .max = BODY_PATH_MAX },
	{ .name = "no_config", .type = FIELD_BOOL, AT(no_config) },
};

struct raw_try {
	struct str_list argv;
	const json_t *cwd, *env, *options, *in;
	int encoding;
	bool in_open;
};

#undef AT
#define AT(member) .at = offsetof(struct raw_try, member)

static const struct field members[] = {
	{ .name = "argv", .type = FIELD_LIST, AT(argv) },
	{ .name = "cwd", .type = FIELD_JSON, AT(cwd) },
	{ .name = "env", .type = FIELD_JSON, AT(env) },
	{ .name = "options", .type = FIELD_JSON, AT(options) },
	{ .name = "stdin", .type = FIELD_JSON, AT(in) },
	{ .name = "stdin_encoding", .type = FIELD_CHOICE, AT(encoding), .values = "utf-8 base64" },
	{ .name = "stdin_open", .type = FIELD_BOOL, AT(in_open) },
};

void decode_stdin(struct decode *c, const json_t *in, struct decoded_stdin *out)
{
	const char *s = json_string_value(in);
	size_t n = json_string_length(in);
	AUTO_STRBUF bytes = STRBUF_INIT;
	struct err e;

	if (!s) {
		decode_blame(c, "stdin", "must be a text");
		return;
	}
	if (out->encoding == 1 && base64_decode(&bytes, s, n, &e) < 0) {
		decode_blame(c, "stdin", "is no base64: %s", e.msg);
		return;
	}
	if (out->encoding == 0)
		strbuf_add(&bytes, s, n);
	out->data = arena_memdup(c->a, bytes.len ? bytes.s : "", bytes.len + 1);
	out->len = bytes.len;
	if (bytes.len > TRY_STDIN_MAX)
		decode_blame(c, "stdin", "is longer than %u bytes", TRY_STDIN_MAX);
}

static void read_stdin(struct decode *c, const struct raw_try *m, struct try_request *out)
{
	struct decoded_stdin in = { .encoding = m->encoding };

	out->stdin_open = m->in_open;
	if (!m->in)
		return;
	decode_stdin(c, m->in, &in);
	out->stdin_data = in.data;
	out->stdin_len = in.len;
}

static void read_argv(struct decode *c, const struct raw_try *m, struct try_request *out)
{
	out->argv = m->argv;
	if (m->argv.n == 0)
		decode_blame(c, "argv", "is empty: the command to run");
	else if (m->argv.n > TRY_ARGV_MAX)
		decode_blame(c, "argv", "has more than %d words", TRY_ARGV_MAX);
	else if (!*m->argv.v[0])
		decode_fail(c, "/argv/0", "the command is an empty word");
}

static bool is_setting(const char *name)
{
	return strncmp(name, "CLEANROOM_", strlen("CLEANROOM_")) == 0;
}

/* What every process sees (config.md 3.2), then what the request gives. */
static void split_env(struct decode *c, const struct client_env *all, struct try_request *out)
{
	static const struct env_var base[] = {
		{ "HOME", "/tmp/home" },
		{ "TMPDIR", "/tmp" },
		{ "LANG", "C.UTF-8" },
		{ "TZ", "UTC" },
		{ "CLNRM", "1" },
	};
	struct env_var *env = arena_array(c->a, all->n + ARRAY_LEN(base) + 1, sizeof(*env));
	struct env_var *settings = arena_array(c->a, all->n + 1, sizeof(*settings));
	size_t n = 0, n_settings = 0;

	for (size_t i = 0; i < ARRAY_LEN(base); i++)
		if (!client_env_get(all, base[i].name))
			env[n++] = base[i];
	for (size_t i = 0; i < all->n; i++) {
		if (is_setting(all->v[i].name))
			settings[n_settings++] = all->v[i];
		else
			env[n++] = all->v[i];
	}
	out->env = env;
	out->n_env = n;
	out->settings = (struct client_env){ .v = settings, .n = n_settings, .asked = true };
}

bool try_request_read(struct decode *c, const json_t *body, struct try_request *out)
{
	struct raw_try m = { 0 };
	struct client_env env;

	*out = (struct try_request){ .project = -1, .network = -1, .isolation = -1 };
	if (!body)
		decode_fail(c, "", "the body is missing");
	decode_object(c, body, "", members, ARRAY_LEN(members), &m);
	read_argv(c, &m, out);
	read_stdin(c, &m, out);
	body_read_dir(c, m.cwd, &out->dir);
	env = body_read_env(c, m.env, true);
	split_env(c, &env, out);
	decode_enter(c, "/options", "invalid-option");
	decode_object(c, m.options, "/options", option_fields, ARRAY_LEN(option_fields), out);
	if (out->workdir && out->workdir[0] != '/')
		decode_blame(c, "workdir", "must be an absolute path");
	decode_enter(c, "", "bad-request");
	if (out->config && out->dir.path) {
		AUTO_STR path = fs_join(out->dir.path, out->config);

		out->config = arena_strdup(c->a, path);
	}
	return decode_ok(c);
}

/* ---- the sandbox ---- */

static const char *mapped_image(const struct settings *s, const char *image)
{
	for (size_t i = 0; i + 1 < s->image_map.n; i += 2)
		if (strcmp(s->image_map.v[i], image) == 0)
			return s->image_map.v[i + 1];
	return image;
}

static void refuse(struct diags *d, const char *code, const char *message, const char *help)
{
	struct diag *x = diags_add(d, SEV_ERROR, code, NULL, (struct pos){ 0 }, "%s", message);

	if (help)
		diag_help(d, x, "%s", help);
}

/* The project root at /workspace. */
static int add_project(const struct try_request *t, const struct settings *s, struct arena *a,
        struct sandbox_spec *out, struct diags *d)
{
	struct volume *v = arena_alloc(a, sizeof(*v));
	char real[PATH_MAX];
	struct stat st;

	if (!realpath(s->root, real) || stat(real, &st) < 0) {
		refuse(d, "config.path", arena_printf(a, "cannot see the project '%s'", s->root),
		        NULL);
		return -1;
	}
	*v = (struct volume){
		.host_path = arena_strdup(a, real),
		.container_path = "/workspace",
		.mode = t->project == TRY_PROJECT_RO ? VOLUME_RO : VOLUME_COW,
		.dev = st.st_dev,
		.ino = st.st_ino,
	};
	out->volumes = v;
	out->n_volumes = 1;
	return 0;
}

static void take_limits(const struct settings *s, struct sandbox_spec *out)
{
	for (size_t i = 0; i < LIMIT_COUNT; i++)
		if (s->limits.given & (1u << i))
			out->limits.v[i] = s->limits.v[i];
	out->limits.given = s->limits.given;
}

int try_request_spec(const struct try_request *t, const struct settings *s, struct arena *a,
        struct sandbox_spec *out, struct diags *findings)
{
	sandbox_spec_default(out, mapped_image(s, t->image ? t->image : "host"));
	out->isolation = t->isolation >= 0 ? (enum isolation)t->isolation : s->isolation;
	if (t->network == 1)
		out->network = NET_HOST;
	take_limits(s, out);
	if (s->host_paths.n)
		out->host_paths = s->host_paths.v;
	if (s->disallowed_commands.n)
		out->masked = s->disallowed_commands.v;
	if (out->network == NET_HOST && out->isolation != ISOLATION_RELAXED) {
		refuse(findings, "config.isolation", "'--network host' needs isolation 'relaxed'",
		        "add --isolation relaxed");
		return -1;
	}
	return t->project >= 0 ? add_project(t, s, a, out, findings) : 0;
}
