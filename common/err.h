/* common/err.h - errors as values that need no free and survive want of memory.
 *
 * A function that can fail returns 0 or -1 and fills *e, which is never NULL. The struct holds no
 * pointer: a child that fails before exec writes it whole down a pipe. Messages: lower case, no
 * full stop, context first, names in single quotes, the remedy when known.
 */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

#include "common/cleanup.h"

enum err_code {
	ERR_NONE,
	ERR_INVALID,   /* what was asked makes no sense */
	ERR_NOT_FOUND, /* a named thing does not exist */
	ERR_BUSY,      /* not now */
	ERR_LIMIT,     /* a stated bound was met */
	ERR_TIMEOUT,
	ERR_DENIED,
	ERR_UNSUPPORTED, /* this build or machine cannot */
	ERR_SYS,         /* a system call failed; sys holds errno */
};

struct err {
	enum err_code code;
	int sys; /* errno, or 0 where no system call failed */
	char msg[512];
};

/* All of these return -1. err_sys() reads errno and appends its text; err_wrap() puts context
 * and ": " in front of msg. Messages longer than the buffer are cut. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF(3, 4);
int err_sys(struct err *e, const char *fmt, ...) PRINTF(2, 3);
int err_wrap(struct err *e, const char *fmt, ...) PRINTF(2, 3);

#if defined(__clang_analyzer__) && !defined(COMMON_ERR_C)
/* What the analyzer cannot see from here: each returns -1, whatever it is given. */
static inline int err_minus_one(int result)
{
	(void)result;
	return -1;
}
#define err_set(...) err_minus_one(err_set(__VA_ARGS__))
#define err_sys(...) err_minus_one(err_sys(__VA_ARGS__))
#define err_wrap(...) err_minus_one(err_wrap(__VA_ARGS__))
#endif

#endif
