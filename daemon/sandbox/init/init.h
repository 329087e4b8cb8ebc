/* daemon/sandbox/init/init.h - clnrm-init, PID 1 of every sandbox: what its files share.
 *
 * argv: clnrm-init STEP_CAPS [noseccomp]. Descriptor 3 is the agent's byte stream (proto/agent.h),
 * descriptor 4 holds the seccomp program as an array of struct sock_filter, 5 is the upper layer of
 * the root, where there is one. One thread, one poll
 * loop; it never blocks on the daemon, and end of file on 3 ends it (the kernel then kills all).
 * It also runs as a plain process, as a subreaper: that is how its tests start it.
 */
#ifndef DAEMON_SANDBOX_INIT_INIT_H
#define DAEMON_SANDBOX_INIT_INIT_H

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "common/err.h"
#include "common/strbuf.h"
#include "proto/agent.h"

#define AGENT_FD 3
#define SECCOMP_FD 4
#define UPPER_FD 5
/* More than this waiting for the daemon, and pipes are left full: the steps wait, not memory. */
#define QUEUE_HIGH (1u << 20)

/* ---- rights.c: what the init may do, given up before anything else happens ---- */

struct rights {
	uint64_t step_caps; /* of steps that run as uid 0 */
	uint64_t bounding; /* of the init, for its steps to drop from; 0 = cannot (plain process) */
	int nice;
	cpu_set_t cpus;
};

int rights_drop(struct rights *r, const char *step_caps, bool no_seccomp, struct err *e) MUST_CHECK;
/* The facts of AGENT_HELLO, as the kernel states them now. */
void rights_hello(const struct rights *r, struct strbuf *out);

/* ---- user.c: accounts of the sandbox ---- */

#define USER_MAX_GROUPS 64

struct user {
	uid_t uid;
	gid_t gid;
	gid_t groups[USER_MAX_GROUPS];
	size_t n_groups;
};

/* "" is root; "uid[:gid]" in plain decimal, or names of /etc/passwd and /etc/group. A uid without
 * an entry gets the group of the same number. */
int user_find(const char *spec, struct user *out, struct err *e) MUST_CHECK;

/* ---- place.c: files and directories ---- */

/* The directory as O_PATH, all links followed but the magic ones of /proc (ELOOP): -1 with errno.
 * Allocates nothing. */
int walk_dir(const char *path) MUST_CHECK;

/* What stands at a path, links on the way to it followed. */
struct walked {
	int dir; /* its directory, for the caller to close; of "/" and the like the thing itself */
	char name[PATH_MAX]; /* in it */
	struct stat st;
	char link[PATH_MAX]; /* of a link that was not followed: its text */
};
/* follows: a link at the end too. -1 with errno, and nothing to close. */
int walk_any(const char *path, bool follows, struct walked *out) MUST_CHECK;

/* ---- look.c: files that a step has left ---- */

/* One at a time: first the facts, then the content as the queue has room. */
struct look {
	bool active;
	int fd;
	uint32_t step, error;
	uint64_t left;
};
#define LOOK_INIT        \
	{                \
		.fd = -1 \
	}

int look_begin(struct look *k, uint32_t step, const char *path, uint64_t max, struct strbuf *out,
        struct err *e) MUST_CHECK;
/* Goes on with the content; call it once a round. */
void look_proceed(struct look *k, struct strbuf *out, bool full);

/* ---- collect.c: files that are to be kept ---- */

/* First the whole list, then what is in it as the queue has room. */
struct collect {
	bool active;
	uint64_t left; /* bytes that are still wanted */
	const char **patterns;
	uint32_t *matched; /* of each */
	size_t n_patterns;
	struct found_item *items; /* sorted by path */
	size_t n_items, cap_items, at;
	unsigned looked; /* names that were looked at */
	bool more;       /* than were taken */
	int fd;          /* content of items[at - 1]; -1 = none */
};
#define COLLECT_INIT     \
	{                \
		.fd = -1 \
	}

int collect_begin(struct collect *c, const struct agent_record *r, struct err *e) MUST_CHECK;
void collect_proceed(struct collect *c, struct strbuf *out, bool full);

int place_files(const struct agent_file *files, size_t n, struct err *e) MUST_CHECK;
/* mkdir -p; directories that had to be made belong to owner (NULL = root). */
int place_dirs(const char *path, mode_t mode, const struct user *owner, struct err *e) MUST_CHECK;

/* ---- probe.c: what a program file needs ---- */

struct probe {
	bool exists;
	bool is_program;       /* a script with #!, or ELF with an interpreter */
	char interpreter[256]; /* or the target of a symbolic link that leads nowhere */
};

void probe_path(const char *path, struct probe *out);

struct rusage;
struct pollfd;

/* ---- terminal.c ---- */

struct winsize;
/* A new terminal in the sandbox's own devpts, for processes of that user: our side of it in
 * *master, the other side is returned; -1 with errno. Both are close-on-exec. */
int terminal_open(int *master, const char *user, const struct winsize *window) MUST_CHECK;

/* ---- copy.c: a process that is no program ---- */

/* What AGENT_STEP_PACK and AGENT_STEP_UNPACK ask for, with the streams, the user and the rights of
 * the step: common/pack.h. The exit status. */
int copy_run(const struct agent_step *step);

/* ---- visits.c: processes that join the sandbox beside the batch ---- */

struct tree;
struct visits;

struct visits *visits_new(const struct rights *rights, struct strbuf *out);
int visits_exec(struct visits *v, struct strbuf *buffer, const struct agent_record *r,
        struct err *e) MUST_CHECK;
/* The steps of that visit, for steps_*() with step 0; NULL when it is over. */
struct steps *visits_find(const struct visits *v, uint32_t number);
/* As their namesakes of steps.c, for all of them. */
size_t visits_poll_max(const struct visits *v);
size_t visits_poll(const struct visits *v, struct pollfd *p, bool full);
void visits_ready(struct visits *v, const struct pollfd *p, size_t n);
bool visits_have(const struct visits *v, pid_t pid);
/* Whether process i of the tree comes from one of them. */
bool visits_own(const struct visits *v, const struct tree *t, size_t i);
bool visits_reaped(struct visits *v, pid_t pid, int status, const struct rusage *ru);
void visits_proceed(struct visits *v);
bool visits_pass(struct visits *v, int socket); /* as of steps_pass() */
bool visits_wait_for_room(const struct visits *v);

/* ---- spawn.c: from a step to a process ---- */

struct spawn {
	const struct agent_step *step;
	const struct rights *rights;
	int in, out, err; /* the child's ends; in = -1 is /dev/null */
	bool terminal;    /* all three are one, which is to be the child's own */
	pid_t pid;
	/* How it failed, filled by the child through shared memory and by the parent. */
	int error;
	uint8_t what; /* enum agent_exit_what */
	char detail[512];
};

/* 0 with pid; -1 with error, what and detail: no process is left. */
int spawn_step(struct spawn *s) MUST_CHECK;

/* ---- capture.c: one stream of a step ---- */

struct capture {
	int fd;         /* read end; -1 = closed */
	uint8_t stream; /* 1, 2 */
	uint64_t max, total, sent;
	uint8_t *ring; /* the last of what came after the head */
	size_t ring_cap, ring_len, ring_at, ring_sent;
	struct capture_mark *marks; /* when the bytes of the ring came */
	size_t n_marks;
	uint64_t mark_grain_ns;
};

void capture_init(struct capture *c, uint8_t stream, int fd, uint64_t max);
void capture_release(struct capture *c);
/* One read of at most limit bytes. The head goes to out, later bytes to the ring; once `over`, what
 * exceeds the maximum is dropped. Closes fd at its end. */
void capture_read(
        struct capture *c, uint32_t step, uint64_t ns, size_t limit, bool over, struct strbuf *out);
/* What the pipe holds right now, and no more: others may still write into it. */
void capture_drain(struct capture *c, uint32_t step, uint64_t ns, struct strbuf *out);
/* The same for our side of a terminal; bounded, for others may write on. */
void capture_drain_terminal(struct capture *c, uint32_t step, uint64_t ns, struct strbuf *out);
/* Moves the kept tail to out, up to its high mark; true when nothing is left of it. */
bool capture_send_tail(struct capture *c, uint32_t step, struct strbuf *out);

/* ---- tree.c: processes, from /proc ---- */

#define TREE_NAME 16

struct tree_entry {
	pid_t pid, parent, session;
	char state;
	unsigned threads;
	bool dying; /* a kill has reached it: it is here, and is nobody's any more */
	char name[TREE_NAME];
};

struct tree {
	struct tree_entry *v; /* by ascending pid, the init and zombies left out */
	size_t n;
};

/* Every process of the sandbox (as a plain process: every descendant). */
void tree_read(struct tree *t);
void tree_release(struct tree *t);
/* Whether process i is in the session of root or descends from root or a member of its session. */
bool tree_belongs(const struct tree *t, size_t i, pid_t root);
/* Signals all that belong to root, again while new ones turn up (SIGKILL only). */
void tree_signal(pid_t root, int signal);
void tree_kill_all(void);
/* What a process is called, one that has ended and was not waited for as well; "" when unknown. */
void tree_name(pid_t pid, char out[TREE_NAME]);

/* ---- survey.c: what is left when the steps have ended ---- */

struct stray {
	pid_t pid;
	uint32_t step;
	char name[TREE_NAME];
};

/* A stream of a step, as a pipe that others may hold open. */
struct held {
	uint64_t ino;
	uint32_t step;
	uint8_t stream; /* 1, 2 */
};

struct crash {
	pid_t pid;
	uint32_t step;
	int signal;
	char name[TREE_NAME];
};

/* Beside the root, where files may be left. */
struct survey_mount {
	const char *path;
	int fd;
	bool own; /* of this sandbox alone */
};

struct survey {
	bool armed; /* the daemon wants to know */
	struct agent_survey asked;
	struct strbuf text; /* that it points into */
	int upper;          /* the upper layer of the root, or -1 */
	int counters[2];    /* of IP and IPv6 */
	uint64_t base_ino;
	struct timespec base_time;
	struct survey_mount mounts[AGENT_MAX_MOUNTS];
	size_t n_mounts;
	struct timespec began;            /* of the batch, by the clock that files have */
	uint64_t unrouted, unrouted_seen; /* of batches before; at the last answer */
	struct crash crashes[16];
	size_t n_crashes, more_crashes;
	/* Of the answer that is being made. */
	struct strbuf found;
	uint32_t n_found;
	uint64_t count[AGENT_FOUND_KINDS];
};

void survey_init(struct survey *v);
/* What is in the root now is none of the steps' doing. */
void survey_base(struct survey *v);
/* AGENT_SURVEY. */
int survey_ask(struct survey *v, const struct agent_record *r, struct err *e) MUST_CHECK;
/* A process was ended by a signal. */
void survey_ended(struct survey *v, pid_t pid, uint32_t step, int sig, const char *name);
/* Processes that nobody declared, and what they keep. */
void survey_processes(struct survey *v, const struct stray *strays, size_t n,
        const struct held *pipes, size_t n_pipes);
/* One more; beyond the bound of its kind it is counted. */
void survey_add(struct survey *v, const struct agent_found *f);
/* survey_files.c: opens what is to be looked at; what is in it then is none of the steps' doing. */
void survey_mounts(struct survey *v);
void survey_files(struct survey *v);
void survey_disk(struct survey *v);
/* The rest, and the answer; nothing when nobody asked. */
void survey_tell(struct survey *v, struct strbuf *out);

/* ---- pulse.c: whether any of them lives ---- */

void pulse_take(struct agent_pulse *out);

/* ---- steps.c: the batch and its processes ---- */

struct steps;

/* base: the number of its first step in records; not 0 for a visit, which has one step and no
 * survey (NULL). */
struct steps *steps_new(
        const struct rights *rights, uint32_t base, struct survey *survey, struct strbuf *out);
void steps_free(struct steps *s); /* processes run on, with nobody to read what they print */
/* Descriptors to poll are appended by steps_poll() and handled, in the same order, by
 * steps_ready(). full: the queue to the daemon is above its high mark. */
struct pollfd;
size_t steps_poll_max(const struct steps *s);
size_t steps_poll(const struct steps *s, struct pollfd *v, bool full);
void steps_ready(struct steps *s, const struct pollfd *v, size_t n);
/* A child has ended. False: it is none of these steps. */
/* A child has ended and is not waited for yet: one of no visit that a signal ended is a crash. */
void steps_note_crash(struct steps *s, const siginfo_t *si);
bool steps_have(const struct steps *s, pid_t pid); /* runs it */
bool steps_reaped(struct steps *s, pid_t pid, int status, const struct rusage *ru);
/* Goes on with what waited for room in the queue or for a deadline; call it once a round. */
void steps_proceed(struct steps *s);
/* Looks at what a batch that has ended has left, if the daemon wants to know. True when it had
 * something to say. */
bool steps_survey(struct steps *s);
/* Whether it has more to say than the queue had room for. */
bool steps_wait_for_room(const struct steps *s);
/* Milliseconds until steps_proceed() is wanted; -1 = not by time. */
int steps_timeout(const struct steps *s);

/* Commands. record is the whole buffer with the AGENT_BATCH in it, taken over. */
int steps_batch(struct steps *s, struct strbuf *buffer, const struct agent_record *r,
        struct err *e) MUST_CHECK;
/* As above, with an AGENT_STEP: it takes the place of a step that has not run. */
int steps_replace(struct steps *s, struct strbuf *buffer, const struct agent_record *r,
        struct err *e) MUST_CHECK;
int steps_run(struct steps *s, uint32_t step, struct err *e) MUST_CHECK;
int steps_stdin(struct steps *s, uint32_t step, const void *p, size_t n, struct err *e) MUST_CHECK;
void steps_kill(struct steps *s, uint32_t step, int signal);
/* As steps_batch(), with an AGENT_EXEC, once: it starts at once. */
int steps_visit(struct steps *s, struct strbuf *buffer, const struct agent_record *r,
        struct err *e) MUST_CHECK;
void steps_keep(struct steps *s); /* AGENT_KEEP */
/* Sends terminals that are the daemon's to have, once all that was said before is gone. False:
 * there is no room for one now. */
bool steps_pass(struct steps *s, int socket);
/* Of the terminals of what runs. */
void steps_window(struct steps *s, unsigned rows, unsigned columns);
bool steps_over(const struct steps *s);       /* nothing runs, and nothing is left to read */
bool steps_is_running(const struct steps *s); /* a process of its own */
bool steps_own(const struct steps *s, const struct tree *t, size_t i); /* process i is of a step */
void steps_meet(struct steps *s, const struct visits *guests); /* their processes are no strays */
void steps_stop(struct steps *s, uint32_t grace_ms);
/* Tells what a stop would find, and ends nothing. */
void steps_look(struct steps *s);

#endif
