/* Scenarios that all want the same work done first: by [prepare] once, or by a `setup` in each. */
#include <stdio.h>
#include <string.h>

#include "bench/contestants.h"
#include "common/fs.h"
#include "common/mem.h"

#define QUICK_SCENARIOS 20u

/* About a tenth of a second of a processor: a file of lines is made, sorted and compressed. */
#define WORK                                                                              \
	"i=0; while [ $i -lt 30000 ]; do echo line $i of the data; i=$((i + 1)); done | " \
	"sort -r | gzip -9 >/data.gz"

static void put_file(const struct entry *en, FILE *f, unsigned scenarios)
{
	enum prepared how = (enum prepared)en->is->variant;

	fputs("[meta]\nname = \"prepared\"\nimage = \"clnrm/base\"\n", f);
	if (how == PREPARED_FIRST || how == PREPARED_BEFORE)
		fputs("[prepare]\nsteps = [{ script = '" WORK "' }]\n", f);
	for (unsigned i = 0; i < scenarios; i++) {
		fprintf(f, "[[scenario]]\nname = \"s%u\"\n", i);
		if (how == PREPARED_EACH)
			fputs("setup = [{ script = '" WORK "' }]\n", f);
		fputs(how == PREPARED_NOTHING ? "run = \"true\"\n"
		                              : "run = [\"test\", \"-s\", \"/data.gz\"]\n",
		        f);
	}
}

static char *make_file(const struct entry *en, struct err *e)
{
	char *path = xasprintf("%s/prepared-%u.clnrm.toml", en->w->dir, en->is->variant);
	FILE *f = fopen(path, "we");

	if (!f) {
		err_sys(e, "cannot make '%s'", path);
		free(path);
		return NULL;
	}
	put_file(en, f, en->w->quick ? QUICK_SCENARIOS : en->is->files);
	if (fclose(f) == 0)
		return path;
	err_sys(e, "cannot write '%s'", path);
	free(path);
	return NULL;
}

int prepare_prepared(struct entry *en, struct err *e)
{
	const struct who *who = &en->w->who[en->is->user];
	struct timed *t = timed_new(en);

	if (world_daemon(en->w, en->is->user, e) < 0)
		return -1;
	AUTO_STR path = make_file(en, e);
	if (!path)
		return -1;
	timed_add(t, en->w->clnrm);
	timed_add(t, "run");
	timed_add(t, "--force");
	timed_add(t, path);
	t->who = who;
	t->c.env = who->env;
	t->c.uid = who->uid;
	t->c.gid = who->gid;
	t->capture = t->c.out = capture_open(e);
	return t->capture < 0 ? -1 : 0;
}

static int clnrm(const struct timed *t, const struct world *w, const char *a, const char *b,
        const char *c, struct err *e)
{
	const char *const argv[] = { w->clnrm, a, b, c, NULL };
	struct command command = t->c;

	command.argv = argv;
	return command_run(&command, NULL, e);
}

int prepared_once(struct entry *en, double *out, struct err *e)
{
	const struct timed *t = en->state;
	double before;

	if (en->is->variant == PREPARED_FIRST && clnrm(t, en->w, "cache", "clear", "images", e) < 0)
		return -1;
	if (en->is->variant == PREPARED_BEFORE && timed_once(en, &before, e) < 0)
		return -1;
	if (world_quiet(t->who, NULL, e) < 0)
		return -1;
	return timed_once(en, out, e);
}
