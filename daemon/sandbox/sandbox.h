/* daemon/sandbox/sandbox.h - the contract that every engine meets.
 *
 * An engine makes sandboxes in which a clnrm-init is PID 1, and carries bytes to and from it
 * (proto/agent.h). No descriptor, pid or cgroup path leaves an engine. All calls return at once;
 * what takes time comes back through the callbacks, on the loop's thread, never from inside the
 * call that caused it.
 */
#ifndef DAEMON_SANDBOX_SANDBOX_H
#define DAEMON_SANDBOX_SANDBOX_H

#include "common/err.h"
#include "daemon/image/image.h"
#include "daemon/model/result.h"
#include "daemon/model/sandbox_spec.h"

struct sandbox; /* an engine's; begins with struct sandbox_head */
struct engine;

enum sandbox_end {
	SANDBOX_END_ASKED, /* destroy() was called */
	SANDBOX_END_DIED,  /* PID 1 or the engine went away */
	SANDBOX_END_OOM,   /* the kernel killed for memory and the whole sandbox went */
};

struct sandbox_events {
	/* Ready to be lent. receipt (borrowed until the sandbox ends) was read back from the
	 * kernel. */
	void (*ready)(void *arg, struct sandbox *sb, const struct receipt *receipt);
	/* Could not be made: nothing is left of it, no other callback follows. */
	void (*failed)(void *arg, struct sandbox *sb, const struct err *e);
	/* Bytes from the init, any pieces of the stream. */
	void (*bytes)(void *arg, struct sandbox *sb, const void *p, size_t n);
	/* A descriptor from the init, before the bytes that came with it: the listener's to close,
	 * and to distrust. May be NULL where none is expected. */
	void (*descriptor)(void *arg, struct sandbox *sb, int fd);
	/* The last callback: every process of it is gone. */
	void (*ended)(void *arg, struct sandbox *sb, enum sandbox_end why);
};

struct sandbox_usage {
	uint64_t memory_bytes; /* now */
	uint64_t memory_peak;  /* 0 = unknown */
	uint64_t memory_files; /* of memory_bytes: what the kernel can drop at any time */
	uint64_t oom_kills;
	unsigned processes; /* init not counted */
};

/* What it has met since it was made. */
struct sandbox_met {
	uint64_t oom_kills;
	bool pids_full; /* there were as many processes as its limit allows */
};

typedef void harvested_fn(void *arg, const struct err *e);

struct engine_ops {
	const char *name; /* "native" */

	/* Starts making a sandbox. id is what `ps` shows. NULL with *e when it cannot even start:
	 * ERR_UNSUPPORTED for what this machine lacks (the message names the remedy). spec and
	 * image are borrowed until ready or failed. */
	struct sandbox *(*create)(struct engine *en, const char *id,
	        const struct sandbox_spec *spec, const struct image *image,
	        const struct sandbox_events *ev, void *arg, struct err *e);
	/* Changes who hears the events: the pool hands the sandbox on. */
	void (*listen)(struct sandbox *sb, const struct sandbox_events *ev, void *arg);
	/* Queues bytes for the init. They are copied. */
	void (*send)(struct sandbox *sb, const void *p, size_t n);
	/* Whether descriptors are taken from the init from now on; those that are not expected are
	 * dropped by the kernel. */
	void (*expect)(struct sandbox *sb, bool descriptors);
	/* Kills everything in it, now; `ended` follows. Idempotent. */
	void (*destroy)(struct sandbox *sb);
	/* Of one whose spec says `harvest`: kills everything in it, then writes to fd (borrowed
	 * until `ended`) a tar of what it has written to its root; more than max_bytes of content
	 * is ERR_LIMIT. done is called before `ended`, always; e is NULL when the file is whole. */
	void (*harvest)(
	        struct sandbox *sb, int fd, uint64_t max_bytes, harvested_fn *done, void *arg);
	int (*usage)(struct sandbox *sb, struct sandbox_usage *out, struct err *e);
	/* Cheaper than usage(). ERR_UNSUPPORTED where nobody counts. */
	int (*met)(struct sandbox *sb, struct sandbox_met *out, struct err *e);
	/* Frees the handle after `failed` or `ended`. */
	void (*release)(struct sandbox *sb);

	/* What this machine gives: appended as JSON objects of the health checks
	 * ({"id","status","message","fix"}). */
	void (*health)(struct engine *en, struct strbuf *json_items);
	/* Limits (bit 1 << enum limit_id) that can be enforced here. */
	uint32_t (*enforceable)(struct engine *en);
	/* One word for status: "native (root, cgroup v1 memory pids cpu)". */
	const char *(*describe)(struct engine *en);
	/* Kills all, waits at most deadline_ms, frees. */
	void (*close)(struct engine *en);
};

struct engine {
	const struct engine_ops *ops;
};

#endif
