/* daemon/config/load.h - what the stages that make a test from a checked tree share. */
#ifndef DAEMON_CONFIG_LOAD_H
#define DAEMON_CONFIG_LOAD_H

#include <sys/stat.h>

#include "daemon/config/check.h"
#include "daemon/config/config.h"
#include "daemon/core/digest.h"

/* Tables that a value is looked for in, innermost first. */
#define SCOPE_MAX 5
struct tvalue;
struct rendering;

struct prepare_list {
	struct prepare_list *next;
	const char *image;
	struct preparation p;
};

struct scope {
	const struct node *v[SCOPE_MAX]; /* none is NULL */
	size_t n;
};

enum service_class {
	SERVICE_ON_DEMAND, /* a described environment: nothing is started */
	SERVICE_RUNNING,
	SERVICE_ENDPOINT, /* an outside server under a name */
};

struct service {
	const char *name;
	const struct node *node;
	enum service_class class;
	const char *image;           /* its own or the preset's; NULL = that of the scenario */
	const struct node *image_at; /* for messages */
	bool used;
};

/* Values made once for a node that several scenarios share. */
struct made {
	const struct node *from;
	int how; /* what else it depends on */
	void *v;
	size_t n;
};

struct loader {
	struct check c;
	struct test_file *file;
	const struct settings *s;
	const struct client_env *env;
	const struct config_flags *flags;
	struct str_list *need;
	struct arena *need_arena;
	struct node *root;
	struct node *meta;      /* [meta] and its older spellings as one; never NULL */
	struct node *steps;     /* of the implicit scenario, or NULL */
	struct node *scenarios; /* list, or NULL */
	const char *test_name;
	const struct tvalue *context; /* --context: an object, or NULL */
	struct rendering *rendering;  /* that the tree came from */
	size_t cell_index;
	bool wants_text;  /* the rendered text is wanted, and the variables in any case */
	const char *cell; /* "os=linux,arch=arm", or "" */
	/* What decides chance and the clock; NULL: nothing. Decimal, RFC 3339, seconds since 1970.
	 */
	const char *seed, *frozen, *frozen_s;
	bool rendered_text; /* positions are those of what was rendered */
	const char *raw;    /* the file's bytes */
	size_t raw_len;
	uint64_t looked; /* bytes of it that lint has searched */
	struct service *services;
	size_t n_services;
	struct str_list env_pass; /* what counts for this file */
	struct sandbox_spec dflt; /* the sandbox of a file that says nothing */
	struct made *made;
	size_t n_made, cap_made;
	struct snapshot_set *snapshots; /* that its steps have */
	struct digest common;           /* of what all scenarios of the file share */
	bool has_common;
	struct prepare_list *preparations; /* of the images so far, in memory of the file */
};

/* scope.c */
void scope_push(struct scope *s, const struct node *table); /* behind the others; NULL is ignored */
const struct node *scope_get(const struct scope *s, const char *key);
const char *node_str(const struct node *table, const char *key, const char *dflt);
bool node_flag(const struct node *table, const char *key, bool dflt);
int64_t node_int(const struct node *table, const char *key, int64_t dflt);
struct str_list node_list(struct arena *a, const struct node *list); /* NULL = empty */
void str_list_add(struct arena *a, struct str_list *l, const char *s);
bool str_list_has(const struct str_list *l, const char *s);
/* Not said before at this place. */
bool loader_first_time(const struct loader *l, const char *code, struct pos at);
/* An error, said once for a place; NULL when it was said before. */
struct diag *load_refuse(struct loader *l, const char *code, const struct node *at, const char *fmt,
        ...) PRINTF(4, 5);
const char *load_why(int error); /* text of an errno */
/* An error was found inside the table: what it lacks may be what was dropped. */
bool load_is_damaged(const struct loader *l, const struct node *table);
const struct made *load_made(const struct loader *l, const struct node *from, int how);
void load_keep_made(struct loader *l, const struct node *from, int how, void *v, size_t n);
bool settings_says(const struct settings *s, const char *key); /* some file or variable set it */
const char *settings_source(const struct settings *s, const char *key);

/* causes.c: fills file->causes. plain: the file itself was not rendered. */
void load_causes(struct loader *l, bool plain);

/* env.c: variables of a process. */
struct env_names {
	const char *test, *scenario, *step;
};
void load_env(struct loader *l, const struct scope *scope, const struct env_names *names,
        struct env_var **out, size_t *n);
/* Merges [meta] env_pass and the project's, and asks for what the client has not sent. */
void load_env_pass(struct loader *l);
/* env_pass lets the variable through. */
bool load_env_passes(const struct loader *l, const char *name);
/* A variable that files may name; asks for it when the client has not sent it. NULL when unset. */
const char *load_variable(struct loader *l, const char *name);

/* findings.c: what shares a sandbox, and what is done about what is left in it. */
void load_leftovers(struct loader *l, const struct scope *scope, struct scenario *sc);
/* Scenarios that share a sandbox want the same one. */
void load_shared(struct loader *l, const struct test *t);

/* services.c */
void load_services(struct loader *l);
struct service *load_service(struct loader *l, const char *name); /* NULL when unknown */
void load_service_features(struct loader *l); /* after the references are known */

/* volumes.c, files.c: arrays that live with the file. */
const struct volume *load_volumes(
        struct loader *l, const struct node *list, enum isolation iso, size_t *n);
/* The project root at /workspace; false with a finding. */
bool load_project_volume(struct loader *l, enum volume_mode mode, const struct node *at,
        enum isolation iso, struct volume *out);
bool load_is_named_volume(const struct node *v); /* "name:/path": a tmpfs */
struct file_item *load_files(struct loader *l, const struct node *list, size_t *n);
/* A path beside the test file and inside the project, real; NULL with a finding. */
const char *load_beside(struct loader *l, const struct node *at, struct stat *st);
/* A copy with its NULs, in memory of the file. */
const char *load_bytes(struct loader *l, const char *s, size_t len);
const char *load_base64(struct loader *l, const struct node *at, size_t *len);
/* A path in the sandbox in normal form; NULL with a finding. */
const char *load_inner_path(
        struct loader *l, const struct node *at, const char *path, const char *what);
bool load_path_fits(struct loader *l, const struct node *at, const char *path);

/* spec.c: the sandbox of a scope. */
void load_spec(struct loader *l, const struct scope *scope, const char *image, bool services,
        struct place *out);
/* Of a preparation: table is [prepare], scope what its limits and policies come from. Its network
 * and mounts are its own alone. */
void load_prepare_spec(struct loader *l, const struct node *table, const struct scope *scope,
        const char *image, struct preparation *p, struct sandbox_spec *spec);
enum isolation load_isolation(struct loader *l, const struct scope *scope);
const char *load_image(struct loader *l, const struct scope *scope, const struct service *service,
        const struct node **at);
bool load_image_is_built_in(const char *image);
struct str_list load_disallowed(struct loader *l, const struct scope *scope);
int64_t load_policy_time(const struct loader *l, const struct scope *scope); /* ns, 0 = none */

/* steps.c */
struct step_request {
	const struct node *node;
	const struct scope *scope; /* of the step: itself first */
	const char *default_name;
	const char *scenario;
	const struct str_list *disallowed;
	bool is_scenario;    /* the scenario's own run: shared keys mean the scenario */
	bool scenario_timed; /* ... which states a timeout */
	bool teardown;
	bool joined;        /* the scenario's own run beside steps: its patterns see all output */
	const char *unique; /* name of the scenario that no other of the file has */
	const struct service *service; /* where it runs, or NULL */
};
void load_step(struct loader *l, const struct step_request *r, struct step *out);
/* expected_output_regex of a scenario, over the output of all its steps. */
struct pattern load_joined_pattern(struct loader *l, const struct node *scenario);
struct deadline load_deadline(const struct node *given, int64_t dflt, bool project, int64_t cap);

/* expect.c: what a step must show besides its exit, and what is taken from it. */
struct snapshot_name {
	const char *scenario, *step; /* step NULL: of the scenario as a whole */
	const char *stream;          /* "stdout", "stderr", or the path of a file */
};
struct expect_of {
	struct snapshot_name name; /* less the stream */
	const char *workdir;
	bool joined; /* what speaks of output and time is the scenario's */
};
void load_expectations(
        struct loader *l, const struct node *step, const struct expect_of *of, struct step *out);
/* Of a scenario with steps, over the output of all of them. */
void load_joined_expectations(
        struct loader *l, const struct node *node, const char *unique, struct scenario *sc);

/* order.c: which steps of a list must have passed before each; sc->graph when that is another order
 * than the written one. own: v[0] is the scenario's `run`. */
struct step_list {
	const struct node *list;
	bool own, concurrent;
	struct step *v;
	size_t n;
};
void load_order(struct loader *l, const struct step_list *steps, struct scenario *sc);

/* jsonpath.c: one value of a document. *bad is the byte offset of an error. */
int jsonpath_parse(const char *text, size_t len, struct arena *a, struct json_path *out,
        size_t *bad, struct err *e) MUST_CHECK;

/* snapshots.c */
struct map;
struct snapshot_set {
	struct map *seen; /* real paths */
	size_t bytes;
};
/* at is true, or a path. False with a finding; a text that does not exist is none. */
bool load_snapshot(struct loader *l, const struct node *at, const struct snapshot_name *name,
        struct snapshot *out);
void load_snapshot_inputs(struct loader *l, struct scenario *sc);
/* The scenario depends on this very file: absolute, no pattern. */
void load_file_input(struct loader *l, struct scenario *sc, const char *path);
/* Warns of those of the file that no step has. */
void load_obsolete_snapshots(struct loader *l);

/* scenarios.c */
void load_scenarios(struct loader *l, struct test *t);

void load_settle_workdir(const struct sandbox_spec *spec, struct step *s);

/* prepare.c: what [prepare] has run before the scenarios of this place; NULL: nothing. */
const struct preparation *load_prepare(struct loader *l, const struct place *place);

/* definition.c: what the result of a scenario depends on. node is the scenario's table, NULL for
 * that of top-level steps. */
void load_definition(struct loader *l, const struct node *node, struct scenario *sc);
/* What is kept of it: of the file, and of its own table (NULL = it has none). */
void load_collect(struct loader *l, const struct node *node, struct scenario *sc);
/* The same of a preparation, whose table this is; fills its digest. */
void load_prepare_digest(struct loader *l, const struct node *table, struct preparation *p);
/* Patterns below the project. */
void load_patterns(struct loader *l, const struct node *list, struct str_list *out);

/* assertions.c: what the test says of itself as a whole; after its services are known. */
void load_assertions(struct loader *l, struct test *t);

/* tree.c: three generations to one (config.md 2). */
void load_tree(struct loader *l);

/* refs.c: names that refer to others. */
void load_refs(struct loader *l);
/* How the scenario that steps at top level are is named by others: the name as it is written. */
const char *load_own_name(const struct loader *l);

/* load.c: a file without tests, its loader, and its bytes; -1 with a finding. */
struct test_file *load_new(const char *path, const char *real, const struct settings *s);
struct loader load_begin(struct test_file *f, const struct settings *s,
        const struct client_env *env, const struct config_flags *flags, bool for_run);
int load_read(struct loader *l, struct strbuf *out);
void load_digest(struct test_file *f, const char *text, size_t len); /* fills f->sha256 */
/* Makes the tests of all cells. */
void load_cells(struct loader *l, struct rendering *r, struct arena *a);
/* render.c: what a file or a text at a node prints, as a template of its own with the variables of
 * the cell. The one of them that is not given is NULL. NULL with a finding. */
const char *load_rendered(struct loader *l, const char *real, const struct node *text, size_t *len);
/* Bounds of one document. */
struct parse_limits load_parse_limits(const struct settings *s);
bool load_is_yaml(const char *path); /* by its name, without ".tera" */

struct regex *load_regex(
        struct loader *l, const struct node *n); /* owned by the file; NULL on a bad one */

#endif
