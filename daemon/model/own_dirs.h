/* daemon/model/own_dirs.h - the directories of the daemon itself: socket and locks, history and
 * log, caches, the image store.
 *
 * No sandbox sees anything of them, whatever the lists of a project say: who reads there sees the
 * output of other projects, who writes there decides what other tests run and what they said, and
 * whoever reaches the socket may do what its user may. Filled once at the start, read by any
 * thread.
 */
#ifndef DAEMON_MODEL_OWN_DIRS_H
#define DAEMON_MODEL_OWN_DIRS_H

#include <stdbool.h>
#include <stddef.h>

#define OWN_DIRS_MAX 4

struct own_dirs {
	char *v[OWN_DIRS_MAX]; /* real paths */
	size_t n;
};

/* Of these at most OWN_DIRS_MAX directories those that are there. */
void own_dirs_init(struct own_dirs *o, const char *const *dirs, size_t n);
void own_dirs_release(struct own_dirs *o);

/* True when the real path is one of them, lies in one or holds one. NULL has none. */
bool own_dirs_meet(const struct own_dirs *o, const char *real);

#endif
