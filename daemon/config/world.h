/* daemon/config/world.h - what the templates of one file see of the machine, and what they saw.
 *
 * Clock, chance and environment are those of the request; other templates are looked for beside the
 * one that refers to them, beside the main file, in templates/ of the project, and in the daemon,
 * and must lie inside the project. Everything that was seen is written down: together with text and
 * flags it is what the result depends on. Thread: one at a time.
 */
#ifndef DAEMON_CONFIG_WORLD_H
#define DAEMON_CONFIG_WORLD_H

#include "common/map.h"
#include "daemon/config/config.h"
#include "daemon/template/session.h"
#include "daemon/template/template.h"

/* A template that is not the main one. */
struct seen_file {
	const char *name; /* as messages say it */
	const char *real; /* absolute; NULL: part of the daemon */
	char sha256[65];
	struct template *compiled;
};

struct world {
	struct thost host;
	struct tloader loader;
	struct arena *a; /* of what was seen */
	/* Of the request. */
	const char *path, *real; /* of the main file: as shown, and absolute */
	const struct settings *s;
	const struct client_env *env;
	struct tlimits limits;
	bool hermetic;
	const bool *stop; /* of struct config_flags */
	int64_t frozen_ns;
	const char *frozen;    /* as it was written; NULL: the clock is not frozen */
	struct str_list *need; /* what the client is to be asked for; or NULL */
	struct arena *need_arena;
	/* What was seen. */
	struct seen_file *files;
	size_t n_files, cap_files;
	struct looked { /* where a template was looked for; sha256 NULL: in vain */
		const char *path, *real, *sha256;
	} * looked;
	size_t n_looked, cap_looked;
	/* What templates must lie inside, and that without links; NULL: nobody asked. */
	const char *root_path, *root;
	struct map *variables;  /* names that were looked up, to their values or "" */
	struct str_list masked; /* values that no error may show */
	bool saw_clock;         /* the real one */
	bool saw_chance;        /* of the system */
};

/* The clock is the real one and nothing is seeded, until said otherwise. All that is given must
 * outlive w. */
void world_init(struct world *w, const char *path, const char *real, const struct settings *s,
        const struct client_env *env, const struct config_flags *flags, struct arena *a);
void world_release(struct world *w);
void world_seed(struct world *w, uint64_t seed);
void world_freeze(struct world *w, int64_t ns, const char *as_written);
/* The same of a variable that clients send unasked, and that is shown unless its name is that of a
 * secret. */
const char *world_own_variable(struct world *w, const char *name);
/* The template in a file, an absolute path without links that the caller has looked at: a
 * reference, or NULL with *e. */
struct template *world_template(struct world *w, const char *real, struct terr *e);
/* Writes down where a template was looked for: the path, where it led, and what is there; NULL
 * twice when there is none. What was seen first at a path counts. */
void world_looked(struct world *w, const char *path, const char *real, const char *sha256);
/* Writes what was seen to out, in arena a. */
void world_tell(const struct world *w, struct arena *a, struct made_from *out);
/* Replaces values of masked variables by "***" in the causes of an error. */
void world_mask(const struct world *w, struct terr *e);

#endif
