/* daemon/template/libraries.h - what templates can call. */
#ifndef DAEMON_TEMPLATE_LIBRARIES_H
#define DAEMON_TEMPLATE_LIBRARIES_H

#include "daemon/template/call.h"

/* Functions and filters of clnrm (template.md B6, B7). */
extern const struct library library_clnrm;

#endif
