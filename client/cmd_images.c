/* clnrm images: what changes the store. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/body.h"
#include "client/call.h"
#include "common/fs.h"
#include "common/mem.h"

/* ---- import ---- */

static void import_body(
        const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out)
{
	struct json j = JSON_INIT(out);
	const char *platform = args_value(&c->args, "platform");

	(void)need_env;
	json_obj(&j, NULL);
	json_str(&j, "name", c->args.pos[0]);
	json_str(&j, "path", arg);
	if (platform)
		json_str(&j, "platform", platform);
	json_end(&j);
}

static int copy_stdin(int to, struct err *e)
{
	char buf[64 << 10];
	ssize_t n;

	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot read stdin");
		if (fs_write_all(to, buf, (size_t)n, e) < 0)
			return err_wrap(e, "the copy of stdin");
	}
	return 0;
}

/* A file without a name: it goes with us, however we end. */
static int nameless_file(struct err *e)
{
	const char *dir = getenv("TMPDIR");
	char name[PATH_MAX];
	int fd;

	dir = dir && dir[0] == '/' ? dir : "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	snprintf(name, sizeof(name), "%s/clnrm-import-XXXXXX", dir);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot make a file in '%s' (TMPDIR)", dir);
	unlink(name);
	return fd;
}

/* The daemon reads archives from their end, too: what comes through a pipe is copied first. */
static int stdin_path(char out[PATH_MAX], struct err *e)
{
	struct stat st;
	int fd = STDIN_FILENO; /* open until we end */

	if (fstat(fd, &st) < 0)
		return err_sys(e, "cannot look at stdin");
	if (!S_ISREG(st.st_mode)) {
		fd = nameless_file(e);
		if (fd < 0 || copy_stdin(fd, e) < 0)
			return -1;
	}
	snprintf(out, PATH_MAX, "/proc/%d/fd/%d", (int)getpid(), fd);
	return 0;
}

static int absolute_path(const char *given, char out[PATH_MAX], struct err *e)
{
	char cwd[PATH_MAX];

	if (given[0] != '/' && !getcwd(cwd, sizeof(cwd)))
		return err_sys(e, "cannot look up the working directory");
	AUTO_STR path = given[0] == '/' ? xstrdup(given) : fs_join(cwd, given);
	if (strlen(path) >= PATH_MAX)
		return err_set(e, ERR_INVALID, "the path is too long");
	memcpy(out, path, strlen(path) + 1);
	return 0;
}

int cmd_images_import(struct ctx *c)
{
	AUTO_FAULT f = FAULT_INIT;
	const char *given = c->args.pos[1];
	char path[PATH_MAX];
	struct err e;
	const struct request req = {
		.method = "POST", .path = "/v1/images/import", .body = import_body, .arg = path
	};
	int result =
	        strcmp(given, "-") == 0 ? stdin_path(path, &e) : absolute_path(given, path, &e);

	if (result < 0) {
		fault_set(&f, "not-found", "%s", e.msg);
		return fault_print(&f, c->format);
	}
	return call(c, &req);
}

/* ---- removal ---- */

/* Names are one list, so that there is one answer. */
int cmd_images_rm(struct ctx *c)
{
	AUTO_STRBUF path = STRBUF_INIT;

	strbuf_adds(&path, "/v1/images/");
	for (size_t i = 0; i < c->args.n_pos; i++) {
		if (i > 0)
			strbuf_addc(&path, ',');
		url_escape(&path, c->args.pos[i]);
	}
	query_options(&path, c);
	const struct request req = { .method = "DELETE", .path = path.s };
	return call(c, &req);
}

int cmd_images_prune(struct ctx *c)
{
	AUTO_STRBUF path = STRBUF_INIT;

	strbuf_adds(&path, "/v1/images/prune");
	query_options(&path, c);
	const struct request req = { .method = "POST", .path = path.s };
	return call(c, &req);
}
