/* Names of imported images: references without what everybody leaves out. */
#include <ctype.h>
#include <string.h>

#include "daemon/image/depot_priv.h"

#define MAX_TAG 128

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool is_reserved(const char *name)
{
	return strcmp(name, "host") == 0 || strcmp(name, "scratch") == 0 || starts(name, "host:") ||
	       starts(name, "scratch:") || starts(name, "clnrm/");
}

/* Letters, digits and marks; each part between slashes begins with a letter or digit. */
static bool is_path(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool first = i == 0 || s[i - 1] == '/';

		if (!isalnum((unsigned char)s[i]) && (first || !strchr("._-/:", s[i])))
			return false;
	}
	return n > 0 && s[n - 1] != '/';
}

static bool is_tag(const char *s)
{
	size_t n = 0;

	for (; s[n]; n++)
		if (!isalnum((unsigned char)s[n]) && s[n] != '_' && (n == 0 || !strchr(".-", s[n])))
			return false;
	return n > 0 && n <= MAX_TAG;
}

/* "@sha256:HEX" at the end. */
static int split_digest(const char *name, size_t *len, char digest[DIGEST_HEX], struct err *e)
{
	const char *at = strchr(name, '@');

	digest[0] = '\0';
	*len = at ? (size_t)(at - name) : strlen(name);
	if (!at)
		return 0;
	if (!starts(at, "@sha256:") || strspn(at + 8, "0123456789abcdef") != 64 || at[8 + 64])
		return err_set(e, ERR_INVALID,
		        "image '%.200s': '@' stands before sha256: and 64 digits", name);
	memcpy(digest, at + 8, DIGEST_HEX);
	return 0;
}

int image_ref_read(const char *name, struct image_ref *out, struct err *e)
{
	size_t len, tag = 0;

	if (split_digest(name, &len, out->digest, e) < 0)
		return -1;
	if (len > 10 && starts(name, "docker.io/")) {
		name += 10;
		len -= 10;
	}
	if (len > 8 && starts(name, "library/")) {
		name += 8;
		len -= 8;
	}
	for (size_t i = 0; i < len; i++)
		tag = name[i] == ':' ? i : name[i] == '/' ? 0 : tag;
	if (len + sizeof(":latest") > sizeof(out->name) || !is_path(name, tag ? tag : len))
		return err_set(e, ERR_INVALID,
		        "'%.200s' is no name of an image: letters, digits, '.', '_', '-', '/', "
		        "then "
		        "perhaps ':' and a tag",
		        name);
	snprintf(out->name, sizeof(out->name), "%.*s%s", (int)len, name, tag ? "" : ":latest");
	if (!is_tag(strrchr(out->name, ':') + 1))
		return err_set(e, ERR_INVALID, "image '%.200s': its tag is no tag", name);
	if (is_reserved(out->name))
		return err_set(
		        e, ERR_INVALID, "'%.200s' is an image that clnrm makes itself", name);
	return 0;
}

void image_ref_file(const char *name, char out[IMAGE_MAX_REF])
{
	snprintf(out, IMAGE_MAX_REF, "%s", name);
	for (char *p = out; *p; p++)
		*p = *p == '/' ? '%' : *p;
}

bool image_ref_of_file(const char *file, char out[IMAGE_MAX_REF])
{
	struct image_ref ref;
	struct err e;

	if (strlen(file) >= IMAGE_MAX_REF)
		return false;
	snprintf(out, IMAGE_MAX_REF, "%s", file);
	for (char *p = out; *p; p++)
		*p = *p == '%' ? '/' : *p;
	return image_ref_read(out, &ref, &e) == 0 && strcmp(ref.name, out) == 0;
}
