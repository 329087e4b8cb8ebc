/* daemon/store/slot_priv.h - which daemon writes where.
 *
 * Daemons with different run-time directories may share a state directory. Each takes a slot, which
 * is a lock that the kernel drops when the daemon ends, and only who holds a slot touches its
 * files: state/journal of slot 0, state/journal-K of slot K, older ones with .N behind the name.
 * Rows of the database that belong to a running daemon have its slot. A daemon that starts takes
 * over what lies in slots that nobody holds.
 */
#ifndef DAEMON_STORE_SLOT_PRIV_H
#define DAEMON_STORE_SLOT_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define SLOTS 64u /* as many as a mask has bits */

/* The file of the locks, state/history.lock; the caller closes it and drops all that it took. */
int slots_open(const char *dir, struct err *e) MUST_CHECK;
/* False when another daemon holds it. */
bool slot_take(int fd, unsigned slot) MUST_CHECK;
void slot_drop(int fd, unsigned slot);
int slot_take_first(int fd, unsigned *slot, struct err *e) MUST_CHECK;

/* One daemon at a time opens, migrates, checks or puts aside the database. Waits. */
void slots_hold_database(int fd);
void slots_release_database(int fd);

/* The file that records of the slot go to. The caller frees it. */
char *slot_path(const char *dir, unsigned slot);
/* Numbers N of the slot's older files, ascending. The caller frees *out. */
int slot_list(const char *dir, unsigned slot, uint64_t **out, size_t *n, struct err *e) MUST_CHECK;
/* Bit K: slot K has files. */
int slots_in_use(const char *dir, uint64_t *mask, struct err *e) MUST_CHECK;

#endif
