/* daemon/wire/wire.h - the model's structs as JSON and back: events, results, findings, problems.
 *
 * One writer and one reader for each object of cli.md 4.2 and 4.3; the schemas in proto/schema/
 * describe the same objects. Writing needs no tree; reading uses jansson. Readers take what a
 * writer of the same major version wrote and ignore unknown members.
 */
#ifndef DAEMON_WIRE_WIRE_H
#define DAEMON_WIRE_WIRE_H

#include "common/err.h"
#include "common/json.h"
#include "daemon/model/event.h"

/* One event as one line, with its line feed. Step output is not part of scenario_end and step_end;
 * with_output adds it, and what else the history needs beyond the public members (the journal). */
void wire_event(const struct event *ev, bool with_output, struct strbuf *out);
/* Each writes one member, key: ..., into the object that is open; key NULL: an element of a list.
 */
void wire_diag(struct json *j, const char *key, const struct diag *d);
void wire_diags(struct json *j, const char *key, const struct diags *d);
void wire_shard(struct json *j, unsigned index, unsigned total);
void wire_summary(struct json *j, const char *key, const struct run_summary *s);
/* cut: stdout and stderr at most 64 KiB each (first and last 32 KiB); else all that was kept, and
 * when it came. */
void wire_step(
        struct json *j, const char *key, const struct step_result *s, bool with_output, bool cut);
/* A deadline, or null. silence: the part of a step's that history gives, or NULL. */
void wire_deadline(
        struct json *j, const char *key, const struct deadline *d, const struct silence *silence);
/* What a layer of [prepare] is said to be. Static. */
const char *wire_prepared_as(bool recorded);
void wire_receipt(struct json *j, const char *key, const struct receipt *r);
void wire_scenario(struct json *j, const char *key, const struct scenario_result *s,
        bool with_output, bool cut);
/* The members of a scenario or step object into an object that is already open. */
void wire_scenario_members(
        struct json *j, const struct scenario_result *s, bool with_output, bool cut);
/* The whole of cli.md 4.2. */
void wire_run(struct json *j, const struct run_result *r);

/* What every receipt of a run has to show: a JSON object with some members of a receipt. NULL with
 * ERR_INVALID when the text is none, or has a member that no receipt has. */
struct receipt_demand;
struct receipt_demand *receipt_demand_new(const char *text, size_t n, struct err *e);
void receipt_demand_free(struct receipt_demand *d); /* NULL is fine */
struct receipt_difference {
	const char *member;       /* "limits.memory_mb" */
	const char *wanted, *got; /* JSON */
};
/* At most max, which live in arena a; how many there are. Lists are compared as wholes, `sandbox`,
 * the name of one, not at all. */
size_t receipt_differs(const struct receipt_demand *d, const struct receipt *r, struct arena *a,
        struct receipt_difference *out, size_t max);

/* Such a document back, of this or another machine: what is missing or ill-typed has its default,
 * and counts and verdicts of tests are made anew. NULL with ERR_INVALID when it is no result. */
struct run_result *wire_read_run(const char *text, size_t len, struct err *e);
/* What is the same whenever a run says the same (cli.md 4.6): SHA-256 over verdicts, exit statuses
 * and output of all steps, without times, ids, order and what came from the cache. False, and out
 * is "", where output is of the history, which does not have all of it. Reads all output: not for
 * the loop where that is much. */
#define RUN_DIGEST_LEN 72 /* "sha256:", 64 digits and a NUL */
bool wire_digest(const struct run_result *r, char out[RUN_DIGEST_LEN]);

/* Reads one event line back; strings live in arena a. scenario_end makes a scenario_result that
 * lives in its own arena (the caller unrefs ev->scenario_end). */
int wire_read_event(
        const char *line, size_t len, struct arena *a, struct event *ev, struct err *e) MUST_CHECK;
struct scenario_result *wire_read_scenario(const char *json, size_t len, struct err *e);

/* The parts of a scenario that are lists: tags, failures, findings, attempts before, and of each
 * step its failures and argv; and what few have. wire_read_scenario() takes them back; its other
 * members are then empty. */
void wire_scenario_lists(struct json *j, const char *key, const struct scenario_result *s);
void wire_strings(struct json *j, const char *key, const struct str_list *l);
void wire_artifacts(struct json *j, const char *key, const struct scenario_result *s);
/* Variables as an object, as results show them, and as an array of pairs, which keeps a name that
 * was given twice. */
void wire_vars(struct json *j, const char *key, const struct env_var *v, size_t n);
void wire_pairs(struct json *j, const char *key, const struct env_var *v, size_t n);
/* These take a complete JSON array. */
int wire_read_strings(const char *json, size_t len, struct arena *a, struct str_list *out,
        struct err *e) MUST_CHECK;
int wire_read_pairs(const char *json, size_t len, struct arena *a, struct env_var **out, size_t *n,
        struct err *e) MUST_CHECK;
/* Appends to out; strings are copied into its arena. */
int wire_read_diags(const char *json, size_t len, struct diags *out, struct err *e) MUST_CHECK;

/* A problem document (RFC 9457). exit is what the client ends with; help entries may be NULL; d may
 * be NULL; extra is raw members (",\"x\":1") or NULL. */
void wire_when(struct json *j, const char *key, int64_t wall_ns); /* null when 0 */
void wire_problem(const char *code, int exit, const char *detail, const char *instance,
        const char *const *help, size_t n_help, const struct diags *d, const char *extra,
        struct strbuf *out);

#endif
