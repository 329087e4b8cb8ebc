#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/mem.h"
#include "common/num.h"
#include "daemon/server/body.h"

/* A number, or digits in a text: identities of directories may pass 2^53. */
static bool read_u64(const json_t *v, uint64_t *out)
{
	struct err e;

	if (json_is_string(v))
		return str_to_u64(json_string_value(v), 0, UINT64_MAX, out, &e) == 0;
	*out = (uint64_t)json_integer_value(v);
	return json_is_integer(v);
}

static void read_id(struct decode *c, const char *pointer, const json_t *v, uint64_t *out)
{
	if (v && !read_u64(v, out))
		decode_fail(c, pointer, "'%s' must be a whole number", strrchr(pointer, '/') + 1);
}

struct raw_dir {
	const char *path;
	const json_t *dev, *ino;
};

#define AT(member) .at = offsetof(struct raw_dir, member)

static const struct field dir_fields[] = {
	{ .name = "path", .type = FIELD_TEXT, AT(path), .max = BODY_PATH_MAX },
	{ .name = "dev", .type = FIELD_JSON, AT(dev) },
	{ .name = "ino", .type = FIELD_JSON, AT(ino) },
};

void body_read_dir(struct decode *c, const json_t *cwd, struct body_dir *out)
{
	struct raw_dir m = { 0 };

	*out = (struct body_dir){ 0 };
	if (json_is_string(cwd))
		m.path = arena_strdup(c->a, json_string_value(cwd));
	else if (cwd)
		decode_object(c, cwd, "/cwd", dir_fields, ARRAY_LEN(dir_fields), &m);
	read_id(c, "/cwd/dev", m.dev, &out->dev);
	read_id(c, "/cwd/ino", m.ino, &out->ino);
	out->has_id = m.dev && m.ino;
	out->path = m.path;
	if (!cwd)
		decode_fail(c, "/cwd", "'cwd' is missing: the directory that paths start from");
	else if (c->d.errors == 0 && (!m.path || m.path[0] != '/'))
		decode_fail(c, "/cwd", "'cwd' must be an absolute path");
}

bool body_same_dir(const struct body_dir *dir, struct err *why)
{
	struct stat st;

	if (stat(dir->path, &st) < 0) {
		err_sys(why, "the daemon cannot see '%s'", dir->path);
		return false;
	}
	if (!S_ISDIR(st.st_mode)) {
		err_set(why, ERR_INVALID, "'%s' is no directory for the daemon", dir->path);
		return false;
	}
	if (dir->has_id && ((uint64_t)st.st_dev != dir->dev || (uint64_t)st.st_ino != dir->ino)) {
		err_set(why, ERR_INVALID,
		        "the daemon sees another directory at '%s' (device %llu, inode %llu)",
		        dir->path, (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
		return false;
	}
	return true;
}

struct client_env body_read_env(struct decode *c, const json_t *env, bool final)
{
	struct pairs p;

	decode_pairs(c, env, "/env", true, &p);
	return (struct client_env){ .v = p.v, .n = p.n, .asked = final };
}

void body_check_paths(struct decode *c, const struct str_list *paths)
{
	char pointer[32];

	if (paths->n > BODY_PATHS_MAX)
		decode_fail(c, "/paths", "more than %d paths", BODY_PATHS_MAX);
	for (size_t i = 0; i < paths->n; i++) {
		size_t n = strlen(paths->v[i]);

		snprintf(pointer, sizeof(pointer), "/paths/%zu", i);
		if (n == 0)
			decode_fail(c, pointer, "a path is empty");
		else if (n > BODY_PATH_MAX)
			decode_fail(c, pointer, "a path is longer than %d bytes", BODY_PATH_MAX);
	}
}
