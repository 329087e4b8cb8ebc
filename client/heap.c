/* The heap of a process that lives for one request: memory is handed out in a row and hardly taken
 * back, because the process ends before that would matter. musl's own allocator touches three pages
 * more before it hands out the first byte, a sixth of the whole start. Large blocks, which may grow
 * with an answer, are mappings of their own and do go back.
 *
 * With glibc (sanitizers, unit tests, STATIC=glibc) its allocator is used. One thread. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef __GLIBC__ /* which only a header tells */

#define ALIGN 16
#define ROW_BYTES (512 * 1024) /* of .bss: costs what is touched */
#define LARGE (64 * 1024)      /* from here on a mapping */

/* Stands before every block. */
struct block {
	size_t size; /* of what the caller has */
	size_t large;
};
_Static_assert(sizeof(struct block) == ALIGN, "blocks keep the alignment");

static char row[ROW_BYTES] __attribute__((aligned(ALIGN)));
/* In .data, whose page the kernel has touched anyway: the first touch of the row is then a write,
 * which costs one page fault; a read before it would be another. */
static size_t used __attribute__((section(".data")));

static struct block *block_of(void *p)
{
	return (struct block *)p - 1;
}

static size_t rounded(size_t n)
{
	return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static void *map_block(size_t n)
{
	struct block *b = mmap(
	        NULL, n + sizeof(*b), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED)
		return NULL;
	*b = (struct block){ .size = n, .large = 1 };
	return b + 1;
}

/* Not malloc() itself: the compiler would make calloc() below call calloc(). */
static void *take(size_t n)
{
	struct block *b;

	if (n > PTRDIFF_MAX - ALIGN - sizeof(*b)) {
		errno = ENOMEM;
		return NULL;
	}
	n = rounded(n);
	if (n >= LARGE || n + sizeof(*b) > sizeof(row) - used)
		return map_block(n);
	b = (struct block *)(void *)(row + used);
	*b = (struct block){ .size = n };
	used += sizeof(*b) + n;
	return b + 1;
}

void *malloc(size_t n)
{
	return take(n);
}

static int is_last(const struct block *b)
{
	return !b->large && (const char *)(b + 1) + b->size == row + used;
}

void free(void *p)
{
	struct block *b = p ? block_of(p) : NULL;
	int saved = errno;

	if (!b)
		return;
	if (b->large)
		munmap(b, b->size + sizeof(*b));
	else if (is_last(b))
		used = (size_t)((char *)b - row);
	errno = saved;
}

void *calloc(size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	p = take(bytes);
	return p ? memset(p, 0, bytes) : NULL;
}

static void *grow_mapping(struct block *b, size_t n)
{
	struct block *moved = mremap(b, b->size + sizeof(*b), n + sizeof(*b), MREMAP_MAYMOVE);

	if (moved == MAP_FAILED)
		return NULL;
	moved->size = n;
	return moved + 1;
}

void *realloc(void *p, size_t n)
{
	struct block *b = p ? block_of(p) : NULL;
	void *to;

	if (!b)
		return take(n);
	if (n <= b->size)
		return p;
	if (n > PTRDIFF_MAX - ALIGN - sizeof(*b)) {
		errno = ENOMEM;
		return NULL;
	}
	if (b->large)
		return grow_mapping(b, rounded(n));
	if (is_last(b) && rounded(n) < LARGE && rounded(n) - b->size <= sizeof(row) - used) {
		used += rounded(n) - b->size;
		b->size = rounded(n);
		return p;
	}
	to = take(n);
	if (to)
		memcpy(to, p, b->size);
	free(to ? p : NULL);
	return to;
}

#endif
