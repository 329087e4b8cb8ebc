/* common/mem.h - allocation that cannot fail, and an arena for what dies together.
 *
 * Sizes that an outsider chooses pass a limit (ERR_LIMIT) before they come here; what our own code
 * bounds may abort when memory is out, and systemd or the next client restarts the daemon.
 */
#ifndef COMMON_MEM_H
#define COMMON_MEM_H

#include <stddef.h>

#include "common/cleanup.h"

/* Like their namesakes, but print "out of memory" and abort instead of returning NULL. */
void *xmalloc(size_t n);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n);
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
void *xmemdup(const void *p, size_t n);
/* The caller frees; a format that cannot be printed aborts, too. */
char *xasprintf(const char *fmt, ...) PRINTF(1, 2);

/* Grows array `p` of elements of `size` so that `need` fit; *cap is in elements. */
void *xgrow(void *p, size_t *cap, size_t need, size_t size);

/* A bump allocator: everything allocated from it is freed at once by arena_free(). Memory comes
 * zeroed and aligned for any type. Not thread safe. */
struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);
CLEANUP_FN(arena_free, struct arena *)

void *arena_alloc(struct arena *a, size_t n);
void *arena_array(struct arena *a, size_t n, size_t size); /* overflow aborts */
char *arena_strdup(struct arena *a, const char *s);        /* NULL stays NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n);
void *arena_memdup(struct arena *a, const void *p, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);
/* Takes over n bytes that malloc() gave: what is large is not copied. */
void arena_own(struct arena *a, void *p, size_t n);
/* Moves all of from into a, and frees from. */
void arena_merge(struct arena *a, struct arena *from);
/* Bytes the arena holds, bookkeeping included. */
size_t arena_bytes(const struct arena *a);

#endif
