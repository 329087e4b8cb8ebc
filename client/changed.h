/* client/changed.h - what git(1) says has changed, for `run --changed=REF`. */
#ifndef CLIENT_CHANGED_H
#define CLIENT_CHANGED_H

#include "client/fault.h"
#include "common/strbuf.h"

/* Files that are other than in ref, and those that git does not know but would take: absolute
 * paths, each with a NUL behind it. -1 with f: no git, no repository, no such ref. */
int changed_files(const char *ref, struct strbuf *out, struct fault *f) MUST_CHECK;

#endif
