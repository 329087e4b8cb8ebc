/* daemon/config/format.h - what format.c (layout) and format_text.c (templates, proof) share.
 * Inside config/ only. */
#ifndef DAEMON_CONFIG_FORMAT_H
#define DAEMON_CONFIG_FORMAT_H

#include "daemon/config/toml_priv.h"

struct format_job {
	const char *name; /* of the file, for findings */
	const struct parse_limits *limits;
	const char *tag; /* lines "#TAG..." stand for lines of template tags; or NULL */
};

/* Appends the text in its layout, which may be half of it on failure. *root is its tree, in a. -1
 * when it does not parse: findings are in d. */
int format_toml(const struct format_job *job, const char *text, size_t len, struct arena *a,
        struct strbuf *out, struct node **root, struct diags *d);

#endif
