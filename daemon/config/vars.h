/* daemon/config/vars.h - the variables that a file is rendered with, layer by layer (template.md
 * B2).
 *
 * A layer is an object. Of a name in several layers the highest counts; objects are merged member
 * by member. Values live in the arena that was given. Thread: one at a time.
 */
#ifndef DAEMON_CONFIG_VARS_H
#define DAEMON_CONFIG_VARS_H

#include "daemon/config/node.h"
#include "daemon/model/test.h"
#include "daemon/template/value.h"

/* Highest first. */
enum var_layer { VAR_CLI, VAR_CONTEXT, VAR_FILE, VAR_ENV, VAR_DEFAULT, VAR_LAYERS };
extern const char *const var_layer_names[]; /* "cli", "context", "vars", "env", "default" */

struct vars {
	struct arena *a;
	const struct tlimits *limits;
	struct tvalue layers[VAR_LAYERS];
	struct tvalue otel;   /* [template.otel], below --map otel.X */
	struct tvalue matrix; /* [template.matrix]: data */
	struct tvalue picked; /* --map matrix.K=V */
};

/* Starts with the defaults. */
void vars_init(struct vars *v, struct arena *a, const struct tlimits *limits);
/* Variables of the command line, alternating name and value; a dotted name makes nested objects. */
int vars_cli(struct vars *v, const struct str_list *map, struct terr *e) MUST_CHECK;
/* The environment, through a function that gives NULL for what is not set. */
int vars_env(struct vars *v, const char *(*get)(void *arg, const char *name), void *arg,
        struct terr *e) MUST_CHECK;
/* Puts an object over what the layer, or `otel`, `matrix`, has. */
int vars_add(struct vars *v, struct tvalue *layer, const struct tvalue *object,
        struct terr *e) MUST_CHECK;

/* All layers as one object. */
int vars_merged(const struct vars *v, struct tvalue *out, struct terr *e) MUST_CHECK;
/* What a template sees: every name, `vars`, `otel`, and `matrix` with the cell (an object) over its
 * data. */
int vars_context(const struct vars *v, const struct tvalue *cell, struct tvalue *out,
        struct terr *e) MUST_CHECK;
/* The layer that a name comes from. */
enum var_layer vars_source(const struct vars *v, const char *name, size_t len);
/* A variable by name from the layers down to and with `lowest`, or NULL. */
const struct tvalue *vars_get(const struct vars *v, const char *name, enum var_layer lowest);

/* A node as a value: dates become strings. */
int node_value(const struct node *n, struct arena *a, const struct tlimits *limits,
        struct tvalue *out, struct terr *e) MUST_CHECK;

#endif
