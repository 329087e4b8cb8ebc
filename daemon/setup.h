/* daemon/setup.h - what clnrmd needs before it can serve: options, directories, the life lock, the
 * listener, and a word to systemd. */
#ifndef DAEMON_SETUP_H
#define DAEMON_SETUP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "daemon/model/own_dirs.h"

struct daemon_options {
	bool foreground, no_history;
	const char *socket;    /* --socket, or NULL */
	const char *log;       /* --log FILE, "-" = stderr, NULL = the state directory's */
	const char *log_level; /* or NULL */
	int64_t idle_exit_ns;  /* 0 = never */
};

/* Fills o from argv and CLNRM_*. 0, or -1 with *e (usage). 1 = --help or --version was answered. */
int setup_options(int argc, char **argv, struct daemon_options *o, struct err *e) MUST_CHECK;

struct daemon_paths {
	char *socket, *run_dir; /* run_dir holds the socket, start.lock and life.lock */
	char *state_dir, *cache_dir, *data_dir;
	struct own_dirs own; /* the four above */
	char *log_file;
	char *artifacts_dir; /* files that runs keep */
	char *launcher, *init, *unpacker;
};

/* Finds and makes the directories (cli.md 6.2). A state directory that cannot be written falls back
 * to one beside the socket, so that a read-only HOME works. */
int setup_paths(const struct daemon_options *o, struct daemon_paths *p, struct err *e) MUST_CHECK;

/* Takes life.lock, or fails with ERR_BUSY naming the pid that has it. The lock is held until exit.
 */
int setup_life_lock(const struct daemon_paths *p, struct err *e) MUST_CHECK;

enum started_by { STARTED_BY_CLIENT, STARTED_BY_SYSTEMD, STARTED_BY_USER };
extern const char *const started_by_names[];

/* The listening socket: handed over by the client (CLNRM_LISTEN_FD), by systemd (LISTEN_FDS), or
 * bound here under start.lock. -1 with *e. */
int setup_listener(const struct daemon_paths *p, enum started_by *by, struct err *e) MUST_CHECK;

/* Removes the socket if it is still the one that was bound; never under systemd. */
void setup_unlink_socket(const struct daemon_paths *p, enum started_by by);

/* Opens the log (10 MiB, one predecessor) and starts logging. */
int setup_log(
        const struct daemon_options *o, const struct daemon_paths *p, struct err *e) MUST_CHECK;

/* CLEANROOM_* of our own environment, into arrays that live in a. */
struct arena;
struct client_env;
void setup_settings_env(struct arena *a, struct client_env *out);

/* One datagram to $NOTIFY_SOCKET (sd_notify(3)); nothing where it is unset. */
void setup_notify(const char *state);

#endif
