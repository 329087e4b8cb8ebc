#include "daemon/image/oci_json_priv.h"

#include <stdio.h>
#include <string.h>

void oci_drop(json_t *j)
{
	json_decref(j);
}

json_t *oci_parse(const char *s, size_t n, const char *what, struct err *e)
{
	json_error_t why;
	json_t *j = json_loadb(s, n, JSON_REJECT_DUPLICATES, &why);

	if (!j)
		err_set(e, ERR_INVALID, "%s: line %d, column %d: %s", what, why.line, why.column,
		        why.text);
	return j;
}

const char *oci_text(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

bool oci_is_plain(const char *s, size_t max)
{
	size_t n = 0;

	for (; s[n]; n++)
		if ((unsigned char)s[n] < ' ' || s[n] == 127)
			return false;
	return n <= max;
}

int oci_read_digest(const char *s, struct digest *out, struct err *e)
{
	if (strncmp(s, "sha256:", 7) != 0 || strspn(s + 7, "0123456789abcdef") != 64 || s[7 + 64])
		return err_set(
		        e, ERR_INVALID, "'%.100s' is no SHA-256 digest, and no other is known", s);
	for (size_t i = 0; i < sizeof(out->b); i++) {
		unsigned byte = 0;

		(void)sscanf(s + 7 + 2 * i, "%2x", &byte);
		out->b[i] = (uint8_t)byte;
	}
	return 0;
}

static const char *kind_name(json_type type)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "a list",
		[JSON_STRING] = "a string",
		[JSON_INTEGER] = "a number",
		[JSON_REAL] = "a number",
		[JSON_TRUE] = "true",
		[JSON_FALSE] = "false",
		[JSON_NULL] = "null",
	};

	return names[type];
}

int oci_member(const struct oci_place *at, const json_t *object, const char *key, json_type type,
        const json_t **out, struct err *e)
{
	const json_t *x = json_object_get(object, key);

	*out = NULL;
	if (!x || json_is_null(x))
		return 0;
	if (json_typeof(x) != type)
		return err_set(e, ERR_INVALID, "%s: %s%s: expected %s or null, not %s", at->file,
		        at->in ? at->in : "", key, kind_name(type), kind_name(json_typeof(x)));
	*out = x;
	return 0;
}

int oci_need(const struct oci_place *at, const json_t *object, const char *key, json_type type,
        const json_t **out, struct err *e)
{
	if (!json_is_object(object))
		return err_set(e, ERR_INVALID, "%s: %s: expected an object", at->file,
		        at->in ? at->in : "all of it");
	if (oci_member(at, object, key, type, out, e) < 0)
		return -1;
	return *out ? 0
	            : err_set(e, ERR_INVALID, "%s: %s%s: expected %s, and there is none", at->file,
	                      at->in ? at->in : "", key, kind_name(type));
}

int oci_strings(const struct oci_place *at, const char *key, const json_t *list, struct err *e)
{
	const json_t *x;
	size_t i;

	json_array_foreach(list, i, x) if (!json_is_string(x)) return err_set(e, ERR_INVALID,
	        "%s: %s%s[%zu]: expected a string, not %s", at->file, at->in ? at->in : "", key, i,
	        kind_name(json_typeof(x)));
	return 0;
}
