#include "daemon/image/depot_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/log.h"
#include "common/map.h"
#include "daemon/core/id.h"

#define MAX_RECORD (1u << 20)
#define TMP_ID 16
#define BOOT_ID 37

char *depot_root(const char *data_dir)
{
	return fs_join(data_dir, "images/imported");
}

int depot_make(const char *root, struct err *e)
{
	static const char *const names[] = { "tmp", "layers", "images", "refs", "known",
		"prepared" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_STR dir = fs_join(root, names[i]);

		if (fs_mkdirs(dir, 0700, e) < 0)
			return -1;
	}
	return 0;
}

int depot_lock(const char *root, struct err *e)
{
	AUTO_STR path = fs_join(root, "lock");
	AUTO_FD fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_sys(e, "cannot open '%s'", path);
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_sys(e, "cannot lock '%s'", path);
	return steal_fd(&fd);
}

/* ---- what a layer says of itself ---- */

/* This boot's, 36 characters. */
static void read_boot(char out[BOOT_ID])
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;

	out[0] = '\0';
	if (fs_read_file("/proc/sys/kernel/random/boot_id", 64, &text, &e) == 0)
		snprintf(out, BOOT_ID, "%.36s", text.s);
}

static bool is_settled(const char *dir)
{
	AUTO_STR mark = fs_join(dir, "settled");

	return access(mark, F_OK) == 0;
}

/* False too for a layer that a crash of the machine may have torn: it is of another boot, and
 * nobody had seen it all on disk. */
static bool read_meta(const char *dir, struct unpack_stats *out)
{
	AUTO_STR path = fs_join(dir, "meta");
	AUTO_STRBUF text = STRBUF_INIT;
	char made[BOOT_ID] = "", now[BOOT_ID];
	struct err e;

	if (fs_read_file(path, 256, &text, &e) < 0 ||
	        sscanf(text.s, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %36s",
	                &out->bytes, &out->entries, &out->left_out, &out->owners_lost,
	                &out->xattrs_lost, made) != 6)
		return false;
	if (is_settled(dir))
		return true;
	read_boot(now);
	return strcmp(made, now) == 0;
}

int depot_layer_lock(const char *dir, bool alone, int *fd)
{
	AUTO_STR path = fs_join(dir, "meta");
	AUTO_FD lock = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat here, there;

	if (lock < 0)
		return alone ? 0 : -1; /* half of one: nobody can use it */
	/* It may be swept between open and lock. */
	if (flock(lock, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) < 0 || fstat(lock, &here) < 0 ||
	        stat(path, &there) < 0 || here.st_ino != there.st_ino)
		return -1;
	*fd = steal_fd(&lock);
	return 0;
}

/* ---- reading ---- */

int depot_ref(const char *root, const char *name, char digest[DIGEST_HEX], struct err *e)
{
	char file[IMAGE_MAX_REF];
	AUTO_STRBUF text = STRBUF_INIT;
	struct err why;

	image_ref_file(name, file);
	AUTO_STR path = xasprintf("%s/refs/%s", root, file);
	if (fs_read_file(path, DIGEST_HEX + 1, &text, &why) < 0 || text.len < 64 ||
	        strspn(text.s, "0123456789abcdef") != 64)
		return err_set(e, ERR_NOT_FOUND, "there is no image '%s'", name);
	snprintf(digest, DIGEST_HEX, "%.64s", text.s);
	return 0;
}

int depot_record(const char *root, const char *digest, struct arena *a, struct image_record *out,
        int *hold, struct err *e)
{
	AUTO_STR path = xasprintf("%s/images/%s", root, digest);
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	AUTO_STRBUF text = STRBUF_INIT;
	struct stat st;

	/* Who has it locked for himself alone is about to remove it. */
	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) < 0 || fstat(fd, &st) < 0 || st.st_nlink == 0)
		return err_set(e, ERR_NOT_FOUND, "there is no image %.12s", digest);
	if (fs_read_fd(fd, path, MAX_RECORD, &text, e) < 0 ||
	        record_read(text.s, text.len, a, out, e) < 0)
		return err_wrap(e, "'%s'", path);
	for (size_t i = 0; i < out->n_layers; i++) {
		AUTO_STR dir = xasprintf("%s/layers/%s", root, out->layers[i]);
		struct unpack_stats stats;

		if (!read_meta(dir, &stats))
			return err_set(e, ERR_NOT_FOUND,
			        "a layer of this image is lost (the machine went down right after "
			        "the "
			        "import): import it again");
	}
	*hold = steal_fd(&fd);
	return 0;
}

/* Calls each(arg, name) for every entry of a directory. */
void depot_each(const char *dir, void (*each)(void *arg, const char *name), void *arg)
{
	DIR *d = opendir(dir);
	const struct dirent *x;

	while (d && (x = readdir(d)) != NULL)
		if (x->d_name[0] != '.')
			each(arg, x->d_name);
	if (d)
		closedir(d);
}

struct name_call {
	void (*each)(void *arg, const char *name);
	void *arg;
};

static void on_ref(void *arg, const char *file)
{
	const struct name_call *c = arg;
	char name[IMAGE_MAX_REF];

	if (image_ref_of_file(file, name))
		c->each(c->arg, name);
}

void depot_names(const char *root, void (*each)(void *arg, const char *name), void *arg)
{
	AUTO_STR dir = fs_join(root, "refs");
	struct name_call c = { each, arg };

	depot_each(dir, on_ref, &c);
}

/* ---- an import's own directory ---- */

/* With the depot's lock, so that the sweep does not come between the directory and its own. */
static int make_tmp(struct depot_tmp *t, struct err *e)
{
	char id[TMP_ID + 1];

	if (t->fd >= 0)
		return 0;
	id_make(id, TMP_ID);
	free(t->path);
	t->path = xasprintf("%s/tmp/%s", t->root, id);
	if (mkdir(t->path, 0700) < 0)
		return err_sys(e, "cannot make '%s'", t->path);
	t->fd = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (t->fd < 0 || flock(t->fd, LOCK_EX | LOCK_NB) < 0)
		return err_sys(e, "cannot lock '%s'", t->path);
	return 0;
}

int depot_tmp_make(struct depot_tmp *t, struct err *e)
{
	if (t->fd >= 0)
		return 0;
	AUTO_FD lock = depot_lock(t->root, e);
	return lock < 0 ? -1 : make_tmp(t, e);
}

void depot_tmp_remove(struct depot_tmp *t)
{
	struct err e;

	/* What cannot be removed now is swept later. */
	if (t->fd >= 0 && fs_remove_tree(AT_FDCWD, t->path, &e) < 0)
		log_warn("images: %s", e.msg);
	close_fd(&t->fd);
	free(t->path);
	t->path = NULL;
}

/* ---- layers ---- */

bool depot_layer_open(const char *root, const char *key, struct depot_layer *out)
{
	AUTO_STR dir = xasprintf("%s/layers/%s", root, key);
	AUTO_STR diff = fs_join(dir, "diff");

	*out = DEPOT_LAYER;
	snprintf(out->key, sizeof(out->key), "%s", key);
	if (depot_layer_lock(dir, false, &out->hold) == 0 && read_meta(dir, &out->stats))
		out->fd = open(diff, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (out->fd < 0)
		depot_layer_close(out);
	return out->fd >= 0;
}

void depot_layer_close(struct depot_layer *l)
{
	close_fd(&l->fd);
	close_fd(&l->hold);
}

int depot_layer_stage(struct depot_tmp *t, unsigned number, struct depot_layer *out, struct err *e)
{
	char diff[32];

	*out = DEPOT_LAYER;
	out->staged = true;
	out->number = number;
	if (depot_tmp_make(t, e) < 0)
		return -1;
	snprintf(diff, sizeof(diff), "%u", number);
	if (mkdirat(t->fd, diff, 0700) < 0)
		return err_sys(e, "cannot make '%s/%s'", t->path, diff);
	snprintf(diff, sizeof(diff), "%u/diff", number);
	if (mkdirat(t->fd, diff, 0755) < 0)
		return err_sys(e, "cannot make '%s/%s'", t->path, diff);
	out->fd = openat(t->fd, diff, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return out->fd < 0 ? err_sys(e, "cannot open '%s/%s'", t->path, diff) : 0;
}

int depot_layer_finish(const struct depot_tmp *t, const struct depot_layer *l, struct err *e)
{
	AUTO_STRBUF text = STRBUF_INIT;
	char name[32], boot[BOOT_ID];

	read_boot(boot);
	snprintf(name, sizeof(name), "%u/meta", l->number);
	AUTO_FD fd = openat(t->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, "cannot make '%s/%s'", t->path, name);
	strbuf_printf(&text, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n",
	        l->stats.bytes, l->stats.entries, l->stats.left_out, l->stats.owners_lost,
	        l->stats.xattrs_lost, boot);
	return fs_write_all(fd, text.s, text.len, e);
}

int depot_move_layer(const struct depot_tmp *t, const struct depot_layer *l, struct err *e)
{
	AUTO_STR to = xasprintf("%s/layers/%s", t->root, l->key);
	struct unpack_stats stats;
	unsigned how = RENAME_NOREPLACE;
	char from[16];

	if (!l->staged)
		return access(to, F_OK) == 0
		               ? 0
		               : err_set(e, ERR_BUSY,
		                         "a layer was removed during the import; import it again");
	snprintf(from, sizeof(from), "%u", l->number);
	/* Another import may have been faster: its layer is as good, and ours goes with tmp. One
	 * that is torn goes in place of ours. */
	if (access(to, F_OK) == 0 && !read_meta(to, &stats))
		how = RENAME_EXCHANGE;
	if (renameat2(t->fd, from, AT_FDCWD, to, how) < 0 && errno != EEXIST)
		return err_sys(e, "cannot rename '%s/%s' to '%s'", t->path, from, to);
	return 0;
}

/* By rename, so that nobody reads half of it. The lock is held; what is in tmp goes with it. */
int depot_put_text(struct depot_tmp *t, const char *path, const char *text, size_t n, struct err *e)
{
	if (make_tmp(t, e) < 0)
		return -1;
	AUTO_FD fd = openat(t->fd, "text", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || fs_write_all(fd, text, n, e) < 0)
		return err_sys(e, "cannot write '%s'", path);
	return renameat(t->fd, "text", AT_FDCWD, path) < 0 ? err_sys(e, "cannot make '%s'", path)
	                                                   : 0;
}

static bool leads_to(const char *root, const char *name, const char *digest)
{
	char now[DIGEST_HEX];
	struct err e;

	return depot_ref(root, name, now, &e) == 0 && strcmp(now, digest) == 0;
}

static int put_name(struct depot_tmp *t, const char *name, const char *digest, struct err *e)
{
	char file[IMAGE_MAX_REF], line[DIGEST_HEX + 1];

	image_ref_file(name, file);
	AUTO_STR ref = xasprintf("%s/refs/%s", t->root, file);
	snprintf(line, sizeof(line), "%s\n", digest);
	return leads_to(t->root, name, digest) ? 0 : depot_put_text(t, ref, line, strlen(line), e);
}

int depot_name(struct depot_tmp *t, const char *name, const char *digest, struct err *e)
{
	AUTO_FD lock = depot_lock(t->root, e);

	return lock < 0 ? -1 : put_name(t, name, digest, e);
}

static bool is_record(const char *path)
{
	AUTO_STRBUF text = STRBUF_INIT;
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct image_record r;
	struct err e;

	return fs_read_file(path, MAX_RECORD, &text, &e) == 0 &&
	       record_read(text.s, text.len, a, &r, &e) == 0;
}

int depot_publish(struct depot_tmp *t, const struct depot_layer *layers, size_t n,
        const char *digest, const struct strbuf *record, const char *name, struct err *e)
{
	AUTO_STR image = xasprintf("%s/images/%s", t->root, digest);
	AUTO_FD lock = depot_lock(t->root, e);

	if (lock < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (depot_move_layer(t, &layers[i], e) < 0)
			return -1;
	/* A record that is there is equal, and may be locked by who uses it; nobody uses one that
	 * is damaged. */
	if (!is_record(image) && depot_put_text(t, image, record->s, record->len, e) < 0)
		return -1;
	return put_name(t, name, digest, e);
}

/* ---- known archives ---- */

bool depot_known(const char *root, const char *identity, char digest[DIGEST_HEX])
{
	AUTO_STR path = xasprintf("%s/known/%s", root, identity);
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;

	return fs_read_file(path, DIGEST_HEX + 1, &text, &e) == 0 &&
	       sscanf(text.s, "%64[0-9a-f]", digest) == 1 && strlen(digest) == 64;
}

void depot_remember(const char *root, const char *identity, const char *digest)
{
	AUTO_STR path = xasprintf("%s/known/%s", root, identity);
	AUTO_STR line = xasprintf("%s\n", digest);
	struct err e;

	/* It only saves time, and half of it is no digest. */
	AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || fs_write_all(fd, line, strlen(line), &e) < 0)
		log_debug("images: what is known of an archive is not kept");
}

/* ---- removal ---- */

int depot_forget(const char *root, const char *name, struct err *e)
{
	char file[IMAGE_MAX_REF];
	AUTO_FD lock = depot_lock(root, e);

	if (lock < 0)
		return -1;
	image_ref_file(name, file);
	AUTO_STR path = xasprintf("%s/refs/%s", root, file);
	if (unlink(path) == 0)
		return 0;
	return errno == ENOENT ? err_set(e, ERR_NOT_FOUND, "there is no image '%s'", name)
	                       : err_sys(e, "cannot remove '%s'", path);
}

struct sweep {
	const char *root;
	bool dry;                   /* counts what nobody has to use either */
	const char *const *without; /* names that are taken for gone */
	struct map *digests;        /* that names lead to */
	struct map *keys;           /* of layers that records name */
	struct depot_tmp trash;
	uint64_t freed;
};

static void mark_ref(void *arg, const char *name)
{
	struct sweep *s = arg;
	char digest[DIGEST_HEX];
	struct err e;

	for (const char *const *w = s->without; w && *w; w++)
		if (strcmp(*w, name) == 0)
			return;
	if (depot_ref(s->root, name, digest, &e) == 0)
		map_put(s->digests, digest, s);
}

/* Nobody uses a record that can be locked, and nobody will: the depot is locked. */
static bool drop_record(const struct sweep *s, const char *path, const char *digest)
{
	AUTO_FD fd = -1;

	if (s->dry || map_get(s->digests, digest))
		return s->dry && !map_get(s->digests, digest);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && unlink(path) == 0;
}

static void sweep_record(void *arg, const char *digest)
{
	struct sweep *s = arg;
	AUTO_STR path = xasprintf("%s/images/%s", s->root, digest);
	AUTO_STRBUF text = STRBUF_INIT;
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct image_record r;
	struct err e;

	if (drop_record(s, path, digest) || fs_read_file(path, MAX_RECORD, &text, &e) < 0 ||
	        record_read(text.s, text.len, a, &r, &e) < 0)
		return;
	for (size_t i = 0; i < r.n_layers; i++)
		map_put(s->keys, r.layers[i], s);
}

/* One that cannot be read, or whose layer is lost, is none; the lock of who prepares is one of
 * these too, and it goes with the last that holds it. */
static void sweep_prepared(void *arg, const char *key)
{
	struct sweep *s = arg;
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct prepared_record r;
	struct err e;

	if (depot_prepared(s->root, key, a, &r, NULL, &e) == 0)
		map_put(s->keys, r.layer, s);
	else if (!s->dry)
		depot_prepared_clear(s->root, key);
}

/* Who lies on a prepared one holds the layer itself. */
static void sweep_layer(void *arg, const char *key)
{
	struct sweep *s = arg;
	AUTO_STR path = xasprintf("%s/layers/%s", s->root, key);
	struct unpack_stats stats = { 0 };
	AUTO_FD lock = -1;
	struct err e;

	if (read_meta(path, &stats) && map_get(s->keys, key))
		return;
	if (!s->dry && depot_layer_lock(path, true, &lock) < 0)
		return;
	if (s->dry ||
	        (make_tmp(&s->trash, &e) == 0 && renameat(AT_FDCWD, path, s->trash.fd, key) == 0))
		s->freed += stats.bytes;
}

/* Of an image that is no more, or never was. */
static void sweep_known(void *arg, const char *identity)
{
	struct sweep *s = arg;
	AUTO_STR path = xasprintf("%s/known/%s", s->root, identity);
	char digest[DIGEST_HEX] = "";
	bool known = depot_known(s->root, identity, digest);
	AUTO_STR image = xasprintf("%s/images/%s", s->root, digest);

	if (!s->dry && (!known || access(image, F_OK) < 0))
		(void)unlink(path);
}

static void each_in(struct sweep *s, const char *sub, void (*each)(void *arg, const char *name))
{
	AUTO_STR dir = fs_join(s->root, sub);

	depot_each(dir, each, s);
}

/* What an import has left that was killed: its directory is not locked. */
static void sweep_tmp(void *arg, const char *name)
{
	const struct sweep *s = arg;
	AUTO_STR path = xasprintf("%s/tmp/%s", s->root, name);
	AUTO_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct err e;

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		return;
	if (fs_remove_tree(AT_FDCWD, path, &e) < 0)
		log_warn("images: %s", e.msg);
}

static int sweep_locked(struct sweep *s, struct err *e)
{
	AUTO_FD lock = depot_lock(s->root, e);

	if (lock < 0)
		return -1;
	depot_names(s->root, mark_ref, s);
	each_in(s, "images", sweep_record);
	each_in(s, "prepared", sweep_prepared);
	each_in(s, "layers", sweep_layer);
	each_in(s, "known", sweep_known);
	/* With the lock: an import that begins now has its directory and not yet a lock on it. */
	if (!s->dry)
		each_in(s, "tmp", sweep_tmp);
	return 0;
}

/* ---- to disk ---- */

struct settling {
	const char *root;
	struct loose {
		char key[DEPOT_KEY];
		ino_t ino;
	} * v;
	size_t n, cap;
};

static void find_loose(void *arg, const char *key)
{
	struct settling *s = arg;
	AUTO_STR dir = xasprintf("%s/layers/%s", s->root, key);
	struct unpack_stats stats;
	struct stat st;

	if (is_settled(dir) || !read_meta(dir, &stats) || stat(dir, &st) < 0)
		return;
	s->v = xgrow(s->v, &s->cap, s->n + 1, sizeof(*s->v));
	s->v[s->n].ino = st.st_ino;
	snprintf(s->v[s->n++].key, DEPOT_KEY, "%s", key);
}

static void mark_settled(const struct settling *s, const struct loose *l)
{
	AUTO_STR dir = xasprintf("%s/layers/%s", s->root, l->key);
	AUTO_STR mark = fs_join(dir, "settled");
	struct stat st;

	/* Not one of that name that came meanwhile. */
	if (stat(dir, &st) == 0 && st.st_ino == l->ino)
		close(open(mark, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
}

/* One call for all files of all layers, and nobody waits for it. */
static int settle(const char *root, struct err *e)
{
	struct settling s = { .root = root };
	AUTO_STR layers = fs_join(root, "layers");
	AUTO_FD fd = open(layers, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = 0;

	depot_each(layers, find_loose, &s);
	if (s.n && syncfs(fd) < 0)
		result = err_sys(e, "cannot write the images to disk");
	AUTO_FD lock = s.n && result == 0 ? depot_lock(root, e) : -1;
	for (size_t i = 0; lock >= 0 && i < s.n; i++)
		mark_settled(&s, &s.v[i]);
	free(s.v);
	return result;
}

static int sweep(struct sweep *s, struct err *e)
{
	s->digests = map_new();
	s->keys = map_new();
	int result = sweep_locked(s, e);
	depot_tmp_remove(&s->trash);
	map_free(s->digests, NULL);
	map_free(s->keys, NULL);
	return result;
}

int depot_sweep(const char *root, struct err *e)
{
	struct sweep s = { .root = root, .trash = DEPOT_TMP(root) };

	return sweep(&s, e) < 0 ? -1 : settle(root, e);
}

int depot_garbage(const char *root, const char *const *without, uint64_t *bytes, struct err *e)
{
	struct sweep s = {
		.root = root, .dry = true, .without = without, .trash = DEPOT_TMP(root)
	};
	int result = sweep(&s, e);

	*bytes = s.freed;
	return result;
}
