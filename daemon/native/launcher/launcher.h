/* daemon/native/launcher/launcher.h - clnrm-launcher, the one program that makes namespaces, mounts
 *and cgroups: what its files share.
 *
 * One thread, one epoll loop (launcher_main.c), no allocation that a message sizes. It lives in a
 *mount namespace of its own with a root of a few directories (world.c):
 *
 *	/proc   the outer proc           /i/N/lower, a/M, b/M   image N: its layers and views,
 *read-only /dev    the device template      /s /r                  a sandbox's scratch and root (in
 *its copy) /v/N    volumes to lay over      /null-file /null-dir   what masked things look like
 *	/boot-id  the boot id of every sandbox
 *
 * Each sandbox is cloned into copies of all this (box.c), builds its root there (child.c and below)
 * and leaves the rest behind by pivot_root. Two helper processes do what waits for the kernel: one
 * makes network namespaces ahead (netns.c), one removes cgroups (cgroup.c).
 */
#ifndef DAEMON_NATIVE_LAUNCHER_LAUNCHER_H
#define DAEMON_NATIVE_LAUNCHER_LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"
#include "daemon/native/launch.h"

/* ---- options.c: argv, and common/force.h ---- */

struct options {
	const char *init;      /* path of clnrm-init */
	const char *state_dir; /* absolute */
	bool no_clone3, no_overlay, no_cgroup, no_idmap, no_userns;
};
int options_parse(struct options *o, int argc, char **argv, struct err *e) MUST_CHECK;

/* ---- request.c: what the daemon may say ---- */

/* 0 when the n bytes at p are one whole, valid request. */
int launch_check(const void *p, size_t n, struct err *e) MUST_CHECK;
/* A string of a checked message; never NULL. */
const char *launch_text(const void *message, const struct launch_str *s);

/* ---- idmap.c: user namespaces and their maps ---- */

struct idmap {
	char uid[160], gid[160]; /* lines to write for a sandbox */
	bool deny_setgroups;     /* one id only */
	bool own_userns;         /* false: forced or impossible; sandboxes share the launcher's */
	bool shifted;            /* 0 inside is not 0 of the launcher: files need mapped mounts */
	int userns;              /* namespace that idmapped mounts use, or -1 */
	uint32_t without;
};
/* Whether this is root with the right to mount. What a container calls root mostly has not: it is
 * treated as any other user. Asked before idmap_enter(). */
bool idmap_is_root(void);
/* Root stays where it is and gives sandboxes an unprivileged range; anybody else enters a user
 * namespace, with the subordinate ids of the system if it has them, or all ids if it is uid 0. */
int idmap_enter(struct idmap *m, const struct options *o, struct err *e) MUST_CHECK;
int idmap_write(const struct idmap *m, pid_t pid, struct err *e) MUST_CHECK;

/* ---- world.c: the launcher's own mount namespace ---- */

struct world {
	int outer; /* mount namespace that still sees the machine, for images and volumes */
	int own;
};
int world_enter(struct world *w, const struct options *o, struct err *e) MUST_CHECK;
/* A detached copy of what is at path on the machine, no link followed, submounts included, without
 * set-uid and devices; -1 with *e. dev and ino are compared when ino is not 0. *without gains
 * LAUNCH_NO(IDMAP) where ids cannot be mapped. */
struct view {
	const char *path;
	uint64_t dev, ino;
	bool read_only, noexec;
	bool foreign; /* its owners are nobody inside: what others may not read, no sandbox may */
};
int world_view(const struct world *w, const struct view *v, const struct idmap *m,
        uint32_t *without, struct err *e) MUST_CHECK;

/* ---- devices.c ---- */

int devices_make(struct err *e) MUST_CHECK; /* the template at dev/ of the working directory */

/* ---- image.c ---- */

#define IMAGE_PATH_ENV 1024

struct image_view {
	bool present;
	uint64_t id;
	uint32_t without;
	uint32_t n_binds, n_above;
	char *at[LAUNCH_MAX_BINDS]; /* where each view goes, without the leading slash */
	char path_env[IMAGE_PATH_ENV];
	struct err failure; /* code ERR_NONE: usable */
};
struct image_table {
	struct image_view images[LAUNCH_MAX_IMAGES];
};
/* Mounts the image into the launcher's root; failure is kept and told to every create. */
void image_add(struct image_table *t, const struct world *w, const struct idmap *m,
        const struct launch_image *rq);
/* Takes it away again; a sandbox that is there keeps its own view. */
void image_forget(struct image_table *t, uint64_t id);
const struct image_view *image_find(const struct image_table *t, uint64_t id);
size_t image_index(const struct image_table *t, const struct image_view *im);

/* ---- netns.c: network namespaces made ahead ---- */

#define NETNS_STOCK 8

struct netns {
	int helper;   /* socket */
	int host;     /* where the launcher lives */
	bool one_way; /* the launcher could not go back there: it has no rights over it */
	int ready[NETNS_STOCK];
	unsigned n_ready;
};
int netns_start(struct netns *n, struct err *e) MUST_CHECK;
bool netns_event(struct netns *n); /* helper is readable: one more is ready; false: it is gone */
int netns_take(struct netns *n);   /* descriptor, or -1 when none is ready */
int netns_setup_here(struct err *e) MUST_CHECK; /* loopback up, sysctls; of the calling process */

/* ---- sweep.c: what outlives a process ---- */

struct state_entry {
	int dir, fd; /* state directory; our entry, under lock while we live */
	char name[64];
};
/* Removes what dead launchers left, then writes our own entry. *swept counts. */
int state_open(
        struct state_entry *s, const char *state_dir, unsigned *swept, struct err *e) MUST_CHECK;
int state_write(struct state_entry *s, const char *cgroup, struct err *e) MUST_CHECK;
/* Removes the entry, unless what it names is to be swept by the next. */
void state_close(struct state_entry *s, bool keep);

struct launcher;

/* What epoll hands back. */
struct watch {
	void (*on_event)(struct launcher *l, void *owner);
	void *owner;
};

#define SWEEPS_MAX 8 /* at a time */

/* A sweep while we live: a child does it, because removing waits for what is still dying and the
 * paths are those of the outer mount namespace. */
struct sweep_job {
	struct watch watch;
	uint64_t id;
	pid_t pid;  /* 0 = free */
	int answer; /* pipe: a count comes, or nothing */
};
void sweep_begin(struct launcher *l, const struct launch_sweep *rq);

/* ---- cgroup.c ---- */

struct cgroups {
	enum launch_cgroup version;
	int dir[3]; /* our parent directory in cpu, memory and pids; v2 has them all in dir[1]; -1 =
	               none */
	char path[3][512];
	char name[96];        /* of our parent directory */
	bool by_clone;        /* children are cloned into their group (v2, clone3) */
	uint32_t enforceable; /* bit 1 << enum launch_limit */
};
struct cgroup_answer {
	uint64_t id;
	uint64_t limits[LAUNCH_LIMITS]; /* read back */
	uint64_t oom_kills;             /* after removal */
	uint32_t failed;                /* bits of limits that were refused */
};
/* Finds the hierarchies and makes our parent directory, named name, in each, telling the state
 * entry before. Having none is no error. */
void cgroups_find(
        struct cgroups *c, const struct options *o, const char *name, struct state_entry *state);
/* Removes the parents and what is left in them; false when something stays. */
bool cgroups_release(struct cgroups *c);
/* Makes the groups of a sandbox and opens what it enters them by: doors, which the caller closes,
 * are -1 or for cgroup_enter() in a child of one thread; where by_clone is set there is one, for
 * the clone. */
#define CGROUP_DOORS 3
int cgroup_make(const struct cgroups *c, uint64_t id, const uint64_t limits[LAUNCH_LIMITS],
        int doors[CGROUP_DOORS], struct cgroup_answer *a, struct err *e) MUST_CHECK;
int cgroup_enter(const int doors[CGROUP_DOORS], struct err *e) MUST_CHECK;
void cgroup_remove(const struct cgroups *c, uint64_t id, struct cgroup_answer *a);

/* The helper process that removes: answers come as struct cgroup_answer, in order. state is the
 * entry's descriptor, whose lock is the launcher's alone. */
int cgroup_helper_start(
        const struct cgroups *c, int state, struct err *e) MUST_CHECK; /* its socket */
void cgroup_ask_remove(int helper, uint64_t id);

/* ---- child.c, rootfs.c, volume.c: between clone and exec of the init ---- */

struct child {
	const struct launch_create *rq;
	const struct image_view *image;
	size_t image_index;
	const struct idmap *idmap;
	int status; /* socket to the launcher: bytes in (go), struct err out; closed by exec */
	int agent;  /* becomes 3 */
	int filter; /* becomes 4 */
	int init;   /* program */
	int volumes[LAUNCH_MAX_VOLUMES]; /* detached mounts */
	int doors[CGROUP_DOORS];         /* v1: to enter the cgroups by */
	bool own_net;                    /* make a network namespace: none was ready */
	bool overlay;
	int root;         /* O_PATH of the new root, from mount_root on */
	int user_sysctls; /* /proc/sys/user of the sandbox, writable; from rootfs_proc on */
	int upper;        /* the upper layer of the root; from rootfs_scratch on */
};
NORETURN void child_run(struct child *c);

int rootfs_scratch(struct child *c, struct err *e) MUST_CHECK;
int rootfs_root(struct child *c, struct err *e) MUST_CHECK;
int rootfs_views(struct child *c, struct err *e) MUST_CHECK;
int rootfs_dev(struct child *c, struct err *e) MUST_CHECK;
int rootfs_proc(struct child *c, struct err *e) MUST_CHECK;
int rootfs_tmp(struct child *c, struct err *e) MUST_CHECK;
int rootfs_seal(struct child *c, struct err *e) MUST_CHECK;
int rootfs_pivot(struct child *c, struct err *e) MUST_CHECK;
/* A place in the new root, O_PATH, found below c->root without following links; directories (and
 * the last part: a directory, or an empty file) are made where absent. */
int rootfs_target(struct child *c, const char *path, bool directory, struct err *e) MUST_CHECK;
int volumes_mount(struct child *c, struct err *e) MUST_CHECK;
int volumes_tmpfs(struct child *c, struct err *e) MUST_CHECK;
int volumes_mask(struct child *c, struct err *e) MUST_CHECK;

/* ---- box.c: sandboxes as the launcher sees them ---- */

/* What a sandbox has written to its root, while it is copied by a child: the upper directory of its
 * overlay, whose file system lives as long as somebody has it open. */
struct harvest {
	int upper;    /* -1: it was not made to be harvested */
	int to;       /* the daemon's file; -1: not asked for */
	uint64_t max; /* bytes of content */
	pid_t pid;    /* of the child; 0: none */
	int answer;   /* a struct err comes, or nothing */
	struct watch watch;
};

struct box {
	struct box *next; /* of its bucket */
	struct box *next_doomed;
	uint64_t id;
	pid_t pid;
	int pidfd, status, agent;
	struct watch pid_watch, status_watch;
	bool setting_up; /* status is open */
	bool exited, asked, killed, answered, has_cgroup;
	bool queued;   /* in the list of the doomed */
	bool removing; /* reaped; only the cgroups are left */
	uint64_t asked_limits[LAUNCH_LIMITS];
	struct launch_created created;
	struct err failure;
	struct harvest harvest;
};

#define BOX_BUCKETS 512

struct boxes {
	struct box *bucket[BOX_BUCKETS];
	unsigned n, dying;
	struct box *doomed, **doomed_end; /* waiting for their turn to be killed */
};

void box_create(struct launcher *l, const struct launch_create *rq);
void box_destroy(struct launcher *l, uint64_t id);
void box_harvest(struct launcher *l, const struct launch_harvest *rq, int *fd);
/* Its sandbox goes on to its end. */
void box_harvested(struct launcher *l, struct box *box);
void box_cgroup_answer(struct launcher *l, const struct cgroup_answer *a);
void box_kill_all(struct launcher *l);

/* ---- harvest.c: what a sandbox has written, as a tar (tar.h) ---- */

void harvest_init(struct harvest *h);
/* Has a child copy it; box_harvested() follows. False: there is nothing to do, or it could not
 * begin, which was told. */
bool harvest_begin(struct launcher *l, struct box *box);
void harvest_cancel(struct harvest *h);
void harvest_release(struct harvest *h);
/* Tells the daemon how it went. */
void harvest_answer(struct launcher *l, uint64_t id, const struct err *e);

/* ---- probe.c ---- */

int probe_one(const struct launcher *l, enum launch_probe which); /* errno, 0 = it works */
void probe_run(const struct launcher *l, struct launch_probed *out);

/* ---- launcher_main.c ---- */

struct launcher {
	struct options options;
	struct idmap idmap;
	struct world world;
	struct image_table images;
	struct netns netns;
	struct cgroups cgroups;
	struct state_entry state;
	struct boxes boxes;
	struct watch socket_watch, netns_watch, cgroup_watch;
	struct sweep_job sweeps[SWEEPS_MAX];
	int epoll, socket, cgroup_helper;
	int init;   /* sealed copy of clnrm-init */
	int filter; /* seccomp program, or -1 */
	uint32_t without;
	bool closing, closing_begun, cgroup_lost;
	bool no_overlay;   /* tried and refused */
	char failure[512]; /* why no sandbox can be made, or empty */
};

/* ---- talk.c ---- */

int launcher_watch(struct launcher *l, int fd, struct watch *w, struct err *e) MUST_CHECK;
void launcher_unwatch(struct launcher *l, int fd);
/* Sends a message (header filled here), with descriptor fd unless -1. A daemon that is gone is no
 * error. */
void launcher_send(
        struct launcher *l, enum launch_op op, uint64_t id, void *message, size_t n, int fd);

#endif
