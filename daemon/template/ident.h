/* daemon/template/ident.h - identifiers: UUID (RFC 9562), ULID, and those of traces (W3C Trace
 * Context, Baggage).
 *
 * What is random comes from a generator of the caller; times are milliseconds since 1970, of which
 * 48 bits count. All append to out. Thread: any.
 */
#ifndef DAEMON_TEMPLATE_IDENT_H
#define DAEMON_TEMPLATE_IDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/template/prng.h"

struct strbuf;

#define UUID_BYTES 16
struct uuid {
	uint8_t b[UUID_BYTES];
};

struct uuid uuid_v4(struct prng *r);
/* ms, then bytes of the generator. */
struct uuid uuid_v7(uint64_t ms, struct prng *r);
/* The one of version 7 that follows u; that behind the last of a millisecond is the first of the
 * next. */
struct uuid uuid_v7_next(const struct uuid *u);
/* ns is a UUID, or dns, url, oid, x500. False when it is neither. */
bool uuid_namespace(const char *ns, size_t len, struct uuid *out);
struct uuid uuid_v5(const struct uuid *ns, const char *name, size_t len);
/* The number as 128 bits, without version or variant. */
struct uuid uuid_of_number(uint64_t n);
void uuid_put(const struct uuid *u, struct strbuf *out); /* lower case, with hyphens */

/* 10 characters of time and 16 random ones, in Crockford's base 32. */
void ulid_put(uint64_t ms, struct prng *r, struct strbuf *out);

#define TRACE_ID_DIGITS 32
#define SPAN_ID_DIGITS 16
/* n hex digits that are not all zero. */
void trace_hex_put(struct prng *r, size_t n, struct strbuf *out);
/* Exactly n hex digits of either case. */
bool is_trace_hex(const char *s, size_t len, size_t n);
/* Percent-encodes all but baggage-octets (W3C Baggage 3.3.1.3), and '%'. */
void baggage_value_put(const char *s, size_t len, struct strbuf *out);

#endif
