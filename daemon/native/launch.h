/* daemon/native/launch.h - what daemon and clnrm-launcher say to each other, on a SOCK_SEQPACKET
 * pair.
 *
 * One message is one packet: a struct of this file that begins with struct launch_header, then a
 * blob that its struct launch_str members point into. Both programs come from one build (the hello
 * says so before anything else is said), so structs travel as they are in memory. The launcher
 * trusts nothing in them: launch_check() looks at every length, count and string before use.
 *
 * Descriptors that travel: the filter program (LAUNCH_FILTER), the agent's stream (LAUNCH_CREATED),
 * the file that a harvest goes to (LAUNCH_HARVEST).
 */
#ifndef DAEMON_NATIVE_LAUNCH_H
#define DAEMON_NATIVE_LAUNCH_H

#include <stdint.h>

#define LAUNCH_VERSION 1u
#define LAUNCH_FD 3 /* the launcher's end of the pair */
#define LAUNCH_MAX_MESSAGE (192u << 10)
#define LAUNCH_MAX_PATH 4095u
#define LAUNCH_MAX_VOLUMES 16u
#define LAUNCH_MAX_TMPFS 16u
#define LAUNCH_MAX_MASKED 64u
#define LAUNCH_MAX_BINDS 64u
#define LAUNCH_MAX_IMAGES 64u
#define LAUNCH_MAX_ABOVE \
	127u /* layers over the lowest: their names fit a page of overlay options */
#define LAUNCH_MAX_BOXES 4096u

enum launch_op {
	/* daemon -> launcher */
	LAUNCH_FILTER = 1, /* header only, one descriptor: the seccomp program, sealed */
	LAUNCH_IMAGE, /* struct launch_image; id numbers it. No answer: a create that needs it fails
	               */
	LAUNCH_CREATE,  /* struct launch_create; answered by CREATED or FAILED */
	LAUNCH_DESTROY, /* header only; answered by ENDED */
	LAUNCH_PROBE,   /* header only; answered by PROBED */
	LAUNCH_SWEEP,   /* struct launch_sweep; answered by SWEPT of the same id */
	LAUNCH_FORGET,  /* header only; id of an image that no sandbox uses. No answer */
	LAUNCH_HARVEST, /* struct launch_harvest, one descriptor; of a sandbox made with
	                 * LAUNCH_KEEP. It ends, and what it wrote to its root goes to the file as a
	                 * tar; answered by HARVESTED, and then by ENDED */

	/* launcher -> daemon */
	LAUNCH_HELLO = 64, /* struct launch_hello */
	LAUNCH_CREATED,    /* struct launch_created, one descriptor */
	LAUNCH_FAILED,     /* struct launch_failed; no other answer for that id follows */
	LAUNCH_ENDED,      /* struct launch_ended: every process is reaped */
	LAUNCH_PROBED,     /* struct launch_probed */
	LAUNCH_SWEPT,      /* struct launch_swept */
	LAUNCH_HARVESTED,  /* struct launch_harvested */
};

struct launch_header {
	uint32_t length; /* of the whole message */
	uint16_t op;     /* enum launch_op */
	uint16_t version;
	uint64_t id; /* of the sandbox, or of the image */
};

/* A string in the blob: off counts from the start of the message; a NUL follows len bytes. */
struct launch_str {
	uint32_t off, len;
};

struct launch_bind {
	struct launch_str host, at;
};

struct launch_image {
	struct launch_header h;
	struct launch_str lower;    /* absolute directory */
	struct launch_str path_env; /* where masked commands are looked for */
	uint32_t n_binds, n_above;
	struct launch_bind binds[LAUNCH_MAX_BINDS];
	struct launch_str above[LAUNCH_MAX_ABOVE]; /* absolute directories, lowest first */
};

/* Limits that the launcher sets; values as in struct limits, 0 = none. */
enum launch_limit {
	LAUNCH_CPU,    /* thousandths of a CPU */
	LAUNCH_MEMORY, /* bytes */
	LAUNCH_SWAP,   /* bytes, on top of memory */
	LAUNCH_PIDS,
	LAUNCH_DISK,     /* bytes */
	LAUNCH_FILES,    /* open files */
	LAUNCH_HEADROOM, /* bytes of files, which are memory here, that do not count as
	                    LAUNCH_MEMORY */
	LAUNCH_LIMITS
};

enum launch_volume_mode { LAUNCH_RO, LAUNCH_COW, LAUNCH_RW };

struct launch_volume {
	struct launch_str host, at;
	uint32_t mode, noexec;
	uint64_t dev, ino; /* what the daemon looked at */
};

struct launch_tmpfs {
	struct launch_str at;
	uint64_t size; /* bytes; 0 = the disk limit */
};

enum launch_flag {
	LAUNCH_READ_ONLY = 1 << 0,
	LAUNCH_HOST_NET = 1 << 1,
	LAUNCH_RELAXED = 1 << 2, /* what cannot be had is left out and named */
	LAUNCH_STRICT = 1 << 3,  /* steps get no capability at all */
	LAUNCH_KEEP = 1 << 4,    /* what it writes to its root can be harvested */
	LAUNCH_ALL_FLAGS = (1 << 5) - 1,
};

struct launch_create {
	struct launch_header h;
	uint64_t image; /* id of a LAUNCH_IMAGE */
	uint32_t flags;
	uint32_t given; /* bit 1 << enum launch_limit: somebody asked for it */
	uint64_t limits[LAUNCH_LIMITS];
	struct launch_str hostname;
	uint32_t n_volumes, n_tmpfs, n_masked, zero;
	struct launch_volume volumes[LAUNCH_MAX_VOLUMES];
	struct launch_tmpfs tmpfs[LAUNCH_MAX_TMPFS];
	struct launch_str masked[LAUNCH_MAX_MASKED];
};

/* What the launcher had to do without: bits of launch_created.without and launch_hello.without. */
#define LAUNCH_WITHOUTS(X)                                                                      \
	X(USERNS, "userns", "user namespace of its own", "the daemon's user namespace")         \
	X(IDMAP, "idmap", "ids of the image shown as they are", "files of root show as nobody") \
	X(OVERLAY, "overlay", "writable root", "read-only root")                                \
	X(CLONE3, "clone3", "clone3", "clone")                                                  \
	X(CGROUP, "cgroup", "cgroup of its own", "none")                                        \
	X(SUBIDS, "subids", "65536 ids", "one id")                                              \
	X(ROOT_ID, "root_id", "a root of the sandbox alone", "the root of this container")      \
	X(LIMIT_CPU, "cpu_millicores", "limited", "not limited")                                \
	X(LIMIT_MEMORY, "memory_mb", "limited", "not limited")                                  \
	X(LIMIT_SWAP, "swap_mb", "limited", "not limited")                                      \
	X(LIMIT_PIDS, "pids", "limited", "limited for each user apart (RLIMIT_NPROC)")          \
	X(NETNS, "netns", "network of its own", "the host's network")
#define LAUNCH_WITHOUT_ID(id, what, wanted, got) LAUNCH_BIT_##id,
enum launch_without_bit { LAUNCH_WITHOUTS(LAUNCH_WITHOUT_ID) LAUNCH_N_WITHOUT };
#undef LAUNCH_WITHOUT_ID
#define LAUNCH_NO(id) (1u << LAUNCH_BIT_##id)

enum launch_cgroup { LAUNCH_CGROUP_NONE, LAUNCH_CGROUP_V1, LAUNCH_CGROUP_V2 };

struct launch_hello {
	struct launch_header h;
	char build[64];
	uint32_t root;        /* 1: started as root; 0: in a user namespace of its own making */
	uint32_t cgroup;      /* enum launch_cgroup */
	uint32_t enforceable; /* bit 1 << enum launch_limit */
	uint32_t without;     /* LAUNCH_NO(...) that hold for every sandbox */
	uint32_t swept;       /* things of dead launchers that were removed */
	uint32_t zero;
	/* Directories of the cgroups, as the daemon sees them, a sandbox's is DIR/s<id>: where
	 * usage is read. Empty when there is none. */
	char memory_dir[512], pids_dir[512];
	char failure[512]; /* not empty: no sandbox can be made, this is why */
};

/* Values read back from the kernel after the limits were set; 0 = not limited. */
struct launch_created {
	struct launch_header h;
	uint64_t limits[LAUNCH_LIMITS];
	uint32_t without;
	uint32_t zero;
};

struct launch_sweep {
	struct launch_header h;
	uint32_t dry_run; /* 1: count only */
	uint32_t zero;
};

/* What dead launchers had left. What lives is never touched. */
struct launch_swept {
	struct launch_header h;
	uint32_t n;
	uint32_t failed; /* 1: it could not be done */
};

struct launch_harvest {
	struct launch_header h;
	uint64_t max_bytes; /* of the content of files */
};

/* Once every process of the sandbox was gone. */
struct launch_harvested {
	struct launch_header h;
	uint32_t code; /* enum err_code; ERR_NONE: the file is whole */
	int32_t sys;
	char msg[512];
};

struct launch_failed {
	struct launch_header h;
	uint32_t code; /* enum err_code */
	int32_t sys;
	char msg[512];
};

struct launch_ended {
	struct launch_header h;
	uint32_t asked; /* 1: after LAUNCH_DESTROY */
	uint32_t zero;
	uint64_t oom_kills;
};

/* Answers of the probes: errno of the operation, 0 when it worked, -1 when it was not tried. */
#define LAUNCH_PROBES(X)                            \
	X(USERNS, "user namespaces")                \
	X(CAPS, "capabilities in a user namespace") \
	X(OVERLAY, "overlayfs in a user namespace") \
	X(PROC, "proc in a pid namespace")          \
	X(CLONE3, "clone3 and pidfd")               \
	X(SECCOMP, "seccomp filters")               \
	X(NETNS, "network namespaces")
#define LAUNCH_PROBE_ID(id, what) LAUNCH_PROBE_##id,
enum launch_probe { LAUNCH_PROBES(LAUNCH_PROBE_ID) LAUNCH_N_PROBES };
#undef LAUNCH_PROBE_ID

struct launch_probed {
	struct launch_header h;
	int32_t result[LAUNCH_N_PROBES];
	uint32_t zero;
};

#endif
