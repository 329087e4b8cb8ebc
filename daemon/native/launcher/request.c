/* Every length, count and string of a request is looked at here, before any use. */
#include <string.h>

#include "daemon/native/launcher/launcher.h"

struct checker {
	const char *message;
	size_t length;
	size_t fixed; /* the blob begins here */
	struct err *e;
};

static int check_str(
        const struct checker *c, const struct launch_str *s, size_t max, const char *what)
{
	if (s->len > max)
		return err_set(c->e, ERR_LIMIT, "%s: %u bytes, at most %zu", what, s->len, max);
	if (s->off < c->fixed || s->off >= c->length || s->len >= c->length - s->off)
		return err_set(c->e, ERR_INVALID, "%s: outside of the message", what);
	if (memchr(c->message + s->off, 0, s->len) || c->message[s->off + s->len] != 0)
		return err_set(c->e, ERR_INVALID, "%s: not a string", what);
	return 0;
}

/* Absolute, and no part of it is "..", "." or empty, so that it means what it says. */
static int check_path(const struct checker *c, const struct launch_str *s, const char *what)
{
	const char *p;

	if (check_str(c, s, LAUNCH_MAX_PATH, what) < 0)
		return -1;
	p = c->message + s->off;
	if (p[0] != '/')
		return err_set(c->e, ERR_INVALID, "%s '%.200s': not absolute", what, p);
	while (p[0] == '/' && p[1]) {
		size_t n = strcspn(p + 1, "/");

		if (n == 0 || (n == 1 && p[1] == '.') || (n == 2 && p[1] == '.' && p[2] == '.'))
			return err_set(c->e, ERR_INVALID, "%s '%.200s': not a plain path", what,
			        c->message + s->off);
		p += 1 + n;
	}
	return 0;
}

static int check_count(const struct checker *c, uint32_t n, uint32_t max, const char *what)
{
	if (n > max)
		return err_set(c->e, ERR_LIMIT, "%u %s, at most %u", n, what, max);
	return 0;
}

static int check_image(const struct checker *c)
{
	const struct launch_image *m = (const struct launch_image *)(const void *)c->message;

	if (check_path(c, &m->lower, "lower") < 0 ||
	        check_str(c, &m->path_env, LAUNCH_MAX_PATH, "PATH") < 0)
		return -1;
	if (check_count(c, m->n_binds, LAUNCH_MAX_BINDS, "views of an image") < 0)
		return -1;
	for (uint32_t i = 0; i < m->n_binds; i++)
		if (check_path(c, &m->binds[i].host, "view") < 0 ||
		        check_path(c, &m->binds[i].at, "place of a view") < 0)
			return -1;
	if (check_count(c, m->n_above, LAUNCH_MAX_ABOVE, "layers over the lowest") < 0)
		return -1;
	for (uint32_t i = 0; i < m->n_above; i++)
		if (check_path(c, &m->above[i], "layer") < 0)
			return -1;
	return 0;
}

/* Where a volume or tmpfs may go: never over what the launcher itself puts there. */
static int check_target(const struct checker *c, const struct launch_str *s)
{
	static const char *const ours[] = { "/proc", "/sys", "/dev" };
	const char *p;

	if (check_path(c, s, "place of a volume") < 0)
		return -1;
	p = c->message + s->off;
	if (s->len < 2)
		return err_set(c->e, ERR_INVALID, "a volume cannot be the root");
	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		size_t n = strlen(ours[i]);

		if (strncmp(p, ours[i], n) == 0 && (p[n] == 0 || p[n] == '/'))
			return err_set(
			        c->e, ERR_INVALID, "'%.200s': nothing can be mounted there", p);
	}
	return 0;
}

static int check_volume(const struct checker *c, const struct launch_volume *v)
{
	if (check_path(c, &v->host, "volume") < 0 || check_target(c, &v->at) < 0)
		return -1;
	if (v->mode > LAUNCH_RW || v->noexec > 1)
		return err_set(c->e, ERR_INVALID, "volume: unknown mode");
	return 0;
}

/* A base name, or an absolute path. */
static int check_masked(const struct checker *c, const struct launch_str *s)
{
	if (check_str(c, s, LAUNCH_MAX_PATH, "masked command") < 0)
		return -1;
	if (s->len == 0)
		return err_set(c->e, ERR_INVALID, "masked command: empty");
	if (c->message[s->off] == '/')
		return check_path(c, s, "masked command");
	if (memchr(c->message + s->off, '/', s->len) || s->len > 255)
		return err_set(
		        c->e, ERR_INVALID, "masked command: neither a name nor an absolute path");
	return 0;
}

static int check_create(const struct checker *c)
{
	const struct launch_create *m = (const struct launch_create *)(const void *)c->message;

	if (m->flags & ~(uint32_t)LAUNCH_ALL_FLAGS || m->given >> LAUNCH_LIMITS)
		return err_set(c->e, ERR_INVALID, "unknown flags");
	if (m->flags & LAUNCH_HOST_NET && !(m->flags & LAUNCH_RELAXED))
		return err_set(c->e, ERR_INVALID, "the host's network needs relaxed isolation");
	if (check_str(c, &m->hostname, 64, "hostname") < 0)
		return -1;
	if (check_count(c, m->n_volumes, LAUNCH_MAX_VOLUMES, "volumes") < 0 ||
	        check_count(c, m->n_tmpfs, LAUNCH_MAX_TMPFS, "tmpfs") < 0 ||
	        check_count(c, m->n_masked, LAUNCH_MAX_MASKED, "masked commands") < 0)
		return -1;
	for (uint32_t i = 0; i < m->n_volumes; i++)
		if (check_volume(c, &m->volumes[i]) < 0)
			return -1;
	for (uint32_t i = 0; i < m->n_tmpfs; i++)
		if (check_target(c, &m->tmpfs[i].at) < 0)
			return -1;
	for (uint32_t i = 0; i < m->n_masked; i++)
		if (check_masked(c, &m->masked[i]) < 0)
			return -1;
	return 0;
}

static int check_nothing(const struct checker *c)
{
	(void)c;
	return 0;
}

static int check_sweep(const struct checker *c)
{
	const struct launch_sweep *m = (const struct launch_sweep *)(const void *)c->message;

	if (m->dry_run > 1 || m->zero)
		return err_set(c->e, ERR_INVALID, "sweep: unknown mode");
	return 0;
}

static int check_harvest(const struct checker *c)
{
	const struct launch_harvest *m = (const struct launch_harvest *)(const void *)c->message;

	return m->max_bytes ? 0 : err_set(c->e, ERR_INVALID, "harvest: of no bytes");
}

static const struct {
	uint16_t op;
	size_t fixed;
	bool blob;
	int (*check)(const struct checker *c);
} requests[] = {
	{ LAUNCH_FILTER, sizeof(struct launch_header), false, check_nothing },
	{ LAUNCH_IMAGE, sizeof(struct launch_image), true, check_image },
	{ LAUNCH_CREATE, sizeof(struct launch_create), true, check_create },
	{ LAUNCH_DESTROY, sizeof(struct launch_header), false, check_nothing },
	{ LAUNCH_PROBE, sizeof(struct launch_header), false, check_nothing },
	{ LAUNCH_SWEEP, sizeof(struct launch_sweep), false, check_sweep },
	{ LAUNCH_FORGET, sizeof(struct launch_header), false, check_nothing },
	{ LAUNCH_HARVEST, sizeof(struct launch_harvest), false, check_harvest },
};

int launch_check(const void *p, size_t n, struct err *e)
{
	struct launch_header h;

	if (n > LAUNCH_MAX_MESSAGE)
		return err_set(
		        e, ERR_LIMIT, "request of %zu bytes, at most %u", n, LAUNCH_MAX_MESSAGE);
	if (n < sizeof(h))
		return err_set(e, ERR_INVALID, "request of %zu bytes", n);
	memcpy(&h, p, sizeof(h));
	if (h.version != LAUNCH_VERSION || h.length != n)
		return err_set(e, ERR_INVALID, "request of version %u and length %u in %zu bytes",
		        h.version, h.length, n);
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		struct checker c = { p, n, requests[i].fixed, e };

		if (requests[i].op != h.op)
			continue;
		if (n < requests[i].fixed || (n > requests[i].fixed && !requests[i].blob))
			return err_set(e, ERR_INVALID, "request %u of %zu bytes", h.op, n);
		return requests[i].check(&c);
	}
	return err_set(e, ERR_INVALID, "unknown request %u", h.op);
}

const char *launch_text(const void *message, const struct launch_str *s)
{
	return (const char *)message + s->off;
}
