/* What test files of a session read beside themselves: trees, files and patterns, watched. */
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "common/glob.h"
#include "daemon/run/dev_priv.h"

#define LOOK_WAIT_NS (100 * NS_PER_MS) /* then a save has waited long enough for a look */

/* ---- inputs ---- */

struct look_job {
	struct watched_input *in;
	struct tree_id id;
	struct err e;
	int rc;
};

static void look(struct watched_input *in);

static void look_work(void *arg)
{
	struct look_job *j = arg;

	j->rc = watch_look(j->in->dev->r->d.watch, j->in->path, TREE_CONTENT, &j->id, &j->e);
}

static void users_pending(struct watched_input *in, int64_t at_ns)
{
	for (size_t i = 0; i < in->n_users; i++)
		file_pending(in->users[i], true);
	dev_saved(in->dev, at_ns);
}

static void tree_polled(struct watched_input *in)
{
	AUTO_STR why = xasprintf("'%s' has more directories and files than can be watched: raise "
	                         "fs.inotify.max_user_watches",
	        in->path);

	files_note_polled(in->dev, why);
	follow_polled(in->dev->news);
}

/* What cannot be looked at may have changed: whether something has to run is asked then. */
static void look_done(void *arg)
{
	struct look_job *j = arg;
	struct watched_input *in = j->in;
	struct dev *d = in->dev;
	bool first = !in->hex[0], same = j->rc == 0 && strcmp(in->hex, j->id.hex) == 0;

	in->looking = false;
	if (j->rc == 0 && j->id.polled && !d->over)
		tree_polled(in);
	if (j->rc == 0)
		memcpy(in->hex, j->id.hex, sizeof(in->hex));
	else if (first && j->e.code == ERR_LIMIT && !d->over)
		dev_note(d, "watch-limit", j->e.msg);
	if (j->rc < 0 && !first)
		memcpy(in->hex, "?", 2); /* whatever comes back is news */
	if (!d->over && in->again)
		look(in);
	if (!d->over && !first && !same)
		users_pending(in, clock_ns());
	free(j);
	dev_job_back(d);
}

static void look(struct watched_input *in)
{
	struct look_job *j;
	struct err e;

	in->again = in->looking;
	if (in->looking)
		return;
	j = xcalloc(1, sizeof(*j));
	j->in = in;
	in->looking = true;
	in->looking_ns = clock_ns();
	in->dev->jobs_out++;
	if (work_submit(in->dev->r->d.work, look_work, look_done, j, &e) == 0)
		return;
	j->rc = -1;
	j->e = e;
	look_done(j);
}

/* True when it is as it was. */
static bool look_at_file(struct watched_input *in)
{
	char hex[DIGEST_HEX];
	struct stat st;
	uint32_t mode = stat(in->path, &st) == 0 ? st.st_mode : 0;
	int rc = files_hash(in->path, hex);
	bool same = mode == in->mode && rc != EFBIG && strcmp(hex, in->hex) == 0;

	in->mode = mode;
	memcpy(in->hex, hex, sizeof(in->hex));
	return same;
}

void inputs_check(struct watched_input *in)
{
	if (in->is_tree)
		look(in);
	else if (!look_at_file(in))
		users_pending(in, clock_ns());
}

/* Equal content elsewhere is not the same: what it includes may be found beside it. */
void files_check_ways(struct dev *d)
{
	for (struct watched_input *in = d->inputs; in; in = in->next) {
		AUTO_STR real = realpath(in->path, NULL);

		if (real == in->real || (real && in->real && strcmp(real, in->real) == 0))
			continue;
		free(in->real);
		in->real = STEAL(real);
		files_follow_parent(d, in->path);
		users_pending(in, clock_ns());
	}
}

static struct watched_input *new_input(struct dev *d, const char *path, bool is_tree)
{
	struct watched_input *in = xcalloc(1, sizeof(*in));

	in->dev = d;
	in->path = xstrdup(path);
	in->real = realpath(path, NULL);
	in->is_tree = is_tree;
	if (!is_tree)
		look_at_file(in);
	in->next = d->inputs;
	d->inputs = in;
	map_put(d->by_input, path, in);
	return in;
}

/* The directory of path is followed from now on: nobody has told of what came into it until now,
 * whoever of its files is the one that had it followed. */
static void missed_beside(struct dev *d, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) + 1 : 0;

	for (struct watched_input *in = d->inputs; in; in = in->next)
		in->missed |= !in->is_tree && strncmp(in->path, path, n) == 0 &&
		              !strchr(in->path + n, '/');
}

static bool add_input(struct dev *d, struct known *k, const char *path)
{
	struct watched_input *in = map_get(d->by_input, path);
	struct stat st;
	bool is_tree = stat(path, &st) == 0 && S_ISDIR(st.st_mode), more;

	if (!in)
		in = new_input(d, path, is_tree);
	/* A file, or nothing, is a directory now: that is news, unless it was told already. */
	if (is_tree && !in->is_tree)
		memcpy(in->hex, S_ISDIR(in->mode) ? "" : "?", S_ISDIR(in->mode) ? 1 : 2);
	in->is_tree |= is_tree;
	if (in->is_tree && follow_tree(d->news, path))
		look(in);
	more = files_follow_parent(d, path);
	more |= links_follow(d, path);
	if (more)
		missed_beside(d, path);
	for (size_t i = in->n_users; i-- > 0;)
		if (in->users[i] == k)
			return more;
	in->users = xgrow(in->users, &in->cap_users, in->n_users + 1, sizeof(struct known *));
	in->users[in->n_users++] = k;
	return more;
}

static void on_half_input(void *arg)
{
	struct watched_input *in = arg;

	in->timer = NULL;
	if (!in->is_tree && files_is_open_save(in->path, &in->open))
		in->timer = loop_timer_add(in->dev->r->d.loop, OPEN_SAVE_NS, on_half_input, in);
	else
		inputs_check(in);
}

void inputs_news(struct watched_input *in, bool whole)
{
	loop_timer_del(in->timer);
	in->timer = NULL;
	in->open = false;
	if (whole)
		inputs_check(in);
	else
		in->timer = loop_timer_add(in->dev->r->d.loop, HALF_SAVE_NS, on_half_input, in);
}

/* Of a pattern all that stands below its directories without wildcards. Where its directory is not
 * there yet (the first snapshot makes one), that is waited for. */
static bool add_pattern(struct dev *d, struct known *k, const char *pattern)
{
	bool whole;
	AUTO_STR path = glob_prefix(pattern, &whole);
	char *slash = strrchr(path, '/');

	if (whole) {
		if (access(path, F_OK) < 0)
			files_follow_way(d, path);
		return add_input(d, k, path);
	}
	slash[slash == path] = '\0';
	return add_input(d, k, path);
}

static bool scenario_inputs(struct dev *d, struct known *k, const struct scenario *sc)
{
	bool more = false;

	for (size_t i = 0; i < sc->n_places; i++) {
		const struct place *p = &sc->places[i];

		/* What a scenario writes itself would have it run for ever. */
		for (size_t v = 0; v < p->spec.n_volumes; v++)
			if (p->spec.volumes[v].mode != VOLUME_RW)
				more |= add_input(d, k, p->spec.volumes[v].host_path);
		for (size_t f = 0; f < p->n_files; f++)
			if (p->files[f].source)
				more |= add_input(d, k, p->files[f].source);
	}
	for (size_t i = 0; i < sc->inputs.n; i++)
		more |= add_pattern(d, k, sc->inputs.v[i]);
	return more;
}

static bool file_inputs(struct dev *d, struct known *k, const struct test_file *f)
{
	bool more = false;

	for (size_t i = 0; i < f->made_from.n_files; i++)
		more |= add_input(d, k, f->made_from.files[i].name);
	for (size_t i = 0; i < f->made_from.absent.n; i++)
		more |= add_input(d, k, f->made_from.absent.v[i]);
	for (size_t t = 0; t < f->n_tests; t++)
		for (size_t i = 0; i < f->tests[t].n_scenarios; i++)
			more |= scenario_inputs(d, k, &f->tests[t].scenarios[i]);
	return more;
}

static bool any_due(const struct watched_input *in)
{
	for (size_t i = 0; i < in->n_users; i++)
		if (dev_is_due(in->dev, in->users[i]))
			return true;
	return false;
}

/* A test in its own project, an input in a volume: one save is told of both, and only the file is
 * known at once. A round that did not wait would be stopped by what it was begun for. The first
 * look at a directory tells nothing. */
int64_t inputs_wait(const struct dev *d)
{
	int64_t now = clock_ns(), wait = 0;

	for (const struct watched_input *in = d->inputs; in; in = in->next) {
		int64_t left = in->looking_ns + LOOK_WAIT_NS - now;

		if (in->looking && in->hex[0] && left > wait && any_due(in))
			wait = left;
	}
	return wait;
}

/* A directory is followed whole, whatever of it counts. */
const char *inputs_own_output(const struct dev *d, struct arena *a)
{
	const char *file = d->opt.once ? NULL : d->opt.output;

	for (const struct watched_input *in = file ? d->inputs : NULL; in; in = in->next)
		if (in->n_users && in->real && fs_is_below(file, in->real))
			return arena_printf(a,
			        "what this session says is written to '%s', which '%s' sees "
			        "(in '%s'): each round would make the next",
			        file, in->users[0]->path, in->path);
	return NULL;
}

/* What an invalid file read when it was valid is what may make it so again, or made it invalid. */
void inputs_keep_users(struct watched_input *in)
{
	size_t n = 0;

	for (size_t i = 0; i < in->n_users; i++)
		if (in->users[i]->seen && in->users[i]->invalid)
			in->users[n++] = in->users[i];
	in->n_users = n;
}

/* Those that nobody watched until now, because their directory was not there. */
static void check_missed(struct dev *d)
{
	for (struct watched_input *in = d->inputs; in; in = in->next) {
		if (in->missed)
			inputs_check(in);
		in->missed = false;
	}
}

bool inputs_take(struct dev *d, const struct run *run)
{
	bool more = false;

	for (size_t i = 0; i < run->n_files; i++)
		more |= file_inputs(
		        d, map_get(d->files, run->files[i].file->real), run->files[i].file);
	check_missed(d);
	return more;
}

/* What was read while it was there for a moment is what the next look compares with: the look
 * before may have found what is there again. */
static void step_has_read(struct dev *d, const struct step *s)
{
	struct watched_input *in = s->stdin_file ? map_get(d->by_input, s->stdin_file) : NULL;
	char hex[DIGEST_HEX];
	struct digest sum;

	if (!in || in->is_tree || s->stdin_len > HASH_MAX)
		return;
	digest_of(s->stdin_data, s->stdin_len, &sum);
	digest_hex(&sum, hex);
	if (strcmp(hex, in->hex) == 0)
		return;
	memcpy(in->hex, hex, sizeof(in->hex));
	in->missed = true;
}

static void steps_have_read(struct dev *d, const struct step *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		step_has_read(d, &v[i]);
}

static void file_has_read(struct dev *d, const struct test_file *f)
{
	for (size_t t = 0; t < f->n_tests; t++) {
		for (size_t i = 0; i < f->tests[t].n_scenarios; i++) {
			const struct scenario *sc = &f->tests[t].scenarios[i];

			steps_have_read(d, sc->setup, sc->n_setup);
			steps_have_read(d, sc->steps, sc->n_steps);
			steps_have_read(d, sc->teardown, sc->n_teardown);
		}
	}
}

void files_loaded(struct dev *d, const struct run *run)
{
	for (size_t i = 0; i < run->n_files; i++) {
		const struct test_file *f = run->files[i].file;
		struct known *k = map_get(d->files, f->real);

		if (!k)
			continue;
		if (f->sha256[0] && !k->pending)
			memcpy(k->sha256, f->sha256, sizeof(k->sha256));
		if (f->n_tests)
			k->spec = files_find_spec(d, f);
		images_take(d, k, f);
		file_inputs(d, k, f);
		file_has_read(d, f);
	}
	check_missed(d);
}
