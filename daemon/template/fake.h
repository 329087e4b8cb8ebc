/* daemon/template/fake.h - invented data: names, addresses, texts, numbers.
 *
 * Two tables: functions (fake_name, fake_int_range, ...) with what they take, and kinds
 * ("name.full", ...) that fake() knows. The same generator state and arguments give the same value
 * on every machine; numbers of draws and lists are part of the product. Thread: any.
 */
#ifndef DAEMON_TEMPLATE_FAKE_H
#define DAEMON_TEMPLATE_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/strbuf.h"
#include "daemon/template/prng.h"

enum fake_type { FAKE_TEXT, FAKE_INT, FAKE_FLOAT, FAKE_BOOL };

/* A value; text is used for FAKE_TEXT alone and is appended to. */
struct fake_value {
	enum fake_type type;
	int64_t i;
	double f;
	bool b;
	struct strbuf text;
};

/* An optional argument: a number within [min, max]. `count` bounds what is made, and the limit of
 * the render holds for it too. */
struct fake_param {
	const char *name;
	int64_t dflt, min, max;
	bool count;
};
#define FAKE_MAX_PARAMS 2

struct fake {
	const char *name;
	struct fake_param
	        params[FAKE_MAX_PARAMS]; /* in order; a first of two is at most the second */
	/* args has the values of params, all in bounds. */
	void (*make)(struct prng *r, const int64_t *args, struct fake_value *out);
};

/* Functions, sorted in no order; *n is their number. */
const struct fake *fake_functions(size_t *n);
const struct fake *fake_function(const char *name); /* NULL when unknown */

struct fake_kind {
	const char *name; /* "internet.ip.v4" */
	void (*make)(struct prng *r, const int64_t *args, struct fake_value *out); /* gives text */
	int64_t args[FAKE_MAX_PARAMS];
};

/* In the order of the documentation. */
const struct fake_kind *fake_kinds(size_t *n);
const struct fake_kind *fake_kind(const char *name, size_t len); /* NULL when unknown */

#endif
