/* daemon/template/libraries.h - what templates can call. */
#ifndef DAEMON_TEMPLATE_LIBRARIES_H
#define DAEMON_TEMPLATE_LIBRARIES_H

#include "daemon/template/call.h"

/* Functions and filters of clnrm (template.md B6, B7). */
extern const struct library library_clnrm;

/* The macro library "_macros.toml.tera" (B8), with a NUL behind it. */
extern const char template_macros[];
extern const size_t template_macros_len;

#endif
