/* daemon/model/sandbox_spec.h - all that decides what a sandbox is, before anything runs in it.
 *
 * Pools are keyed by the canonical form of this struct: two scenarios with equal specs take from
 * the same stock. What a single step decides (environment, user, umask, directory) is not here.
 */
#ifndef DAEMON_MODEL_SANDBOX_SPEC_H
#define DAEMON_MODEL_SANDBOX_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/model/diag.h"

enum isolation { ISOLATION_STRICT, ISOLATION_STANDARD, ISOLATION_RELAXED };
extern const char *const isolation_names[]; /* "strict", "standard", "relaxed" */

enum net_mode { NET_NONE, NET_TEST, NET_INTERNET, NET_HOST };
extern const char *const net_mode_names[];

enum volume_mode { VOLUME_RO, VOLUME_COW, VOLUME_RW };
extern const char *const volume_mode_names[];

#define SANDBOX_MAX_VOLUMES 16
#define SANDBOX_MAX_TMPFS 16

struct volume {
	const char *host_path; /* absolute, checked against the allow-list, no links left in it */
	const char *container_path; /* absolute, no ".." */
	enum volume_mode mode;
	bool noexec;
	uint64_t dev, ino; /* of host_path when it was checked; the launcher compares */
	struct pos pos;
};

struct tmpfs {
	const char *path;
	uint64_t size_bytes; /* 0 = what disk_bytes leaves */
};

/* LIMIT_GIVEN(x): bit in limits.given; a given limit that cannot be enforced is an error, a
 * default one a note in the receipt. */
enum limit_id {
	LIMIT_CPU,
	LIMIT_MEMORY,
	LIMIT_SWAP,
	LIMIT_PIDS,
	LIMIT_DISK,
	LIMIT_OPEN_FILES,
	LIMIT_FILE_SIZE,
	LIMIT_OUTPUT,
	LIMIT_ARTIFACTS,
	LIMIT_COUNT
};
extern const char *const limit_names[LIMIT_COUNT]; /* "cpu_millicores", "memory_mb", ... */

struct limits {
	uint64_t v[LIMIT_COUNT]; /* bytes, millicores or counts; 0 = none */
	uint32_t given;          /* bit 1 << enum limit_id: a file, flag or project said so */
};

struct sandbox_spec {
	const char *image; /* as it will be resolved: "host", "scratch", "clnrm/base" */
	enum isolation isolation;
	enum net_mode network;
	const char *hostname; /* "clnrm" unless said */
	bool read_only;
	bool harvest; /* of a preparation: what it writes to its root can be taken out of it */
	struct limits limits;
	const struct volume *volumes;
	size_t n_volumes;
	const struct tmpfs *tmpfs;
	size_t n_tmpfs;
	const char *const *masked; /* NULL-terminated base names or absolute paths of disallowed
	                              commands; or NULL */
	const char *const *
	        host_paths; /* host.paths of the project, for image host; NULL-terminated or NULL */
};

/* What a file gets that says nothing: standard isolation, no network, the built-in limits. memory
 * is 2 GiB or half of the machine, the smaller. image is borrowed. */
void sandbox_spec_default(struct sandbox_spec *s, const char *image);

/* The directory that every sandbox has of its own, over what its image shows, and that this
 * absolute path is or lies in ("/tmp"); NULL when there is none. Static. */
const char *sandbox_covers(const char *path);

/* Appends a text that is equal exactly when the specs are. */
struct strbuf;
void sandbox_spec_key(const struct sandbox_spec *s, struct strbuf *out);

/* Appends, for people, what is not as sandbox_spec_default() has it, and what was said although it
 * is: "memory_mb=64 read_only". Nothing when there is none; image and isolation are not told. */
void sandbox_spec_differs(const struct sandbox_spec *s, struct strbuf *out);

/* A deep copy in one arena-owned block; free with sandbox_spec_free(). */
struct sandbox_spec *sandbox_spec_copy(const struct sandbox_spec *s);
void sandbox_spec_free(struct sandbox_spec *s);

#endif
