/* daemon/model/event.h - the public event stream of a run (cli.md 4.3), one struct for all kinds.
 *
 * run/ makes events; everything users see is made from them: NDJSON (daemon/wire/wire.h), text for
 * people (report/), history (store/). Pointers are borrowed for the time of the call.
 *
 * daemon/server/tape.c keeps some kinds by their texts: a new pointer in one of them belongs in its
 * table.
 */
#ifndef DAEMON_MODEL_EVENT_H
#define DAEMON_MODEL_EVENT_H

#include "daemon/model/result.h"

/* EVENT(ID, name) */
#define EVENTS(EVENT)                           \
	EVENT(RUN, "run")                       \
	EVENT(FILE, "file")                     \
	EVENT(DIAGNOSTIC, "diagnostic")         \
	EVENT(PLAN, "plan")                     \
	EVENT(TEST_START, "test_start")         \
	EVENT(TEST_END, "test_end")             \
	EVENT(SCENARIO_START, "scenario_start") \
	EVENT(STEP_START, "step_start")         \
	EVENT(STEP_END, "step_end")             \
	EVENT(OUTPUT, "output")                 \
	EVENT(FINDING, "finding")               \
	EVENT(NOTE, "note")                     \
	EVENT(SCENARIO_END, "scenario_end")     \
	EVENT(PROGRESS, "progress")             \
	EVENT(CANCEL, "cancel")                 \
	EVENT(ROUND, "round")                   \
	EVENT(ROUND_END, "round_end")           \
	EVENT(HEARTBEAT, "heartbeat")           \
	EVENT(GAP, "gap")                       \
	EVENT(RESULT, "result")                 \
	EVENT(END, "end")

#define EVENT_ENUM(id, name) EV_##id,
enum event_kind { EVENTS(EVENT_ENUM) EV_COUNT };
#undef EVENT_ENUM
extern const char *const event_names[EV_COUNT];

struct running_item {
	const char *scenario, *step; /* step may be NULL */
	double ms;
};

/* What a round of a session that watches took, in order. */
#define PHASES(PHASE)             \
	PHASE(DETECT, "detect")   \
	PHASE(RENDER, "render")   \
	PHASE(PARSE, "parse")     \
	PHASE(PLAN, "plan")       \
	PHASE(ACQUIRE, "acquire") \
	PHASE(RUN, "run")         \
	PHASE(REPORT, "report")
#define PHASE_ENUM(id, name) PHASE_##id,
enum phase { PHASES(PHASE_ENUM) PHASE_COUNT };
#undef PHASE_ENUM
extern const char *const phase_names[PHASE_COUNT];

struct event {
	enum event_kind kind;
	uint64_t seq; /* from 1 */
	double t_ms;  /* since the run began */
	union {
		struct {
			const char *id, *cwd, *build;
			int64_t at_wall_ns;
			struct str_list paths;
			unsigned jobs;
			const char *seed;         /* that was given, or NULL */
			const char *shuffle_seed; /* of a random order, or NULL */
			/* What was asked for and the tests of the plan, for the history; or NULL.
			 */
			const struct run_result *plan;
		} run;
		struct {
			const char *path, *state; /* "cached" "parsed" "invalid" "missing" */
			unsigned tests;
			double ms;
		} file;
		const struct diag *diag;
		struct {
			unsigned tests, scenarios, cached, excluded;
			unsigned shard, shards; /* shards < 2: the whole suite */
		} plan;
		struct {
			const char *test, *file;
			unsigned index;                   /* in the plan */
			enum verdict verdict;             /* test_end */
			double duration_ms;               /* test_end */
			const struct run_summary *counts; /* test_end */
		} test;
		struct {
			const char *scenario, *file, *engine;
			uint32_t line;
			unsigned attempt;
			unsigned repetition; /* 0 = it has one turn */
			bool warm;
			bool warm_unknown; /* of a stored run */
			double queued_ms;
		} scenario_start;
		struct {
			const char *scenario, *step;
			unsigned index, attempt;
			unsigned repetition;              /* of the scenario; 0 = it has one turn */
			const struct step_result *result; /* step_end */
		} step;
		struct {
			const char *scenario, *step;
			unsigned repetition; /* of the scenario; 0 = it has one turn */
			bool is_stderr;
			uint64_t offset;
			const char *data;
			size_t len;
		} output;
		struct {
			const char *scenario;
			const struct finding *finding;
		} finding;
		struct {
			const char *code, *message;
		} note;
		const struct scenario_result *scenario_end;
		struct {
			unsigned done, total;
			const struct running_item *running;
			size_t n_running;
			struct run_summary counts;
		} progress;
		const char *cancel_by;
		struct {
			unsigned n;                        /* from 1 */
			struct str_list changed;           /* round: paths as shown */
			const struct run_summary *summary; /* round_end, and the rest */
			double phase_ms[PHASE_COUNT];
		} round;
		uint64_t gap_dropped;
		struct {
			const struct run_summary *summary;
			const char *digest; /* or NULL */
		} result;
		struct {
			int exit;
			const char *problem_json; /* or NULL */
			const char *state;        /* of run_result, for the history; or NULL */
		} end;
	};
};

#endif
