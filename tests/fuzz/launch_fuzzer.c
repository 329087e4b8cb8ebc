/* What a daemon may say to its launcher: any bytes as one request. What passes the check is then
 * read as the launcher reads it. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/native/launcher/launcher.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t total; /* what is read is used, so that a sanitizer sees it */

static void sum(const void *message, const struct launch_str *s)
{
	const char *text = launch_text(message, s);

	if (strlen(text) != s->len)
		abort();
	total += s->len;
}

static void read_image(const struct launch_image *m)
{
	sum(m, &m->lower);
	sum(m, &m->path_env);
	for (uint32_t i = 0; i < m->n_binds; i++) {
		sum(m, &m->binds[i].host);
		sum(m, &m->binds[i].at);
	}
	for (uint32_t i = 0; i < m->n_above; i++)
		sum(m, &m->above[i]);
}

static void read_create(const struct launch_create *m)
{
	sum(m, &m->hostname);
	for (uint32_t i = 0; i < m->n_volumes; i++) {
		sum(m, &m->volumes[i].host);
		sum(m, &m->volumes[i].at);
		if (launch_text(m, &m->volumes[i].at)[0] != '/')
			abort();
	}
	for (uint32_t i = 0; i < m->n_tmpfs; i++)
		sum(m, &m->tmpfs[i].at);
	for (uint32_t i = 0; i < m->n_masked; i++)
		sum(m, &m->masked[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Aligned as the launcher's buffer is, and not a byte longer than the message. */
	void *exact = xmalloc(size ? size : 1);
	struct launch_header h;
	struct err e;

	memcpy(exact, data, size);
	if (launch_check(exact, size, &e) == 0) {
		memcpy(&h, exact, sizeof(h));
		if (h.op == LAUNCH_IMAGE)
			read_image(exact);
		else if (h.op == LAUNCH_CREATE)
			read_create(exact);
	}
	free(exact);
	return 0;
}
