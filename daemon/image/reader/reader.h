/* daemon/image/reader/reader.h - clnrm-unpack: reads an archive for the daemon, and can do nothing
 * else.
 *
 * Tar, gzip and zstd are read by libraries, and archives are written by anybody. So they are read
 * in a process of one archive, which has two descriptors, no capability and a dozen system calls:
 * what a defect of a library gives away is that process. It neither opens nor makes a file; the
 * daemon does, with names that it has looked at. See daemon/image/archive_wire.h.
 */
#ifndef DAEMON_IMAGE_READER_READER_H
#define DAEMON_IMAGE_READER_READER_H

#include "common/err.h"
#include "daemon/image/archive_wire.h"

/* Serves until the archive or the other side has ended. `from`: answers; `to`: frames. */
void reader_serve(enum archive_mode mode, int from, int to);

/* From now on this process can read, write, and use memory, within bounds. */
int reader_confine(struct err *e) MUST_CHECK;

#endif
