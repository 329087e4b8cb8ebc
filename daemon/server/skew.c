#include "daemon/server/skew.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/json.h"
#include "common/mem.h"

int skew_compare(const char *a, const char *b)
{
	while ((*a && *a != '+') || (*b && *b != '+')) {
		char *end_a, *end_b;
		unsigned long x = strtoul(a, &end_a, 10), y = strtoul(b, &end_b, 10);

		if (x != y)
			return x < y ? -1 : 1;
		a = end_a + strcspn(end_a, ".+");
		b = end_b + strcspn(end_b, ".+");
		a += *a == '.';
		b += *b == '.';
	}
	return 0;
}

enum skew skew_of(const struct exchange *x)
{
	static const char *const exempt[] = { "/v1/shutdown", "/v1/version", "/v1/status" };
	const char *theirs = mhd_header(x, "Clnrm-Build"), *ours = x->server->d.build;

	if (!theirs || strcmp(theirs, ours) == 0)
		return SKEW_NONE;
	for (size_t i = 0; i < ARRAY_LEN(exempt); i++)
		if (strcmp(x->path, exempt[i]) == 0)
			return SKEW_NONE;
	/* Of equal versions the one that asks wins. */
	return skew_compare(theirs, ours) < 0 ? SKEW_CLIENT_OLDER : SKEW_CLIENT_NEWER;
}

static void answer_skew(struct exchange *x, const char *word, const char *detail, const char *help)
{
	const char *theirs = mhd_header(x, "Clnrm-Build"), *ours = x->server->d.build;
	AUTO_STRBUF extra = STRBUF_INIT;

	strbuf_printf(&x->headers, "Clnrm-Skew: %s\n", word);
	strbuf_adds(&extra, ",\"daemon_build\":");
	json_quote(&extra, ours, strlen(ours));
	strbuf_adds(&extra, ",\"client_build\":");
	json_quote(&extra, theirs, strlen(theirs));
	answer_problem_with(&x->req, "version-skew", 6, detail, help, NULL, extra.s);
}

void skew_ask_to_replace(struct exchange *x)
{
	answer_skew(
	        x, "replace", "client and daemon are of different builds", "clnrm daemon restart");
}

/* The program of a process, as far as it can be seen. */
static char *program_of(const char *link)
{
	char path[PATH_MAX];
	ssize_t n = readlink(link, path, sizeof(path));

	return n > 0 && n < (ssize_t)sizeof(path) ? xstrndup(path, (size_t)n) : NULL;
}

static char *client_program(const struct exchange *x)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);
	int fd = mhd_fd(x);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) < 0)
		return NULL;
	AUTO_STR link = xasprintf("/proc/%ld/exe", (long)cred.pid);

	return program_of(link);
}

void skew_refuse(struct exchange *x)
{
	AUTO_STR client = client_program(x);
	AUTO_STR daemon = program_of("/proc/self/exe");
	AUTO_STR detail =
	        xasprintf("this client (%.64s) asks for what the newer daemon (%s) does not "
	                  "have: %s %.128s",
	                mhd_header(x, "Clnrm-Build"), x->server->d.build, x->method, x->path);
	AUTO_STR help =
	        xasprintf("the client is '%s', the daemon '%s': use the clnrm of the daemon",
	                client ? client : "?", daemon ? daemon : "?");

	answer_skew(x, "refuse", detail, help);
}
