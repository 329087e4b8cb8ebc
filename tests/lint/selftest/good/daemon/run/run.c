#include "daemon/pool/pool.h"

int run(void);

int run(void)
{
	return 0;
}
