/* daemon/config/lint.h - findings of `clnrm lint` beyond those of the check, and remedies that are
 * edits. Inside config/ only; the table of rules is config_lint_rules() of config.h. */
#ifndef DAEMON_CONFIG_LINT_H
#define DAEMON_CONFIG_LINT_H

#include "daemon/config/load.h"

/* Looks at a checked tree, before the model is made of it. */
void lint_file(struct loader *l);
/* True for a spelling that files should not use any more. */
bool lint_is_older(const struct option *o, const char *spelling);

/* A key may be written in many places ([services.a], [services.b]): a remedy that renames it where
 * it stands first gets an edit for each. */
void fix_expand(struct diags *d, const char *text, size_t len, const struct parse_limits *lim);

#endif
