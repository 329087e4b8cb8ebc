/* A sandbox as the launcher sees it: cloned, answered for when its init is executed and its limits
 * stand, killed when asked, reaped, its cgroups removed, and only then reported as ended. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "common/defence.h"
#include "common/mem.h"
#include "daemon/native/launcher/launcher.h"
#include "daemon/native/launcher/sys.h"

/* More network namespaces than this dying at once hold up those who make new ones (kernel:
 * cleanup_net). */
#define MAX_DYING 16

static struct box *find(struct boxes *b, uint64_t id)
{
	struct box *x = b->bucket[id % BOX_BUCKETS];

	while (x && x->id != id)
		x = x->next;
	return x;
}

static struct box *add(struct boxes *b, uint64_t id)
{
	struct box *x = xcalloc(1, sizeof(*x));

	x->id = id;
	x->pidfd = x->status = x->agent = -1;
	harvest_init(&x->harvest);
	x->next = b->bucket[id % BOX_BUCKETS];
	b->bucket[id % BOX_BUCKETS] = x;
	b->n++;
	return x;
}

static void drop(struct boxes *b, struct box *box)
{
	struct box **at = &b->bucket[box->id % BOX_BUCKETS];

	while (*at != box)
		at = &(*at)->next;
	*at = box->next;
	b->n--;
	close_fd(&box->agent);
	harvest_release(&box->harvest);
	free(box);
}

static void answer_failed(struct launcher *l, uint64_t id, const struct err *e)
{
	struct launch_failed m = { .code = e->code, .sys = e->sys };

	memcpy(m.msg, e->msg, sizeof(m.msg));
	launcher_send(l, LAUNCH_FAILED, id, &m, sizeof(m), -1);
}

/* ---- ending ---- */

static void kill_box(struct launcher *l, struct box *box)
{
	box->killed = true;
	l->boxes.dying++;
	if (sys_pidfd_send_signal(box->pidfd, SIGKILL) < 0)
		return; /* it is a zombie already: its pidfd is readable */
}

static void kill_next(struct launcher *l)
{
	struct boxes *b = &l->boxes;

	while (b->doomed && b->dying < MAX_DYING) {
		struct box *box = b->doomed;

		b->doomed = box->next_doomed;
		if (!b->doomed)
			b->doomed_end = &b->doomed;
		box->next_doomed = NULL;
		box->queued = false;
		if (!box->exited)
			kill_box(l, box);
	}
}

static void doom(struct launcher *l, struct box *box)
{
	struct boxes *b = &l->boxes;

	if (box->killed || box->queued || box->exited)
		return;
	box->queued = true;
	*b->doomed_end = box;
	b->doomed_end = &box->next_doomed;
	kill_next(l);
}

/* Everything of it is gone. */
static void finish(struct launcher *l, struct box *box, uint64_t oom_kills)
{
	struct launch_ended m = { .asked = box->asked, .oom_kills = oom_kills };

	if (box->answered)
		launcher_send(l, LAUNCH_ENDED, box->id, &m, sizeof(m), -1);
	else
		answer_failed(l, box->id, &box->failure);
	drop(&l->boxes, box);
}

static void reap(struct launcher *l, struct box *box)
{
	waitid(P_PIDFD, (id_t)box->pidfd, NULL, WEXITED);
	close_fd(&box->pidfd);
	if (box->killed) {
		l->boxes.dying--;
		kill_next(l);
	}
}

static void proceed_to_end(struct launcher *l, struct box *box)
{
	if (!box->exited || box->setting_up || box->queued || box->removing || box->harvest.pid)
		return;
	if (box->pidfd >= 0)
		reap(l, box);
	/* Of what has no process any more: it cannot change while it is read. */
	if (harvest_begin(l, box))
		return;
	box->removing = true;
	if (box->has_cgroup)
		cgroup_ask_remove(l->cgroup_helper, box->id);
	else
		finish(l, box, 0);
}

static void on_box_exit(struct launcher *l, void *owner)
{
	struct box *box = owner;

	launcher_unwatch(l, box->pidfd);
	box->exited = true;
	if (box->queued) {
		/* It waits for its turn to be killed: it need not. */
		struct box **at = &l->boxes.doomed;

		while (*at != box)
			at = &(*at)->next_doomed;
		*at = box->next_doomed;
		if (!*at)
			l->boxes.doomed_end = at;
		box->queued = false;
	}
	proceed_to_end(l, box);
}

/* ---- being made ---- */

static void set_failure(struct box *box, const struct err *e)
{
	if (box->failure.code == ERR_NONE)
		box->failure = *e;
}

static void ready_if_complete(struct launcher *l, struct box *box)
{
	if (box->setting_up || box->answered)
		return;
	if (box->failure.code != ERR_NONE) {
		doom(l, box);
		proceed_to_end(l, box);
		return;
	}
	box->answered = true;
	launcher_send(l, LAUNCH_CREATED, box->id, &box->created, sizeof(box->created), box->agent);
	close_fd(&box->agent);
	proceed_to_end(l, box);
}

/* The child says how it failed, hands over its upper directory, or its end of the socket closes
 * with exec. */
static void on_status(struct launcher *l, void *owner)
{
	struct box *box = owner;
	struct err e;
	int fd = -1;
	ssize_t n = sys_recv_fd(box->status, &e, sizeof(e), &fd);

	if (n < 0 && errno == EAGAIN)
		return;
	if (fd >= 0 && box->harvest.upper < 0) {
		box->harvest.upper = fd;
		return;
	}
	close_fd(&fd);
	if (n == sizeof(e) && e.code != ERR_NONE) {
		e.msg[sizeof(e.msg) - 1] = 0;
		set_failure(box, &e);
	}
	launcher_unwatch(l, box->status);
	close_fd(&box->status);
	box->setting_up = false;
	ready_if_complete(l, box);
}

static const struct {
	enum launch_limit limit;
	uint32_t without;
	const char *name, *controller;
} limit_names[] = {
	{ LAUNCH_CPU, LAUNCH_NO(LIMIT_CPU), "cpu_millicores", "cpu" },
	{ LAUNCH_MEMORY, LAUNCH_NO(LIMIT_MEMORY), "memory_mb", "memory" },
	{ LAUNCH_SWAP, LAUNCH_NO(LIMIT_SWAP), "swap_mb", "memory" },
	{ LAUNCH_PIDS, LAUNCH_NO(LIMIT_PIDS), "pids", "pids" },
};

/* What was asked for and cannot be had is an error, unless isolation is relaxed; a default is
 * noted. */
static int judge_limits(
        const struct launch_create *rq, uint32_t failed, uint32_t *without, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(limit_names); i++) {
		if (!(failed & 1u << limit_names[i].limit) || rq->limits[limit_names[i].limit] == 0)
			continue;
		if (rq->given & 1u << limit_names[i].limit && !(rq->flags & LAUNCH_RELAXED))
			return err_set(e, ERR_UNSUPPORTED,
			        "limit %s needs cgroup delegation of '%s': run clnrm health",
			        limit_names[i].name, limit_names[i].controller);
		*without |= limit_names[i].without;
	}
	return 0;
}

static void take_limits(struct box *box, const struct cgroup_answer *a)
{
	memcpy(box->created.limits, a->limits, sizeof(a->limits));
	box->created.limits[LAUNCH_DISK] = box->asked_limits[LAUNCH_DISK];
	box->created.limits[LAUNCH_FILES] = box->asked_limits[LAUNCH_FILES];
	box->created.limits[LAUNCH_HEADROOM] = box->asked_limits[LAUNCH_HEADROOM];
}

void box_cgroup_answer(struct launcher *l, const struct cgroup_answer *a)
{
	struct box *box = find(&l->boxes, a->id);

	if (box)
		finish(l, box, a->oom_kills);
}

/* ---- making ---- */

struct making {
	struct launcher *l;
	const struct launch_create *rq;
	struct child child;
	struct box *box;
	int netns;
	int doors[CGROUP_DOORS];
	int status[2], agent[2];
};

static void making_release(struct making *m)
{
	close_fd(&m->netns);
	for (int i = 0; i < CGROUP_DOORS; i++)
		close_fd(&m->doors[i]);
	for (int i = 0; i < 2; i++) {
		close_fd(&m->status[i]);
		close_fd(&m->agent[i]);
	}
	for (uint32_t i = 0; i < LAUNCH_MAX_VOLUMES; i++)
		close_fd(&m->child.volumes[i]);
}

static int find_image(struct making *m, struct err *e)
{
	const struct image_view *im = image_find(&m->l->images, m->rq->image);

	if (!im)
		return err_set(e, ERR_LIMIT, "image %llu is unknown: at most %u are mounted",
		        (unsigned long long)m->rq->image, LAUNCH_MAX_IMAGES);
	if (im->failure.code != ERR_NONE) {
		*e = im->failure;
		return err_wrap(e, "image");
	}
	m->child.image = im;
	m->child.image_index = image_index(&m->l->images, im);
	return 0;
}

static int open_volumes(struct making *m, uint32_t *without, struct err *e)
{
	for (uint32_t i = 0; i < m->rq->n_volumes; i++) {
		const struct launch_volume *v = &m->rq->volumes[i];
		struct view view = { .path = launch_text(m->rq, &v->host),
			.dev = v->dev,
			.ino = v->ino,
			.read_only = v->mode != LAUNCH_RW,
			.noexec = v->noexec != 0 };

		m->child.volumes[i] = world_view(&m->l->world, &view, &m->l->idmap, without, e);
		if (m->child.volumes[i] < 0)
			return err_wrap(e, "volume");
	}
	return 0;
}

static int open_sockets(struct making *m, struct err *e)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, m->status) < 0)
		return err_sys(e, "cannot make a socket pair");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, m->agent) < 0)
		return err_sys(e, "cannot make a socket pair");
	m->child.status = m->status[1];
	m->child.agent = m->agent[1];
	return 0;
}

/* The groups stand before the child, who is born in them (v2) or enters them first of all. What
 * cannot be limited is refused now. */
static int prepare_cgroup(struct making *m, struct err *e)
{
	struct launcher *l = m->l;
	struct cgroup_answer a = { .failed = (1u << LAUNCH_LIMITS) - 1 };
	struct box *box = m->box;

	memcpy(box->asked_limits, m->rq->limits, sizeof(box->asked_limits));
	if (l->cgroups.version != LAUNCH_CGROUP_NONE) {
		box->has_cgroup = true;
		if (cgroup_make(&l->cgroups, box->id, m->rq->limits, m->doors, &a, e) < 0)
			return -1;
	}
	take_limits(box, &a);
	return judge_limits(m->rq, a.failed, &box->created.without, e);
}

static uint64_t namespaces(const struct making *m)
{
	uint64_t flags = CLONE_NEWNS;

	if (m->l->idmap.own_userns)
		flags |= CLONE_NEWUSER;
	if (DEFENCE("pid-namespace"))
		flags |= CLONE_NEWPID;
	if (DEFENCE("ipc-namespace"))
		flags |= CLONE_NEWIPC;
	if (DEFENCE("uts-namespace"))
		flags |= CLONE_NEWUTS;
	return flags;
}

/* The child inherits the network of the moment: a ready one, or the machine's. */
static void choose_network(struct making *m)
{
	if (m->rq->flags & LAUNCH_HOST_NET || !DEFENCE("netns"))
		return;
	m->netns = netns_take(&m->l->netns);
	m->child.own_net = m->netns < 0;
}

struct detour {
	struct making *m;
	struct sys_clone *how;
	pid_t pid;
	int error;
};

/* Shares our memory and descriptors, but not our namespaces; the clone is a child of ours. */
static int take_detour(void *arg)
{
	struct detour *d = arg;

	d->pid = setns(d->m->netns, CLONE_NEWNET) < 0 ? -1 : sys_clone(d->how);
	if (d->pid == 0)
		child_run(&d->m->child);
	d->error = errno;
	_exit(0);
}

/* Rootless, nobody who entered a ready network may return to the machine's: a process that is only
 * borrowed enters it, clones with us as the parent, and goes. */
static pid_t clone_by_detour(struct making *m, struct sys_clone *how, struct err *e)
{
	static char stack[128u << 10] __attribute__((aligned(16)));
	struct detour d = { .m = m, .how = how, .pid = -1 };
	pid_t borrowed;

	how->flags |= CLONE_PARENT;
	borrowed = clone(take_detour, stack + sizeof(stack),
	        CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, &d);
	if (borrowed < 0)
		return err_sys(e, "cannot clone");
	while (waitpid(borrowed, NULL, 0) < 0 && errno == EINTR)
		continue;
	errno = d.error;
	return d.pid < 0 ? err_sys(e, "cannot clone") : d.pid;
}

static pid_t clone_child(struct making *m, struct sys_clone *how, struct err *e)
{
	struct launcher *l = m->l;
	pid_t pid;

	if (m->netns >= 0 && l->netns.one_way)
		return clone_by_detour(m, how, e);
	if (m->netns >= 0 && setns(m->netns, CLONE_NEWNET) < 0)
		return err_sys(e, "cannot enter a network namespace");
	pid = sys_clone(how);
	if (pid == 0)
		child_run(&m->child);
	if (pid < 0)
		err_sys(e, "cannot clone");
	if (m->netns >= 0 && setns(l->netns.host, CLONE_NEWNET) < 0)
		_exit(1); /* everything after would be made in a sandbox's network */
	return pid;
}

static int start_child(struct making *m, struct err *e)
{
	struct launcher *l = m->l;
	bool by_clone = l->cgroups.by_clone;
	struct sys_clone how = {
		.flags = namespaces(m), .cgroup = -1, .pidfd = -1, .no_clone3 = l->options.no_clone3
	};

	for (int i = 0; i < CGROUP_DOORS; i++) {
		m->child.doors[i] = by_clone ? -1 : m->doors[i];
		if (by_clone && m->doors[i] >= 0)
			how.cgroup = m->doors[i];
	}
	m->box->pid = clone_child(m, &how, e);
	if (m->box->pid < 0)
		return -1;
	m->box->pidfd = how.pidfd;
	return 0;
}

/* From here on the child exists: a failure is kept, and told when the child is reaped. */
static void let_it_run(struct making *m)
{
	struct launcher *l = m->l;
	struct box *box = m->box;
	struct err e = { 0 };

	close_fd(&m->status[1]);
	close_fd(&m->agent[1]);
	box->status = steal_fd(&m->status[0]);
	box->agent = steal_fd(&m->agent[0]);
	box->setting_up = true;
	box->pid_watch = (struct watch){ on_box_exit, box };
	box->status_watch = (struct watch){ on_status, box };
	if (launcher_watch(l, box->pidfd, &box->pid_watch, &e) < 0 ||
	        launcher_watch(l, box->status, &box->status_watch, &e) < 0 ||
	        (l->idmap.own_userns && idmap_write(&l->idmap, box->pid, &e) < 0)) {
		set_failure(box, &e);
		doom(l, box);
		return;
	}
	if (send(box->status, "g", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		doom(l, box); /* it died: its pidfd says so */
}

static int prepare(struct making *m, struct err *e)
{
	struct launcher *l = m->l;

	if (l->failure[0])
		return err_set(e, ERR_UNSUPPORTED, "%s", l->failure);
	if (l->filter < 0 && DEFENCE("seccomp"))
		return err_set(e, ERR_INVALID, "no seccomp program was given");
	if (l->closing || l->boxes.n > LAUNCH_MAX_BOXES)
		return err_set(e, ERR_LIMIT, "%u sandboxes exist", l->boxes.n - 1);
	if (find_image(m, e) < 0)
		return -1;
	m->box->created.without = l->without | m->child.image->without;
	if (open_volumes(m, &m->box->created.without, e) < 0 || open_sockets(m, e) < 0 ||
	        prepare_cgroup(m, e) < 0)
		return -1;
	choose_network(m);
	return 0;
}

void box_create(struct launcher *l, const struct launch_create *rq)
{
	struct making m = { .l = l,
		.rq = rq,
		.netns = -1,
		.doors = { -1, -1, -1 },
		.status = { -1, -1 },
		.agent = { -1, -1 } };
	struct err e = { 0 };

	for (uint32_t i = 0; i < LAUNCH_MAX_VOLUMES; i++)
		m.child.volumes[i] = -1;
	m.child.rq = rq;
	m.child.idmap = &l->idmap;
	m.child.filter = DEFENCE("seccomp") ? l->filter : -1;
	m.child.init = l->init;
	m.child.overlay = !l->options.no_overlay && !l->no_overlay;
	m.child.root = m.child.user_sysctls = m.child.upper = -1;
	if (find(&l->boxes, rq->h.id)) {
		err_set(&e, ERR_INVALID, "sandbox %llu exists", (unsigned long long)rq->h.id);
		answer_failed(l, rq->h.id, &e);
		return;
	}
	m.box = add(&l->boxes, rq->h.id);
	if (prepare(&m, &e) < 0 || start_child(&m, &e) < 0) {
		set_failure(m.box, &e);
		if (m.box->has_cgroup)
			cgroup_ask_remove(l->cgroup_helper, m.box->id);
		else
			finish(l, m.box, 0);
	} else {
		let_it_run(&m);
	}
	making_release(&m);
}

void box_destroy(struct launcher *l, uint64_t id)
{
	struct box *box = find(&l->boxes, id);
	struct err e = { 0 };

	if (!box)
		return; /* it ended by itself: that was said already */
	box->asked = true;
	if (!box->answered) {
		err_set(&e, ERR_BUSY, "destroyed while it was being made");
		set_failure(box, &e);
	}
	doom(l, box);
}

void box_harvest(struct launcher *l, const struct launch_harvest *rq, int *fd)
{
	struct box *box = find(&l->boxes, rq->h.id);
	struct err e = { 0 };

	if (!box || box->harvest.upper < 0 || box->harvest.to >= 0 || *fd < 0 || box->removing) {
		err_set(&e, ERR_NOT_FOUND, "the sandbox is gone, or keeps nothing");
		harvest_answer(l, rq->h.id, &e);
		box_destroy(l, rq->h.id);
		return;
	}
	box->asked = true;
	box->harvest.to = steal_fd(fd);
	box->harvest.max = rq->max_bytes;
	doom(l, box);
}

void box_harvested(struct launcher *l, struct box *box)
{
	proceed_to_end(l, box);
}

void box_kill_all(struct launcher *l)
{
	for (unsigned i = 0; i < BOX_BUCKETS; i++)
		for (struct box *x = l->boxes.bucket[i]; x; x = x->next) {
			harvest_cancel(&x->harvest);
			doom(l, x);
		}
}
