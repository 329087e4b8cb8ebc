/* daemon/native/native.h - the engine of this machine: namespaces, cgroups, overlay, seccomp.
 *
 * The daemon forks nothing: it talks to clnrm-launcher, a small single-threaded process that was
 * started before the daemon's first thread.
 */
#ifndef DAEMON_NATIVE_NATIVE_H
#define DAEMON_NATIVE_NATIVE_H

#include "daemon/core/loop.h"
#include "daemon/sandbox/sandbox.h"

struct native_config {
	const char *launcher;    /* path of clnrm-launcher */
	const char *init;        /* path of clnrm-init */
	const char *state_dir;   /* one entry per sandbox, for the sweep after a crash */
	const char *scratch_dir; /* where disk-backed uppers go */
};

/* Phase 1, before any thread exists: starts the launcher (posix_spawn). */
struct native_launcher;
struct native_launcher *native_spawn(const struct native_config *cfg, struct err *e);

/* Phase 2, on the loop: handshake is awaited, then the engine can create. Takes ownership. What a
 * former daemon left is swept by the launcher first; *swept says how many things. */
struct engine *native_engine_new(
        struct native_launcher *nl, struct loop *l, unsigned *swept, struct err *e);

/* Sweeps, while sandboxes run, what dead daemons left; dry_run counts only. done is called once,
 * from the loop, with how many things, or with e when it could not be done. */
typedef void native_swept_fn(void *arg, unsigned n, const struct err *e);
void native_sweep(struct engine *en, bool dry_run, native_swept_fn *done, void *arg);

/* Calls fn once, from the loop, when health knows what this machine gives: it is asked some time
 * after the start, or now. */
void native_when_probed(struct engine *en, loop_fn *fn, void *arg);

#endif
