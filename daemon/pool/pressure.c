/* Memory pressure: a PSI trigger where the kernel has one, and MemAvailable, asked at most once a
 * second and only when stock is about to be made. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/clock.h"
#include "common/force.h"
#include "common/log.h"
#include "common/num.h"
#include "daemon/pool/pool_priv.h"

/* 100 ms of stall in 2 s. Without CAP_SYS_RESOURCE windows must be a multiple of 2 s (psi.rst). */
static const char psi_trigger[] = "some 100000 2000000";

static void on_pressure(void *arg, uint32_t events)
{
	struct pool *p = arg;

	if (events & EPOLLERR) {
		loop_fd_del(p->psi);
		p->psi = NULL;
		close_fd(&p->psi_fd);
		return;
	}
	p->pressed = true;
	p->pressure_ns = clock_ns();
	log_info("memory pressure: warm sandboxes are given back");
	for (struct stock *s = p->stocks; s; s = s->next)
		if (s->target > 1)
			s->target = 1;
	pool_balance_soon(p);
}

void pressure_open(struct pool *p)
{
	AUTO_FD fd = FORCED("no-psi")
	                     ? -1
	                     : open("/proc/pressure/memory", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	p->psi_fd = -1;
	if (fd < 0 || write(fd, psi_trigger, sizeof(psi_trigger)) < 0)
		return; /* no PSI in this kernel: MemAvailable alone decides */
	p->psi_fd = steal_fd(&fd);
	p->psi = loop_fd_add(p->loop, p->psi_fd, EPOLLPRI, on_pressure, p);
}

void pressure_close(struct pool *p)
{
	loop_timer_del(p->relief);
	p->relief = NULL;
	if (p->psi)
		loop_fd_del(p->psi);
	p->psi = NULL;
	close_fd(&p->psi_fd);
}

/* The number of a line "Name:   123 kB", or 0. */
static uint64_t field(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static bool memory_short(void)
{
	char text[512];
	AUTO_FD fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	uint64_t total = field(text, "MemTotal:"), available = field(text, "MemAvailable:");
	return total && available && available < total / 10;
}

bool pressure_high(struct pool *p)
{
	int64_t now = clock_ns();

	if (now - p->pressure_ns >= NS_PER_S) {
		p->pressure_ns = now;
		p->pressed = memory_short();
	}
	return p->pressed;
}

static void on_relief(void *arg)
{
	struct pool *p = arg;

	p->relief = NULL;
	pool_balance_soon(p);
}

void pressure_await_relief(struct pool *p)
{
	if (!p->relief)
		p->relief = loop_timer_add(p->loop, NS_PER_S, on_relief, p);
}
