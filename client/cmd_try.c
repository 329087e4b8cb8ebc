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

#define STDIN_MAX (12UL * 1024 * 1024) /* fits a body of 16 MiB in base64 */
#define OWN_FAILURE 125
#define SILENCE_MS 1000 /* of stdin, before it is said what is waited for */

static void write_body(
        const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out)
{
	const struct strbuf *in = arg;
	struct json j = JSON_INIT(out);

	json_obj(&j, NULL);
	json_arr(&j, "argv");
	for (size_t i = 0; i < c->args.n_rest; i++)
		json_str(&j, NULL, c->args.rest[i]);
	json_end(&j);
	body_cwd(&j);
	body_env(&j, c, need_env, true); /* the rest would be variables of the command */
	body_options(&j, c);
	if (in->len > 0) {
		const char *encoding = json_bytes(&j, "stdin", in->s, in->len);

		if (strcmp(encoding, "utf-8") != 0)
			json_str(&j, "stdin_encoding", encoding);
	}
	json_end(&j);
}

/* A pipe that somebody forgot to close looks like a command that hangs. */
static void tell_if_silent(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	if (poll(&p, 1, SILENCE_MS) == 0)
		say("note", "waiting for the end of stdin, which the command gets; "
		            "'</dev/null' gives it none");
}

/* All that is on stdin goes along, in the request; a terminal does not, nor a stdin that is closed.
 */
static int take_stdin(struct strbuf *in, struct fault *f)
{
	char buf[16 * 1024];
	ssize_t n;

	if (fcntl(STDIN_FILENO, F_GETFD) < 0 || isatty(STDIN_FILENO))
		return 0;
	tell_if_silent();
	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_set(
			        f, "file.unreadable", "cannot read stdin: %s", strerror(errno));
		if (in->len + (size_t)n > STDIN_MAX)
			return fault_set(
			        f, "too-large", "stdin is longer than %lu bytes", STDIN_MAX);
		strbuf_add(in, buf, (size_t)n);
	}
	return 0;
}

int cmd_try(struct ctx *c)
{
	AUTO_FAULT f = FAULT_INIT;
	AUTO_STRBUF in = STRBUF_INIT;
	const struct request req = {
		.method = "POST", .path = "/v1/try", .body = write_body, .arg = &in, .is_run = true
	};
	int rc;

	if (take_stdin(&in, &f) == 0) {
		rc = call_quietly(c, &req, &f);
		if (rc >= 0)
			return rc;
	}
	fault_print(&f, c->format);
	return OWN_FAILURE;
}
