/* daemon/wire/wire_priv.h - what the writers and readers of this room share. */
#ifndef DAEMON_WIRE_WIRE_PRIV_H
#define DAEMON_WIRE_WIRE_PRIV_H

#include <jansson.h>

#include "daemon/wire/wire.h"

/* Output in results: at most this much of each stream, first and last half (cli.md 4.2). */
#define WIRE_OUTPUT_MAX (64u << 10)

/* ---- writing: members of an object that is already open ---- */
void wire_summary_members(struct json *j, const struct run_summary *s);
void wire_step_members(struct json *j, const struct step_result *s, bool with_output, bool cut);
void wire_finding_members(struct json *j, const struct finding *f);
void wire_diag_members(struct json *j, const struct diag *d);
void wire_failures(struct json *j, const char *key, const struct failure *f, size_t n);
void wire_silence(struct json *j, const char *key, const struct silence *s);
void wire_list(struct json *j, const char *key, const struct str_list *l);
void wire_quarantine(struct json *j, const struct quarantine *q); /* NULL = none */
/* attempt_history: nothing of a scenario that ran once. */
void wire_attempts(struct json *j, const struct scenario_result *s, bool with_output, bool cut);
void wire_when(struct json *j, const char *key, int64_t wall_ns); /* null when 0 */

/* ---- reading: a missing or ill-typed member gives the fallback ---- */
const char *read_str(const json_t *o, const char *key, struct arena *a); /* NULL */
const char *read_str_or(const json_t *o, const char *key, struct arena *a, const char *fallback);
double read_num(const json_t *o, const char *key); /* 0 */
int64_t read_int(const json_t *o, const char *key, int64_t fallback);
unsigned read_uint(const json_t *o, const char *key);
/* A number, or a string of digits (cli.md 4.2: numbers that may pass 2^53). */
uint64_t read_u64(const json_t *o, const char *key);
bool read_bool(const json_t *o, const char *key);
int64_t read_when(const json_t *o, const char *key);
void read_list(const json_t *o, const char *key, struct arena *a, struct str_list *out);
void read_vars(const json_t *o, const char *key, struct arena *a, struct env_var **out, size_t *n);
/* The elements of an array member; NULL and 0 when it is none. */
const json_t *read_array(const json_t *o, const char *key, size_t *n);
/* Index of s in names, fallback when it is not there. */
unsigned read_name(
        const json_t *o, const char *key, const char *const *names, unsigned n, unsigned fallback);
/* Bytes of `key`, decoded as the member `encoding_key` says. */
void read_bytes(const json_t *o, const char *key, const char *encoding_key, struct arena *a,
        const char **data, size_t *len);

/* ---- history.c: members that only the journal has ---- */
void wire_plan(struct json *j, const char *key, const struct run_result *r);
const struct run_result *read_plan(const json_t *o, const char *key, struct arena *a);

void read_strings(const json_t *v, struct arena *a, struct str_list *out); /* v may be NULL */
void read_summary(const json_t *o, struct run_summary *s);
void read_diag(const json_t *o, struct arena *a, struct diag *d);
/* An array of diagnostics, or nothing; appends. */
void read_findings_of_files(const json_t *v, struct diags *out);
void read_finding(const json_t *o, struct arena *a, struct finding *f);
void read_step(const json_t *o, struct arena *a, struct step_result *s);
struct scenario_result *read_scenario(const json_t *o);

#endif
