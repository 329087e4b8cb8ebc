/* What is kept of a scenario beside its result (artifacts.collect): files of its sandboxes, once
 * nothing is left to run, and the output of its steps.
 *
 * Neither the init nor the files are trusted. The init names files and sends bytes; the archive is
 * written here, from names that are looked at, up to the bound of the scenario. What goes wrong
 * costs the files, and no verdict. */
#include <string.h>
#include <sys/stat.h>

#include "common/map.h"
#include "common/num.h"
#include "common/tar.h"
#include "daemon/core/blob.h"
#include "daemon/run/exec_priv.h"

#define COLLECT_NS (60 * NS_PER_S) /* for all sandboxes of a scenario */
#define PATH_LEN_MAX 4096u
#define SHORTER_MAX (256ull << 20) /* so much a file may shrink while it is read */

/* The files of one scenario on their way. */
struct collecting {
	struct exec *x;
	size_t place; /* whose files come now */
	struct blob *blob;
	struct map *solid; /* what was named and is no directory: nothing is below it */
	const char **patterns;
	uint32_t *matched; /* of each, in all sandboxes */
	size_t n_patterns;
	char *last;         /* name: the next is greater */
	uint64_t left;      /* bytes that are still kept */
	uint64_t missing;   /* bytes that the file still has to give */
	unsigned padding;   /* after them */
	unsigned taken;     /* entries of this archive */
	unsigned left_out;  /* that did not fit */
	bool more;          /* than the init counts */
	bool cut;           /* the last one that was kept is not whole */
	const char *broken; /* why there is not all of it; or NULL */
	struct loop_timer *timer;
};

/* ---- what is there when all is done ---- */

static void add_artifact(struct exec *x, struct blob *b, const char *name)
{
	struct scenario_result *r = x->res;
	struct artifact *v = arena_array(x->a, r->n_artifacts + 1, sizeof(*v));
	struct artifact *to = &v[r->n_artifacts];
	struct err e;

	if (r->n_artifacts)
		memcpy(v, r->artifacts, r->n_artifacts * sizeof(*v));
	*to = (struct artifact){ .name = arena_strdup(x->a, name), .bytes = blob_size(b) };
	if (blob_keep(b, to->sha256, &e) < 0) {
		run_note(x->run, "artifacts.lost", "%s: %s: %s", r->id, name, e.msg);
		return;
	}
	r->artifacts = v;
	r->n_artifacts++;
}

static struct blob *begin_blob(struct exec *x)
{
	struct err e;
	struct blob *b = blob_new(x->run->r->d.artifacts_dir, x->run->result->id, &e);

	if (!b)
		run_note(x->run, "artifacts.lost", "%s: %s", x->res->id, e.msg);
	return b;
}

/* The first sandbox needs no name: as a rule it is the only one. */
static void keep_archive(struct collecting *c)
{
	const struct place *p = c->x->places[c->place].def;
	AUTO_STR name = p->service ? xasprintf("files.%s.tar", p->service) : xstrdup("files.tar");
	AUTO_STRBUF end = STRBUF_INIT;

	for (char *s = name; *s; s++)
		*s = *s == '/' ? '_' : *s;
	if (c->blob && c->taken) {
		tar_put_end(&end);
		blob_write(c->blob, end.s, end.len);
		add_artifact(c->x, c->blob, name);
	}
	blob_free(c->blob);
	c->blob = NULL;
}

static void say_what_lacks(const struct collecting *c)
{
	struct exec *x = c->x;
	AUTO_STRBUF max = STRBUF_INIT;

	for (size_t i = 0, k = 0; i < x->pl->sc->n_collect; i++) {
		const struct collect_wish *w = &x->pl->sc->collect[i];

		if (w->kind != COLLECT_FILES)
			continue;
		if (!c->matched[k] && !w->optional && !c->broken)
			run_note(x->run, "artifacts.missing", "%s: nothing matches 'files:%s'",
			        x->res->id, w->what);
		k++;
	}
	if (c->left_out || c->cut) {
		size_format(&max, x->places[0].def->spec.limits.v[LIMIT_ARTIFACTS]);
		run_note(x->run, "artifacts.cut",
		        "%s: files are cut off at %s (limits.artifacts_mb), %u left out",
		        x->res->id, max.s, c->left_out);
	}
	if (c->more)
		run_note(x->run, "artifacts.cut",
		        "%s: more than %u files match: the rest is left out", x->res->id,
		        AGENT_MAX_MATCHES);
	if (c->broken)
		run_note(x->run, "artifacts.cut", "%s: %s: files are missing", x->res->id,
		        c->broken);
}

void exec_collect_free(struct collecting *c)
{
	if (!c)
		return;
	loop_timer_del(c->timer);
	blob_free(c->blob);
	map_free(c->solid, NULL);
	free(c->patterns);
	free(c->matched);
	free(c->last);
	free(c);
}

static void end_all(struct collecting *c)
{
	struct exec *x = c->x;

	say_what_lacks(c);
	loop_timer_del(c->timer);
	c->timer = NULL;
	exec_finish(x);
}

static void ask_next(struct collecting *c)
{
	AUTO_STRBUF msg = STRBUF_INIT;
	struct exec *x = c->x;

	if (c->place >= x->n_places || !x->places[c->place].lease) {
		end_all(c);
		return;
	}
	free(STEAL(c->last));
	c->taken = 0;
	c->missing = c->padding = 0;
	map_free(c->solid, NULL);
	c->solid = map_new();
	c->blob = begin_blob(x);
	if (!c->blob) {
		end_all(c);
		return;
	}
	agent_put_collect(&msg, c->left, c->patterns, c->n_patterns);
	lease_send(x->places[c->place].lease, msg.s, msg.len);
}

static void on_timeout(void *arg)
{
	struct collecting *c = arg;

	c->timer = NULL;
	exec_collect_broke(c->x, "collecting takes too long");
}

bool exec_collect_broke(struct exec *x, const char *why)
{
	struct collecting *c = x->collecting;

	if (!c || x->finished)
		return false;
	c->broken = why;
	/* Half an archive is none. */
	blob_free(c->blob);
	c->blob = NULL;
	end_all(c);
	return true;
}

/* ---- the init's records ---- */

/* As the init would say it of a name that it has found itself. */
static bool is_good_path(const char *path, size_t len)
{
	if (path[0] != '/' || len >= PATH_LEN_MAX || strlen(path) != len)
		return false;
	for (const char *p = path; *p;) {
		size_t n = strcspn(p + 1, "/");

		if (!n || (n == 1 && p[1] == '.') || (n == 2 && p[1] == '.' && p[2] == '.'))
			return false;
		p += n + 1;
	}
	return true;
}

/* Something below what is no directory would be written through a link when it is unpacked. */
static bool is_below_solid(const struct collecting *c, const char *path)
{
	AUTO_STR part = xstrdup(path);

	for (char *slash = strrchr(part, '/'); slash && slash > part; slash = strrchr(part, '/')) {
		*slash = '\0';
		if (map_get(c->solid, part))
			return true;
	}
	return false;
}

static bool finish_file(struct collecting *c)
{
	static const char zeros[64u << 10];

	if (c->missing > SHORTER_MAX)
		return false;
	/* It has become shorter while it was read: tar does the same. */
	while (c->missing) {
		size_t n = c->missing < sizeof(zeros) ? (size_t)c->missing : sizeof(zeros);

		blob_write(c->blob, zeros, n);
		c->missing -= n;
	}
	blob_write(c->blob, zeros, c->padding);
	c->padding = 0;
	return true;
}

static enum tar_kind kind_of(uint32_t mode)
{
	return S_ISDIR(mode) ? TAR_DIR : S_ISLNK(mode) ? TAR_LINK : TAR_FILE;
}

static void put_entry(struct collecting *c, const struct agent_match *f)
{
	AUTO_STR name = xasprintf("%s%s", f->path + 1, S_ISDIR(f->mode) ? "/" : "");
	AUTO_STRBUF head = STRBUF_INIT;
	struct tar_entry t = { .kind = kind_of(f->mode),
		.name = name,
		.link = S_ISLNK(f->mode) ? f->link : "",
		.mode = f->mode & 0777,
		.mtime = f->mtime };

	if (t.kind == TAR_FILE) {
		t.size = f->size < c->left ? f->size : c->left;
		c->cut |= t.size < f->size;
		c->left -= t.size;
		c->missing = t.size;
		c->padding = (unsigned)tar_padding(t.size);
	}
	tar_put(&head, &t);
	blob_write(c->blob, head.s, head.len);
	c->taken++;
	if (t.kind != TAR_DIR)
		map_put(c->solid, f->path, c);
}

static int on_found(struct collecting *c, const struct agent_record *r, struct err *e)
{
	struct agent_match f;
	uint32_t type;

	if (agent_get_match(r, &f, e) < 0 || !finish_file(c))
		return -1;
	type = f.mode & S_IFMT;
	if ((type != S_IFREG && type != S_IFDIR && type != S_IFLNK) ||
	        !is_good_path(f.path, strlen(f.path)) || strlen(f.link) >= PATH_LEN_MAX ||
	        (c->last && strcmp(c->last, f.path) >= 0) || is_below_solid(c, f.path) ||
	        c->taken + c->left_out >= AGENT_MAX_MATCHES)
		return -1;
	free(c->last);
	c->last = xstrdup(f.path);
	if (type == S_IFREG && f.size && !c->left)
		c->left_out++;
	else
		put_entry(c, &f);
	return 0;
}

/* A file that has grown meanwhile ends where it did. */
static void on_piece(struct collecting *c, const struct agent_record *r)
{
	size_t n = r->len < c->missing ? r->len : (size_t)c->missing;

	blob_write(c->blob, r->body, n);
	c->missing -= n;
}

static int on_collected(struct collecting *c, const struct agent_record *r, struct err *e)
{
	uint32_t *matched = arena_array(c->x->a, c->n_patterns + 1, sizeof(*matched));
	bool more;

	if (agent_get_collected(r, &more, matched, c->n_patterns, e) < 0 || !finish_file(c))
		return -1;
	c->more |= more;
	for (size_t i = 0; i < c->n_patterns; i++)
		c->matched[i] += matched[i];
	keep_archive(c);
	c->place++;
	ask_next(c);
	return 0;
}

int exec_on_collect(struct place_run *p, const struct agent_record *r, struct err *e)
{
	struct collecting *c = p->x->collecting;

	/* What still runs may go on talking: nobody listens any more. */
	if (r->type < AGENT_MATCH || r->type > AGENT_COLLECTED || p->index != c->place || !c->blob)
		return 0;
	if (r->type == AGENT_MATCH)
		return on_found(c, r, e);
	if (r->type == AGENT_COLLECTED)
		return on_collected(c, r, e);
	on_piece(c, r);
	return 0;
}

/* ---- beginning and end ---- */

static bool wants(const struct exec *x, enum collect_kind kind)
{
	const struct scenario *sc = x->pl->sc;

	for (size_t i = 0; i < sc->n_collect; i++)
		if (sc->collect[i].kind == kind)
			return true;
	return false;
}

bool run_is_stored(const struct run *run)
{
	return !run->opt.no_history && run->r->d.earlier;
}

/* For the history, or for a client that waits to write them. */
static bool can_keep(const struct exec *x)
{
	const struct run *run = x->run;

	return x->leased_ns && run->r->d.artifacts_dir &&
	       (run_is_stored(run) || run->opt.export_dir);
}

void exec_collect_files(struct exec *x)
{
	const struct scenario *sc = x->pl->sc;
	struct collecting *c;

	if (x->finished || x->collecting)
		return;
	if (!wants(x, COLLECT_FILES) || !can_keep(x)) {
		exec_finish(x);
		return;
	}
	if (sc->scope == SCOPE_STEP) {
		run_note(x->run, "artifacts.missing",
		        "%s: no files are kept with sandbox = \"step\": those of a step are gone "
		        "with it",
		        x->res->id);
		exec_finish(x);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	x->collecting = c;
	c->x = x;
	c->left = x->places[0].def->spec.limits.v[LIMIT_ARTIFACTS];
	c->patterns = xcalloc(sc->n_collect, sizeof(*c->patterns));
	c->matched = xcalloc(sc->n_collect, sizeof(*c->matched));
	for (size_t i = 0; i < sc->n_collect; i++)
		if (sc->collect[i].kind == COLLECT_FILES)
			c->patterns[c->n_patterns++] = sc->collect[i].what;
	/* The steps are judged: what follows takes nothing of their time. */
	loop_timer_del(x->deadline);
	x->deadline = NULL;
	for (size_t i = 0; i < x->n_steps; i++) {
		loop_timer_del(x->steps[i].timer);
		x->steps[i].timer = NULL;
	}
	c->timer = loop_timer_add(x->run->r->d.loop, COLLECT_NS, on_timeout, c);
	ask_next(c);
}

static void add_stream(
        struct blob *b, const struct step_result *s, const struct captured *c, bool several)
{
	AUTO_STRBUF note = STRBUF_INIT;

	if (several) {
		strbuf_adds(&note, "--- ");
		strbuf_add_visible(&note, s->name, strlen(s->name));
		strbuf_addc(&note, '\n');
	}
	blob_write(b, note.s, note.len);
	blob_write(b, c->data, c->head);
	if (c->head == c->len && c->total == c->len)
		return;
	strbuf_reset(&note);
	strbuf_printf(
	        &note, "\n[... %llu bytes cut ...]\n", (unsigned long long)(c->total - c->len));
	blob_write(b, note.s, note.len);
	blob_write(b, c->data + c->head, c->len - c->head);
}

void exec_collect_logs(struct exec *x)
{
	for (int i = 0; can_keep(x) && i < 2; i++) {
		CLEANUP(blob_free) struct blob *b = NULL;

		if (!wants(x, i ? COLLECT_STDERR : COLLECT_STDOUT))
			continue;
		b = begin_blob(x);
		for (size_t k = 0; b && k < x->n_steps; k++) {
			const struct step_result *s = x->steps[k].res;

			if (s->ran)
				add_stream(b, s, i ? &s->err : &s->out, x->n_steps > 1);
		}
		if (b)
			add_artifact(x, b, i ? "stderr.log" : "stdout.log");
	}
}
