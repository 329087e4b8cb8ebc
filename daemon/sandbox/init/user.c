/* daemon/sandbox/init/user.c - users and groups, without NSS. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/sandbox/init/init.h"

enum { MAX_ACCOUNTS_FILE = 1 << 20 };

/* A step may have put anything there: only a regular file is read, and a bounded part of it. */
static void read_accounts(const char *path, struct strbuf *out)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	while (out->len < MAX_ACCOUNTS_FILE) {
		strbuf_grow(out, 4096);
		ssize_t n = read(fd, out->s + out->len, 4096);
		if (n <= 0)
			return;
		out->len += (size_t)n;
		out->s[out->len] = '\0';
	}
}

/* Cuts the next line off *at into its fields; returns their number, 0 at the end. */
static size_t next_fields(char **at, char **fields, size_t max)
{
	char *line = strsep(at, "\n");
	size_t n = 0;

	while (line && n < max)
		fields[n++] = strsep(&line, ":");
	return n;
}

/* Plain decimal below 2^32 - 1, which means "no change" to the kernel. */
static bool parse_id(const char *s, uint32_t *out)
{
	uint64_t v = 0;

	if (!*s || strlen(s) > 10)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	if (v >= UINT32_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool all_digits(const char *s)
{
	return *s && s[strspn(s, "0123456789")] == '\0';
}

/* The entry by name, or by uid when name is NULL. */
static bool find_passwd(const char *name, struct user *u)
{
	AUTO_STRBUF file = STRBUF_INIT;
	char *f[7];

	read_accounts("/etc/passwd", &file);
	char *at = file.s;
	while (at) {
		size_t n = next_fields(&at, f, ARRAY_LEN(f));
		uint32_t uid, gid;

		if (n < 4 || !parse_id(f[2], &uid) || !parse_id(f[3], &gid))
			continue;
		if (name ? strcmp(f[0], name) != 0 : uid != u->uid)
			continue;
		u->uid = uid;
		u->gid = gid;
		return true;
	}
	return false;
}

static bool lists_member(char *members, const char *name)
{
	char *m;

	while ((m = strsep(&members, ",")) != NULL) {
		if (strcmp(m, name) == 0)
			return true;
	}
	return false;
}

static void add_groups(const char *name, struct user *u)
{
	AUTO_STRBUF file = STRBUF_INIT;
	char *f[4];

	read_accounts("/etc/group", &file);
	char *at = file.s;
	while (at && u->n_groups < USER_MAX_GROUPS) {
		uint32_t gid;

		if (next_fields(&at, f, ARRAY_LEN(f)) == 4 && parse_id(f[2], &gid) &&
		        lists_member(f[3], name))
			u->groups[u->n_groups++] = gid;
	}
}

static int find_group(const char *name, struct user *u, struct err *e)
{
	AUTO_STRBUF file = STRBUF_INIT;
	char *f[4];

	if (all_digits(name))
		return parse_id(name, &u->gid) ? 0
		                               : err_set(e, ERR_INVALID, "no group id: '%s'", name);
	read_accounts("/etc/group", &file);
	char *at = file.s;
	while (at) {
		if (next_fields(&at, f, ARRAY_LEN(f)) >= 3 && strcmp(f[0], name) == 0 &&
		        parse_id(f[2], &u->gid))
			return 0;
	}
	return err_set(e, ERR_NOT_FOUND, "no group '%s' in /etc/group", name);
}

static int find_account(const char *name, struct user *u, bool groups, struct err *e)
{
	if (all_digits(name)) {
		if (!parse_id(name, &u->uid))
			return err_set(e, ERR_INVALID, "no user id: '%s'", name);
		if (!find_passwd(NULL, u))
			u->gid = u->uid;
		return 0;
	}
	if (!find_passwd(name, u))
		return err_set(e, ERR_NOT_FOUND, "no user '%s' in /etc/passwd", name);
	if (groups)
		add_groups(name, u);
	return 0;
}

int user_find(const char *spec, struct user *out, struct err *e)
{
	struct user u = { .uid = 0 };
	char name[256];
	size_t len = strcspn(spec, ":");

	if (!*spec || strcmp(spec, "root") == 0 || strcmp(spec, "0") == 0) {
		*out = u;
		return 0;
	}
	if (len == 0 || len >= sizeof(name) || (spec[len] && !spec[len + 1]))
		return err_set(e, ERR_INVALID, "no user: '%s'", spec);
	memcpy(name, spec, len);
	name[len] = '\0';
	if (find_account(name, &u, spec[len] == '\0', e) < 0)
		return -1;
	if (spec[len] && find_group(spec + len + 1, &u, e) < 0)
		return -1;
	*out = u;
	return 0;
}
