#include <stdlib.h>

void calls(char *to, const char *from)
{
	strcpy(to, from); /* one */
	if (atoi(from))
		system(from);
	usleep(1000);
}
