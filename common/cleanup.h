/* common/cleanup.h - release by scope, give away by stealing; attributes with names.
 *
 * A type's x_free (pointer) or x_release (in place) stands beside its CLEANUP_FN; the declaration
 * then says who owns: `CLEANUP(x_free) struct x *v = x_new();`, and `return STEAL(v);` hands it on.
 */
#ifndef COMMON_CLEANUP_H
#define COMMON_CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define NORETURN __attribute__((noreturn))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* For pointers: calls fn(p) when the variable leaves its scope and is not NULL. */
#define CLEANUP_FN(fn, type)                \
	static inline void fn##_at(type *p) \
	{                                   \
		if (*p)                     \
			fn(*p);             \
	}
#define CLEANUP(fn) __attribute__((cleanup(fn##_at)))

/* Takes the value out of a variable with a cleanup; the variable becomes NULL. */
#define STEAL(p)                             \
	__extension__({                      \
		__typeof__(p) stolen_ = (p); \
		(p) = NULL;                  \
		stolen_;                     \
	})

static inline void free_str_at(char **p)
{
	free(*p);
}
/* A heap string (or any block from malloc behind a char pointer) of this scope. */
#define AUTO_STR __attribute__((cleanup(free_str_at))) char *

static inline void close_fd_at(int *fd)
{
	if (*fd >= 0) {
		int saved = errno;

		close(*fd);
		errno = saved;
	}
}
/* A descriptor of this scope; -1 is none. errno survives the close. */
#define AUTO_FD __attribute__((cleanup(close_fd_at))) int

/* Takes a descriptor out of an AUTO_FD. */
static inline int steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Closes *fd if it is open and forgets it. */
static inline void close_fd(int *fd)
{
	close_fd_at(fd);
	*fd = -1;
}

#endif
