#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "daemon/run/run_priv.h"

#define SOURCE_MAX_FILES 10000u

/* ---- steps ---- */

static bool has_variable(const struct step *s, const char *name, size_t len)
{
	for (size_t i = 0; i < s->n_env; i++)
		if (strncmp(s->env[i].name, name, len) == 0 && !s->env[i].name[len])
			return true;
	return false;
}

/* What the image says counts least. */
static const char *const *environment(
        const struct step *s, const struct image *image, struct arena *a)
{
	const char *const *more = image->config->env;
	size_t n_more = 0, n = 0;

	while (more[n_more])
		n_more++;
	const char **v = arena_array(a, s->n_env + n_more + 2, sizeof(*v));
	for (size_t i = 0; i < s->n_env; i++)
		v[n++] = arena_printf(a, "%s=%s", s->env[i].name, s->env[i].value);
	if (!has_variable(s, "PATH", 4))
		v[n++] = arena_printf(a, "PATH=%s", image->path_env);
	for (size_t i = 0; i < n_more; i++)
		if (!has_variable(s, more[i], strcspn(more[i], "=")))
			v[n++] = more[i];
	return v;
}

const char *batch_directory(const struct step *s, const struct image *image)
{
	if (!s->workdir_given && image->config->workdir)
		return image->config->workdir;
	return s->workdir ? s->workdir : "/workspace";
}

static const char *user(const struct step *s, const struct image *image)
{
	const char *otherwise = image->config->user ? image->config->user : "";

	return s->user ? s->user : otherwise;
}

static uint32_t step_flags(const struct batch_step *b)
{
	return (b->def->background ? AGENT_STEP_BACKGROUND : 0u) |
	       (b->gate ? AGENT_STEP_GATE : 0u) | (b->cont ? AGENT_STEP_CONTINUE : 0u) |
	       (b->hold ? AGENT_STEP_HOLD : 0u) | (b->stdin_open ? AGENT_STEP_STDIN_OPEN : 0u) |
	       (b->beside ? AGENT_STEP_BESIDE : 0u) |
	       (b->def->should_fail ? AGENT_STEP_EXPECT_FAIL : 0u) |
	       (b->def->workdir_given ? 0u : AGENT_STEP_MAKE_DIR);
}

static void fill_step(struct agent_step *to, const struct batch_step *b,
        const struct sandbox_spec *spec, const struct image *image, struct arena *a)
{
	const struct step *s = b->def;

	*to = (struct agent_step){
		.flags = step_flags(b),
		.umask = s->umask,
		.user = user(s, image),
		.workdir = batch_directory(s, image),
		.expected_signal = (uint32_t)s->expected_signal,
		.output_max = spec->limits.v[LIMIT_OUTPUT],
		.rlimits = {
			.open_files = spec->limits.v[LIMIT_OPEN_FILES],
			.file_size = spec->limits.v[LIMIT_FILE_SIZE],
			.processes = spec->limits.v[LIMIT_PIDS],
		},
		.argv = (const char *const *)s->argv.v,
		.env = environment(s, image, a),
		.stdin_data = s->stdin_data,
		.stdin_len = s->stdin_len,
	};
	memcpy(to->expected_codes, s->expected_codes, sizeof(to->expected_codes));
}

void batch_steps(const struct batch_step *steps, size_t n, const struct sandbox_spec *spec,
        const struct image *image, struct strbuf *out)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct agent_step *v = arena_array(a, n, sizeof(*v));

	for (size_t i = 0; i < n; i++)
		fill_step(&v[i], &steps[i], spec, image, a);
	agent_put_batch(out, v, n);
}

void batch_replace(const struct batch_step *step, unsigned index, const struct sandbox_spec *spec,
        const struct image *image, struct strbuf *out)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct agent_step v;

	fill_step(&v, step, spec, image, a);
	agent_put_step(out, index, &v);
}

void batch_visit(const struct batch_step *step, const struct visit_shape *shape,
        const struct sandbox_spec *spec, const struct image *image, struct strbuf *out)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct agent_step v;

	fill_step(&v, step, spec, image, a);
	v.flags |= shape->flags;
	agent_put_exec(out, shape->number, &v, shape->rows, shape->columns);
}

/* ---- files ---- */

struct collected {
	struct arena *a;
	struct agent_file *v;
	size_t n, cap;
	uint64_t bytes;
};

static int add_file(struct collected *c, const struct agent_file *f, struct err *e)
{
	c->bytes += f->len;
	if (c->n >= SOURCE_MAX_FILES || c->bytes > AGENT_MAX_BODY / 2)
		return err_set(e, ERR_LIMIT,
		        "files of a scenario: more than %u files or %u MiB; use a volume",
		        SOURCE_MAX_FILES, AGENT_MAX_BODY / 2 >> 20);
	c->v = xgrow(c->v, &c->cap, c->n + 1, sizeof(*c->v));
	c->v[c->n++] = *f;
	return 0;
}

static int add_source(struct collected *c, int dirfd, const char *name, struct agent_file f,
        unsigned depth, struct err *e);

static int add_directory(
        struct collected *c, int fd, const struct agent_file *parent, unsigned depth, struct err *e)
{
	DIR *d = fdopendir(dup(fd));
	int rc = 0;

	if (!d)
		return err_sys(e, "cannot list '%s'", parent->path);
	for (struct dirent *ent; rc == 0 && (ent = readdir(d));) {
		struct agent_file f = *parent;

		if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0)
			continue;
		f.path = arena_printf(c->a, "%s/%s", parent->path, ent->d_name);
		f.is_dir = 0;
		rc = add_source(c, fd, ent->d_name, f, depth + 1, e);
	}
	closedir(d);
	return rc;
}

/* Copies what `name` is below dirfd: links as links, modes of the source. */
static int add_source(struct collected *c, int dirfd, const char *name, struct agent_file f,
        unsigned depth, struct err *e)
{
	struct stat st;
	char target[PATH_MAX];

	if (depth > 64)
		return err_set(e, ERR_LIMIT, "'%s' is nested more than 64 directories deep", name);
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "cannot read source '%s'", name);
	f.mode = st.st_mode & 01777; /* nothing is set-uid or set-gid: the filter (isolation.md) */
	if (S_ISLNK(st.st_mode)) {
		ssize_t n = readlinkat(dirfd, name, target, sizeof(target) - 1);

		if (n < 0)
			return err_sys(e, "cannot read link '%s'", name);
		f.link = arena_strndup(c->a, target, (size_t)n);
		return add_file(c, &f, e);
	}
	AUTO_FD fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return err_sys(e, "cannot read source '%s'", name);
	if (S_ISDIR(st.st_mode)) {
		f.is_dir = 1;
		return add_file(c, &f, e) < 0 ? -1 : add_directory(c, fd, &f, depth, e);
	}
	AUTO_STRBUF text = STRBUF_INIT;
	if (fs_read_fd(fd, name, AGENT_MAX_BODY / 2, &text, e) < 0)
		return -1;
	f.data = arena_memdup(c->a, text.s, text.len);
	f.len = text.len;
	return add_file(c, &f, e);
}

static int add_item(struct collected *c, const struct file_item *it, struct err *e)
{
	struct agent_file f = {
		.path = it->path,
		.mode = it->mode,
		.uid = it->uid,
		.gid = it->gid,
		.link = "",
		.data = it->content,
		.len = it->len,
	};

	return it->source ? add_source(c, AT_FDCWD, it->source, f, 0, e) : add_file(c, &f, e);
}

bool batch_is_heavy(const struct file_item *files, size_t n_files, const struct batch_step *steps,
        size_t n_steps)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n_files; i++) {
		if (files[i].source)
			return true;
		bytes += files[i].len;
	}
	for (size_t i = 0; i < n_steps; i++)
		bytes += steps[i].def->stdin_len;
	return bytes > BATCH_ON_LOOP_MAX;
}

int batch_files(const struct file_item *files, size_t n, struct strbuf *out, struct err *e)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct collected c = { .a = a };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_item(&c, &files[i], e);
	if (rc == 0 && c.n)
		agent_put_files(out, c.v, c.n);
	free(c.v);
	return rc;
}

/* ---- the way back ---- */

int stream_feed(struct strbuf *in, const void *p, size_t n, record_fn *fn, void *arg, struct err *e)
{
	const char *at = p;
	size_t left = n;
	struct agent_record r;
	size_t used = 0;
	int got;

	if (in->len) {
		strbuf_add(in, p, n);
		at = in->s;
		left = in->len;
	}
	while ((got = agent_next(at, left, AGENT_MAX_EVENT, &r, &used, e)) > 0) {
		if (fn(arg, &r, e) < 0)
			return -1;
		at += used;
		left -= used;
	}
	if (got < 0)
		return -1;
	if (in->len)
		strbuf_remove(in, 0, in->len - left);
	else if (left)
		strbuf_add(in, at, left);
	return 0;
}
