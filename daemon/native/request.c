/* From a spec to a LAUNCH_CREATE. Bounds are checked here too, for messages that name the key. */
#include <string.h>

#include "daemon/native/native_priv.h"

static const struct {
	enum limit_id limit;
	enum launch_limit as;
} limits[] = {
	{ LIMIT_CPU, LAUNCH_CPU },
	{ LIMIT_MEMORY, LAUNCH_MEMORY },
	{ LIMIT_SWAP, LAUNCH_SWAP },
	{ LIMIT_PIDS, LAUNCH_PIDS },
	{ LIMIT_DISK, LAUNCH_DISK },
	{ LIMIT_OPEN_FILES, LAUNCH_FILES },
};

/* A place for one more image; when all are taken, that of one which nobody uses. */
static size_t free_place(struct native *n)
{
	struct launch_header h = {
		.length = sizeof(h), .op = LAUNCH_FORGET, .version = LAUNCH_VERSION
	};

	if (n->n_images < LAUNCH_MAX_IMAGES)
		return n->n_images++;
	for (size_t i = 0; i < n->n_images; i++)
		if (image_is_idle(n->images[i])) {
			h.id = n->image_ids[i];
			native_send(n, &h, sizeof(h), -1);
			return i;
		}
	return SIZE_MAX;
}

static void send_image(struct native *n, const struct image *im, uint64_t id)
{
	struct launch_image m = { 0 };
	struct blob b;

	blob_init(&b, LAUNCH_IMAGE, id, sizeof(m));
	memcpy(&m, b.b.s, sizeof(m.h));
	m.lower = blob_add(&b, im->lower);
	m.path_env = blob_add(&b, im->path_env ? im->path_env : "");
	m.n_binds = (uint32_t)im->n_binds;
	for (size_t i = 0; i < im->n_binds; i++) {
		m.binds[i].host = blob_add(&b, im->binds[i].host);
		m.binds[i].at = blob_add(&b, im->binds[i].at);
	}
	m.n_above = (uint32_t)im->n_above;
	for (size_t i = 0; i < im->n_above; i++)
		m.above[i] = blob_add(&b, im->above[i]);
	memcpy(b.b.s, &m, sizeof(m));
	blob_send(n, &b);
}

/* Images are mounted by the launcher once, when the first sandbox wants them. */
static int image_id(struct native *n, const struct image *im, uint64_t *id, struct err *e)
{
	size_t at;

	for (size_t i = 0; i < n->n_images; i++)
		if (n->images[i] == im) {
			*id = n->image_ids[i];
			return 0;
		}
	if (im->n_binds > LAUNCH_MAX_BINDS || im->n_above > LAUNCH_MAX_ABOVE)
		return err_set(e, ERR_LIMIT, "image '%s': at most %u views and %u layers", im->name,
		        LAUNCH_MAX_BINDS, LAUNCH_MAX_ABOVE + 1);
	at = free_place(n);
	if (at == SIZE_MAX)
		return err_set(e, ERR_LIMIT,
		        "image '%s': at most %u images are mounted; restart the daemon to forget "
		        "old "
		        "ones",
		        im->name, LAUNCH_MAX_IMAGES);
	n->images[at] = im;
	*id = n->image_ids[at] = ++n->last_image;
	send_image(n, im, *id);
	return 0;
}

static int check_spec(const struct sandbox_spec *s, size_t *n_masked, struct err *e)
{
	size_t n = 0;

	while (s->masked && s->masked[n])
		n++;
	*n_masked = n;
	if (s->network == NET_TEST || s->network == NET_INTERNET)
		return err_set(e, ERR_UNSUPPORTED,
		        "network '%s' needs services, which this build does not have",
		        net_mode_names[s->network]);
	if (s->network == NET_HOST && s->isolation != ISOLATION_RELAXED)
		return err_set(e, ERR_INVALID, "network 'host' needs isolation = \"relaxed\"");
	if (s->n_volumes > LAUNCH_MAX_VOLUMES)
		return err_set(
		        e, ERR_LIMIT, "%zu volumes, at most %u", s->n_volumes, LAUNCH_MAX_VOLUMES);
	if (s->n_tmpfs > LAUNCH_MAX_TMPFS)
		return err_set(e, ERR_LIMIT, "%zu tmpfs, at most %u", s->n_tmpfs, LAUNCH_MAX_TMPFS);
	if (n > LAUNCH_MAX_MASKED)
		return err_set(
		        e, ERR_LIMIT, "%zu disallowed commands, at most %u", n, LAUNCH_MAX_MASKED);
	return 0;
}

/* Files are in a tmpfs, whose pages are memory of the same group. A file that states memory_mb
 * alone gets exactly that: its files count. One that states disk_mb too gets files on top of it, or
 * it would be killed where it expects ENOSPC; so do the built-in limits, which promise nobody a
 * number. Under strict a stated memory_mb is exact in either case. */
static void share_memory(struct launch_create *m)
{
	bool memory = m->given & 1u << LAUNCH_MEMORY, disk = m->given & 1u << LAUNCH_DISK;
	uint64_t *v = m->limits;

	if (!v[LAUNCH_MEMORY] || !memory || (disk && !(m->flags & LAUNCH_STRICT)))
		v[LAUNCH_HEADROOM] = v[LAUNCH_DISK];
	else if (!disk && (!v[LAUNCH_DISK] || v[LAUNCH_DISK] > v[LAUNCH_MEMORY]))
		v[LAUNCH_DISK] = v[LAUNCH_MEMORY];
}

static void add_limits(struct launch_create *m, const struct limits *l)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		m->limits[limits[i].as] = l->v[limits[i].limit];
		if (l->given & 1u << limits[i].limit)
			m->given |= 1u << limits[i].as;
	}
	share_memory(m);
}

static void add_mounts(
        struct launch_create *m, struct blob *b, const struct sandbox_spec *s, size_t n_masked)
{
	m->n_volumes = (uint32_t)s->n_volumes;
	for (size_t i = 0; i < s->n_volumes; i++) {
		const struct volume *v = &s->volumes[i];

		m->volumes[i] = (struct launch_volume){
			.mode = (uint32_t)v->mode, .noexec = v->noexec, .dev = v->dev, .ino = v->ino
		};
		m->volumes[i].host = blob_add(b, v->host_path);
		m->volumes[i].at = blob_add(b, v->container_path);
	}
	m->n_tmpfs = (uint32_t)s->n_tmpfs;
	for (size_t i = 0; i < s->n_tmpfs; i++)
		m->tmpfs[i] = (struct launch_tmpfs){ .at = blob_add(b, s->tmpfs[i].path),
			.size = s->tmpfs[i].size_bytes };
	m->n_masked = (uint32_t)n_masked;
	for (size_t i = 0; i < n_masked; i++)
		m->masked[i] = blob_add(b, s->masked[i]);
}

int request_create(struct native *n, struct sandbox *sb, struct err *e)
{
	const struct sandbox_spec *s = sb->spec;
	struct launch_create m = { 0 };
	size_t n_masked;
	uint64_t image;
	struct blob b;

	if (check_spec(s, &n_masked, e) < 0 || image_id(n, sb->image, &image, e) < 0)
		return -1;
	blob_init(&b, LAUNCH_CREATE, sb->id, sizeof(m));
	memcpy(&m, b.b.s, sizeof(m.h));
	m.image = image;
	m.flags = (s->read_only ? LAUNCH_READ_ONLY : 0) |
	          (s->network == NET_HOST ? LAUNCH_HOST_NET : 0) |
	          (s->isolation == ISOLATION_RELAXED ? LAUNCH_RELAXED : 0) |
	          (s->isolation == ISOLATION_STRICT ? LAUNCH_STRICT : 0) |
	          (s->harvest ? LAUNCH_KEEP : 0);
	m.hostname = blob_add(&b, s->hostname ? s->hostname : "clnrm");
	add_limits(&m, &s->limits);
	add_mounts(&m, &b, s, n_masked);
	if (b.b.len > LAUNCH_MAX_MESSAGE) {
		strbuf_release(&b.b);
		return err_set(e, ERR_LIMIT,
		        "the sandbox's volumes and commands take %zu bytes to name, at most %u",
		        b.b.len, LAUNCH_MAX_MESSAGE);
	}
	memcpy(b.b.s, &m, sizeof(m));
	blob_send(n, &b);
	return 0;
}
