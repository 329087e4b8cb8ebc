/* daemon/server/samples.h - the files below samples/, as they were when this was built.
 *
 * The first part of a name is a set ("init", "project-api"), the rest the path of the file in it.
 * "@PROJECT@" in a text stands for the name of the project.
 */
#ifndef DAEMON_SERVER_SAMPLES_H
#define DAEMON_SERVER_SAMPLES_H

#include <stddef.h>

struct sample {
	const char *name;
	const char *text; /* with a NUL behind it */
	size_t len;
};

extern const struct sample samples[]; /* the last has name NULL */

#endif
