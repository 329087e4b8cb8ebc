/* daemon/server/plan.h - a plan on its way through the loop and the workers: what is known of it,
 * and what it is made into.
 *
 * Everything lives in the arena of its file set. Only one thread has it at a time.
 */
#ifndef DAEMON_SERVER_PLAN_H
#define DAEMON_SERVER_PLAN_H

#include "daemon/image/image.h"
#include "daemon/model/pace.h"
#include "daemon/server/files.h"
#include "daemon/server/offload.h"
#include "daemon/store/store.h"

struct plan_image {
	const char *name;
	const char *const *host_paths;
	const char *digest; /* NULL: it is not here */
};

/* What the past says of a scenario. */
struct plan_past {
	bool there; /* a run would have it */
	bool known, cached;
	const char *key, *from;
	const char *never; /* why no result is ever kept */
	const char *layer; /* of [prepare], or NULL */
	bool layer_there;
	struct silence *silences; /* beside its steps; NULL: nobody could be asked */
};

struct planning {
	struct offload o;
	struct file_set set;
	struct text_style style;
	const struct image_store *images;
	struct store *store; /* or NULL */
	struct test_file **files;
	size_t n_files, invalid;
	struct dry_plan plan;
	unsigned *position; /* beside plan.v: which would run first, from 1 */
	struct err error;   /* of a pattern */
	struct plan_image *wanted;
	size_t n_wanted, cap_wanted;
	struct diags diags;
	bool drawing;             /* the images are known, the answer is being made */
	struct plan_past *past;   /* beside plan.v */
	int64_t silence_floor_ns; /* 0: no deadline would be learnt */
	struct strbuf json, text;
};

/* The image that a sandbox lies on; NULL when nobody asked for it. */
struct plan_image *plan_image_of(const struct planning *p, const struct sandbox_spec *spec);
/* plan_pace.c: what silence each step would be allowed, asked of the history. On a worker. */
void plan_pace(struct planning *p);
/* plan_json.c: the document, into p->json. */
void plan_document(struct planning *p);
/* plan_text.c: a scenario and its steps, for people. */
void plan_say_scenario(const struct planning *p, const struct dry_scenario *x, struct strbuf *out);
/* What is in it all in all: the last line. */
void plan_say_totals(const struct planning *p, struct strbuf *out);

#endif
