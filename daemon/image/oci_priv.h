/* daemon/image/oci_priv.h - what an archive or directory that is to be imported holds: which
 * layers, and what its configuration says. Nothing of it is believed before it was looked at.
 *
 * Facts: OCI image specification 1.0 (image-layout.md, image-index.md, manifest.md, config.md);
 * `docker save` (manifest.json with Config, RepoTags, Layers). Thread: any, one at a time.
 */
#ifndef DAEMON_IMAGE_OCI_PRIV_H
#define DAEMON_IMAGE_OCI_PRIV_H

#include <sys/stat.h>

#include "common/map.h"
#include "common/mem.h"
#include "common/strbuf.h"
#include "daemon/image/archive_priv.h"
#include "daemon/image/image.h"

#define OCI_MAX_JSON (4u << 20)

enum source_kind {
	SOURCE_DIRECTORY, /* a root file system */
	SOURCE_TAR,       /* the same as a tar */
	SOURCE_LAYOUT,    /* an OCI layout */
	SOURCE_ARCHIVE,   /* an OCI layout or `docker save` as a tar */
};
extern const char *const source_kind_names[];

struct source {
	enum source_kind kind;
	int fd; /* of the directory or file */
	struct stat st;
	const struct archive_how *how;
	struct archive_part whole;
	struct map *names; /* SOURCE_ARCHIVE: normal name to struct source_name */
	struct arena *arena;
};

struct source_name {
	int64_t at, size;
	const char *link; /* another normal name, or NULL */
};

/* An empty file for an archive that has to be inflated first; at most max_bytes. */
struct source_spool {
	int (*make)(void *arg, struct err *e);
	void *arg;
	uint64_t max_bytes;
};

/* Opens path; how outlives it. Of a directory it says which kind it is, of a file source_look(). */
int source_open(struct source *s, const struct archive_how *how, const char *path,
        struct err *e) MUST_CHECK;
/* Reads a file's names. */
int source_look(struct source *s, const struct source_spool *spool, struct err *e) MUST_CHECK;
void source_close(struct source *s);
/* The bytes of a file within; *fd is to be closed when it is not -1. ERR_NOT_FOUND. */
int source_part(const struct source *s, const char *name, struct archive_part *out, int *fd,
        struct err *e) MUST_CHECK;
bool source_has(const struct source *s, const char *name);
int source_text(
        const struct source *s, const char *name, struct strbuf *out, struct err *e) MUST_CHECK;

struct oci_layer {
	const char *name;   /* in the source */
	struct digest blob; /* of its bytes, where has_blob */
	bool has_blob;
	struct digest diff; /* inflated */
};

struct oci_image {
	struct oci_layer layers[UNPACK_MAX_LAYERS];
	size_t n_layers;
	struct image_config config;
	const char *path_env; /* its PATH, or NULL */
	const char *platform; /* "linux/amd64", or NULL: it does not say */
	struct digest digest; /* of its manifest, or configuration where there is none */
};

/* Of several images the one with that reference (as image_ref gives it) or platform. All strings
 * come from s->arena. */
int oci_read(struct source *s, const char *ref, const char *platform, struct oci_image *out,
        struct err *e) MUST_CHECK;

/* Reads a configuration's JSON (file: its name, for messages): env, workdir, user, entrypoint, cmd,
 * platform. diff_ids come into layers, of which n_layers have names: as many as these. */
int oci_read_config(const struct strbuf *json, const char *file, struct arena *a,
        struct oci_image *out, struct err *e) MUST_CHECK;

/* "linux/amd64" */
const char *oci_own_platform(void);

#endif
