/* Files placed before the first step (config.md 3.6), and other files that a test names. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base64.h"
#include "common/fs.h"
#include "common/num.h"
#include "common/strbuf.h"
#include "daemon/config/load.h"

const char *load_beside(struct loader *l, const struct node *at, struct stat *st)
{
	AUTO_STR dir = xstrdup(l->file->real);
	AUTO_STR whole = NULL;
	AUTO_STR real = NULL;
	AUTO_STR root = realpath(l->s->root, NULL);
	char *slash = strrchr(dir, '/');

	if (slash)
		slash[slash == dir] = '\0';
	l->file->transient = true;
	whole = fs_join(dir, at->s);
	if (!load_path_fits(l, at, whole))
		return NULL;
	real = realpath(whole, NULL);
	if (!real || stat(real, st) < 0) {
		load_refuse(l, "config.path", at, "'%s': %s", at->s, load_why(errno));
		return NULL;
	}
	if (!root || !fs_is_below(real, root)) {
		load_refuse(l, "config.path", at, "'%s' lies outside the project '%s'", at->s,
		        l->s->root);
		return NULL;
	}
	return arena_strdup(l->file->arena, real);
}

const char *load_bytes(struct loader *l, const char *s, size_t len)
{
	/* A NUL behind, and maybe inside. */
	char *copy = arena_alloc(l->file->arena, len + 1);

	memcpy(copy, s, len);
	return copy;
}

const char *load_base64(struct loader *l, const struct node *at, size_t *len)
{
	AUTO_STRBUF bytes = STRBUF_INIT;
	struct err e;

	if (base64_decode(&bytes, at->s, at->len, &e) < 0) {
		load_refuse(l, "config.type", at, "'base64': %s", e.msg);
		return NULL;
	}
	*len = bytes.len;
	return load_bytes(l, bytes.s, bytes.len);
}

/* "uid:gid" or "uid", numbers. */
static bool parse_owner(struct loader *l, const struct node *at, struct file_item *f)
{
	AUTO_STR text = xstrdup(at->s);
	char *colon = strchr(text, ':');
	uint64_t uid, gid = 0;
	struct err e;

	if (colon)
		*colon = '\0';
	if (str_to_u64(text, 0, UINT32_MAX - 1, &uid, &e) < 0 ||
	        (colon && str_to_u64(colon + 1, 0, UINT32_MAX - 1, &gid, &e) < 0)) {
		load_refuse(l, "config.type", at, "'owner' is '%s', wanted numbers as in \"0:0\"",
		        at->s);
		return false;
	}
	f->uid = (uint32_t)uid;
	f->gid = (uint32_t)gid;
	return true;
}

static bool one_body(struct loader *l, const struct node *x)
{
	static const char *const keys[] = { "content", "base64", "source" };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		n += node_get(x, keys[i]) != NULL;
	if (n == 0 && !load_is_damaged(l, x))
		load_refuse(l, "config.missing_key", x,
		        "file '%s' needs one of content, base64, source", node_str(x, "path", ""));
	if (n > 1)
		load_refuse(l, "config.conflict", x, "give only one of content, base64, source");
	return n == 1;
}

static bool fill_body(struct loader *l, const struct node *x, struct file_item *f)
{
	const struct node *content = node_get(x, "content"), *base64 = node_get(x, "base64");
	const struct node *source = node_get(x, "source");
	struct stat st;

	bool template = node_flag(x, "template", false);

	if (content && template) {
		f->content = load_rendered(l, NULL, content, &f->len);
		return f->content != NULL;
	}
	if (content) {
		f->content = load_bytes(l, content->s, content->len);
		f->len = content->len;
		return true;
	}
	if (base64 && template) {
		load_refuse(l, "config.conflict", base64, "'template' wants content or source");
		return false;
	}
	if (base64) {
		f->content = load_base64(l, base64, &f->len);
		return f->content != NULL;
	}
	f->source = load_beside(l, source, &st);
	if (f->source && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		load_refuse(l, "config.path", source, "'%s' is no file or directory", source->s);
		return false;
	}
	if (f->source && template && S_ISDIR(st.st_mode)) {
		load_refuse(l, "config.conflict", source,
		        "'template' wants a file, '%s' is a directory", source->s);
		return false;
	}
	if (f->source && template) {
		f->content = load_rendered(l, f->source, NULL, &f->len);
		f->source = NULL;
		return f->content != NULL;
	}
	return f->source != NULL;
}

static bool make_file(struct loader *l, const struct node *x, struct file_item *f)
{
	const struct node *path = node_get(x, "path"), *owner = node_get(x, "owner");

	if (!path) {
		if (!load_is_damaged(l, x))
			load_refuse(l, "config.missing_key", x, "a file needs 'path'");
		return false;
	}
	*f = (struct file_item){
		.path = load_inner_path(l, path, path->s, "path"),
		.mode = (uint32_t)node_int(x, "mode", 0644),
		.pos = x->pos,
	};
	/* All findings at once: no short cut between these. */
	bool owned = !owner || parse_owner(l, owner, f);
	bool filled = one_body(l, x) && fill_body(l, x, f);

	return f->path && owned && filled;
}

struct file_item *load_files(struct loader *l, const struct node *list, size_t *n)
{
	const struct made *old = load_made(l, list, 0);

	*n = 0;
	if (!list)
		return NULL;
	if (old) {
		*n = old->n;
		return old->v;
	}

	struct file_item *v = arena_array(l->file->arena, list->n_children + 1, sizeof(*v));

	for (const struct node *x = list->first; x; x = x->next)
		if (make_file(l, x, &v[*n]))
			++*n;
	load_keep_made(l, list, 0, v, *n);
	return v;
}
