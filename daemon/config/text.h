/* daemon/config/text.h - what both readers ask of a text before they read it (config.md 1.3). */
#ifndef DAEMON_CONFIG_TEXT_H
#define DAEMON_CONFIG_TEXT_H

#include "daemon/config/node.h"

/* Size and encoding: UTF-8 without control characters, line ends LF or CRLF. Skips a byte order
 * mark. -1 with a finding file.too_large or file.encoding. */
int text_check(const char **text, size_t *len, const char *name, const struct parse_limits *lim,
        struct diags *d) MUST_CHECK;

#endif
