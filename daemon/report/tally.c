/* What a session that watches knows of its files: the latest of each counts. */
#include "common/map.h"
#include "daemon/report/human_priv.h"

struct of_file {
	unsigned scenarios, failed;
};

struct tally {
	struct map *files; /* path to struct of_file */
	struct tally_sum sum;
};

struct tally *tally_new(void)
{
	struct tally *t = xcalloc(1, sizeof(*t));

	t->files = map_new();
	return t;
}

void tally_free(struct tally *t)
{
	if (!t)
		return;
	map_free(t->files, free);
	free(t);
}

void tally_drop(struct tally *t, const char *path)
{
	struct of_file *x = map_del(t->files, path);

	if (!x)
		return;
	t->sum.files--;
	t->sum.scenarios -= x->scenarios;
	t->sum.failed -= x->failed;
	free(x);
}

void tally_add(struct tally *t, const struct scenario_result *s)
{
	struct of_file *x;

	if (!s->file)
		return;
	x = map_get(t->files, s->file);
	if (!x) {
		x = xcalloc(1, sizeof(*x));
		map_put(t->files, s->file, x);
		t->sum.files++;
	}
	x->scenarios++;
	t->sum.scenarios++;
	x->failed += scenario_failed(s) && !s->quarantine;
	t->sum.failed += scenario_failed(s) && !s->quarantine;
}

const struct tally_sum *tally_sum(const struct tally *t)
{
	return &t->sum;
}
