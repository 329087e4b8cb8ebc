#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/mem.h"

#define FIRST_BLOCK 4096u
#define MAX_BLOCK 65536u
/* An arena that holds as much takes huge pages from the kernel: to fault in a large one by 4 KiB
 * costs more than to fill it. */
#define HUGE_BLOCK (2u << 20)

#if defined(__SANITIZE_ADDRESS__)
#define USES_SANITIZER true
#elif defined(__has_feature)
#define USES_SANITIZER __has_feature(address_sanitizer)
#else
#define USES_SANITIZER false
#endif

struct block {
	struct block *next;
	size_t size; /* of data */
	size_t used;
	bool mapped; /* HUGE_BLOCK bytes of mmap() */
	alignas(max_align_t) char data[];
};

/* Memory of malloc() that was handed over; lives in the arena itself. */
struct owned {
	struct owned *next;
	void *p;
};

struct arena {
	struct block *head; /* the one that is filled; older ones follow */
	struct owned *owned;
	size_t bytes;
	size_t next_size;
};

struct arena *arena_new(void)
{
	struct arena *a = xcalloc(1, sizeof(*a));

	a->bytes = sizeof(*a);
	a->next_size = FIRST_BLOCK - sizeof(struct block);
	return a;
}

static void block_free(struct block *b)
{
	if (b->mapped)
		munmap(b, HUGE_BLOCK);
	else
		free(b);
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct owned *o = a->owned; o; o = o->next)
		free(o->p);
	for (struct block *b = a->head, *next; b; b = next) {
		next = b->next;
		block_free(b);
	}
	free(a);
}

static struct block *block_new(struct arena *a, size_t size)
{
	size_t total;

	if (__builtin_add_overflow(size, sizeof(struct block), &total))
		total = SIZE_MAX; /* which xcalloc() refuses */

	struct block *b = xcalloc(1, total);

	b->size = size;
	a->bytes += total;
	return b;
}

/* A block of its own for what is large goes behind the head, whose room stays in use. */
static void *alloc_large(struct arena *a, size_t n)
{
	struct block *b = block_new(a, n);

	b->used = n;
	if (a->head) {
		b->next = a->head->next;
		a->head->next = b;
	} else {
		a->head = b;
	}
	return b->data;
}

/* HUGE_BLOCK zeroed bytes at a multiple of that. NULL: as usual, then. */
static void *map_aligned(void)
{
	char *p = mmap(NULL, 2 * (size_t)HUGE_BLOCK, PROT_READ | PROT_WRITE,
	        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before = -(uintptr_t)p & (HUGE_BLOCK - 1);

	if (p == MAP_FAILED)
		return NULL;
	if (before)
		munmap(p, before);
	munmap(p + before + HUGE_BLOCK, HUGE_BLOCK - before);
	p += before;
	madvise(p, HUGE_BLOCK, MADV_HUGEPAGE); /* a kernel without them has small ones */
	return p;
}

static struct block *block_map(struct arena *a)
{
	/* Leak checkers look for pointers in what malloc() gave. */
	struct block *b = USES_SANITIZER || a->bytes < HUGE_BLOCK ? NULL : map_aligned();

	if (!b)
		return block_new(a, a->next_size);
	b->size = HUGE_BLOCK - sizeof(*b);
	b->mapped = true;
	a->bytes += HUGE_BLOCK;
	return b;
}

static void add_block(struct arena *a)
{
	struct block *b = block_map(a);

	b->next = a->head;
	a->head = b;
	if (a->next_size < MAX_BLOCK)
		a->next_size = 2 * (a->next_size + sizeof(*b)) - sizeof(*b);
}

void *arena_alloc(struct arena *a, size_t n)
{
	const size_t mask = alignof(max_align_t) - 1;

	if (n > SIZE_MAX / 2)
		return xmalloc(SIZE_MAX / 2); /* aborts */
	n = ((n ? n : 1) + mask) & ~mask;
	if (!a->head || a->head->size - a->head->used < n) {
		if (n > FIRST_BLOCK / 2)
			return alloc_large(a, n);
		add_block(a);
	}

	void *p = a->head->data + a->head->used;

	a->head->used += n;
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		bytes = SIZE_MAX;
	return arena_alloc(a, bytes);
}

void *arena_memdup(struct arena *a, const void *p, size_t n)
{
	void *copy = arena_alloc(a, n);

	if (n)
		memcpy(copy, p, n);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_memdup(a, s, strlen(s) + 1) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = arena_alloc(a, len + 1); /* zeroed: the NUL is there */

	memcpy(copy, s, len);
	return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);

	int n = vsnprintf(NULL, 0, fmt, ap);
	char *s = arena_alloc(a, n < 0 ? 1 : (size_t)n + 1);

	va_end(ap);
	if (n >= 0)
		vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}

void arena_own(struct arena *a, void *p, size_t n)
{
	struct owned *o = arena_alloc(a, sizeof(*o));

	*o = (struct owned){ .next = a->owned, .p = p };
	a->owned = o;
	a->bytes += n;
}

/* Behind the head, whose room stays in use. */
static void splice_blocks(struct arena *a, struct block *first)
{
	struct block *last = first;

	if (!a->head) {
		a->head = first;
		return;
	}
	while (last->next)
		last = last->next;
	last->next = a->head->next;
	a->head->next = first;
}

void arena_merge(struct arena *a, struct arena *from)
{
	struct owned **end = &a->owned;

	while (*end)
		end = &(*end)->next;
	*end = from->owned;
	if (from->head)
		splice_blocks(a, from->head);
	a->bytes += from->bytes - sizeof(*from);
	free(from);
}

size_t arena_bytes(const struct arena *a)
{
	return a->bytes;
}
