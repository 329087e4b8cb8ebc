/* common/json.h - writing JSON (RFC 8259) without a tree.
 *
 * The writer puts commas and quotes; the caller opens and closes. Keys are given inside objects
 * and are NULL inside arrays and at the top. Strings are made valid UTF-8 on the way (U+FFFD).
 * Reading JSON is jansson's work, in the rooms that may use it.
 *
 *	struct json j = JSON_INIT(&buf);
 *	json_obj(&j, NULL);
 *	json_str(&j, "name", test->name);
 *	json_end(&j);
 */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "common/strbuf.h"

#define JSON_MAX_DEPTH 64

struct json {
	struct strbuf *out;
	unsigned depth;
	bool comma;                 /* the next value needs a comma before it */
	char close[JSON_MAX_DEPTH]; /* '}' or ']' of each open level */
};

#define JSON_INIT(buf)       \
	{                    \
		.out = (buf) \
	}

/* Opens an object; JSON_MAX_DEPTH of both kinds may be open. */
void json_obj(struct json *j, const char *key);
/* Opens a list. */
void json_arr(struct json *j, const char *key);
/* Closes what was opened last. */
void json_end(struct json *j);

/* Text is taken for UTF-8; NULL writes null. */
void json_str(struct json *j, const char *key, const char *s);
void json_strn(struct json *j, const char *key, const char *s, size_t n);
void json_int(struct json *j, const char *key, int64_t v);
void json_uint(struct json *j, const char *key, uint64_t v);
/* At most three decimals, none needed for whole numbers; what is not finite writes null. */
void json_ms(struct json *j, const char *key, double v);
void json_bool(struct json *j, const char *key, bool v);
/* jansson has a json_null() of its own, and a program exports what its libraries ask for: the name
 * in the object must differ. Include jansson.h before this file. */
#define json_null json_write_null
void json_null(struct json *j, const char *key);
/* raw is one complete JSON value, copied as it is. */
void json_raw(struct json *j, const char *key, const char *raw, size_t n);
/* Bytes as a string: UTF-8 as it is, anything else in base64. Returns "utf-8" or "base64". */
const char *json_bytes(struct json *j, const char *key, const void *p, size_t n);

/* Appends s as a JSON string with its quotes. */
void json_quote(struct strbuf *b, const char *s, size_t n);

#endif
