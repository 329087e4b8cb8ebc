/* clnrm try: one command in a fresh sandbox, with its own exit code. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/body.h"
#include "client/call.h"
#include "common/fs.h"

#define INLINE_MAX (64 * 1024) /* of stdin in the request itself */
#define OWN_FAILURE 125

struct input {
	struct strbuf first; /* what was there at once */
	bool goes_on;
};

static void write_body(
        const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out)
{
	const struct input *in = arg;
	struct json j = JSON_INIT(out);

	json_obj(&j, NULL);
	json_arr(&j, "argv");
	for (size_t i = 0; i < c->args.n_rest; i++)
		json_str(&j, NULL, c->args.rest[i]);
	json_end(&j);
	body_cwd(&j);
	body_env(&j, c, need_env, true); /* the rest would be variables of the command */
	body_options(&j, c);
	if (in->first.len > 0) {
		const char *encoding = json_bytes(&j, "stdin", in->first.s, in->first.len);

		if (strcmp(encoding, "utf-8") != 0)
			json_str(&j, "stdin_encoding", encoding);
	}
	if (in->goes_on)
		json_bool(&j, "stdin_open", true);
	json_end(&j);
}

/* Nothing is waited for: what a file or a finished pipe holds goes along in the request, what is
 * not there yet follows. Of a terminal nothing is taken, nor of a stdin that is closed. */
static int take_stdin(struct input *in, struct fault *f)
{
	static char buf[16 * 1024];
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	if (fcntl(STDIN_FILENO, F_GETFD) < 0 || isatty(STDIN_FILENO))
		return 0;
	while (in->first.len < INLINE_MAX && poll(&p, 1, 0) > 0) {
		ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_set(
			        f, "file.unreadable", "cannot read stdin: %s", strerror(errno));
		if (n == 0)
			return 0;
		strbuf_add(&in->first, buf, (size_t)n);
	}
	in->goes_on = true;
	return 0;
}

int cmd_try(struct ctx *c)
{
	AUTO_FAULT f = FAULT_INIT;
	struct input in = { .first = STRBUF_INIT };
	int rc = -1;

	if (take_stdin(&in, &f) == 0) {
		const struct request req = { .method = "POST",
			.path = "/v1/try",
			.body = write_body,
			.arg = &in,
			.is_run = true,
			.feeds_stdin = in.goes_on };

		rc = call_quietly(c, &req, &f);
	}
	strbuf_release(&in.first);
	if (rc >= 0)
		return rc;
	fault_print(&f, c->format);
	return OWN_FAILURE;
}
