/* Warm sandboxes with volumes, for who runs the same thing again and again. inotify(7) says nothing
 * of mounts, but the table of mounts can be polled (proc(5), mountinfo). */
#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "daemon/pool/pool_priv.h"

struct standby {
	struct stock *stock;
};

/* ---- whether one is as good as new ---- */

void standby_open(struct pool *p)
{
	p->mounts_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
}

void standby_close(struct pool *p)
{
	if (p->mounts_fd >= 0)
		close(p->mounts_fd);
}

void standby_poll(struct pool *p)
{
	struct pollfd fd = { .fd = p->mounts_fd, .events = POLLPRI };

	if (p->mounts_fd < 0 || (poll(&fd, 1, 0) > 0 && fd.revents & (POLLPRI | POLLERR)))
		p->mounts++;
}

bool standby_is_current(const struct item *it)
{
	const struct sandbox_spec *spec = it->stock->spec;
	struct stat st;

	if (spec->n_volumes && it->mounts != it->pool->mounts)
		return false;
	for (size_t i = 0; i < spec->n_volumes; i++) {
		const struct volume *v = &spec->volumes[i];

		if (stat(v->host_path, &st) < 0 || st.st_dev != v->dev || st.st_ino != v->ino)
			return false;
	}
	return true;
}

/* ---- who wants it ---- */

static bool can_stand(const struct sandbox_spec *spec)
{
	for (size_t i = 0; i < spec->n_volumes; i++)
		if (spec->volumes[i].mode == VOLUME_COW)
			return false;
	return true;
}

struct standby *pool_stand_by(struct pool *p, const struct sandbox_spec *spec)
{
	struct standby *sb;
	struct stock *s;
	struct err e;

	if (p->draining || !can_stand(spec))
		return NULL;
	s = stock_for(p, spec, true, &e);
	if (!s)
		return NULL;
	sb = xcalloc(1, sizeof(*sb));
	sb->stock = s;
	s->standby++;
	stock_retarget(s);
	pool_balance_soon(p);
	return sb;
}

bool standby_same(const struct standby *a, const struct standby *b)
{
	return a->stock == b->stock;
}

void pool_dismiss(struct standby *sb)
{
	struct pool *p;

	if (!sb)
		return;
	p = sb->stock->pool;
	assert(sb->stock->standby);
	sb->stock->standby--;
	if (!sb->stock->keeps)
		stock_retarget(sb->stock);
	free(sb);
	pool_balance_soon(p);
}
