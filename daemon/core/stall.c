#include "daemon/core/stall.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/force.h"

#define FELT_NS (5 * NS_PER_MS)
#define LATE_NS (200 * NS_PER_MS)

static bool read_small(const char *path, char *text, size_t size)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (n <= 0)
		return false;
	text[n] = '\0';
	return true;
}

bool stall_parse(const char *text, uint64_t *us)
{
	const char *line_end, *total;
	char *end;

	if (strncmp(text, "some ", 5) != 0)
		return false;
	line_end = text + strcspn(text, "\n");
	total = strstr(text, " total=");
	if (!total || total > line_end)
		return false;
	*us = strtoull(total + 7, &end, 10);
	return end > total + 7;
}

/* "0.52 0.58 0.59 2/345 6789": what runs now, the reader among it. */
static unsigned wanted_now(void)
{
	char text[128];
	const char *at = text;

	if (!read_small("/proc/loadavg", text, sizeof(text)))
		return 0;
	for (int i = 0; i < 3 && at; i++)
		at = strchr(at + (i > 0), ' ');
	unsigned long n = at ? strtoul(at, NULL, 10) : 0;
	return n > 1 ? (unsigned)n - 1 : 0;
}

void stall_read(struct stall *out)
{
	static const char *const paths[STALL_KINDS] = { "/proc/pressure/cpu",
		"/proc/pressure/memory", "/proc/pressure/io" };
	char text[256];

	*out = (struct stall){ .at_ns = clock_ns(), .psi = !FORCED("no-psi") };
	for (int i = 0; i < STALL_KINDS && out->psi; i++)
		out->psi =
		        read_small(paths[i], text, sizeof(text)) && stall_parse(text, &out->us[i]);
	if (!out->psi)
		out->wanted = wanted_now();
}

bool stall_is_late(int64_t waited_ns)
{
	return waited_ns > LATE_NS && !FORCED("no-pressure");
}

static bool waited_for(const struct stall *from, const struct stall *to, int kind)
{
	uint64_t span_us = to->at_ns > from->at_ns
	                           ? (uint64_t)(to->at_ns - from->at_ns) / (uint64_t)NS_PER_US
	                           : 0;

	return to->us[kind] > from->us[kind] && (to->us[kind] - from->us[kind]) * 2 > span_us;
}

bool stall_is_high(
        const struct stall *from, const struct stall *to, unsigned cpus, int64_t waited_ns)
{
	bool psi = from->psi && to->psi;

	if (FORCED("pressure"))
		return true;
	if (FORCED("no-pressure"))
		return false;
	if (waited_ns > FELT_NS && (psi ? waited_for(from, to, STALL_CPU) : to->wanted > cpus))
		return true;
	return psi && (waited_for(from, to, STALL_MEMORY) || waited_for(from, to, STALL_IO));
}
