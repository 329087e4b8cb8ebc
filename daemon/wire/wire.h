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
 * with_output adds it (the journal). */
void wire_event(const struct event *ev, bool with_output, struct strbuf *out);
void wire_diag(struct json *j, const char *key, const struct diag *d);
void wire_diags(struct json *j, const char *key, const struct diags *d);
void wire_summary(struct json *j, const char *key, const struct run_summary *s);
/* cut: stdout and stderr at most 64 KiB each (first and last 32 KiB); else all that was kept. */
void wire_step(
        struct json *j, const char *key, const struct step_result *s, bool with_output, bool cut);
void wire_receipt(struct json *j, const char *key, const struct receipt *r);
void wire_scenario(struct json *j, const char *key, const struct scenario_result *s,
        bool with_output, bool cut);
/* The members of a scenario or step object into an object that is already open. */
void wire_scenario_members(
        struct json *j, const struct scenario_result *s, bool with_output, bool cut);
/* The whole of cli.md 4.2. */
void wire_run(struct json *j, const struct run_result *r);

/* Reads one event line back; strings live in arena a. scenario_end makes a scenario_result that
 * lives in its own arena (the caller unrefs ev->scenario_end). */
int wire_read_event(
        const char *line, size_t len, struct arena *a, struct event *ev, struct err *e) MUST_CHECK;
struct scenario_result *wire_read_scenario(const char *json, size_t len, struct err *e);

/* A problem document (RFC 9457). help entries may be NULL; d may be NULL; extra is raw members
 * (",\"x\":1") or NULL. */
void wire_problem(const char *code, const char *detail, const char *instance,
        const char *const *help, size_t n_help, const struct diags *d, const char *extra,
        struct strbuf *out);

#endif
