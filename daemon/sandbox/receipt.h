/* daemon/sandbox/receipt.h - what an init found out about its sandbox, made into a receipt.
 *
 * The facts of AGENT_HELLO were read from the kernel from inside. Every engine builds its receipts
 * here and adds what only it knows (limits, image, what it had to do without).
 */
#ifndef DAEMON_SANDBOX_RECEIPT_H
#define DAEMON_SANDBOX_RECEIPT_H

#include "common/mem.h"
#include "daemon/model/result.h"
#include "daemon/model/sandbox_spec.h"
#include "proto/agent.h"

struct facts {
	const char *build; /* of the init */
	struct env_var *v; /* strings in the arena */
	size_t n;
};

/* From an AGENT_HELLO record. ERR_INVALID when it is none or of a version that is not understood.
 */
int facts_read(
        struct facts *f, struct arena *a, const struct agent_record *r, struct err *e) MUST_CHECK;

/* Namespaces (those that are not this process's own), maps, capabilities of steps, no_new_privs and
 * network as the facts say. seccomp_sha256 is set only when the kernel says that a filter is
 * loaded. */
struct receipt *receipt_new(struct arena *a, const struct facts *f, const char *seccomp_sha256);
void receipt_add_degraded(
        struct arena *a, struct receipt *r, const char *what, const char *wanted, const char *got);
void receipt_add_limit(struct arena *a, struct receipt *r, const char *name, const char *value);

/* ERR_UNSUPPORTED naming the first thing that isolation `spec->isolation` requires and the receipt
 * does not show; for ISOLATION_RELAXED what is missing becomes an entry of `degraded`. */
int receipt_check(struct arena *a, struct receipt *r, const struct sandbox_spec *spec,
        struct err *e) MUST_CHECK;

#endif
