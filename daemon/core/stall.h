/* daemon/core/stall.h - whether what this machine runs has to wait for it.
 *
 * Pressure stall information (/proc/pressure) counts for how long some task waited for a processor,
 * for memory, for a disk. Two readings give the share of the time between them. A kernel without it
 * says at least how many tasks want a processor right now.
 *
 * Thread: any. Reads /proc, which does not block.
 */
#ifndef DAEMON_CORE_STALL_H
#define DAEMON_CORE_STALL_H

#include <stdbool.h>
#include <stdint.h>

enum stall_kind { STALL_CPU, STALL_MEMORY, STALL_IO, STALL_KINDS };

struct stall {
	int64_t at_ns;
	bool psi;
	uint64_t us[STALL_KINDS]; /* some task waited for so long, since boot */
	unsigned wanted;          /* tasks that run or want to, without psi */
};

void stall_read(struct stall *out);
/* High: for more than half of the time between the readings some task waited. For a processor that
 * counts only if the asker had to wait too: what runs at idle priority waits all the time and is in
 * nobody's way. waited_ns is the longest that something of his own was late by. Without psi: now
 * more tasks want to run than there are processors. */
bool stall_is_high(
        const struct stall *from, const struct stall *to, unsigned cpus, int64_t waited_ns);
/* Whether that is so long that nothing is known of the time in which it happened. */
bool stall_is_late(int64_t waited_ns);
/* The number behind "total=" of the line "some ..."; false when there is none. */
bool stall_parse(const char *text, uint64_t *us);

#endif
