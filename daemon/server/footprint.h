/* daemon/server/footprint.h - memory of the daemon and of all that descends from it.
 *
 * Reads /proc, which takes milliseconds with many sandboxes: for worker threads.
 */
#ifndef DAEMON_SERVER_FOOTPRINT_H
#define DAEMON_SERVER_FOOTPRINT_H

#include <stdint.h>

/* Bytes: proportional shares where the kernel tells them to us, else what is not shared. */
struct footprint {
	uint64_t daemon, launcher, sandboxes;
	unsigned processes;
};

void footprint_read(struct footprint *out);

#endif
