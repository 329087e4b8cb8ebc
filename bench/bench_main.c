/* bench [-o FILE] [-l] [NAME...]: takes the samples and prints what they say.
 * bench compare BASE NOW: compares two files.
 *
 * Environment: BENCH_QUICK=1 a smoke test, BENCH_LONG=1 also what takes minutes, BENCH_ROUNDS=N,
 * BENCH_CHECK=1 exit 1 when a target is missed. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "common/fs.h"
#include "common/mem.h"
#include "common/num.h"

static volatile sig_atomic_t stopped;

static void on_stop(int signo)
{
	stopped = signo;
}

static bool env_set(const char *name)
{
	const char *v = getenv(name);

	return v && *v && strcmp(v, "0") != 0;
}

static bool asked(const struct plan *p, char **names, int n, const struct world *w)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], p->bench) == 0)
			return true;
	return n == 0 && (!p->lengthy || w->lengthy) && (!w->quick || p->quick);
}

/* ---- rounds ---- */

static void drop(struct entry *en, const struct err *e)
{
	en->out = true;
	en->why = *e;
	fprintf(stderr, "bench: %s, %s: %s\n", en->is->bench, en->is->name, e->msg);
}

static void visit(struct entry *en)
{
	double out[SERIES] = { 0 };
	struct err e = { 0 };

	if (en->out || (en->is->most && en->got[0].n >= en->is->most))
		return;
	if (en->is->once(en, out, &e) < 0) {
		if (!stopped)
			drop(en, &e);
		return;
	}
	for (size_t i = 0; i < SERIES; i++)
		if (en->is->metrics[i])
			samples_add(&en->got[i], out[i]);
}

/* Another order in each round, the same in each run: what one leaves behind (cold caches, a daemon
 * that still tidies up) meets all others alike. */
static void shuffle(size_t *order, size_t n, unsigned round)
{
	uint64_t x = round + 1;

	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t i = n; i > 1; i--) {
		size_t k, t = order[i - 1];

		x = x * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX generator */
		k = (size_t)(x >> 33) % i;
		order[i - 1] = order[k];
		order[k] = t;
	}
}

/* The first visit warms up and does not count, unless a bench has one round only. */
static void run_rounds(struct entry *entries, size_t n, unsigned rounds)
{
	size_t *order = xcalloc(n, sizeof(*order));

	if (rounds > 1)
		for (size_t i = 0; i < n && !stopped; i++) {
			visit(&entries[i]);
			for (size_t m = 0; m < SERIES; m++)
				entries[i].got[m].n = 0;
		}
	for (unsigned r = 0; r < rounds && !stopped; r++) {
		shuffle(order, n, r);
		for (size_t i = 0; i < n && !stopped; i++)
			visit(&entries[order[i]]);
	}
	free(order);
}

static unsigned rounds_of(const struct plan *p, const struct world *w)
{
	const char *given = getenv("BENCH_ROUNDS");
	uint64_t n = w->quick && p->quick ? p->quick : p->rounds;
	struct err e;

	if (given && *given && str_to_u64(given, 1, 100000, &n, &e) < 0)
		fprintf(stderr, "bench: BENCH_ROUNDS: %s\n", e.msg);
	return (unsigned)n;
}

static void run_bench(const struct plan *p, struct world *w, struct results *r)
{
	size_t first = r->n;
	struct err e;

	fprintf(stderr, "bench: %s\n", p->bench);
	for (size_t i = 0; i < n_contestants && !stopped; i++) {
		struct entry *en = &r->entries[r->n];

		if (strcmp(contestants[i].bench, p->bench) != 0)
			continue;
		*en = (struct entry){ .is = &contestants[i], .w = w };
		r->n++;
		e = (struct err){ 0 };
		if (en->is->prepare(en, &e) < 0)
			drop(en, &e);
	}
	run_rounds(r->entries + first, r->n - first, rounds_of(p, w));
	for (size_t i = first; i < r->n; i++)
		if (r->entries[i].is->release)
			r->entries[i].is->release(&r->entries[i]);
}

/* ---- the program ---- */

static int list(void)
{
	for (size_t i = 0; i < n_plans; i++)
		printf("%-18s %s%s\n", plans[i].bench, plans[i].about,
		        plans[i].lengthy ? " (BENCH_LONG=1)" : "");
	return 0;
}

static int compare(char **argv)
{
	struct err e = { 0 };
	int rc = compare_files(argv[0], argv[1], stdout, &e);

	if (rc < 0)
		fprintf(stderr, "bench: %s\n", e.msg);
	return rc < 0 ? 2 : rc;
}

static char *own_build(void)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return xstrdup(".");
	self[n] = '\0';
	*strrchr(self, '/') = '\0'; /* build/<mode>/bench/bench */
	*strrchr(self, '/') = '\0';
	return xstrdup(self);
}

static int run(const char *output, char **names, int n)
{
	struct results r = { .entries = xcalloc(n_contestants, sizeof(*r.entries)) };
	struct world w = { .quick = env_set("BENCH_QUICK"), .lengthy = env_set("BENCH_LONG") };
	AUTO_STR build = own_build();
	struct err e = { 0 };
	int rc = world_open(&w, build, &e);
	bool met = true;

	for (size_t i = 0; rc == 0 && i < n_plans && !stopped; i++)
		if (asked(&plans[i], names, n, &w))
			run_bench(&plans[i], &w, &r);
	if (rc == 0 && !stopped) {
		results_table(&r, stdout);
		met = results_targets(&r, stdout);
		rc = output ? results_write(&r, &w, output, &e) : 0;
	}
	engines_stop();
	world_close(&w);
	for (size_t i = 0; i < r.n; i++)
		for (size_t m = 0; m < SERIES; m++)
			samples_release(&r.entries[i].got[m]);
	free(r.entries);
	if (rc < 0)
		fprintf(stderr, "bench: %s\n", e.msg);
	return stopped ? 128 + stopped : rc < 0 ? 2 : !met && env_set("BENCH_CHECK") ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_stop };
	const char *output = NULL;
	int c;

	if (argc == 4 && strcmp(argv[1], "compare") == 0)
		return compare(argv + 2);
	while ((c = getopt(argc, argv, "o:l")) != -1) {
		if (c == 'l')
			return list();
		if (c != 'o')
			return 2;
		output = optarg;
	}
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	return run(output, argv + optind, argc - optind);
}
