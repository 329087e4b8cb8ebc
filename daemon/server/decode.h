/* daemon/server/decode.h - JSON bodies into structs, by tables.
 *
 * A row names a member, its type and bounds, and where it goes. What is unknown, of another type
 * or out of range is a finding with a JSON pointer; all findings of a body are reported at once.
 * Nothing here answers or knows of a connection. Results live in the arena of the request.
 */
#ifndef DAEMON_SERVER_DECODE_H
#define DAEMON_SERVER_DECODE_H

#include <jansson.h>
#include <stdbool.h>

#include "daemon/model/diag.h"
#include "daemon/model/test.h"

enum field_type {
	FIELD_BOOL,   /* bool */
	FIELD_UINT,   /* unsigned, min to max */
	FIELD_TIME,   /* whole milliseconds, min to max; int64_t nanoseconds */
	FIELD_TEXT,   /* const char *, min to max bytes (0 = FIELD_TEXT_MAX), no NUL */
	FIELD_CHOICE, /* one of the words of values; int, its index */
	FIELD_LIST,   /* texts; struct str_list */
	FIELD_PAIRS,  /* an object of texts; struct pairs */
	FIELD_JSON,   /* whatever it is, for the caller; const json_t * */
	FIELD_LATER,  /* of a feature that this build lacks: `values` names it */
};

#define FIELD_TEXT_MAX 65536
#define FIELD_VALUE_MAX (1u << 20) /* of a pair */
#define FIELD_LIST_MAX 100000
#define FIELD_TIME_MAX_MS (7ll * 24 * 3600 * 1000)

struct pairs {
	struct env_var *v;
	size_t n;
};

struct field {
	const char *name;
	enum field_type type;
	size_t at; /* offset in the struct that is filled */
	int64_t min, max;
	const char *values;
	bool secret; /* of its pairs only the names are told on (`given`) */
};

struct decode {
	struct arena *a;
	struct diags d;
	const char *code;      /* of the next findings: "bad-request" or "invalid-option" */
	const char *within;    /* pointer of the object whose members are blamed: "", "/options" */
	bool command_line;     /* who asks has typed flags: members are called as these */
	struct env_var *given; /* members that were told apart, as text */
	size_t n_given, cap_given;
	bool telling;            /* members go into given */
	struct str_list missing; /* features that were asked for and are not built, each once */
};

/* Findings and all that is decoded live in a; members are called by their names (body_begin() for a
 * request). */
void decode_init(struct decode *c, struct arena *a);
/* given ends here; the rest with the arena. */
void decode_release(struct decode *c);

/* o may be NULL (nothing is set). pointer is that of o: "" for the body, "/options". False when
 * there were findings in it. */
bool decode_object(struct decode *c, const json_t *o, const char *pointer,
        const struct field *fields, size_t n, void *out);
/* Findings are about that object from now on, and have that code. */
void decode_enter(struct decode *c, const char *within, const char *code);
/* A finding of the caller's about a member of the object that was entered: how whoever asks calls
 * it
 * ('keep_for_ms', or --keep-for), then the text. The finding may get help; it lives until the next.
 */
struct diag *decode_blame(struct decode *c, const char *member, const char *fmt, ...) PRINTF(3, 4);
/* The finding that two members exclude each other; it points to the second. */
void decode_exclude(struct decode *c, const char *one, const char *other);
/* Pointer of a member of the object that was entered; lives in the arena. */
const char *decode_pointer(struct decode *c, const char *member);
/* What whoever asks calls a member; lives in the arena. */
const char *decode_name(const struct decode *c, const char *member);
/* A member as the command line calls it: "--keep-for". A constant, or in a. */
const char *decode_flag(struct arena *a, const char *member);
/* A finding of the caller's. */
void decode_fail(struct decode *c, const char *pointer, const char *fmt, ...) PRINTF(3, 4);
/* The pairs of an object of texts; names of variables when names is set. */
void decode_pairs(
        struct decode *c, const json_t *o, const char *pointer, bool names, struct pairs *out);
/* What a client says of a failed decoding: needs-feature only when that is all. */
const char *decode_code(const struct decode *c);
/* There is no finding. */
bool decode_ok(const struct decode *c);

#endif
