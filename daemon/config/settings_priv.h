/* daemon/config/settings_priv.h - what the files that make settings share:
 *
 * settings.c       from layers to struct settings, and what its values mean together
 * settings_find.c  which files count, and what they look like from outside
 * settings_env.c   CLEANROOM_* variables
 * settings_limits.c  bounds of templates
 * settings_flakes.c  retries and quarantine
 * settings_rows.c  the merged list of settings, and its form for people
 */
#ifndef DAEMON_CONFIG_SETTINGS_PRIV_H
#define DAEMON_CONFIG_SETTINGS_PRIV_H

#include "common/strbuf.h"
#include "daemon/config/check.h"
#include "daemon/config/config.h"

#define PROJECT_FILE "cleanroom.toml"

enum layer { LAYER_DEFAULT, LAYER_USER, LAYER_PROJECT, LAYER_ENV, LAYER_FLAG };

/* A project or user file. */
struct settings_file {
	enum layer layer;
	const char *path; /* absolute */
	const char *name; /* for messages */
	struct strbuf text;
	struct diags diags;
	struct node *root; /* checked; NULL when there is none */
};

/* One key with the value that counts. */
struct setting {
	const char *key; /* "cli.jobs" */
	const char *table;
	const struct option *option;
	const struct node *node; /* in normal form; NULL: not set and without default */
	enum layer layer;
	const char *source;
	struct settings_file *file; /* LAYER_USER, LAYER_PROJECT */
};

struct setting_list {
	struct settings *s;
	struct setting *v;
	size_t n;
};

/* ---- settings_find.c ---- */

/* Puts the project root of directory dir into out. True when it holds a project file. */
bool settings_find_root(const char *dir, struct strbuf *out);
/* The places of the user file, the first that exists counts. */
struct user_files {
	char *v[2];
};
struct user_files settings_user_files(const struct client_env *env);
void user_files_release(struct user_files *u);
/* Reads, parses and checks f->path into f. must_exist: --config named it. */
void settings_read_file(struct settings *s, struct settings_file *f,
        const struct config_flags *flags, uint64_t uid, bool must_exist);

/* ---- settings.c ---- */

/* A finding about a value: with its line where a file says it. */
struct diag *setting_finding(const struct setting_list *l, const struct setting *x,
        enum severity sev, const char *code, const char *fmt, ...) PRINTF(5, 6);

/* ---- settings_limits.c ---- */

void settings_template_limits(const struct setting_list *l);

/* ---- settings_flakes.c ---- */

/* retry_on_failure and retry_count. */
void settings_retries(const struct setting_list *l);
/* The [[quarantine]] of a file, behind those of files before it. */
void settings_quarantine(struct settings *s, struct settings_file *f);

/* ---- settings_rows.c ---- */

/* All keys, with their built-in values. */
void setting_list_init(struct setting_list *l, struct settings *s);
struct setting *setting_find(const struct setting_list *l, const char *key); /* never NULL */
bool setting_is_set(const struct setting *x); /* by a file, a variable or a flag */
/* The values of a checked tree go over those of lower layers. */
void setting_list_merge(
        struct setting_list *l, const struct node *root, enum layer layer, struct settings_file *f);
/* Puts one value over what is there; tables merge. */
void setting_put(struct setting_list *l, struct setting *x, const struct node *n, enum layer layer,
        const char *source, struct settings_file *f);
/* A tree with this one key, its value read from text by the option's type; not checked. */
struct node *setting_tree(struct arena *a, const char *table, const struct option *o,
        const char *text, struct node **leaf);
/* Fills s->rows. */
void setting_list_rows(const struct setting_list *l);

/* ---- settings_env.c ---- */

void settings_env(struct setting_list *l, const struct client_env *env);

#endif
