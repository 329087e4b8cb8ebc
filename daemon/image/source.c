/* Files within what is imported, by name: a directory's, or a tar's by their place in it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fs.h"
#include "daemon/image/oci_priv.h"

#define MAX_NAMES 4096
#define MAX_LINKS 8

const char *const source_kind_names[] = {
	[SOURCE_DIRECTORY] = "directory",
	[SOURCE_TAR] = "tar",
	[SOURCE_LAYOUT] = "oci-layout",
	[SOURCE_ARCHIVE] = "archive",
};

/* ---- is it an archive of images ---- */

static bool is_hex(const char *s, size_t n)
{
	return strspn(s, "0123456789abcdef") >= n;
}

/* Names that `docker save`, those that write what `docker load` reads, and OCI layouts have; a root
 * file system begins with another one. */
static bool is_image_name(const char *name)
{
	static const char *const files[] = { "manifest.json", "index.json", "oci-layout",
		"repositories", "config.json", "blobs", "blobs/sha256" };
	static const char *const of_id[] = { "", "/", "/VERSION", "/json", "/layer.tar", ".json",
		".tar", ".tar.gz" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (strcmp(name, files[i]) == 0)
			return true;
	if (strncmp(name, "blobs/sha256/", 13) == 0)
		return is_hex(name + 13, 64) && strlen(name) == 13 + 64;
	if (strncmp(name, "sha256:", 7) == 0)
		name += 7;
	if (!is_hex(name, 64))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(of_id); i++)
		if (strcmp(name + 64, of_id[i]) == 0)
			return true;
	return false;
}

struct listing {
	struct source *s;
	bool image, index, has_entries;
	size_t n;
};

/* The target of a link as a name of the archive; NULL when it leads out. */
static const char *link_target(struct listing *l, const char *name, const struct archive_name *x)
{
	const char *slash = strrchr(name, '/');
	AUTO_STR in = slash && S_ISLNK(x->type) ? xstrndup(name, (size_t)(slash - name)) : NULL;
	AUTO_STR joined = in ? fs_join(in, x->target) : xstrdup(x->target);
	AUTO_STR normal = fs_normalize(joined);

	if (normal[0] == '/' || strncmp(normal, "..", 2) == 0)
		return NULL;
	return arena_strdup(l->s->arena, normal);
}

static bool on_name(void *arg, const struct archive_name *x)
{
	struct listing *l = arg;
	AUTO_STR normal = fs_normalize(x->path);
	struct source_name *name;

	l->has_entries = true;
	if (strcmp(normal, ".") == 0 || !normal[0])
		return true;
	if (++l->n > MAX_NAMES || !is_image_name(normal)) {
		l->image = false;
		return false;
	}
	l->index |= strcmp(normal, "manifest.json") == 0 || strcmp(normal, "index.json") == 0;
	name = arena_alloc(l->s->arena, sizeof(*name));
	*name = (struct source_name){ .at = x->at, .size = x->size };
	if (x->target)
		name->link = link_target(l, normal, x);
	if (S_ISREG(x->type) || name->link)
		map_put(l->s->names, normal, name);
	return true;
}

static int list_names(struct source *s, struct listing *l, struct err *e)
{
	*l = (struct listing){ .s = s, .image = true };
	map_free(s->names, NULL);
	s->names = map_new();
	if (archive_list(s->how, &s->whole, on_name, l, e) == 0)
		return 0;
	archive_explain(&s->whole, e);
	return -1;
}

static int replace_by_spool(struct source *s, const struct source_spool *how, struct err *e)
{
	AUTO_FD spool = how->make(how->arg, e);
	struct stat st;

	if (spool < 0 || archive_inflate(s->how, &s->whole, spool, how->max_bytes, e) < 0)
		return -1;
	if (dup3(spool, s->fd, O_CLOEXEC) < 0 || fstat(s->fd, &st) < 0)
		return err_sys(e, "cannot look at the inflated archive");
	s->whole = (struct archive_part){ .fd = s->fd, .at = 0, .n = st.st_size };
	return 0;
}

int source_look(struct source *s, const struct source_spool *spool, struct err *e)
{
	struct listing l;

	s->whole = (struct archive_part){ .fd = s->fd, .at = 0, .n = s->st.st_size };
	s->kind = SOURCE_TAR;
	if (list_names(s, &l, e) < 0)
		return e->code == ERR_INVALID
		               ? err_wrap(e,
		                         "it is neither a root directory, a tar (plain, gzip or "
		                         "zstd), an archive of 'docker save' nor an OCI layout")
		               : -1;
	/* A `docker save` that failed writes nothing: that is no image of nothing. */
	if (!l.has_entries) {
		err_set(e, ERR_INVALID, "nothing is in it");
		return -1;
	}
	if (!l.image || !l.index)
		return 0;
	s->kind = SOURCE_ARCHIVE;
	if (!archive_is_compressed(&s->whole))
		return 0;
	return replace_by_spool(s, spool, e) < 0 ? -1 : list_names(s, &l, e);
}

/* A path that leads nowhere is no fault of ours. */
static enum err_code why_not(int sys)
{
	switch (sys) {
	case ENOENT:
	case ENOTDIR:
		return ERR_NOT_FOUND;
	case EACCES:
		return ERR_DENIED;
	case ELOOP:
	case ENAMETOOLONG:
	case ENXIO: /* a socket */
		return ERR_INVALID;
	default:
		return ERR_SYS;
	}
}

int source_open(struct source *s, const struct archive_how *how, const char *path, struct err *e)
{
	*s = (struct source){ .how = how,
		.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) };
	s->arena = arena_new();
	s->names = map_new();
	if (s->fd < 0 || fstat(s->fd, &s->st) < 0) {
		err_sys(e, "cannot open '%s'", path);
		e->code = why_not(e->sys);
		return -1;
	}
	if (S_ISDIR(s->st.st_mode)) {
		s->kind = source_has(s, "oci-layout") && source_has(s, "index.json")
		                  ? SOURCE_LAYOUT
		                  : SOURCE_DIRECTORY;
		return 0;
	}
	if (!S_ISREG(s->st.st_mode))
		return err_set(e, ERR_INVALID, "'%s' is neither a directory nor a file", path);
	s->kind = SOURCE_TAR;
	return 0;
}

void source_close(struct source *s)
{
	close_fd(&s->fd);
	map_free(s->names, NULL);
	arena_free(s->arena);
}

/* ---- one file ---- */

static int part_of_directory(
        const struct source *s, const char *name, struct archive_part *out, int *fd, struct err *e)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	AUTO_FD file = (int)syscall(SYS_openat2, s->fd, name, &how, sizeof(how));
	struct stat st;

	if (file < 0 || fstat(file, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(e, ERR_NOT_FOUND, "it has no file '%s'", name);
	*out = (struct archive_part){ .fd = file, .at = 0, .n = st.st_size };
	*fd = steal_fd(&file);
	return 0;
}

static int part_of_archive(
        const struct source *s, const char *name, struct archive_part *out, struct err *e)
{
	const struct source_name *x = map_get(s->names, name);

	for (unsigned links = 0; x && x->link && links < MAX_LINKS; links++)
		x = map_get(s->names, x->link);
	if (!x || x->link)
		return err_set(e, ERR_NOT_FOUND, "it has no file '%s'", name);
	if (x->at < 0 || x->size < 0 || x->at > s->whole.n || x->size > s->whole.n - x->at)
		return err_set(e, ERR_INVALID, "'%s' is cut off", name);
	*out = (struct archive_part){ .fd = s->whole.fd, .at = x->at, .n = x->size };
	return 0;
}

int source_part(
        const struct source *s, const char *name, struct archive_part *out, int *fd, struct err *e)
{
	*fd = -1;
	return s->kind == SOURCE_ARCHIVE ? part_of_archive(s, name, out, e)
	                                 : part_of_directory(s, name, out, fd, e);
}

bool source_has(const struct source *s, const char *name)
{
	struct archive_part part;
	AUTO_FD fd = -1;
	struct err e;

	return source_part(s, name, &part, &fd, &e) == 0;
}

int source_text(const struct source *s, const char *name, struct strbuf *out, struct err *e)
{
	struct archive_part part;
	AUTO_FD fd = -1;

	if (source_part(s, name, &part, &fd, e) < 0)
		return -1;
	if (part.n > OCI_MAX_JSON)
		return err_set(e, ERR_LIMIT, "'%s' has %lld bytes, at most %u", name,
		        (long long)part.n, OCI_MAX_JSON);
	strbuf_grow(out, (size_t)part.n);
	ssize_t n = pread(part.fd, out->s + out->len, (size_t)part.n, part.at);
	if (n != part.n)
		return n < 0 ? err_sys(e, "cannot read '%s'", name)
		             : err_set(e, ERR_INVALID, "'%s' is cut off", name);
	out->len += (size_t)n;
	out->s[out->len] = '\0';
	return 0;
}
