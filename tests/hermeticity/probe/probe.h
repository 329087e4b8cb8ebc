/* tests/hermeticity/probe/probe.h - a program that leaves traces and looks for them.
 *
 * A carrier is a way by which state could get from one sandbox to another. One that can be reached
 * has plant() and look(); one that must be out of reach has try(), and look() where what is there
 * by itself matters. The program is static and runs in any sandbox and on the host, so that every
 * test can show that what it does not see in a sandbox it does see where there is no boundary.
 */
#ifndef TESTS_HERMETICITY_PROBE_PROBE_H
#define TESTS_HERMETICITY_PROBE_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define PREFIX "clnrm-probe-"

/* How plant() and look() meet without a boundary between them. */
enum control {
	CONTROL_FORK, /* a child of the planter looks, while the planter lives */
	CONTROL_EXEC, /* the planter itself becomes the looker: what exec passes on */
	CONTROL_NONE, /* only another place shows it: the host */
};

struct carrier {
	const char *id, *name;
	/* tag: a word of one sandbox. 0, or -1 when it cannot be planted here. */
	int (*plant)(const char *tag);
	/* Calls seen() for each trace. */
	void (*look)(void);
	/* Calls attempt() for each operation that has to be refused. */
	void (*try)(void);
	enum control control;
};

extern const struct carrier files_carriers[], ipc_carriers[], process_carriers[], kernel_carriers[],
        quota_carriers[], escape_carriers[];

/* Reports of look(). The process ends with 1 when there was any. */
void seen(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Reports of try(): r is what a system call returned, with errno. Ends with 1 when any worked. */
void attempt(const char *what, long r);
/* Facts that tests compare: one line "name: value", to stdout. */
void fact(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The whole of a small file as text, or "" ; static buffer. */
const char *slurp(const char *path);
/* Names in a directory that begin with prefix, each given to seen(). */
void look_in(const char *dir, const char *prefix);

#endif
