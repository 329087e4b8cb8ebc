/* daemon/config/matrix.h - one test for each combination of values (template.md B4). */
#ifndef DAEMON_CONFIG_MATRIX_H
#define DAEMON_CONFIG_MATRIX_H

#include "daemon/config/check.h"
#include "daemon/template/value.h"

struct cell {
	struct tvalue values; /* object: key to scalar */
	const char *name; /* "os=linux,arch=arm", in the order of the file; "" without a matrix */
};

/* The cells of [matrix] (NULL: none, then there is one cell without a name), the last key fastest.
 * picked holds the values that keys are restricted to. Findings go to c; with an error
 * among them there is one cell, so that the rest of the file can be checked. A list without values
 * gives no cell, and a warning. */
void matrix_cells(struct check *c, const struct node *matrix, const struct tvalue *picked,
        struct arena *a, const struct tlimits *limits, struct cell **out, size_t *n);

#endif
