#include "daemon/model/cause.h"

#include <string.h>

#define CAUSE_ROW(id, name, in_key, in_text) [CAUSE_##id] = { name, in_key, in_text },
const struct cause_row cause_rows[CAUSE_COUNT] = { CAUSES(CAUSE_ROW) };
#undef CAUSE_ROW

enum cause cause_of(const char *name)
{
	for (unsigned i = CAUSE_NONE + 1; i < CAUSE_COUNT; i++)
		if (strcmp(cause_rows[i].name, name) == 0)
			return (enum cause)i;
	return CAUSE_NONE;
}
