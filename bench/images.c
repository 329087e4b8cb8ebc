/* A root file system of 100 MB from an archive: into the image store, and by tar into a directory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/contestants.h"
#include "common/fs.h"
#include "common/mem.h"

#define TREE_FILES 4000u
#define FILE_BYTES (25u << 10)
#define DIRS 200u

/* Text that compresses about as programs do: half of it is chance. */
static void fill_text(char *p, size_t n, unsigned *seed)
{
	for (size_t i = 0; i < n; i++) {
		*seed = *seed * 1103515245u + 12345u;
		p[i] = i % 2 ? (char)(*seed >> 16) : 'x';
	}
}

static int make_tree(const char *dir, struct err *e)
{
	static char text[FILE_BYTES];
	unsigned seed = 1;

	for (unsigned i = 0; i < TREE_FILES; i++) {
		AUTO_STR sub = xasprintf("%s/usr/lib/d%u", dir, i % DIRS);
		AUTO_STR path = xasprintf("%s/f%u", sub, i);

		fill_text(text, sizeof(text), &seed);
		if (i < DIRS && fs_mkdirs(sub, 0755, e) < 0)
			return -1;
		FILE *f = fopen(path, "we");
		if (!f || fwrite(text, sizeof(text), 1, f) != 1 || fclose(f) != 0)
			return err_sys(e, "cannot make '%s'", path);
	}
	return 0;
}

/* Both archives of one tree, made once for all contestants. */
static int make_archives(const struct world *w, struct err *e)
{
	AUTO_STR tree = fs_join(w->dir, "tree");
	AUTO_STR tar = fs_join(w->dir, "tree.tar");
	AUTO_STR gzip = fs_join(w->dir, "tree.tar.gz");
	struct stat st;

	if (stat(gzip, &st) == 0)
		return 0;
	if (make_tree(tree, e) < 0 || RUN(NULL, e, "tar", "-C", tree, "-cf", tar, ".") < 0 ||
	        RUN(NULL, e, "tar", "-C", tree, "-czf", gzip, ".") < 0)
		return -1;
	return RUN(NULL, e, "rm", "-rf", tree);
}

static char *archive(const struct entry *en)
{
	return fs_join(en->w->dir, en->is->steps > 1 ? "tree.tar.gz" : "tree.tar");
}

int prepare_untar(struct entry *en, struct err *e)
{
	struct timed *t = timed_new(en);
	AUTO_STR out = fs_join(en->w->dir, "untarred");

	if (make_archives(en->w, e) < 0)
		return -1;
	AUTO_STR from = archive(en);
	timed_add(t, "tar");
	timed_add(t, "-C");
	timed_add(t, out);
	timed_add(t, "-xf");
	timed_add(t, from);
	t->capture = capture_open(e);
	t->c.out = t->capture;
	return t->capture < 0 ? -1 : 0;
}

/* What lies there from the round before is not of the time, nor is its way to the disk. */
int untar_once(struct entry *en, double *out, struct err *e)
{
	AUTO_STR dir = fs_join(en->w->dir, "untarred");

	if (RUN(NULL, e, "rm", "-rf", dir) < 0 || fs_mkdirs(dir, 0755, e) < 0 ||
	        RUN(NULL, e, "sync", "-f", en->w->dir) < 0)
		return -1;
	return timed_once(en, out, e);
}

int prepare_import(struct entry *en, struct err *e)
{
	const struct who *who = &en->w->who[en->is->user];
	struct timed *t = timed_new(en);

	if (make_archives(en->w, e) < 0 || world_daemon(en->w, en->is->user, e) < 0)
		return -1;
	AUTO_STR from = archive(en);
	timed_add(t, en->w->clnrm);
	timed_add(t, "images");
	timed_add(t, "import");
	timed_add(t, "bench");
	timed_add(t, from);
	t->who = who;
	t->c.env = who->env;
	t->c.uid = who->uid;
	t->c.gid = who->gid;
	t->capture = capture_open(e);
	t->c.out = t->capture;
	return t->capture < 0 ? -1 : 0;
}

static int prune(const struct entry *en, struct err *e)
{
	const struct timed *t = en->state;
	const char *const argv[] = { en->w->clnrm, "images", "prune", "--all", NULL };
	struct command c = t->c;

	c.argv = argv;
	return command_run(&c, NULL, e);
}

int import_once(struct entry *en, double *out, struct err *e)
{
	if (prune(en, e) < 0 || RUN(NULL, e, "sync", "-f", en->w->dir) < 0)
		return -1;
	return timed_once(en, out, e);
}

/* Of what is there already. */
int import_again_once(struct entry *en, double *out, struct err *e)
{
	double first;

	return timed_once(en, &first, e) < 0 ? -1 : timed_once(en, out, e);
}
