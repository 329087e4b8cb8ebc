#include "client/fault.h"

#include <stdarg.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/json.h"
#include "proto/problem.h"

/* Codes that no daemon sends. */
static const struct problem_kind client_kinds[] = {
	{ "unknown-command", 0, 2, "there is no such command" },
	{ "unknown-flag", 0, 2, "there is no such flag" },
	{ "missing-argument", 0, 2, "something is missing" },
	{ "invalid-value", 0, 2, "a value is not allowed" },
	{ "conflicting-flags", 0, 2, "flags exclude each other" },
	{ "daemon-start", 0, 6, "the daemon cannot be started" },
	{ "daemon-absent", 0, 6, "no daemon runs" },
	{ "daemon-died", 0, 6, "the daemon ended in between" },
	{ "daemon-answer", 0, 6, "the answer is not that of a daemon" },
	{ "socket-path", 0, 6, "the socket's path cannot be used" },
	{ "socket-owner", 0, 6, "the socket's directory cannot be trusted" },
};

void fault_release(struct fault *f)
{
	strbuf_release(&f->message);
	strbuf_release(&f->help);
}

void fault_reset(struct fault *f)
{
	f->code = f->missing = NULL;
	strbuf_reset(&f->message);
	strbuf_reset(&f->help);
}

int fault_set(struct fault *f, const char *code, const char *fmt, ...)
{
	va_list ap;

	f->code = code;
	strbuf_reset(&f->message);
	va_start(ap, fmt);
	strbuf_vprintf(&f->message, fmt, ap);
	va_end(ap);
	return -1;
}

int fault_needs(struct fault *f, const char *what, enum issue issue)
{
	f->missing = issue_name(issue);
	return fault_set(f, "needs-feature", "'%s' needs %s, which this build does not have", what,
	        f->missing);
}

void fault_help(struct fault *f, const char *fmt, ...)
{
	va_list ap;

	if (f->help.len > 0)
		strbuf_addc(&f->help, '\n');
	va_start(ap, fmt);
	strbuf_vprintf(&f->help, fmt, ap);
	va_end(ap);
}

static const struct problem_kind *kind_of(const char *code)
{
	for (size_t i = 0; i < ARRAY_LEN(client_kinds); i++) {
		if (strcmp(client_kinds[i].code, code) == 0)
			return &client_kinds[i];
	}
	return problem_kind(code);
}

/* Exit status of a code, 5 for one that is unknown. */
static int fault_exit(const char *code)
{
	const struct problem_kind *k = kind_of(code);

	return k ? k->exit : 5;
}

/* Calls each(arg, line) for every line of help. */
static void each_help(
        const struct fault *f, void (*each)(void *arg, const char *line, size_t n), void *arg)
{
	for (const char *at = f->help.s; *at;) {
		size_t n = strcspn(at, "\n");

		each(arg, at, n);
		at += n + (at[n] == '\n');
	}
}

static void help_text(void *arg, const char *line, size_t n)
{
	struct strbuf *out = arg;

	strbuf_adds(out, "      help: ");
	strbuf_add_visible(out, line, n);
	strbuf_addc(out, '\n');
}

static void help_json(void *arg, const char *line, size_t n)
{
	json_strn(arg, NULL, line, n);
}

static void problem_json(const struct fault *f, struct strbuf *out)
{
	const struct problem_kind *k = kind_of(f->code);
	struct json j = JSON_INIT(out);

	json_obj(&j, NULL);
	json_raw(&j, "type", "\"urn:clnrm:problem:", strlen("\"urn:clnrm:problem:"));
	strbuf_printf(out, "%s\"", f->code);
	json_str(&j, "title", k ? k->title : "internal error");
	if (k && k->status)
		json_int(&j, "status", k->status);
	json_strn(&j, "detail", f->message.s, f->message.len);
	json_str(&j, "instance", NULL);
	json_str(&j, "code", f->code);
	json_int(&j, "exit", fault_exit(f->code));
	json_arr(&j, "help");
	each_help(f, help_json, &j);
	json_end(&j);
	json_arr(&j, "errors");
	json_end(&j);
	if (f->missing) {
		json_arr(&j, "missing");
		json_str(&j, NULL, f->missing);
		json_end(&j);
	}
	json_end(&j);
	strbuf_addc(out, '\n');
}

/* There is nobody left to tell when this fails. */
static void put(int fd, const struct strbuf *b)
{
	struct err e;

	if (fs_write_all(fd, b->s, b->len, &e) < 0)
		return;
}

int fault_print(const struct fault *f, enum format format)
{
	AUTO_STRBUF text = STRBUF_INIT;

	strbuf_printf(&text, "error[%s]: ", f->code);
	strbuf_add_visible(&text, f->message.s, f->message.len);
	strbuf_addc(&text, '\n');
	each_help(f, help_text, &text);
	put(STDERR_FILENO, &text);
	if (format == FORMAT_JSON || format == FORMAT_NDJSON) {
		strbuf_reset(&text);
		problem_json(f, &text);
		put(STDOUT_FILENO, &text);
	}
	return fault_exit(f->code);
}

void say(const char *kind, const char *fmt, ...)
{
	AUTO_STRBUF text = STRBUF_INIT;
	va_list ap;

	strbuf_printf(&text, "%s: ", kind);
	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	strbuf_addc(&text, '\n');
	put(STDERR_FILENO, &text);
}
