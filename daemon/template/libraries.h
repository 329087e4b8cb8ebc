/* daemon/template/libraries.h - the filters, tests and functions there are. */
#ifndef DAEMON_TEMPLATE_LIBRARIES_H
#define DAEMON_TEMPLATE_LIBRARIES_H

#include "daemon/template/call.h"

/* Those of Tera 1.20 (https://keats.github.io/tera/docs/#built-ins; behaviour measured against the
 * crate). */
extern const struct library library_tera;

#endif
