/* daemon/template/clnrm_priv.h - what the functions of clnrm share. */
#ifndef DAEMON_TEMPLATE_CLNRM_PRIV_H
#define DAEMON_TEMPLATE_CLNRM_PRIV_H

#include "daemon/template/call.h"
#include "daemon/template/moment.h"

/* ---- arguments ----
 * All return 1 when it was given, 0 when not (*out is left alone), -1 with the reason. Numbers may
 * come as decimal strings, because that is what --map gives.
 */
int clnrm_int(struct call *c, const char *name, int64_t min, int64_t max, int64_t *out);
/* A count, at most what the limits allow. */
int clnrm_count(struct call *c, const char *name, int64_t *out);
/* 0 to 2^64-1; a negative one as two's complement. */
int clnrm_seed(struct call *c, uint64_t *out);
/* RFC 3339, years that nanoseconds since 1970 can hold; not given: the clock. Returns 0 or -1. */
int clnrm_time(struct call *c, const char *name, struct moment *out);
/* An argument of one of two names (the second may be NULL), needed. 0 or -1. */
int clnrm_needed(struct call *c, const char *name, const char *alias, const struct tvalue **out);
int clnrm_needed_string(
        struct call *c, const char *name, const char *alias, const struct tvalue **out);
int clnrm_needed_array(
        struct call *c, const char *name, const char *alias, const struct tvalue **out);

/* The generator of the call, by `seed` or what stands for it. 0 or -1. */
int clnrm_prng(struct call *c, struct prng *out);
/* The seed of the call, given or the next of the stream: 1; 0 when nothing is seeded; -1. */
int clnrm_any_seed(struct call *c, uint64_t *out);

struct moment clnrm_now(struct call *c);
int clnrm_give(struct call *c, const struct strbuf *b, struct tvalue *out);

/* ---- callees, by the module that has them ---- */
/* clang-format off */
#define CLNRM_CALLS(CALL) \
	CALL(rand_hex) CALL(uuid_v4) CALL(uuid_v5) CALL(uuid_v7) CALL(ulid) CALL(seeded_uuid) \
	CALL(trace_id) CALL(span_id) CALL(traceparent) CALL(baggage) CALL(pick) CALL(weighted) \
	CALL(shuffle) CALL(sample) CALL(seq) CALL(env) CALL(now_rfc3339) CALL(now_unix) \
	CALL(now_ms) CALL(now_plus) CALL(date_rfc3339) CALL(sha256) CALL(toml_encode) CALL(slug) \
	CALL(kebab) CALL(snake) CALL(camel) CALL(pascal) CALL(fake) CALL(fake_kinds) \
	CALL(fake_value)
/* clang-format on */
#define CALL(name) int clnrm_##name(struct call *c, struct tvalue *out);
CLNRM_CALLS(CALL)
#undef CALL

/* A value as TOML; -1 where it has no form. */
int clnrm_toml(struct call *c, const struct tvalue *v, struct tbuf *out);

#endif
