/* daemon/server/body.h - the members that several bodies share: directory, variables, paths. */
#ifndef DAEMON_SERVER_BODY_H
#define DAEMON_SERVER_BODY_H

#include "daemon/server/decode.h"
#include "daemon/server/handler.h"

#define BODY_PATHS_MAX 100000
#define BODY_PATH_MAX 4095

/* A directory as the client sees it. */
struct body_dir {
	const char *path;
	bool has_id; /* dev and ino were sent */
	uint64_t dev, ino;
};

/* "cwd": text or {path, dev, ino}; it must be there, and absolute. */
void body_read_dir(struct decode *c, const json_t *cwd, struct body_dir *out);
/* True when the daemon sees the same directory at that path; else why says what it sees. */
bool body_same_dir(const struct body_dir *dir, struct err *why);
/* "env": names and values. */
struct client_env body_read_env(struct decode *c, const json_t *env, bool final);
/* Bounds of "paths". */
void body_check_paths(struct decode *c, const struct str_list *paths);

/* A decoding for that request, which calls members as whoever asks does. */
void body_begin(const struct request *r, struct decode *c, struct arena *a);
/* A body of a few members, all of them optional; what is not given stays as it is in out. Strings
 * live in a. -1: answered. */
int body_decode(struct request *r, const struct field *fields, size_t n, struct arena *a,
        void *out) MUST_CHECK;
/* Answers with what decoding found. */
void body_refuse(struct request *r, const struct decode *c);
/* Answers with cwd-mismatch when it is another directory; exit is 6 but for `try`. */
int body_check_dir(struct request *r, const struct body_dir *dir, int exit);

#endif
