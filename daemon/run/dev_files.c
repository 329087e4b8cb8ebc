/* What a session watches: its test files by content, the directories that discovery entered, the
 * ways to its arguments, project files, and what scenarios read beside their file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/glob.h"
#include "daemon/run/dev_priv.h"

#define GONE (IN_MOVED_FROM | IN_DELETE)
#define WHOLE (IN_CLOSE_WRITE | IN_MOVED_TO)

/* A project file, or what stands in the way to an argument. */
struct way {
	bool project, absent;
	char sha256[DIGEST_HEX];
	char path[];
};

/* ---- content ---- */

/* "" with errno's code when it cannot be read, or is too large to be looked at here. */
int files_hash(const char *path, char hex[DIGEST_HEX])
{
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct digest digest;
	struct stat st;
	struct err e;

	hex[0] = '\0';
	if (fd < 0 || fstat(fd, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return EINVAL;
	if (st.st_size > HASH_MAX || fs_read_fd(fd, path, HASH_MAX, &text, &e) < 0)
		return EFBIG;
	digest_of(text.s, text.len, &digest);
	digest_hex(&digest, hex);
	return 0;
}

/* ---- test files ---- */

static void free_known(struct known *k)
{
	loop_timer_del(k->timer);
	for (size_t i = 0; k->selectors && k->selectors[i]; i++)
		free(k->selectors[i]);
	free(k->selectors);
	free(k->images);
	free(k->real);
	free(k->path);
	free(k);
}

void file_pending(struct known *k, bool changed)
{
	k->pending = true;
	k->put_off &= !changed;
	k->changed |= changed;
}

static void survey_soon(struct dev *d, int64_t at_ns)
{
	d->want_survey = true;
	dev_soon(d, at_ns);
}

static void file_check(struct known *k, int64_t at_ns)
{
	char hex[DIGEST_HEX];
	int rc = files_hash(k->real, hex);

	loop_timer_del(k->timer);
	k->timer = NULL;
	if (rc == ENOENT) {
		survey_soon(k->dev, at_ns);
		return;
	}
	if (rc == 0 && strcmp(hex, k->sha256) == 0)
		return;
	memcpy(k->sha256, hex, sizeof(hex));
	file_pending(k, true);
	dev_expect(k->dev, k);
	dev_saved(k->dev, at_ns);
}

/* A file of which nothing more was told: true when its writer is not done, the first time. */
bool files_is_open_save(const char *path, bool *open)
{
	*open = !*open && fs_is_being_written(path);
	return *open;
}

static void on_half_save(void *arg)
{
	struct known *k = arg;

	k->timer = NULL;
	if (files_is_open_save(k->real, &k->open))
		k->timer = loop_timer_add(k->dev->r->d.loop, OPEN_SAVE_NS, on_half_save, k);
	else
		file_check(k, clock_ns());
}

static void wait_half_save(struct known *k)
{
	loop_timer_del(k->timer);
	k->open = false;
	k->timer = loop_timer_add(k->dev->r->d.loop, HALF_SAVE_NS, on_half_save, k);
}

static void file_news(struct known *k, const struct news *n)
{
	if (n->mask & WHOLE)
		file_check(k, n->at_ns);
	else
		wait_half_save(k);
}

static struct known *add_known(struct dev *d, const struct test_file *f)
{
	struct known *k = xcalloc(1, sizeof(*k));

	k->dev = d;
	k->real = xstrdup(f->real);
	k->path = xstrdup(f->path);
	map_put(d->files, k->real, k);
	return k;
}

static void take_selectors(struct known *k, const char *const *from)
{
	size_t n = 0;

	for (size_t i = 0; k->selectors && k->selectors[i]; i++)
		free(k->selectors[i]);
	free(k->selectors);
	k->selectors = NULL;
	if (!from)
		return;
	while (from[n])
		n++;
	k->selectors = xcalloc(n + 1, sizeof(*k->selectors));
	for (size_t i = 0; i < n; i++)
		k->selectors[i] = xstrdup(from[i]);
}

static void free_spec(void *spec)
{
	sandbox_spec_free(spec);
}

/* Of those without a volume there is stock anyway. */
const struct sandbox_spec *files_find_spec(struct dev *d, const struct test_file *f)
{
	const struct test *t = f->n_tests ? &f->tests[0] : NULL;
	const struct scenario *sc = t && t->n_scenarios ? &t->scenarios[0] : NULL;
	const struct sandbox_spec *spec = sc && sc->n_places ? &sc->places[0].spec : NULL;
	AUTO_STRBUF key = STRBUF_INIT;
	struct sandbox_spec *known;

	if (!spec || !spec->n_volumes)
		return NULL;
	sandbox_spec_key(spec, &key);
	known = map_get(d->specs, key.s);
	if (!known && map_count(d->specs) < SPECS_MAX) {
		known = sandbox_spec_copy(spec);
		map_put(d->specs, key.s, known);
	}
	return known;
}

static void take_file(struct dev *d, const struct loaded *f)
{
	struct known *k = map_get(d->files, f->file->real);
	const char *sha = f->file->sha256;
	bool is_new = !k;

	if (!k)
		k = add_known(d, f->file);
	take_selectors(k, f->selectors);
	images_take(d, k, f->file);
	if (f->file->n_tests)
		k->spec = files_find_spec(d, f->file);
	k->seen = true;
	k->invalid = !f->file->tests;
	k->index = d->n_list;
	d->list = xgrow(d->list, &d->cap_list, d->n_list + 1, sizeof(struct known *));
	d->list[d->n_list++] = k;
	if (k->timer || (sha[0] && strcmp(sha, k->sha256) == 0))
		return;
	/* Somebody may be writing it just now. */
	if (is_new && d->opened && !f->file->tests) {
		wait_half_save(k);
		return;
	}
	if (d->opened && (sha[0] || !k->sha256[0]))
		file_pending(k, true);
	if (sha[0])
		memcpy(k->sha256, sha, sizeof(k->sha256));
	else /* it is refused as it is: it is looked at as long as it can be read */
		(void)files_hash(k->real, k->sha256);
}

static void drop_unseen(struct dev *d, struct known **old, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (old[i]->seen)
			continue;
		list_push(&d->named, old[i]->path, d->named_arena);
		map_del(d->files, old[i]->real);
		free_known(old[i]);
	}
}

/* ---- following ---- */

void files_tell_polled(struct dev *d)
{
	if (!d->opened || !d->polled || d->told_polled)
		return;
	d->told_polled = true;
	AUTO_STR text = xasprintf("%s; what is not watched is looked at each second", d->polled);
	dev_note(d, "watch-limit", text);
}

void files_note_polled(struct dev *d, const char *why)
{
	if (!d->polled)
		d->polled = xstrdup(why);
	files_tell_polled(d);
}

static bool follow(struct dev *d, const char *path)
{
	bool added = false;
	struct err e;

	if (follow_dir(d->news, path, &added, &e) == 0 && e.code)
		files_note_polled(d, e.msg);
	return added;
}

bool files_follow_parent(struct dev *d, const char *path)
{
	const char *slash = strrchr(path, '/');
	AUTO_STR dir = slash > path ? xstrndup(path, (size_t)(slash - path)) : xstrdup("/");

	return follow(d, dir);
}

static struct way *add_place(struct dev *d, const char *path, bool project)
{
	struct way *p = map_get(d->places, path);

	if (p)
		return p;
	p = xcalloc(1, sizeof(*p) + strlen(path) + 1);
	memcpy(p->path, path, strlen(path) + 1);
	p->project = project;
	map_put(d->places, path, p);
	if (project)
		p->absent = files_hash(path, p->sha256) == ENOENT;
	return p;
}

/* Up to a directory that is there: what is made below it leads back to the argument. */
bool files_follow_way(struct dev *d, const char *path)
{
	AUTO_STR at = xstrdup(path);
	struct stat st;

	for (char *slash; (slash = strrchr(at, '/')) && slash > at;) {
		add_place(d, at, false);
		*slash = '\0';
		if (stat(at, &st) == 0 && S_ISDIR(st.st_mode))
			return follow(d, at);
	}
	return false;
}

static bool follow_arguments(struct dev *d, const struct run_options *o)
{
	bool more = false;

	for (size_t i = 0; i < o->paths.n; i++) {
		const char *path = o->paths.v[i];

		while (path[0] == '.' && path[1] == '/')
			for (path += 2; *path == '/';)
				path++;
		AUTO_STR absolute =
		        strcmp(path, ".") == 0 || !*path ? xstrdup(o->cwd) : fs_join(o->cwd, path);
		size_t len = strlen(absolute);

		while (len > 1 && absolute[len - 1] == '/')
			absolute[--len] = '\0';
		if (!glob_is_pattern(path))
			more |= files_follow_way(d, absolute);
	}
	return more;
}

static bool follow_project(struct dev *d, const struct settings *s)
{
	AUTO_STR would =
	        s->project_file ? xstrdup(s->project_file) : fs_join(s->root, "cleanroom.toml");

	if (map_get(d->places, would))
		return files_follow_parent(d, would);
	add_place(d, would, true);
	return files_follow_parent(d, would);
}

static bool follow_dirs(struct dev *d, const struct run *run)
{
	const struct settings *before = run->settings;
	bool more = follow_arguments(d, &run->opt);

	more |= follow_project(d, run->settings);

	for (unsigned i = 0; i < run->found.dirs; i++) {
		if (!map_get(d->dirs, run->found.entered[i]))
			map_put(d->dirs, run->found.entered[i], d);
		more |= follow(d, run->found.entered[i]);
	}
	for (size_t i = 0; i < run->n_files; i++) {
		more |= files_follow_parent(d, run->files[i].file->real);
		if (run->files[i].settings != before)
			more |= follow_project(d, run->files[i].settings);
		before = run->files[i].settings;
	}
	return more;
}

bool files_ways(struct dev *d)
{
	return follow_arguments(d, &d->opt.run);
}

bool files_take(struct dev *d, const struct run *run)
{
	struct known **old = d->list;
	size_t n_old = d->n_list;
	bool more;

	for (size_t i = 0; i < n_old; i++)
		old[i]->seen = false;
	d->list = NULL;
	d->n_list = d->cap_list = 0;
	for (size_t i = 0; i < run->n_files; i++)
		take_file(d, &run->files[i]);
	for (struct watched_input *in = d->inputs; in; in = in->next)
		inputs_keep_users(in);
	drop_unseen(d, old, n_old);
	free(old);
	more = inputs_take(d, run);
	return follow_dirs(d, run) || more;
}

/* ---- news ---- */

/* Whatever a project says, any test may read. */
static void project_check(struct dev *d, struct way *p, int64_t at_ns)
{
	char hex[DIGEST_HEX];
	bool absent = files_hash(p->path, hex) == ENOENT;

	if (absent ? p->absent : hex[0] && strcmp(hex, p->sha256) == 0)
		return;
	p->absent = absent;
	memcpy(p->sha256, hex, sizeof(hex));
	for (size_t i = 0; i < d->n_list; i++)
		file_pending(d->list[i], false);
	list_push(&d->named, strrchr(p->path, '/') + 1, d->named_arena);
	survey_soon(d, at_ns);
}

static void projects_check(struct dev *d, int64_t at_ns)
{
	const char *path;
	size_t at = 0;
	void *p;

	while (map_next(d->places, &at, &path, &p))
		if (((struct way *)p)->project)
			project_check(d, p, at_ns);
}

static void on_survey_late(void *arg)
{
	struct dev *d = arg;
	int64_t now = clock_ns();

	d->survey_late = NULL;
	projects_check(d, now);
	if (d->links_changed)
		files_check_ways(d);
	d->links_changed = false;
	survey_soon(d, now);
}

/* What is half done may be whole in a moment. */
static void survey_late(struct dev *d)
{
	if (!d->survey_late)
		d->survey_late = loop_timer_add(d->r->d.loop, HALF_SAVE_NS, on_survey_late, d);
}

static void place_news(struct dev *d, struct way *p, const struct news *n)
{
	if (p->project && n->mask & WHOLE)
		project_check(d, p, n->at_ns);
	else if (p->project ? n->mask & GONE : n->mask & (GONE | IN_CREATE | IN_MOVED_TO))
		survey_late(d);
}

static bool is_entered(const char *name)
{
	return name[0] != '.';
}

static bool leads_to_dir(const struct news *n)
{
	AUTO_STR path = fs_join(n->path, n->name);
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* An entry of a directory that discovery has entered. */
static void dir_news(struct dev *d, const struct news *n)
{
	if (n->mask & IN_ISDIR) {
		/* Modes too: who may not enter it any more, or may again. */
		if (n->mask & (GONE | IN_CREATE | IN_MOVED_TO | IN_ATTRIB) && is_entered(n->name))
			survey_soon(d, n->at_ns);
	} else if (config_is_test_name(n->name)) {
		if (n->mask & WHOLE)
			survey_soon(d, n->at_ns);
		else if (n->mask &
		         (GONE | IN_CREATE)) /* what is gone was a link: files are known */
			survey_late(d);
	} else if (n->mask & (IN_CREATE | IN_MOVED_TO) && is_entered(n->name) && leads_to_dir(n)) {
		survey_late(d);
	}
}

static void entry_news(struct dev *d, const struct news *n)
{
	AUTO_STR path = fs_join(n->path, n->name);
	struct known *k = map_get(d->files, path);
	struct watched_input *in = map_get(d->by_input, path);
	struct way *p = map_get(d->places, path);

	if (k)
		file_news(k, n);
	else if (map_get(d->dirs, n->path))
		dir_news(d, n);
	if (in)
		inputs_news(in, n->mask & WHOLE);
	if (p)
		place_news(d, p, n);
	if (map_get(d->links, path)) {
		d->links_changed = true;
		survey_late(d);
	}
}

static bool stands_in(const char *path, const char *dir)
{
	size_t n = (size_t)(strrchr(path, '/') - path);

	return strncmp(path, dir, n) == 0 && strlen(dir) == (n ? n : 1);
}

/* Which entry it is nobody says. */
static void polled_news(struct dev *d, const struct news *n)
{
	const char *key;
	size_t at = 0;
	void *way;

	for (size_t i = 0; i < d->n_list; i++)
		if (stands_in(d->list[i]->real, n->path))
			file_check(d->list[i], n->at_ns);
	for (struct watched_input *in = d->inputs; in; in = in->next)
		if (stands_in(in->path, n->path))
			inputs_check(in);
	while (map_next(d->places, &at, &key, &way))
		if (stands_in(key, n->path) && ((struct way *)way)->project)
			project_check(d, way, n->at_ns);
	survey_soon(d, n->at_ns);
}

static void lost_news(struct dev *d, const struct news *n)
{
	for (size_t i = 0; i < d->n_list; i++)
		file_check(d->list[i], n->at_ns);
	for (struct watched_input *in = d->inputs; in; in = in->next)
		inputs_check(in);
	projects_check(d, n->at_ns);
	survey_soon(d, n->at_ns);
}

static void files_news(void *arg, const struct news *n)
{
	struct dev *d = arg;
	struct watched_input *in;

	if (d->over)
		return;
	switch (n->kind) {
	case NEWS_ENTRY:
		entry_news(d, n);
		break;
	case NEWS_DIR:
		polled_news(d, n);
		break;
	case NEWS_GONE:
		survey_late(d);
		break;
	case NEWS_TREE:
		in = map_get(d->by_input, n->path);
		if (in)
			inputs_news(in, n->mask & NEWS_WHOLE);
		break;
	case NEWS_LOST:
		lost_news(d, n);
		break;
	}
}

/* ---- life ---- */

void files_init(struct dev *d)
{
	d->files = map_new();
	d->dirs = map_new();
	d->places = map_new();
	d->by_input = map_new();
	d->links = map_new();
	d->images = map_new();
	d->specs = map_new();
	d->named_arena = arena_new();
	d->news = follower_new(d->r->d.watch, d->r->d.loop, d->r->d.work, files_news, d);
}

void files_stop(struct dev *d)
{
	follower_free(STEAL(d->news));
	loop_timer_del(d->survey_late);
	for (size_t i = 0; i < d->n_list; i++) {
		loop_timer_del(d->list[i]->timer);
		d->list[i]->timer = NULL;
	}
	for (struct watched_input *in = d->inputs; in; in = in->next) {
		loop_timer_del(in->timer);
		in->timer = NULL;
	}
}

void files_release(struct dev *d)
{
	for (size_t i = 0; i < d->n_list; i++)
		free_known(d->list[i]);
	free(d->list);
	for (struct watched_input *in = d->inputs, *next; in; in = next) {
		next = in->next;
		free(in->users);
		free(in->path);
		free(in->real);
		free(in);
	}
	map_free(d->files, NULL);
	map_free(d->dirs, NULL);
	map_free(d->places, free);
	map_free(d->by_input, NULL);
	map_free(d->links, NULL);
	map_free(d->images, free);
	map_free(d->specs, free_spec);
	arena_free(d->named_arena);
}
