/* daemon/server/survey.h - what several answers tell of this machine and of ourselves, found by a
 * worker because reading it may block. */
#ifndef DAEMON_SERVER_SURVEY_H
#define DAEMON_SERVER_SURVEY_H

#include "daemon/server/footprint.h"
#include "daemon/server/handler.h"

struct survey_space {
	bool known;
	uint64_t bytes,
	        inodes; /* free for us; inodes UINT64_MAX where the file system counts none */
};

struct survey {
	struct footprint footprint;
	struct store_figures history; /* all zero without one */
	struct survey_space state, data, run;
	struct err run_dir;      /* why the run-time directory cannot be trusted; ERR_NONE */
	long watches, instances; /* of inotify for this user; -1 = unknown */
	int64_t ahead_ns;        /* how far our own state is dated in the future */
};

typedef void survey_fn(struct request *r, const struct survey *s);

/* Calls answer from the loop once all is known, unless the client has left by then. When no worker
 * can be had, answers so. */
void survey_start(struct request *r, survey_fn *answer);

#endif
