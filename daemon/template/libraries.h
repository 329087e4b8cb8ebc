/* daemon/template/libraries.h - the filters, tests and functions there are. */
#ifndef DAEMON_TEMPLATE_LIBRARIES_H
#define DAEMON_TEMPLATE_LIBRARIES_H

#include "daemon/template/call.h"

/* Those of Tera 1.20 (https://keats.github.io/tera/docs/#built-ins; behaviour measured against the
 * crate). */
extern const struct library library_tera;

/* Those of clnrm (template.md B6, B7), and behind them Tera's. */
extern const struct library library_clnrm;

/* The macro library "_macros.toml.tera" (B8), with a NUL behind it. */
extern const char template_macros[];
extern const size_t template_macros_len;

#endif
