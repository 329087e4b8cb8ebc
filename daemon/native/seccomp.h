/* daemon/native/seccomp.h - the system call filter of every step: built once, loaded by each init.
 *
 * The kernel runs a filter once for each call number when it is loaded, to fill its cache: a binary
 * tree over ranges of numbers makes that five times cheaper than a list. Unknown calls are ENOSYS
 * (libraries fall back), known and denied ones EPERM, another architecture or x32 is death.
 */
#ifndef DAEMON_NATIVE_SECCOMP_H
#define DAEMON_NATIVE_SECCOMP_H

#include <linux/filter.h>
#include <stddef.h>

#include "daemon/core/digest.h"

#define SECCOMP_MAX_PROGRAM 512

struct seccomp_program {
	struct sock_filter v[SECCOMP_MAX_PROGRAM];
	size_t n;
	char sha256[DIGEST_HEX]; /* of architecture and bytes */
};

enum seccomp_action {
	SECCOMP_UNKNOWN, /* ENOSYS */
	SECCOMP_ALLOW,
	SECCOMP_DENY,  /* EPERM */
	SECCOMP_CLONE, /* the rest look at arguments */
	SECCOMP_UNSHARE,
	SECCOMP_IOCTL,
	SECCOMP_SOCKET,
	SECCOMP_PERSONALITY,
	SECCOMP_MODE1, /* a mode as argument 1, 2 */
	SECCOMP_MODE2,
	SECCOMP_OPEN1, /* flags as argument 1, 2, and after them a mode, if they make a file */
	SECCOMP_OPEN2,
	SECCOMP_ACTIONS
};

struct seccomp_call {
	const char *name;
	int nr; /* -1: this machine has no such call */
	enum seccomp_action action;
};

void seccomp_build(struct seccomp_program *p);
/* The table that the program is made from. */
const struct seccomp_call *seccomp_calls(size_t *n);

/* A sealed memory file with the program: what the launcher gives to each init. */
int seccomp_memfd(const struct seccomp_program *p, struct err *e) MUST_CHECK;

#endif
