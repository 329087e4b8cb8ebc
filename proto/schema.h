/* proto/schema.h - the JSON Schemas of proto/schema/, as they were when this was built.
 *
 * A schema describes one request, answer or event. It is published open: readers ignore members
 * that they do not know. Tests hold answers to closed copies. Schemas refer to each other as
 * "/v1/schemas/NAME", where the daemon serves them.
 */
#ifndef PROTO_SCHEMA_H
#define PROTO_SCHEMA_H

#include <stddef.h>

struct schema {
	const char *name;
	const char *text; /* JSON, with a NUL behind it */
	size_t len;
};

extern const struct schema schemas[]; /* by name; the last has name NULL */

/* NULL when there is none of that name. */
const struct schema *schema_find(const char *name);

#endif
