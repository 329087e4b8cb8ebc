/* daemon/image/oci_json_priv.h - JSON that comes with an image: of whoever made it. */
#ifndef DAEMON_IMAGE_OCI_JSON_PRIV_H
#define DAEMON_IMAGE_OCI_JSON_PRIV_H

#include <jansson.h>

#include "daemon/image/oci_priv.h"

void oci_drop(json_t *j);
CLEANUP_FN(oci_drop, json_t *)

/* what: for messages. NULL. */
json_t *oci_parse(const char *s, size_t n, const char *what, struct err *e);
/* A member, "" when it is absent or no string. */
const char *oci_text(const json_t *object, const char *key);
/* "sha256:HEX" */
int oci_read_digest(const char *s, struct digest *out, struct err *e) MUST_CHECK;
/* At most max bytes, and no control characters. */
bool oci_is_plain(const char *s, size_t max);

/* Where a member is, for messages: a file of the archive, and what is in front of its name. */
struct oci_place {
	const char *file, *in; /* in: "config.", or NULL */
};
/* *out is NULL where it is absent or null, which the same programs write for each other. */
int oci_member(const struct oci_place *at, const json_t *object, const char *key, json_type type,
        const json_t **out, struct err *e) MUST_CHECK;
/* The same of one that has to be there, in something that has to be an object. */
int oci_need(const struct oci_place *at, const json_t *object, const char *key, json_type type,
        const json_t **out, struct err *e) MUST_CHECK;
/* Whether all of a list (or NULL) are strings. */
int oci_strings(
        const struct oci_place *at, const char *key, const json_t *list, struct err *e) MUST_CHECK;

#endif
