#include "proto/schema.h"

#include <string.h>

const struct schema *schema_find(const char *name)
{
	for (const struct schema *s = schemas; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}
