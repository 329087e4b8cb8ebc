/* daemon/cache/depends.h - what was made from other files, and whether they are still what they
 * were.
 *
 * A file is the same while its path leads to the same place without links and the content there has
 * the same SHA-256; equal stat data says so once it is old enough (the racy-timestamp rule). A path
 * at which nothing was found must lead nowhere. References are counted. Thread: any.
 */
#ifndef DAEMON_CACHE_DEPENDS_H
#define DAEMON_CACHE_DEPENDS_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/model/test.h"

struct depends;

/* What no longer holds. */
struct depends_why {
	enum cause kind; /* CAUSE_NONE: all holds */
	const char *how; /* "changed" "gone" "moved" "new"; static */
	char name[256];  /* of the file or variable, cut; may be "" */
};
/* Fills why; name may be NULL. Returns false. */
bool depends_tell(struct depends_why *why, enum cause kind, const char *name, const char *how);

/* The files of m and, with path not NULL, one more, whose content is `sha256`: the file that m
 * belongs to. NULL when there is none. */
struct depends *depends_new(const struct made_from *m, const char *path, const char *sha256);
struct depends *depends_ref(struct depends *d); /* returns d, which may be NULL */
void depends_unref(struct depends *d);
CLEANUP_FN(depends_unref, struct depends *)
size_t depends_bytes(const struct depends *d);

/* What the file at path is to what was made: CAUSE_INCLUDE, also when it was looked for in vain, or
 * CAUSE_NONE. */
enum cause depends_reads(const struct depends *d, const char *path);

/* All files are the same. NULL always is. Looks at them, and reads those of which stat data does
 * not say enough. Otherwise *why says what is not. */
bool depends_hold(struct depends *d, struct depends_why *why);
/* The same as far as stat data says so; reads nothing. */
bool depends_hold_by_stat(struct depends *d);

#endif
