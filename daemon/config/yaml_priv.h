/* daemon/config/yaml_priv.h - what the files of the YAML reader share: yaml.c (structure),
 * yaml_scalar.c (the core schema), yaml_error.c (libyaml's complaints in our words). */
#ifndef DAEMON_CONFIG_YAML_PRIV_H
#define DAEMON_CONFIG_YAML_PRIV_H

#include <yaml.h>

#include "common/map.h"
#include "daemon/config/node.h"

struct yaml {
	yaml_parser_t parser;
	const char *text, *end;
	const char *name;
	const struct parse_limits *lim;
	struct arena *a;
	struct diags *d;
	struct map *anchors; /* name to struct anchor */
	size_t n_anchors, n_aliases, nodes;
	unsigned depth;
};

/* A range of the text; an end of line 0 is none. */
struct pos yaml_pos(const yaml_mark_t *start, const yaml_mark_t *end);
/* Reports; always returns -1. The code must be static. */
int yaml_fail(struct yaml *y, const char *code, struct pos pos, const char *fmt, ...) PRINTF(4, 5);

/* The short name of one of the seven known tags ("str"), or NULL. */
const char *yaml_tag_name(const char *tag);
/* Fills n, whose text and length are set, by the core schema or the tag. */
int yaml_scalar(struct yaml *y, struct node *n, const char *tag, bool plain);

/* Reports what stopped the parser. */
int yaml_parser_fail(struct yaml *y);

#endif
