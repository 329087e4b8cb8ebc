#include "daemon/pool/pool.h"

#include <stdio.h>

#include "daemon/pool/pool_priv.h"

/* Not strcpy(): a word in a comment is no call, and a field may be called system. */
struct ops {
	int (*system)(int);
};

int pool_say(const struct ops *ops);

int pool_say(const struct ops *ops)
{
	puts("sprintf(\"%s\") and system('x') are words here");
	return ops->system(1);
}
