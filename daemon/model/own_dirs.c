#include "daemon/model/own_dirs.h"

#include <assert.h>
#include <stdlib.h>

#include "common/fs.h"

void own_dirs_init(struct own_dirs *o, const char *const *dirs, size_t n)
{
	assert(n <= OWN_DIRS_MAX);
	*o = (struct own_dirs){ .n = 0 };
	for (size_t i = 0; i < n; i++) {
		char *real = realpath(dirs[i], NULL);

		if (real)
			o->v[o->n++] = real;
	}
}

void own_dirs_release(struct own_dirs *o)
{
	for (size_t i = 0; i < o->n; i++)
		free(o->v[i]);
	o->n = 0;
}

bool own_dirs_meet(const struct own_dirs *o, const char *real)
{
	for (size_t i = 0; o && i < o->n; i++)
		if (fs_is_below(real, o->v[i]) || fs_is_below(o->v[i], real))
			return true;
	return false;
}
