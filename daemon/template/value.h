/* daemon/template/value.h - the values of templates.
 *
 * A value is 16 bytes that are copied freely; what it points to is immutable and lives in an arena
 * (or is static), so that values share their parts. Objects keep their members in byte order of the
 * keys, each key once. Integers are INT whenever they fit signed 64 bit; UINT is for those above.
 *
 * Arrays and objects know their estimated size and their depth from when they are made: a value
 * that was made at all can be walked recursively, printed and compared in bounded time.
 */
#ifndef DAEMON_TEMPLATE_VALUE_H
#define DAEMON_TEMPLATE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/mem.h"
#include "common/strbuf.h"
#include "daemon/template/bounds.h"
#include "daemon/template/buf.h"
#include "daemon/template/error.h"

enum tvalue_type {
	TVALUE_UNDEFINED, /* s, len: what printing it says; NULL where the engine says it */
	TVALUE_NULL,
	TVALUE_BOOL,
	TVALUE_INT,
	TVALUE_UINT, /* above INT64_MAX only */
	TVALUE_FLOAT,
	TVALUE_STRING, /* UTF-8, any code points, no NUL at the end */
	TVALUE_ARRAY,
	TVALUE_OBJECT,
};

struct tarray;
struct tobject;

struct tvalue {
	uint8_t type;
	uint32_t len; /* bytes of a string, elements of an array, members of an object */
	union {
		bool b;
		int64_t i;
		uint64_t u;
		double f;
		const char *s;
		const struct tarray *a;
		const struct tobject *o;
	};
};

struct tmember {
	const char *key;
	uint32_t key_len;
	struct tvalue value;
};

struct tarray {
	size_t size;
	uint32_t depth;
	struct tvalue items[];
};

struct tobject {
	size_t size;
	uint32_t depth;
	struct tmember members[];
};

#define TVALUE_STR(literal) tvalue_str(literal, sizeof(literal) - 1)

static inline struct tvalue tvalue_null(void)
{
	return (struct tvalue){ .type = TVALUE_NULL };
}

static inline struct tvalue tvalue_bool(bool b)
{
	return (struct tvalue){ .type = TVALUE_BOOL, .b = b };
}

static inline struct tvalue tvalue_int(int64_t i)
{
	return (struct tvalue){ .type = TVALUE_INT, .i = i };
}

static inline struct tvalue tvalue_uint(uint64_t u)
{
	return (struct tvalue){ .type = u > INT64_MAX ? TVALUE_UINT : TVALUE_INT, .u = u };
}

static inline struct tvalue tvalue_float(double f)
{
	return (struct tvalue){ .type = TVALUE_FLOAT, .f = f };
}

/* Borrows s, which must live as long as the value. */
static inline struct tvalue tvalue_str(const char *s, size_t len)
{
	return (struct tvalue){ .type = TVALUE_STRING, .len = (uint32_t)len, .s = s };
}

static inline bool tvalue_is_number(const struct tvalue *v)
{
	return v->type >= TVALUE_INT && v->type <= TVALUE_FLOAT;
}

/* Of a number: as a double. */
double tvalue_number(const struct tvalue *v);

bool tvalue_truth(const struct tvalue *v);
/* Deep, of the same type: an integer never equals a float. */
bool tvalue_equal(const struct tvalue *a, const struct tvalue *b);
/* Estimated bytes, shared parts counted as often as they occur; saturates. */
size_t tvalue_size(const struct tvalue *v);

/* The member of an object, or NULL; also NULL when v is no object. */
const struct tvalue *tvalue_get(const struct tvalue *v, const char *key, size_t len);
/* "a.b.0" through objects and arrays, as the `attribute` of filters; NULL when there is none. */
const struct tvalue *tvalue_path(const struct tvalue *v, const char *path, size_t len);
/* Byte order, as of keys. */
int tvalue_key_cmp(const char *a, size_t a_len, const char *b, size_t b_len);

/* As `{{ }}` prints it, without escaping. UNDEFINED and null print nothing. */
void tvalue_print(const struct tvalue *v, struct tbuf *out);
/* JSON form; pretty: two spaces, "[]" and "{}" when empty. UNDEFINED writes null. */
void tvalue_json(const struct tvalue *v, bool pretty, struct tbuf *out);
/* A string in JSON form, with its quotes. */
void tvalue_json_str(const char *s, size_t len, struct tbuf *out);
/* The two forms of a float: as printed, and as JSON. */
void tvalue_print_float(double f, struct tbuf *out);
void tvalue_json_float(double f, struct tbuf *out);

/* ---- making arrays and objects ----
 * Both are filled in a heap block and copied into an arena once at the end, where limits are
 * checked.
 */
struct tvec {
	struct tvalue *items;
	size_t n, cap;
};
void tvec_push(struct tvec *v, struct tvalue item);
void tvec_release(struct tvec *v);
#define AUTO_TVEC __attribute__((cleanup(tvec_release))) struct tvec
/* -1 with *e when it is too large or deep. The vec stays the caller's. */
int tvec_make(const struct tvec *v, struct arena *a, const struct tlimits *limits,
        struct tvalue *out, struct terr *e) MUST_CHECK;
/* The same of any run of items. */
int tvalue_array(const struct tvalue *items, size_t n, struct arena *a,
        const struct tlimits *limits, struct tvalue *out, struct terr *e) MUST_CHECK;

struct tmap {
	struct tmember *members;
	size_t n, cap;
};
/* Borrows key, as tvalue_str() does. Of equal keys the last counts. */
void tmap_put(struct tmap *m, const char *key, size_t len, struct tvalue value);
void tmap_release(struct tmap *m);
#define AUTO_TMAP __attribute__((cleanup(tmap_release))) struct tmap

/* Sorts m in place; else as tvec_make(). */
int tmap_make(struct tmap *m, struct arena *a, const struct tlimits *limits, struct tvalue *out,
        struct terr *e) MUST_CHECK;

/* ---- reading JSON (RFC 8259) ----
 * One document, at most 128 levels; an integer that fits neither 64-bit type becomes a float. Text
 * is copied into the arena. -1 with *e, whose place is within the text.
 */
int tvalue_read_json(const char *text, size_t len, struct arena *a, const struct tlimits *limits,
        struct tvalue *out, struct terr *e) MUST_CHECK;

#endif
