/* daemon/server/files.h - what the handlers that look at test files share: the request, which files
 * there are, their settings. Nothing runs.
 *
 * Embed struct file_set behind a struct offload. file_set_init() and file_set_refused() belong to
 * the loop, the others to the worker.
 */
#ifndef DAEMON_SERVER_FILES_H
#define DAEMON_SERVER_FILES_H

#include "common/map.h"
#include "daemon/server/runs_request.h"

struct file_set {
	struct arena *arena;
	struct decode decode;
	struct run_request req;
	struct str_list need; /* variables to be sent along */
	const struct own_dirs *own;
	bool projects; /* project files as well: what is asked for is no matter of tests */
	const struct memo *memo; /* where compiled templates are kept */
	struct diags diags;      /* of settings and discovery */
	int refused;             /* exit code when no file could be looked at; 0 = they were */
	struct map *settings;    /* directory -> struct settings */
	struct found found;
	struct map *hits, *misses; /* selectors (PATH::scenario); of a miss the path and it */
};

/* Reads the body; what says which options it may have. -1: answered. Wants a release in any case.
 */
int file_set_init(struct file_set *s, struct request *r, enum files_what what);
void file_set_release(struct file_set *s);

/* Fills found, or sets refused. */
void file_set_find(struct file_set *s);
/* Of the directory that the file is in; borrowed. */
struct settings *file_set_settings(struct file_set *s, const char *real);
/* The text of the request that stands for this file; NULL: it is on disk. */
const char *file_set_text(const struct file_set *s, const struct found_file *f, size_t *len);
/* The file, checked; the caller unrefs it. */
struct test_file *file_set_load(struct file_set *s, const struct found_file *f);

/* Looks for what the paths select in a file that was loaded: an invalid one may have it. */
void file_set_select(struct file_set *s, const struct found_file *ff, struct test_file *f);
/* Loop: answers when something was selected that no file has. */
bool file_set_missed(const struct file_set *s, struct request *r);

/* Answers when no file could be looked at, or when variables are wanted first. */
bool file_set_refused(struct file_set *s, struct request *r);

#endif
