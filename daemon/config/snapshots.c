/* Stored texts beside a test file: where they are, what they say, and which nobody wants any more
 * (config.md 3.4). They are read with the file, so that what a step is compared with cannot change
 * while it runs, and belong to what its result depends on. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/glob.h"
#include "common/map.h"
#include "common/strbuf.h"
#include "daemon/config/load.h"

#define SNAPSHOT_DIR "__snapshots__"
#define MAX_SNAPSHOT ((size_t)16 << 20)
#define MAX_SNAPSHOTS ((size_t)64 << 20) /* of one test file together */
#define MAX_OBSOLETE 10                  /* that are named one by one */
#define MAX_LISTED 100000

/* ---- where ---- */

/* Names as they are, but for what no file name can hold or what would be taken for an escape. */
static void add_part(struct strbuf *b, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == '/' || c == '%' || c == 0x7f)
			strbuf_printf(b, "%%%02X", c);
		else
			strbuf_addc(b, *s);
	}
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static char *directory_of(const struct loader *l)
{
	const char *real = l->file->real, *base = base_name(real);

	return base == real ? xstrdup(".") : xstrndup(real, (size_t)(base - real));
}

/* "<file>.<scenario>.<step>.<stream>"; cells of a matrix have files of their own. */
static char *default_path(const struct loader *l, const struct snapshot_name *n)
{
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_adds(&b, SNAPSHOT_DIR "/");
	add_part(&b, base_name(l->file->real));
	strbuf_addc(&b, '.');
	add_part(&b, n->scenario);
	if (l->cell && *l->cell) {
		strbuf_addc(&b, '[');
		add_part(&b, l->cell);
		strbuf_addc(&b, ']');
	}
	if (n->step) {
		strbuf_addc(&b, '.');
		add_part(&b, n->step);
	}
	strbuf_addc(&b, '.');
	add_part(&b, n->stream);
	return strbuf_detach(&b, NULL);
}

/* Its real path below the project, whatever of it exists; NULL with a finding. */
static char *real_path(struct loader *l, const struct node *at, const char *given)
{
	AUTO_STR dir = directory_of(l);
	AUTO_STR whole = fs_join(dir, given);
	AUTO_STR root = realpath(l->s->root, NULL);

	if (!load_path_fits(l, at, whole))
		return NULL;
	if (strlen(base_name(whole)) > NAME_MAX) {
		struct diag *d = load_refuse(l, "config.path", at,
		        "the snapshot's name '%s' has more than %d bytes", base_name(whole),
		        NAME_MAX);

		if (d)
			diag_help(l->c.d, d, "give it a path of its own: snapshot = \"...\"");
		return NULL;
	}
	AUTO_STR real = fs_real_target(whole);
	AUTO_STR own = fs_real_target(l->file->real);
	if (real && own && strcmp(real, own) == 0) {
		load_refuse(l, "config.path", at, "snapshot '%s' is this file itself", given);
		return NULL;
	}
	if (root && real && fs_is_below(real, root) && strcmp(real, root) != 0)
		return STEAL(real);
	load_refuse(l, "config.path", at, "snapshot '%s' lies outside the project '%s'", given,
	        l->s->root);
	return NULL;
}

/* ---- what ---- */

static bool read_snapshot(struct loader *l, const struct node *at, struct snapshot *out)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct stat st;
	struct err e;

	if (lstat(out->real, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return true;
	if (!S_ISREG(st.st_mode)) {
		load_refuse(l, "config.path", at, "snapshot '%s' is no regular file", out->path);
		return false;
	}
	if (fs_read_file(out->real, MAX_SNAPSHOT, &text, &e) < 0) {
		load_refuse(l, e.code == ERR_LIMIT ? "config.range" : "config.path", at,
		        "snapshot: %s", e.msg);
		return false;
	}
	l->snapshots->bytes += text.len;
	if (l->snapshots->bytes > MAX_SNAPSHOTS) {
		load_refuse(l, "config.range", at,
		        "the snapshots of this file have more than %zu MiB together",
		        MAX_SNAPSHOTS >> 20);
		return false;
	}
	out->text = load_bytes(l, text.s, text.len);
	out->len = text.len;
	return true;
}

/* Two steps of one name would take turns in writing it. */
static void note_path(struct loader *l, const struct node *at, const char *real, bool own)
{
	struct map *seen = l->snapshots->seen;
	bool known = map_get(seen, real) != NULL;

	if (known && !own)
		load_refuse(l, "config.conflict", at,
		        "another step has the snapshot '%s': give one of them another name, or a "
		        "path to the snapshot",
		        base_name(real));
	if (!known)
		map_put(seen, arena_strdup(l->file->arena, real), seen);
}

static const char *shown_path(struct loader *l, const char *real)
{
	AUTO_STR root = realpath(l->s->root, NULL);
	size_t n = root ? strlen(root) : 0;

	if (n && strncmp(real, root, n) == 0 && real[n] == '/')
		return arena_strdup(l->file->arena, real + n + 1);
	return arena_strdup(l->file->arena, real);
}

bool load_snapshot(struct loader *l, const struct node *at, const struct snapshot_name *name,
        struct snapshot *out)
{
	bool own = at->type == NODE_STRING;
	AUTO_STR path = own ? xstrdup(at->s) : default_path(l, name);

	l->file->transient = true;
	if (own && !at->len) {
		load_refuse(l, "config.empty", at, "'snapshot' must not be blank");
		return false;
	}
	AUTO_STR real = real_path(l, at, path);
	if (!real)
		return false;
	note_path(l, at, real, own);
	*out = (struct snapshot){ .path = shown_path(l, real),
		.real = arena_strdup(l->file->arena, real) };
	return read_snapshot(l, at, out);
}

/* ---- what a result depends on ---- */

static void depend_on(struct loader *l, struct scenario *sc, const struct text_check *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].id == TEXT_SNAPSHOT)
			load_file_input(l, sc, c->v[i].snapshot.real);
}

static void depend_on_steps(struct loader *l, struct scenario *sc, const struct step *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		depend_on(l, sc, &v[i].out_check);
		depend_on(l, sc, &v[i].err_check);
		for (size_t k = 0; k < v[i].n_files; k++)
			depend_on(l, sc, &v[i].files[k].content);
	}
}

void load_snapshot_inputs(struct loader *l, struct scenario *sc)
{
	depend_on(l, sc, &sc->out_check);
	depend_on(l, sc, &sc->err_check);
	depend_on_steps(l, sc, sc->setup, sc->n_setup);
	depend_on_steps(l, sc, sc->steps, sc->n_steps);
	depend_on_steps(l, sc, sc->teardown, sc->n_teardown);
}

/* ---- what nobody wants any more ---- */

/* Of this file by its name, and not of its twin that is a template. */
static bool is_of_file(const char *name, const char *file)
{
	size_t n = strlen(file);

	return strncmp(name, file, n) == 0 && name[n] == '.' && strncmp(name + n, ".tera.", 6) != 0;
}

static void tell_obsolete(struct loader *l, const char *name, size_t n)
{
	struct diag *d;

	if (n > MAX_OBSOLETE)
		return;
	d = check_report(&l->c, SEV_WARNING, "file.obsolete_snapshot", (struct pos){ 0 }, NULL,
	        n == MAX_OBSOLETE ? "there are more snapshots like '%s' that no step has"
	                          : "no step has the snapshot '" SNAPSHOT_DIR "/%s'",
	        name);
	diag_help(l->c.d, d, "remove it");
}

void load_obsolete_snapshots(struct loader *l)
{
	AUTO_STR dir = directory_of(l);
	AUTO_STR path = fs_join(dir, SNAPSHOT_DIR);
	DIR *d = opendir(path);
	AUTO_STRBUF file = STRBUF_INIT;
	AUTO_STR real = d ? realpath(path, NULL) : NULL;
	size_t found = 0, seen = 0;

	add_part(&file, base_name(l->file->real));
	for (struct dirent *x; d && real && (x = readdir(d)) && seen < MAX_LISTED; seen++) {
		AUTO_STR whole = fs_join(real, x->d_name);

		if (is_of_file(x->d_name, file.s) && !map_get(l->snapshots->seen, whole))
			tell_obsolete(l, x->d_name, found++);
	}
	if (d)
		closedir(d);
}
