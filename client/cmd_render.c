/* clnrm render: a template in, what it prints out. The daemon reads the files; stdin is the
 * client's. */
#include <string.h>
#include <unistd.h>

#include "client/body.h"
#include "client/call.h"
#include "common/fs.h"
#include "common/utf8.h"

#define STDIN_MAX (16UL * 1024 * 1024)

/* Which of the two stdin is, when it is one. */
struct render_body {
	const char *path, *context;
	bool template_stdin, context_stdin;
	struct strbuf text;
};

static void write_template(struct json *j, const struct render_body *b)
{
	if (b->template_stdin)
		json_strn(j, "content", b->text.s, b->text.len);
	else
		json_str(j, "path", b->path);
}

static void write_context(struct json *j, const struct render_body *b)
{
	if (b->context_stdin)
		json_strn(j, "context_text", b->text.s, b->text.len);
	else if (b->context)
		json_str(j, "context_path", b->context);
}

static void write_text(struct json *j, const struct args *a, const char *flag, const char *member)
{
	const char *value = args_value(a, flag);

	if (value)
		json_str(j, member, value);
}

static void write_bool(struct json *j, const struct args *a, const char *flag, const char *member)
{
	if (args_bool(a, flag, false))
		json_bool(j, member, true);
}

static void write_flags(struct json *j, const struct args *a)
{
	write_text(j, a, "root", "root");
	write_text(j, a, "seed", "seed");
	write_text(j, a, "freeze-clock", "freeze_clock");
	write_text(j, a, "config", "config");
	write_bool(j, a, "bare", "bare");
	write_bool(j, a, "show-vars", "show_vars");
	write_bool(j, a, "check", "check");
	write_bool(j, a, "hermetic-env", "hermetic_env");
	write_bool(j, a, "no-config", "no_config");
	if (args_value(a, "cell"))
		json_uint(j, "cell", args_uint(a, "cell", 1));
	body_pairs(j, "map", a, "map");
}

static void write_body(
        const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out)
{
	const struct render_body *b = arg;
	struct json j = JSON_INIT(out);

	json_obj(&j, NULL);
	write_template(&j, b);
	write_context(&j, b);
	body_cwd(&j);
	body_env(&j, c, need_env, false);
	write_flags(&j, &c->args);
	json_end(&j);
}

static int take_stdin(struct render_body *b, struct fault *f)
{
	struct err e;

	if (!b->template_stdin && !b->context_stdin)
		return 0;
	if (b->template_stdin && b->context_stdin)
		return fault_set(f, "invalid-value", "'-' is stdin, and can be given only once");
	if (fs_read_fd(STDIN_FILENO, "stdin", STDIN_MAX, &b->text, &e) < 0)
		return fault_set(
		        f, e.code == ERR_LIMIT ? "too-large" : "file.unreadable", "%s", e.msg);
	if (!utf8_valid(b->text.s, b->text.len))
		return fault_set(f, "bad-request", "stdin is not UTF-8 (byte %zu)",
		        utf8_valid_prefix(b->text.s, b->text.len));
	return 0;
}

int cmd_render(struct ctx *c)
{
	AUTO_FAULT f = FAULT_INIT;
	struct render_body b = { .path = c->args.pos[0],
		.context = args_value(&c->args, "context"),
		.text = STRBUF_INIT };
	const struct request req = {
		.method = "POST", .path = "/v1/render", .body = write_body, .arg = &b
	};
	int rc;

	b.template_stdin = strcmp(b.path, "-") == 0;
	b.context_stdin = b.context && strcmp(b.context, "-") == 0;
	rc = take_stdin(&b, &f) < 0 ? fault_print(&f, c->format) : call(c, &req);
	strbuf_release(&b.text);
	return rc;
}
