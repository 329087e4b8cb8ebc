#include "daemon/core/id.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

/* 32 characters: five bits of a random byte each. The first 24 are letters. */
static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";

void id_make(char *out, unsigned n)
{
	uint8_t bytes[32];

	if (n > sizeof(bytes) || getrandom(bytes, n, 0) != (ssize_t)n)
		abort(); /* up to 256 bytes the kernel always gives at once (getrandom(2)) */
	for (unsigned i = 0; i < n; i++)
		out[i] = i == 0 ? alphabet[bytes[i] % 24] : alphabet[bytes[i] % 32];
	out[n] = '\0';
}
