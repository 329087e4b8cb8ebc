/* daemon/core/machine.h - what of this machine the daemon and what it starts may use: memory and
 * processors, within the control groups that it runs in.
 *
 * Thread: any. Reads a few small files; sizes in bytes.
 */
#ifndef DAEMON_CORE_MACHINE_H
#define DAEMON_CORE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

struct machine_memory {
	uint64_t total;     /* of the machine, or the lowest limit of a group above us */
	uint64_t available; /* without pushing anything out; what can be dropped counts as free */
};

/* Where it is read: "" for this machine, or a directory that holds its proc/ and sys/. False when
 * the machine does not say. */
bool machine_memory(const char *root, struct machine_memory *out);

/* Whole processors that the quotas of groups above us leave, at least 1; at most `most`, which is
 * what the affinity allows. */
unsigned machine_cpus(const char *root, unsigned most);

#endif
