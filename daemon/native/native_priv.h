/* daemon/native/native_priv.h - what the files of this room share. */
#ifndef DAEMON_NATIVE_NATIVE_PRIV_H
#define DAEMON_NATIVE_NATIVE_PRIV_H

#include <sys/types.h>

#include "common/strbuf.h"
#include "daemon/native/launch.h"
#include "daemon/native/native.h"
#include "daemon/native/seccomp.h"
#include "proto/agent.h"

#define BOX_BUCKETS 1024

struct native_launcher {
	int socket;
	pid_t pid;
	bool useful;                      /* it has made a sandbox */
	char *program, *init, *state_dir; /* to start another one */
};

struct out_message {
	struct out_message *next;
	size_t n;
	int fd; /* borrowed; -1 = none */
	char bytes[];
};

struct native {
	struct engine base;
	struct loop *loop;
	struct native_launcher *launcher;
	struct loop_fd *watch;
	struct launch_hello hello;
	struct seccomp_program filter;
	int filter_fd;
	struct out_message *out, **out_end; /* what the socket did not take yet */
	const struct image *images[LAUNCH_MAX_IMAGES];
	uint64_t image_ids[LAUNCH_MAX_IMAGES];
	size_t n_images;
	uint64_t last_image; /* id */
	struct sandbox *bucket[BOX_BUCKETS];
	size_t n_boxes; /* not yet ended */
	uint64_t next_id;
	bool lost; /* the launcher is gone, and another cannot be had */
	bool closing;
	/* It is being replaced: what is said meanwhile waits for the next, which must not start
	 * before the last is reaped, whose lock it would find held. */
	bool replacing;
	int dying; /* pidfd of the last one */
	struct loop_fd *dying_watch;
	unsigned short_lives; /* launchers that were of no use, in a row */
	struct loop_timer *probe_timer;
	bool probed;
	struct launch_probed probes;
	struct native_call *calls; /* not answered yet */
	struct strbuf description;
};

/* Who waits for an answer of the launcher. */
struct native_call {
	struct native_call *next;
	struct native *native;
	uint64_t id;            /* of a sweep; 0 = waits for the probes */
	native_swept_fn *swept; /* one of the two */
	loop_fn *probed;
	void *arg;
	unsigned n;
	struct err failure;
};

enum sandbox_state {
	SANDBOX_MAKING,   /* the launcher works on it */
	SANDBOX_GREETING, /* its init runs; the first record is awaited */
	SANDBOX_READY,
	SANDBOX_ENDING, /* destruction was asked for */
	SANDBOX_ENDED,
};

struct sandbox {
	struct native *native;
	struct sandbox *next; /* of its bucket */
	uint64_t id;
	char *name;
	enum sandbox_state state;
	const struct sandbox_spec *spec; /* borrowed until ready or failed */
	const struct image *image;
	const struct sandbox_events *ev;
	void *arg;
	int agent;
	struct loop_fd *watch;
	struct loop_timer *timer; /* for the greeting */
	struct strbuf in, out;
	size_t out_at;
	struct launch_created made;
	struct arena *arena; /* of the receipt */
	struct receipt *receipt;
	struct err failure; /* why it is ending before it was ready */
	bool was_ready;
	bool expects; /* descriptors from the init */
	bool destroy_asked;
	harvested_fn *harvested; /* who waits for a harvest */
	void *harvested_arg;
};

/* ---- message.c ---- */

void native_send(struct native *n, const void *message, size_t size, int fd);
void native_flush(struct native *n);
/* The next message into buf, with its descriptor or -1 in *fd: its size, 0 when the launcher is
 * gone, -1 when there is none now. */
ssize_t native_receive(int socket, void *buf, size_t size, int *fd);

/* A message with a blob behind its struct. */
struct blob {
	struct strbuf b; /* the struct first */
};
void blob_init(struct blob *m, enum launch_op op, uint64_t id, size_t fixed);
struct launch_str blob_add(struct blob *m, const char *s);
void blob_send(struct native *n, struct blob *m); /* and releases it */

/* ---- sandbox.c ---- */

struct sandbox *native_create(struct engine *en, const char *id, const struct sandbox_spec *spec,
        const struct image *image, const struct sandbox_events *ev, void *arg, struct err *e);
void native_listen(struct sandbox *sb, const struct sandbox_events *ev, void *arg);
void native_write(struct sandbox *sb, const void *p, size_t n);
void native_destroy(struct sandbox *sb);
void native_expect(struct sandbox *sb, bool descriptors);
void native_harvest(struct sandbox *sb, int fd, uint64_t max_bytes, harvested_fn *done, void *arg);
void native_release(struct sandbox *sb);
/* Answers of the launcher; fd belongs to the callee. */
void sandbox_on_created(struct native *n, const struct launch_created *m, int fd);
void sandbox_on_failed(struct native *n, const struct launch_failed *m);
void sandbox_on_ended(struct native *n, const struct launch_ended *m);
void sandbox_on_harvested(struct native *n, const struct launch_harvested *m);
/* The launcher is gone: so is everything that it made. */
void sandbox_all_lost(struct native *n);

/* ---- request.c: a spec as the launcher wants it ---- */

int request_create(struct native *n, struct sandbox *sb, struct err *e) MUST_CHECK;

/* ---- receipt_native.c ---- */

int native_receipt(struct sandbox *sb, const struct agent_record *hello, struct err *e) MUST_CHECK;

/* ---- call.c: questions that are not about one sandbox ---- */

void native_on_swept(struct native *n, const struct launch_swept *m);
void native_on_probed(struct native *n, const struct launch_probed *m);
void native_ask_probes(struct native *n);
void native_calls_lost(struct native *n); /* tells all who wait */

/* ---- usage.c, health.c ---- */

int native_usage(struct sandbox *sb, struct sandbox_usage *out, struct err *e);
int native_met(struct sandbox *sb, struct sandbox_met *out, struct err *e);
void native_health(struct engine *en, struct strbuf *json_items);
/* The command that lets AppArmor give user namespaces to the launcher at that path. */
void native_apparmor_fix(const char *launcher, struct strbuf *out);

#endif
