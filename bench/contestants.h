/* bench/contestants.h - the functions that the table of contestants names. */
#ifndef BENCH_CONTESTANTS_H
#define BENCH_CONTESTANTS_H

#include "bench/bench.h"
#include "bench/spawned.h"

/* A program that is timed: the state of most contestants. */
struct timed {
	struct command c;
	char *argv[24];
	unsigned n;
	unsigned share;        /* a run stands for so many: its time is divided */
	const struct who *who; /* whose daemon works, or NULL */
	pid_t daemon;          /* its pid, where that matters */
	int capture;           /* output, or -1 */
	int status;            /* that it is to end with, as of waitpid(2) */
	const char *says;      /* which its output has to have, or NULL */
	struct strbuf ids;     /* runs to be checked at the end, a line each */
	char *dir;             /* tests of its own, or NULL */
	unsigned changes;      /* made in them */
};

/* timed.c */
struct timed *timed_new(struct entry *en);
void timed_add(struct timed *t, const char *word);
int timed_once(struct entry *en, double *out, struct err *e);
void timed_release(struct entry *en);

/* peers.c: programs beside us, the same binary and arguments */
int prepare_spawn(struct entry *en, struct err *e);
int captured_once(struct entry *en, double *out, struct err *e); /* its output read to the end */
int prepare_many_spawns(struct entry *en, struct err *e);
int many_spawns_once(struct entry *en, double *out, struct err *e);
int prepare_bwrap(struct entry *en, struct err *e);
int prepare_crun(struct entry *en, struct err *e);
int prepare_runc(struct entry *en, struct err *e);
int prepare_nop(struct entry *en, struct err *e);

/* engines.c */
int prepare_podman_run(struct entry *en, struct err *e);
int prepare_podman_exec(struct entry *en, struct err *e);
int prepare_docker_run(struct entry *en, struct err *e);
int prepare_docker_exec(struct entry *en, struct err *e);

/* clnrm.c */
/* `clnrm WORDS...` as the user of this contestant, whose daemon runs. */
struct timed *clnrm_new(struct entry *en, struct err *e);
int prepare_run(struct entry *en, struct err *e);
int run_once(struct entry *en, double *out, struct err *e);   /* verdict, quiet */
int suite_once(struct entry *en, double *out, struct err *e); /* each scenario of several runs */
void run_release(struct entry *en);
int prepare_noop(struct entry *en, struct err *e); /* results are there: nothing runs */
int noop_once(struct entry *en, double *out, struct err *e);
void noop_release(struct entry *en);
int changed_once(struct entry *en, double *out, struct err *e); /* one file has changed */
void changed_release(struct entry *en);
int prepare_try(struct entry *en, struct err *e);
int try_once(struct entry *en, double *out, struct err *e);
int prepare_step(struct entry *en, struct err *e); /* what one more step costs */
int step_once(struct entry *en, double *out, struct err *e);
void step_release(struct entry *en);
int prepare_beside(struct entry *en, struct err *e); /* the same of steps side by side */
int prepare_sleeps(struct entry *en, struct err *e); /* steps of 200 ms side by side */
int prepare_version(struct entry *en, struct err *e);
int prepare_help(struct entry *en, struct err *e);
int prepare_validate(struct entry *en, struct err *e);
int prepare_dry_run(struct entry *en, struct err *e);

/* hung.c: until it is known that a step has ended badly, or never will */
int prepare_hang(struct entry *en, struct err *e);
int prepare_crash(struct entry *en, struct err *e);
int prepare_crash_spawn(struct entry *en, struct err *e);
int hung_once(struct entry *en, double *out, struct err *e);

/* whole.c: the machine seen from outside */
int prepare_cpu_run(struct entry *en, struct err *e);
int cpu_once(struct entry *en, double *out, struct err *e); /* processor time of a run */
int prepare_memory(struct entry *en, struct err *e);
int memory_once(struct entry *en, double *out, struct err *e);
int prepare_growth(struct entry *en, struct err *e);
int growth_once(struct entry *en, double *out, struct err *e);
int prepare_build(struct entry *en, struct err *e);
int build_once(struct entry *en, double *out, struct err *e); /* seconds */

/* prepared.c: the whole run */
enum prepared { PREPARED_EACH, PREPARED_FIRST, PREPARED_BEFORE, PREPARED_NOTHING };
int prepare_prepared(struct entry *en, struct err *e);
int prepared_once(struct entry *en, double *out, struct err *e);

/* reload.c: a save, and its verdict */
int prepare_reload(struct entry *en, struct err *e);
int prepare_docker_reload(struct entry *en, struct err *e);
int reload_once(struct entry *en, double *out, struct err *e); /* verdict, phases */
void reload_release(struct entry *en);

/* roundtrip.c */
int prepare_daemon_trip(struct entry *en, struct err *e);
int prepare_echo_trip(struct entry *en, struct err *e);
int trip_once(struct entry *en, double *out, struct err *e);
void trip_release(struct entry *en);

/* parsers.c, templates.c, pool.c: rooms of the daemon, in this process */
int prepare_parse(struct entry *en, struct err *e);
int toml_once(struct entry *en, double *out, struct err *e);
int prepare_toml_tables(struct entry *en, struct err *e);
int prepare_toml_strings(struct entry *en, struct err *e);
int prepare_toml_integers(struct entry *en, struct err *e);
int prepare_toml_floats(struct entry *en, struct err *e);
int prepare_toml_comments(struct entry *en, struct err *e);
int toml_large_once(struct entry *en, double *out, struct err *e); /* ms a megabyte */
int yaml_once(struct entry *en, double *out, struct err *e);
int libyaml_once(struct entry *en, double *out, struct err *e);
int tomllib_once(struct entry *en, double *out, struct err *e);
void parse_release(struct entry *en);
int prepare_load(struct entry *en, struct err *e);
int load_once(struct entry *en, double *out, struct err *e);
int load_again_once(struct entry *en, double *out, struct err *e);
void load_release(struct entry *en);
int prepare_template(struct entry *en, struct err *e);
int compile_once(struct entry *en, double *out, struct err *e);
int compile_again_once(struct entry *en, double *out, struct err *e);
int render_once(struct entry *en, double *out, struct err *e);
int render_again_once(struct entry *en, double *out, struct err *e);
int engine_once(struct entry *en, double *out, struct err *e); /* ns a byte */
void template_release(struct entry *en);
int prepare_jinja2(struct entry *en, struct err *e);
int jinja2_once(struct entry *en, double *out, struct err *e);
int prepare_minijinja(struct entry *en, struct err *e);
int minijinja_once(struct entry *en, double *out, struct err *e);
int prepare_pool(struct entry *en, struct err *e);
int lend_once(struct entry *en, double *out, struct err *e);
int miss_once(struct entry *en, double *out, struct err *e);
int refill_once(struct entry *en, double *out, struct err *e);
void pool_release(struct entry *en);

/* reports.c: a finished run of so many scenarios as files, in the format that is the name */
int prepare_reports(struct entry *en, struct err *e);
int report_once(struct entry *en, double *out, struct err *e);
void reports_release(struct entry *en);

/* images.c */
int prepare_untar(struct entry *en, struct err *e);
int untar_once(struct entry *en, double *out, struct err *e);
int prepare_import(struct entry *en, struct err *e);
int import_once(struct entry *en, double *out, struct err *e);
int import_again_once(struct entry *en, double *out, struct err *e);

#endif
