/* Layers that preparations made, on disk: a record for each key. */
#include <jansson.h>

#include "daemon/image/depot_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/json.h"

#define VERSION "clnrm.prepared/1"
#define MAX_RECORD (64u << 10)
#define RUN ".run" /* behind the key: the lock of who prepares it */
#define TOUCH_NS (60 * NS_PER_S)

/* ---- a record ---- */

#define TEXTS(X)          \
	X("key", key)     \
	X("layer", layer) \
	X("diff", diff)   \
	X("image", image) \
	X("image_digest", image_digest)
#define NUMBERS(X)                    \
	X("took_ms", took_ms)         \
	X("size_bytes", bytes)        \
	X("entries", entries)         \
	X("owners_lost", owners_lost) \
	X("made_ns", made_wall_ns)

static void prepared_write(const struct prepared_record *r, struct strbuf *json)
{
	struct json j = JSON_INIT(json);

	json_obj(&j, NULL);
	json_str(&j, "schema", VERSION);
#define X(name, place) json_str(&j, name, r->place);
	TEXTS(X)
#undef X
	json_bool(&j, "recorded", r->recorded);
#define X(name, place) json_uint(&j, name, (uint64_t)r->place);
	NUMBERS(X)
#undef X
	json_end(&j);
	strbuf_addc(json, '\n');
}

static bool is_hex(const char *s)
{
	return s && strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

int prepared_read(
        const char *json, size_t n, struct arena *a, struct prepared_record *out, struct err *e)
{
	json_t *o = json_loadb(json, n, 0, NULL);
	const char *version = json_string_value(json_object_get(o, "schema"));
	bool ok = version && strcmp(version, VERSION) == 0;

	*out = (struct prepared_record){ .recorded = false };
#define X(name, place) out->place = arena_strdup(a, json_string_value(json_object_get(o, name)));
	TEXTS(X)
#undef X
#define X(name, place) \
	out->place = (__typeof__(out->place))json_integer_value(json_object_get(o, name));
	NUMBERS(X)
#undef X
	out->recorded = json_is_true(json_object_get(o, "recorded"));
	json_decref(o);
	/* The layer becomes a path. */
	ok = ok && is_hex(out->key) && is_hex(out->layer) && is_hex(out->diff) && out->image &&
	     is_hex(out->image_digest);
	return ok ? 0 : err_set(e, ERR_INVALID, "the record of a prepared layer is damaged");
}

/* ---- reading ---- */

static char *path_of(const char *root, const char *name)
{
	return xasprintf("%s/prepared/%s", root, name);
}

static int read_record(const char *root, const char *key, int fd, struct arena *a,
        struct prepared_record *out, struct err *e)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct depot_layer layer;

	if (fs_read_fd(fd, key, MAX_RECORD, &text, e) < 0 ||
	        prepared_read(text.s, text.len, a, out, e) < 0)
		return -1;
	if (strcmp(out->key, key) != 0 || !depot_layer_open(root, out->layer, &layer))
		return err_set(e, ERR_NOT_FOUND, "the layer that was prepared is lost");
	depot_layer_close(&layer);
	return 0;
}

int depot_prepared(const char *root, const char *key, struct arena *a, struct prepared_record *out,
        int *hold, struct err *e)
{
	AUTO_STR path = path_of(root, key);
	AUTO_FD fd = is_hex(key) ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;

	if (fd < 0)
		return err_set(e, ERR_NOT_FOUND, "nothing is prepared under %.12s", key);
	if (read_record(root, key, fd, a, out, e) < 0) {
		e->code = ERR_NOT_FOUND;
		return -1;
	}
	AUTO_STR layer = xasprintf("%s/layers/%s", root, out->layer);
	if (hold && depot_layer_lock(layer, false, hold) < 0)
		return err_set(e, ERR_NOT_FOUND, "the layer that was prepared is being removed");
	return 0;
}

bool depot_prepared_is(const char *root, const char *key)
{
	AUTO_STR path = path_of(root, key);

	return access(path, F_OK) == 0;
}

void depot_prepared_touch(int hold)
{
	struct stat st;

	if (hold >= 0 && fstat(hold, &st) == 0 &&
	        clock_wall_ns() - (st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec) > TOUCH_NS)
		(void)futimens(hold, NULL);
}

struct key_call {
	void (*each)(void *arg, const char *key);
	void *arg;
};

static void on_name(void *arg, const char *name)
{
	const struct key_call *c = arg;

	if (is_hex(name))
		c->each(c->arg, name);
}

void depot_prepared_each(const char *root, void (*each)(void *arg, const char *key), void *arg)
{
	AUTO_STR dir = fs_join(root, "prepared");
	struct key_call c = { each, arg };

	depot_each(dir, on_name, &c);
}

struct prefix {
	const char *text;
	unsigned n;
	char *key;
};

static void match_prefix(void *arg, const char *key)
{
	struct prefix *p = arg;

	if (strncmp(key, p->text, strlen(p->text)) == 0 && p->n++ == 0)
		memcpy(p->key, key, DIGEST_HEX);
}

bool depot_prepared_find(const char *root, const char *prefix, char key[DIGEST_HEX])
{
	struct prefix p = { .text = prefix, .key = key };

	if (is_hex(prefix)) {
		memcpy(key, prefix, DIGEST_HEX);
		return true;
	}
	if (strlen(prefix) >= 8)
		depot_prepared_each(root, match_prefix, &p);
	return p.n == 1;
}

/* ---- coming and going ---- */

int depot_prepared_publish(struct depot_tmp *t, const struct depot_layer *l,
        const struct prepared_record *r, struct err *e)
{
	AUTO_STR path = path_of(t->root, r->key);
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_FD lock = depot_lock(t->root, e);

	prepared_write(r, &json);
	/* Killed in between, it has left a layer that nothing leads to: the sweep takes it. */
	if (lock < 0 || depot_move_layer(t, l, e) < 0)
		return -1;
	return depot_put_text(t, path, json.s, json.len, e);
}

int depot_prepared_forget(const char *root, const char *key, struct err *e)
{
	AUTO_STR path = path_of(root, key);
	AUTO_FD lock = depot_lock(root, e);

	if (lock < 0)
		return -1;
	if (unlink(path) == 0)
		return 0;
	return errno == ENOENT ? err_set(e, ERR_NOT_FOUND, "nothing is prepared under %.12s", key)
	                       : err_sys(e, "cannot remove '%s'", path);
}

/* The lock of who prepares is held by him. */
void depot_prepared_clear(const char *root, const char *name)
{
	AUTO_STR path = path_of(root, name);
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		(void)unlink(path);
}

/* ---- all of them ---- */

struct prepared_one {
	char key[DIGEST_HEX], layer[DIGEST_HEX];
	uint64_t bytes;
	int64_t used_ns;
};

struct prepared_all {
	const char *root;
	struct prepared_one *v;
	size_t n, cap;
	uint64_t bytes;
};

static void note_one(void *arg, const char *key)
{
	struct prepared_all *all = arg;
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct prepared_record r;
	struct prepared_one *x;
	struct stat st;
	struct err e;

	if (depot_prepared(all->root, key, a, &r, NULL, &e) < 0 ||
	        stat(arena_printf(a, "%s/layers/%s/meta", all->root, r.layer), &st) < 0)
		return;
	all->v = xgrow(all->v, &all->cap, all->n + 1, sizeof(*all->v));
	x = &all->v[all->n++];
	*x = (struct prepared_one){ .bytes = r.bytes,
		.used_ns = st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec };
	memcpy(x->key, key, DIGEST_HEX);
	memcpy(x->layer, r.layer, DIGEST_HEX);
	all->bytes += r.bytes;
}

static int by_use(const void *a, const void *b)
{
	const struct prepared_one *x = a, *y = b;

	return (x->used_ns > y->used_ns) - (x->used_ns < y->used_ns);
}

/* Whoever would use it finds its name gone, or its layer locked. */
static bool remove_unused(const char *root, const struct prepared_one *x)
{
	AUTO_STR layer = xasprintf("%s/layers/%s", root, x->layer);
	AUTO_STR path = path_of(root, x->key);
	AUTO_FD lock = -1;

	return depot_layer_lock(layer, true, &lock) == 0 && unlink(path) == 0;
}

int depot_prepared_trim(const char *root, uint64_t max, atomic_uint *evicted, struct err *e)
{
	struct prepared_all all = { .root = root };
	AUTO_FD lock = depot_lock(root, e);

	if (lock < 0)
		return -1;
	depot_prepared_each(root, note_one, &all);
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), by_use);
	for (size_t i = 0; i < all.n && all.bytes > max; i++) {
		if (!remove_unused(root, &all.v[i]))
			continue;
		all.bytes -= all.v[i].bytes;
		atomic_fetch_add(evicted, 1);
	}
	free(all.v);
	return 0;
}

void depot_prepared_total(const char *root, struct prepared_total *out)
{
	struct prepared_all all = { .root = root };

	depot_prepared_each(root, note_one, &all);
	*out = (struct prepared_total){ (unsigned)all.n, all.bytes };
	free(all.v);
}

/* ---- one at a time ---- */

static bool is_at(const char *path, int fd)
{
	struct stat here, there;

	return fstat(fd, &here) == 0 && stat(path, &there) == 0 && here.st_ino == there.st_ino &&
	       here.st_dev == there.st_dev;
}

/* The file may be swept between open and lock: then it is the lock of nothing. */
int depot_prepared_begin(const char *root, const char *key, int *fd, struct err *e)
{
	AUTO_STR name = xasprintf("%s" RUN, key);
	AUTO_STR path = path_of(root, name);

	for (;;) {
		AUTO_FD lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

		if (lock < 0)
			return err_sys(e, "cannot open '%s'", path);
		if (flock(lock, LOCK_EX | LOCK_NB) < 0)
			return errno == EWOULDBLOCK ? 0 : err_sys(e, "cannot lock '%s'", path);
		if (is_at(path, lock)) {
			*fd = steal_fd(&lock);
			return 1;
		}
	}
}
