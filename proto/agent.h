/* proto/agent.h - what daemon and clnrm-init say to each other, over one byte stream.
 *
 * A record is a header (little endian: u32 length of the body, u16 type, u16 zero, u32 step) and
 * the body. The same protocol serves every engine: no descriptor passes. Bodies are built and read
 * with the cursor functions below, which never read or write beyond their bounds; numbers are
 * little endian, strings are u32 length, bytes and a NUL. A record that breaks a bound ends the
 * conversation. Version: the init answers AGENT_HELLO with its own; N-1 must be understood.
 *
 * Compiles for glibc and musl; used by daemon/run/ and daemon/sandbox/init/.
 */
#ifndef PROTO_AGENT_H
#define PROTO_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/strbuf.h"

#define AGENT_VERSION 1u
#define AGENT_HEADER 12u
#define AGENT_MAX_BODY (64u << 20)   /* daemon -> init: files and stdin of a scenario */
#define AGENT_MAX_EVENT (256u << 10) /* init -> daemon */
#define AGENT_MAX_STEPS 10000u
#define AGENT_MAX_STRINGS 65536u /* argv and environment of one step */
#define AGENT_MAX_FILES 262144u  /* in one AGENT_FILES */
#define AGENT_MAX_PATTERNS 1000u /* in one AGENT_COLLECT */
#define AGENT_MAX_MATCHES 20000u /* answered to it */
#define AGENT_CHUNK (64u << 10)  /* at most this much output in one record */
/* Bytes of AGENT_STDIN that AGENT_STDIN_TAKEN has not covered yet: who has sent so many waits. What
 * was on its way already may follow, up to the maximum. */
#define AGENT_STDIN_WINDOW (256u << 10)
#define AGENT_STDIN_MAX (512u << 10)

enum agent_type {
	/* daemon -> init */
	AGENT_FILES = 1, /* files to place; answered by AGENT_FILES_DONE */
	AGENT_BATCH,     /* steps to run, from the first; then as flags say */
	AGENT_RUN,   /* step: run it (again), then go on as flags say; a background step that has
	                run is started again beside what runs, and nothing else changes */
	AGENT_KILL,  /* step: i32 signal to its process tree */
	AGENT_STOP,  /* u32 grace in ms: end what runs; answered by AGENT_STOPPED. With
	              * AGENT_STOP_NOTHING it ends nothing, and a survey that was asked for is all
	              * that answers. */
	AGENT_PROBE, /* string path: answered by AGENT_PROBED */
	AGENT_STDIN, /* step: more bytes for a step with AGENT_STEP_STDIN_OPEN; empty = EOF */
	AGENT_STEP,  /* step: one as in AGENT_BATCH, in place of the one there, which never ran */
	AGENT_LOOK,  /* step: u64 bytes wanted of its content, string path: answered by AGENT_LOOKED
	                and AGENT_CONTENT, and not asked again before the end of that */
	AGENT_PULSE, /* answered by AGENT_PULSED */
	AGENT_SURVEY, /* before the batch: see struct agent_survey; at the end of the batch the init
	                 looks at what the steps have left, and says so (AGENT_SURVEYED) */
	AGENT_COLLECT, /* u64 bytes wanted, u32 n, n strings: absolute patterns, of which * and ? do
	                  not match '/' and ** does; answered by AGENT_MATCH and AGENT_PIECE, then
	                  AGENT_COLLECTED, and not asked again before that */
	AGENT_KEEP, /* the batch goes no further: what runs of it runs on and is not heard any more.
	               Visits may come from here on as before */
	AGENT_EXEC, /* step: number of a visit, never used before: see agent_put_exec(). A process
	               beside the batch; it speaks, ends and is killed as a step, by that number */
	AGENT_WINDOW, /* step: a visit with a terminal: u32 rows, u32 columns */

	/* init -> daemon */
	AGENT_HELLO =
	        64, /* u32 version, string build, then facts as (string name, string value) pairs */
	AGENT_FILES_DONE,  /* u8 ok, string message */
	AGENT_STARTED,     /* step: u64 ns since the batch, u32 pid; not sent when it could not be
	                      executed */
	AGENT_OUTPUT,      /* step: u8 stream (1, 2), u64 ns since the batch, bytes */
	AGENT_EXITED,      /* step: see struct agent_exit */
	AGENT_WAITING,     /* nothing runs in the foreground: u32 next step to run */
	AGENT_STOPPED,     /* what was left: u32 count, then (u32 pid, string program, u32 step or
	                      AGENT_NO_STEP) */
	AGENT_PROBED,      /* u8 exists, u8 has interpreter, string interpreter or link target */
	AGENT_FATAL,       /* string message; the init ends */
	AGENT_STDIN_TAKEN, /* step: u64 bytes of AGENT_STDIN that its pipe has taken so far, u8
	                      nobody reads any more: the rest is thrown away */
	AGENT_LOOKED,      /* step: see struct agent_look */
	AGENT_CONTENT,     /* step: u8 last, u32 errno, bytes of a regular file */
	AGENT_PULSED,      /* see struct agent_pulse */
	AGENT_SURVEYED,    /* u32 count, then so many struct agent_found. Follows the AGENT_EXITED
	                      of the last step where nothing runs beside it, and precedes
	                      AGENT_STOPPED */
	AGENT_MATCH,       /* see struct agent_match */
	AGENT_PIECE,       /* bytes of the regular file that was found last */
	AGENT_COLLECTED,   /* u8 there is more than AGENT_MAX_MATCHES, u32 n, then for each pattern
	                      u32 how many it matched */
	AGENT_TERMINAL,    /* step: a visit; our side of its terminal comes with it (SCM_RIGHTS),
	                      before    its end does */
};

#define AGENT_NO_STEP UINT32_MAX
#define AGENT_STOP_NOTHING UINT32_MAX
#define AGENT_FIRST_VISIT (1u << 20) /* steps of a batch have smaller numbers */
#define AGENT_MAX_VISITS 64u         /* at a time, in one sandbox */

/* The facts of AGENT_HELLO, all read back from the kernel after the last privilege was given up:
 * pid; cap_inh cap_prm cap_eff cap_bnd cap_amb (of the init) and step_caps (what a step of uid 0
 * gets; others get none), 16 hex digits each; no_new_privs, seccomp (0, 2), seccomp_filters;
 * groups; uid_map, gid_map ("0 100000 65536", lines joined by ", "); ns_cgroup ns_ipc ns_mnt
 * ns_net ns_pid ns_time ns_user ns_uts ("net:[4026531840]"); root_ro (0, 1), root_dev ("0:57");
 * interfaces ("lo"); cwd; rlimit_nofile, rlimit_fsize, rlimit_core, rlimit_nproc ("SOFT HARD",
 * "unlimited"); oom_score_adj. A fact that cannot be read is absent. */

/* Flags of a step in AGENT_BATCH. */
enum agent_step_flag {
	AGENT_STEP_BACKGROUND = 1 << 0,  /* start it and go on */
	AGENT_STEP_GATE = 1 << 1,        /* stop after it with AGENT_WAITING: the daemon judges */
	AGENT_STEP_CONTINUE = 1 << 2,    /* go on whatever it returns */
	AGENT_STEP_EXPECT_FAIL = 1 << 3, /* non-zero or a signal is what is wanted */
	AGENT_STEP_STDIN_OPEN = 1 << 4,  /* stdin is a pipe fed by AGENT_STDIN */
	AGENT_STEP_HOLD = 1 << 5,        /* stop before it with AGENT_WAITING */
	AGENT_STEP_MAKE_DIR =
	        1 << 6, /* make the working directory if it is absent (our /workspace) */
	AGENT_STEP_BESIDE =
	        1 << 7, /* runs beside others: only AGENT_RUN starts it, and nothing follows it */
	AGENT_STEP_TERMINAL = 1 << 8, /* of a visit: its streams are a terminal of its own, which
	                                 speaks as stdout */
	AGENT_STEP_PACK = 1 << 9,     /* of a visit: no program; argv[0] is a path that it prints as
	                                 tar (common/pack.h) */
	AGENT_STEP_UNPACK = 1 << 10,  /* of a visit: it takes tar from stdin to the path argv[0] */
	AGENT_STEP_PASS = 1 << 11,    /* with a terminal: the daemon gets our side of it
	                                 (AGENT_TERMINAL), and nothing of it is heard here */
};

struct agent_rlimits {
	uint64_t open_files, file_size; /* file_size 0 = unlimited */
	uint64_t processes;             /* 0 = as it is */
};

/* One step as it travels. Strings are borrowed. argv and env end with NULL. */
struct agent_step {
	uint32_t flags;
	uint32_t umask;
	const char *user; /* "" = root */
	const char *workdir;
	uint64_t expected_codes[4];
	uint32_t expected_signal;
	uint64_t output_max; /* bytes kept of each stream; init sends head and tail, counts the rest
	                      */
	struct agent_rlimits rlimits;
	const char *const *argv;
	const char *const *env;
	const void *stdin_data;
	uint64_t stdin_len;
};

enum agent_exit_kind {
	AGENT_EXIT_CODE,   /* value = exit code */
	AGENT_EXIT_SIGNAL, /* value = signal */
	AGENT_EXIT_NOEXEC, /* could not be executed: value = errno, detail names what (program,
	                      directory, user) */
};

/* What was wrong, for AGENT_EXIT_NOEXEC, and what detail then says. */
enum agent_exit_what {
	AGENT_WHAT_PROGRAM,     /* argv[0] when it was not found, else the path that was refused */
	AGENT_WHAT_DIRECTORY,   /* the working directory */
	AGENT_WHAT_USER,        /* the user as given */
	AGENT_WHAT_OTHER,       /* what could not be set up, as text */
	AGENT_WHAT_INTERPRETER, /* "interpreter '/lib/ld.so' of '/bin/x'": the program is there,
	                           this is not */
};

struct agent_exit {
	uint8_t kind;        /* enum agent_exit_kind */
	uint8_t as_expected; /* code, signal or failure is what the flags wanted */
	uint8_t what;        /* NOEXEC: enum agent_exit_what */
	int32_t value;
	uint64_t started_ns, ended_ns; /* since the batch */
	uint64_t user_us, system_us, max_rss_bytes;
	uint64_t total[2];  /* true sizes of stdout, stderr */
	uint64_t cut_at[2]; /* bytes sent before the cut; equal to total when nothing was cut */
	const char *detail; /* NOEXEC: text; borrowed from the record */
};

/* What stands at a path; the link itself, and what it leads to. */
struct agent_facts {
	uint32_t error; /* errno; 0 = it is there */
	uint32_t mode;  /* with its type */
	uint32_t uid, gid;
	uint64_t size;
};

struct agent_look {
	struct agent_facts self, target; /* the same where self is no link */
	const char *link;                /* of a link: where it points; borrowed from the record */
};

/* Two of them that are alike: nothing has run between them. */
struct agent_pulse {
	uint64_t print;     /* of all processes and the processor time that each has used so far */
	uint32_t processes; /* the init not counted */
	uint8_t held;       /* one of them runs, waits for a processor or for a disk, or could not
	                       be looked at: it is not silent whatever the print says */
};

/* What is looked for when the steps of a batch have ended. */
enum agent_survey_flag {
	AGENT_SURVEY_NETWORK = 1 << 0, /* the network is the sandbox's own: its counters are, too */
	AGENT_SURVEY_FILES = 1 << 1,
};

struct agent_survey {
	uint32_t flags;
	const char **declared; /* patterns of paths that may change; malloc'ed, strings borrowed */
	size_t n_declared;
	const char **mounts; /* beside the root, where files are looked for; the same */
	size_t n_mounts;
};

enum agent_found_kind {
	AGENT_FOUND_PROCESS, /* still runs: step, pid, program */
	AGENT_FOUND_PORT,    /* it listens: step, pid, program, address ("tcp 127.0.0.1:80") */
	AGENT_FOUND_FD,      /* it keeps it open: path; n is bits of AGENT_HELD_* */
	AGENT_FOUND_FILE,    /* path; n is enum agent_change */
	AGENT_FOUND_NETWORK, /* n sends or connects had no route */
	AGENT_FOUND_CRASH,   /* step, pid, program ended by signal n, which dumps core */
	AGENT_FOUND_DISK,    /* n: 0 no block is free, 1 no inode */
	AGENT_FOUND_MORE,    /* n more of the kind that stands in pid */
	AGENT_FOUND_KINDS
};

enum agent_held { AGENT_HELD_STDOUT = 1, AGENT_HELD_STDERR = 2, AGENT_HELD_HIDDEN = 4 };
enum agent_change { AGENT_CHANGED, AGENT_REMOVED, AGENT_CHANGED_DIR };

#define AGENT_MAX_FOUND 128u     /* in one AGENT_SURVEYED */
#define AGENT_MOST_OF_A_KIND 16u /* the others are counted */
#define AGENT_MAX_DECLARED 256u  /* patterns */
#define AGENT_MAX_MOUNTS 32u
#define AGENT_OWN_MOUNT "/dev/shm" /* one that each sandbox has for itself */

struct agent_found {
	uint8_t kind; /* enum agent_found_kind */
	uint32_t step, pid;
	uint64_t n;
	const char *program, *path, *address; /* "" = none; borrowed from the record */
};

/* A file, directory or link that a pattern of AGENT_COLLECT matches, or what is below. */
struct agent_match {
	uint32_t mode;           /* with its type */
	uint64_t size;           /* of a regular file; more or less of it may follow */
	int64_t mtime;           /* s */
	const char *path, *link; /* link: its text, or ""; borrowed from the record */
};

struct agent_file {
	const char *path;
	uint32_t mode, uid, gid;
	uint8_t is_dir;
	const char *link; /* symbolic link target, or "" */
	const void *data;
	uint64_t len;
};

/* Building a record piece by piece: at = agent_begin(), pieces, agent_end(at). */
size_t agent_begin(struct strbuf *out, enum agent_type type, uint32_t step);
void agent_add_u8(struct strbuf *out, uint8_t v);
void agent_add_u32(struct strbuf *out, uint32_t v);
void agent_add_u64(struct strbuf *out, uint64_t v);
void agent_add_str(struct strbuf *out, const void *p, size_t n);
void agent_end(struct strbuf *out, size_t at);

/* Building: appends a complete record to out. */
void agent_put_files(struct strbuf *out, const struct agent_file *files, size_t n);
void agent_put_batch(struct strbuf *out, const struct agent_step *steps, size_t n);
void agent_put_simple(struct strbuf *out, enum agent_type type, uint32_t step); /* RUN */
void agent_put_u32(struct strbuf *out, enum agent_type type, uint32_t step,
        uint32_t v); /* KILL STOP WAITING */
/* STDIN, PROBE, FATAL: the body is one string. */
void agent_put_bytes(
        struct strbuf *out, enum agent_type type, uint32_t step, const void *p, size_t n);
void agent_put_output(
        struct strbuf *out, uint32_t step, uint8_t stream, uint64_t ns, const void *p, size_t n);
void agent_put_taken(struct strbuf *out, uint32_t step, uint64_t bytes, bool closed);
void agent_put_exit(struct strbuf *out, uint32_t step, const struct agent_exit *x);
void agent_put_step(struct strbuf *out, uint32_t step, const struct agent_step *s); /* STEP */
/* EXEC: rows and columns of its terminal, and what to run. */
void agent_put_exec(struct strbuf *out, uint32_t visit, const struct agent_step *s, unsigned rows,
        unsigned columns);
void agent_put_window(struct strbuf *out, uint32_t visit, unsigned rows, unsigned columns);
void agent_put_look(struct strbuf *out, uint32_t step, uint64_t max, const char *path);
void agent_put_looked(struct strbuf *out, uint32_t step, const struct agent_look *k);
void agent_put_content(
        struct strbuf *out, uint32_t step, bool last, uint32_t error, const void *p, size_t n);
void agent_put_pulsed(struct strbuf *out, const struct agent_pulse *p);
void agent_put_survey(struct strbuf *out, const struct agent_survey *v);
/* One of the list of AGENT_SURVEYED, whose count stands before them. */
void agent_add_found(struct strbuf *out, const struct agent_found *f);
void agent_put_collect(struct strbuf *out, uint64_t max, const char *const *patterns, size_t n);
void agent_put_match(struct strbuf *out, const struct agent_match *f);
void agent_put_piece(struct strbuf *out, const void *p, size_t n);
void agent_put_collected(struct strbuf *out, bool more, const uint32_t *matched, size_t n);
void agent_put_hello(
        struct strbuf *out, const char *build, const char *const *facts, size_t n_pairs);

/* Reading: a record in place. */
struct agent_record {
	uint16_t type;
	uint32_t step;
	const uint8_t *body;
	uint32_t len;
};
/* 1 with *r when buf holds a whole record (*used bytes of it), 0 when more is needed, -1 with *e
 * when a bound (max_body) is broken. */
int agent_next(const void *buf, size_t n, size_t max_body, struct agent_record *r, size_t *used,
        struct err *e) MUST_CHECK;

/* A cursor over a body: after the first read beyond the end everything is zero and bad is set. */
struct agent_cursor {
	const uint8_t *p, *end;
	bool bad;
};
struct agent_cursor agent_cursor(const struct agent_record *r);
uint8_t agent_u8(struct agent_cursor *c);
uint32_t agent_u32(struct agent_cursor *c);
uint64_t agent_u64(struct agent_cursor *c);
/* Pointer into the body and its length. Strings of the wire carry a NUL after their bytes, so that
 * they can be used in place. */
const char *agent_str(struct agent_cursor *c, size_t *len);

/* Decoders for the larger bodies. Arrays are malloc'ed, strings point into the record. */
int agent_get_batch(const struct agent_record *r, struct agent_step **steps, size_t *n,
        struct err *e) MUST_CHECK;
void agent_free_steps(struct agent_step *steps, size_t n);
int agent_get_files(const struct agent_record *r, struct agent_file **files, size_t *n,
        struct err *e) MUST_CHECK;
int agent_get_exit(const struct agent_record *r, struct agent_exit *x, struct err *e) MUST_CHECK;
/* AGENT_STEP: an array of one. */
int agent_get_step(
        const struct agent_record *r, struct agent_step **step, struct err *e) MUST_CHECK;
/* AGENT_SURVEY: both lists are the caller's to free, their strings point into the record. */
int agent_get_survey(
        const struct agent_record *r, struct agent_survey *v, struct err *e) MUST_CHECK;
/* AGENT_SURVEYED: at most AGENT_MAX_FOUND, malloc'ed; strings point into the record. */
int agent_get_surveyed(
        const struct agent_record *r, struct agent_found **v, size_t *n, struct err *e) MUST_CHECK;
/* AGENT_EXEC: an array of one. */
int agent_get_exec(const struct agent_record *r, struct agent_step **step, unsigned *rows,
        unsigned *columns, struct err *e) MUST_CHECK;
int agent_get_looked(const struct agent_record *r, struct agent_look *k, struct err *e) MUST_CHECK;
/* AGENT_CONTENT: *p points into the record. */
int agent_get_content(const struct agent_record *r, bool *last, uint32_t *error, const void **p,
        size_t *n, struct err *e) MUST_CHECK;
int agent_get_pulsed(const struct agent_record *r, struct agent_pulse *p, struct err *e) MUST_CHECK;
/* AGENT_COLLECT: the array is malloc'ed, its strings point into the record. */
int agent_get_collect(const struct agent_record *r, uint64_t *max, const char ***patterns,
        size_t *n, struct err *e) MUST_CHECK;
int agent_get_match(const struct agent_record *r, struct agent_match *f, struct err *e) MUST_CHECK;
/* AGENT_COLLECTED: of so many patterns as were asked for. */
int agent_get_collected(const struct agent_record *r, bool *more, uint32_t *matched, size_t n,
        struct err *e) MUST_CHECK;
/* AGENT_OUTPUT: *p points into the record. */
int agent_get_output(const struct agent_record *r, uint8_t *stream, uint64_t *ns, const void **p,
        size_t *n, struct err *e) MUST_CHECK;

#endif
