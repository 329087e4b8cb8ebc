/* bench/world.h - what contestants stand on: a directory that is gone afterwards, copies of the
 * programs, a daemon for root and one for an ordinary user, test files. */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/err.h"
#include "common/strbuf.h"

enum user { ROOT, USER, N_USERS };
enum test_image { HOST, BASE, N_IMAGES };

struct who {
	const char *name; /* "root", "user" */
	uid_t uid;
	gid_t gid;
	char *home, *socket;
	char *env[16];
	bool up;        /* its daemon was started */
	struct err why; /* why there is none */
};

struct world {
	char dir[64]; /* readable for all */
	char *clnrm;
	struct who who[N_USERS];
	bool quick, lengthy;
	bool made_user;
};

/* build: the folder that holds the programs. */
int world_open(struct world *w, const char *build, struct err *e) MUST_CHECK;
void world_close(struct world *w);

/* The daemon of this user, started on first use. */
int world_daemon(struct world *w, enum user u, struct err *e) MUST_CHECK;

/* Has 8 sandboxes of image warm, or drops those there are. Both wait until it is quiet. */
int world_stock(const struct who *who, enum test_image image, struct err *e) MUST_CHECK;
int world_drain(const struct who *who, enum test_image image, struct err *e) MUST_CHECK;

/* Waits until stock is full and what ended is gone. *ms (may be NULL): how long that took. */
int world_quiet(const struct who *who, double *ms, struct err *e) MUST_CHECK;

/* Writes n files of one scenario each with this many steps into a folder of its own, once, and
 * gives its path (one file: the file's). Lives as long as w. */
const char *world_tests(
        struct world *w, enum test_image image, unsigned n, unsigned steps, struct err *e);

/* A file of one scenario with so many steps that wait for none, eight at once. */
const char *world_beside(
        struct world *w, enum test_image image, unsigned steps, const char *command, struct err *e);
/* A busybox root with /bin/true, for peers. */
const char *world_root(struct world *w, struct err *e);

extern const char *const image_names_of[N_IMAGES]; /* "host", "clnrm/base" */

#endif
