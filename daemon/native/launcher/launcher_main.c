/* clnrm-launcher: started by clnrmd with a SOCK_SEQPACKET on descriptor 3; ends when that does. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "common/build.h"
#include "common/defence.h"
#include "common/mem.h"
#include "daemon/native/launcher/launcher.h"
#include "daemon/native/launcher/sys.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U
#endif
#define MFD_FLAGS (0x1U | 0x2U) /* MFD_CLOEXEC | MFD_ALLOW_SEALING */
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* ---- messages ---- */

static void take_filter(struct launcher *l, int *fd)
{
	close_fd(&l->filter);
	l->filter = steal_fd(fd);
}

static void dispatch(struct launcher *l, const void *p, int *fd)
{
	const struct launch_header *h = p;
	struct launch_probed probed = { 0 };

	switch ((enum launch_op)h->op) {
	case LAUNCH_FILTER:
		take_filter(l, fd);
		break;
	case LAUNCH_IMAGE:
		image_add(&l->images, &l->world, &l->idmap, p);
		break;
	case LAUNCH_CREATE:
		box_create(l, p);
		break;
	case LAUNCH_DESTROY:
		box_destroy(l, h->id);
		break;
	case LAUNCH_PROBE:
		probe_run(l, &probed);
		launcher_send(l, LAUNCH_PROBED, h->id, &probed, sizeof(probed), -1);
		break;
	case LAUNCH_FORGET:
		image_forget(&l->images, h->id);
		break;
	case LAUNCH_SWEEP:
		sweep_begin(l, p);
		break;
	case LAUNCH_HARVEST:
		box_harvest(l, p, fd);
		break;
	default:
		break; /* launch_check() let none through */
	}
}

static int control_fd(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	        c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void begin_closing(struct launcher *l)
{
	if (!l->closing || l->closing_begun)
		return;
	l->closing_begun = true;
	launcher_unwatch(l, l->socket);
	box_kill_all(l);
}

static void on_request(struct launcher *l, void *owner)
{
	static char buffer[LAUNCH_MAX_MESSAGE + 1] __attribute__((aligned(16)));
	union {
		struct cmsghdr h;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { buffer, sizeof(buffer) };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.space) };
	ssize_t n = recvmsg(l->socket, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	struct err e = { 0 };

	(void)owner;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	AUTO_FD fd = n > 0 ? control_fd(&m) : -1;
	if (n <= 0 || m.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ||
	        launch_check(buffer, (size_t)n, &e) < 0) {
		/* End of file; or a daemon that breaks the protocol, with which nothing can be
		 * settled. */
		if (e.code != ERR_NONE)
			dprintf(2, "clnrm-launcher: %s\n", e.msg);
		l->closing = true;
		return;
	}
	dispatch(l, buffer, &fd);
}

static void on_netns(struct launcher *l, void *owner)
{
	(void)owner;
	if (!netns_event(&l->netns)) {
		launcher_unwatch(l, l->netns.helper);
		close_fd(&l->netns.helper); /* sandboxes make their own from now on */
	}
}

static void on_cgroup(struct launcher *l, void *owner)
{
	struct cgroup_answer a;
	ssize_t n = recv(l->cgroup_helper, &a, sizeof(a), MSG_DONTWAIT);

	(void)owner;
	if (n == sizeof(a)) {
		box_cgroup_answer(l, &a);
	} else if (n >= 0 || errno != EAGAIN) {
		/* Without it no limit can be set any more: end, and let the daemon start anew. */
		l->cgroup_lost = l->closing = true;
		launcher_unwatch(l, l->cgroup_helper);
	}
}

/* ---- start ---- */

static int copy_file(int from, int to, struct err *e)
{
	char buf[16384];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, (size_t)n) != n)
			return err_sys(e, "cannot copy the init");
	return n < 0 ? err_sys(e, "cannot read the init") : 0;
}

/* A sealed copy: nobody can write into the init's program through /proc/PID/exe. */
static int load_init(struct launcher *l, struct err *e)
{
	AUTO_FD file = open(l->options.init, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return err_sys(e, "cannot open '%s'", l->options.init);
	AUTO_FD copy = sys_memfd("clnrm-init", MFD_FLAGS | MFD_EXEC);
	if (copy < 0)
		copy = sys_memfd("clnrm-init", MFD_FLAGS);
	if (copy < 0 || !DEFENCE("sealed-init")) {
		l->init = steal_fd(
		        &file); /* vm.memfd_noexec = 2: the file itself, opened read-only */
		return 0;
	}
	if (copy_file(file, copy, e) < 0)
		return -1;
	if (fchmod(copy, 0555) < 0 || fcntl(copy, F_ADD_SEALS, SEALS) < 0)
		return err_sys(e, "cannot seal the init");
	l->init = steal_fd(&copy);
	return 0;
}

static int start_helpers(struct launcher *l, struct err *e)
{
	if (l->cgroups.version != LAUNCH_CGROUP_NONE) {
		l->cgroup_helper = cgroup_helper_start(&l->cgroups, l->state.fd, e);
		l->cgroup_watch = (struct watch){ on_cgroup, l };
		if (l->cgroup_helper < 0 ||
		        launcher_watch(l, l->cgroup_helper, &l->cgroup_watch, e) < 0)
			return -1;
	}
	l->netns_watch = (struct watch){ on_netns, l };
	if (netns_start(&l->netns, e) < 0 ||
	        launcher_watch(l, l->netns.helper, &l->netns_watch, e) < 0)
		return -1;
	return 0;
}

/* What every sandbox here has to do without. */
static void look_around(struct launcher *l)
{
	l->without = l->idmap.without;
	l->no_overlay = l->options.no_overlay ||
	                (l->idmap.own_userns && probe_one(l, LAUNCH_PROBE_OVERLAY) != 0);
	if (l->no_overlay)
		l->without |= LAUNCH_NO(OVERLAY);
	if (l->options.no_clone3)
		l->without |= LAUNCH_NO(CLONE3);
	if (l->cgroups.version == LAUNCH_CGROUP_NONE)
		l->without |= LAUNCH_NO(CGROUP);
}

static int start(struct launcher *l, int argc, char **argv, unsigned *swept, struct err *e)
{
	char name[96];

	if (options_parse(&l->options, argc, argv, e) < 0 || load_init(l, e) < 0)
		return -1;
	if (state_open(&l->state, l->options.state_dir, swept, e) < 0)
		return -1;
	snprintf(name, sizeof(name), "clnrm-%s", l->state.name);
	cgroups_find(&l->cgroups, &l->options, name, &l->state);
	if (idmap_enter(&l->idmap, &l->options, e) < 0 ||
	        world_enter(&l->world, &l->options, e) < 0)
		return -1;
	look_around(l);
	return start_helpers(l, e);
}

static void say_hello(struct launcher *l, bool root, unsigned swept)
{
	struct launch_hello h = { .root = root,
		.cgroup = l->cgroups.version,
		.enforceable = l->cgroups.enforceable,
		.without = l->without,
		.swept = swept };

	snprintf(h.build, sizeof(h.build), "%s", build_id());
	snprintf(h.memory_dir, sizeof(h.memory_dir), "%s", l->cgroups.path[1]);
	snprintf(h.pids_dir, sizeof(h.pids_dir), "%s",
	        l->cgroups.path[l->cgroups.version == LAUNCH_CGROUP_V2 ? 1 : 2]);
	snprintf(h.failure, sizeof(h.failure), "%s", l->failure);
	launcher_send(l, LAUNCH_HELLO, 0, &h, sizeof(h), -1);
}

static void serve(struct launcher *l)
{
	struct epoll_event events[64];

	for (;;) {
		begin_closing(l);
		if (l->closing_begun && (l->boxes.n == 0 || l->cgroup_lost))
			return;
		int n = epoll_wait(l->epoll, events, ARRAY_LEN(events), -1);
		if (n < 0 && errno != EINTR)
			return;
		/* Boxes are freed by events of others: one at a time keeps every pointer fresh. */
		if (n > 0) {
			struct watch *w = events[0].data.ptr;

			w->on_event(l, w->owner);
		}
	}
}

/* Open files are ours; the others bound what all sandboxes together may have, by the limits of who
 * makes their user namespaces. */
static void raise_limits(void)
{
	static const int resources[] = { RLIMIT_NOFILE, RLIMIT_MSGQUEUE, RLIMIT_SIGPENDING };
	struct rlimit r, all = { RLIM_INFINITY, RLIM_INFINITY };

	for (size_t i = 0; i < ARRAY_LEN(resources); i++) {
		if (resources[i] != RLIMIT_NOFILE && setrlimit(resources[i], &all) == 0)
			continue;
		if (getrlimit(resources[i], &r) < 0)
			continue;
		r.rlim_cur = r.rlim_max;
		setrlimit(resources[i], &r);
	}
}

int main(int argc, char **argv)
{
	static struct launcher launcher; /* of zeros */
	struct launcher *l = &launcher;
	bool root = idmap_is_root();
	unsigned swept = 0;
	struct err e = { 0 };

	l->socket = LAUNCH_FD;
	l->init = l->filter = l->cgroup_helper = -1;
	l->cgroups = (struct cgroups){ .dir = { -1, -1, -1 } };
	l->state = (struct state_entry){ -1, -1, "" };
	l->boxes.doomed_end = &l->boxes.doomed;
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	raise_limits();
	fcntl(LAUNCH_FD, F_SETFD, FD_CLOEXEC);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->socket_watch = (struct watch){ on_request, l };
	if (l->epoll < 0 || launcher_watch(l, LAUNCH_FD, &l->socket_watch, &e) < 0) {
		dprintf(2, "clnrm-launcher: %s; it is started by clnrmd\n", e.msg);
		return 2;
	}
	/* A machine where nothing works is still told about: health has to explain it. */
	if (start(l, argc, argv, &swept, &e) < 0)
		snprintf(l->failure, sizeof(l->failure), "%s", e.msg);
	say_hello(l, root, swept);
	serve(l);
	state_close(&l->state, !cgroups_release(&l->cgroups));
	return 0;
}
