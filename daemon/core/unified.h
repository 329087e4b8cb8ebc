/* daemon/core/unified.h - what differs between two texts, for people and for tools. */
#ifndef DAEMON_CORE_UNIFIED_H
#define DAEMON_CORE_UNIFIED_H

#include "common/strbuf.h"

/* A unified diff with three lines of context; nothing behind the names when they are equal. Cost is
 * bounded: texts that differ in more than 1,500 lines are shown as all replaced. Any thread. */
void unified_diff(const char *name, const struct strbuf *before, const struct strbuf *after,
        struct strbuf *out);

#endif
