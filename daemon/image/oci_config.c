/* The configuration of an image: untrusted, and what of it counts is of the kind that it has to be.
 */
#include <string.h>

#include "common/fs.h"
#include "daemon/image/oci_json_priv.h"

#define MAX_ENV 256 /* variables of an image */
#define MAX_ENV_BYTES (64u << 10)
#define MAX_ARGS 256
#define MAX_PATH_ENV 1023 /* of the launcher */
#define MAX_USER 255

struct reading {
	struct oci_place top, config;
	struct arena *a;
	struct oci_image *out;
};

static bool is_variable(const char *s)
{
	size_t n = strcspn(s, "=");

	if (n == 0 || !s[n])
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || (unsigned char)s[i] >= 127)
			return false;
	return true;
}

/* A list of strings with at most max of them; NULL where it has none. */
static int list_of(const struct reading *r, const json_t *config, const char *key, size_t max,
        const json_t **out, struct err *e)
{
	size_t bytes = 0, i;
	const json_t *x;

	if (oci_member(&r->config, config, key, JSON_ARRAY, out, e) < 0 ||
	        oci_strings(&r->config, key, *out, e) < 0)
		return -1;
	if (json_array_size(*out) > max)
		return err_set(e, ERR_LIMIT, "%s: config.%s has %zu strings, at most %zu",
		        r->top.file, key, json_array_size(*out), max);
	json_array_foreach(*out, i, x) bytes += json_string_length(x);
	return bytes <= MAX_ENV_BYTES ? 0
	                              : err_set(e, ERR_LIMIT, "%s: config.%s is longer than %u KiB",
	                                        r->top.file, key, MAX_ENV_BYTES >> 10);
}

static int read_env(const struct reading *r, const json_t *config, struct err *e)
{
	const json_t *env, *x;
	size_t n = 0, i;

	if (list_of(r, config, "Env", MAX_ENV, &env, e) < 0)
		return -1;
	const char **v = arena_array(r->a, json_array_size(env) + 1, sizeof(*v));
	json_array_foreach(env, i, x)
	{
		const char *s = json_string_value(x);

		if (!is_variable(s))
			return err_set(e, ERR_INVALID, "%s: config.Env[%zu]: it is not NAME=VALUE",
			        r->top.file, i);
		if (strncmp(s, "PATH=", 5) == 0 && oci_is_plain(s, MAX_PATH_ENV))
			r->out->path_env = arena_strdup(r->a, s + 5);
		else if (strncmp(s, "PATH=", 5) != 0 && strncmp(s, "CLNRM", 5) != 0)
			v[n++] = arena_strdup(r->a, s);
	}
	r->out->config.env = v;
	return 0;
}

static int read_words(const struct reading *r, const json_t *config, const char *key,
        const char *const **out, struct err *e)
{
	const json_t *list, *x;
	size_t i;

	if (list_of(r, config, key, MAX_ARGS, &list, e) < 0)
		return -1;
	const char **v = arena_array(r->a, json_array_size(list) + 1, sizeof(*v));
	json_array_foreach(list, i, x) v[i] = arena_strdup(r->a, json_string_value(x));
	*out = v;
	return 0;
}

static int read_workdir(const struct reading *r, const json_t *config, struct err *e)
{
	const json_t *x;

	if (oci_member(&r->config, config, "WorkingDir", JSON_STRING, &x, e) < 0)
		return -1;
	const char *dir = x ? json_string_value(x) : "";
	if (!*dir)
		return 0;
	if (dir[0] != '/' || !oci_is_plain(dir, UNPACK_MAX_PATH))
		return err_set(e, ERR_INVALID,
		        "%s: config.WorkingDir: '%.100s' is no absolute path", r->top.file, dir);
	AUTO_STR normal = fs_normalize(dir);
	r->out->config.workdir = arena_strdup(r->a, normal);
	return 0;
}

static int read_user(const struct reading *r, const json_t *config, struct err *e)
{
	const json_t *x;

	if (oci_member(&r->config, config, "User", JSON_STRING, &x, e) < 0)
		return -1;
	const char *user = x ? json_string_value(x) : "";
	if (!*user)
		return 0;
	if (strlen(user) > MAX_USER ||
	        user[strspn(user, "abcdefghijklmnopqrstuvwxyz"
	                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-$")])
		return err_set(e, ERR_INVALID,
		        "%s: config.User: '%.100s' is neither a name nor ids", r->top.file, user);
	r->out->config.user = arena_strdup(r->a, user);
	return 0;
}

static int read_diffs(const struct reading *r, const json_t *j, struct err *e)
{
	const struct oci_place in_rootfs = { .file = r->top.file, .in = "rootfs." };
	const json_t *rootfs, *diffs;
	struct oci_image *out = r->out;

	if (oci_member(&r->top, j, "rootfs", JSON_OBJECT, &rootfs, e) < 0 ||
	        oci_member(&in_rootfs, rootfs, "diff_ids", JSON_ARRAY, &diffs, e) < 0 ||
	        oci_strings(&in_rootfs, "diff_ids", diffs, e) < 0)
		return -1;
	size_t n = json_array_size(diffs);
	if (n > UNPACK_MAX_LAYERS)
		return err_set(e, ERR_LIMIT, "it has %zu layers, at most %d", n, UNPACK_MAX_LAYERS);
	if (n != out->n_layers)
		return err_set(e, ERR_INVALID, "it has %zu layers, and its configuration knows %zu",
		        out->n_layers, n);
	for (size_t i = 0; i < n; i++)
		if (oci_read_digest(json_string_value(json_array_get(diffs, i)),
		            &out->layers[i].diff, e) < 0)
			return err_wrap(e, "its layer %zu", i + 1);
	return 0;
}

static int read_platform(const struct reading *r, const json_t *j, struct err *e)
{
	const json_t *os, *arch;

	if (oci_member(&r->top, j, "os", JSON_STRING, &os, e) < 0 ||
	        oci_member(&r->top, j, "architecture", JSON_STRING, &arch, e) < 0)
		return -1;
	const char *o = os ? json_string_value(os) : "", *m = arch ? json_string_value(arch) : "";
	if (*o && *m && oci_is_plain(o, 64) && oci_is_plain(m, 64))
		r->out->platform = arena_printf(r->a, "%s/%s", o, m);
	return 0;
}

int oci_read_config(const struct strbuf *json, const char *file, struct arena *a,
        struct oci_image *out, struct err *e)
{
	const struct reading r = { .top = { .file = file },
		.config = { .file = file, .in = "config." },
		.a = a,
		.out = out };
	CLEANUP(oci_drop) json_t *j = oci_parse(json->s, json->len, file, e);
	const json_t *config;

	if (!j)
		return -1;
	if (!json_is_object(j))
		return err_set(e, ERR_INVALID, "%s: an image's configuration is an object", file);
	if (read_platform(&r, j, e) < 0 || read_diffs(&r, j, e) < 0 ||
	        oci_member(&r.top, j, "config", JSON_OBJECT, &config, e) < 0 ||
	        read_env(&r, config, e) < 0 || read_workdir(&r, config, e) < 0 ||
	        read_user(&r, config, e) < 0)
		return -1;
	return read_words(&r, config, "Entrypoint", &out->config.entrypoint, e) < 0
	               ? -1
	               : read_words(&r, config, "Cmd", &out->config.cmd, e);
}
