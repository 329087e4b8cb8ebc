#include "client/print.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"

static int failed(const struct err *e)
{
	AUTO_FAULT f = FAULT_INIT;

	if (e->sys == EPIPE)
		return 141;
	fault_set(&f, "write", "%s", e->msg);
	return fault_print(&f, FORMAT_HUMAN);
}

int print_out(const struct strbuf *text)
{
	struct err e;

	signal(SIGPIPE, SIG_IGN); /* EPIPE tells */
	if (fs_write_all(STDOUT_FILENO, text->s, text->len, &e) == 0)
		return 0;
	err_wrap(&e, "stdout");
	return failed(&e);
}

mode_t print_mode(void)
{
	mode_t mask = umask(022);

	umask(mask);
	return 0666 & ~mask;
}

int print_answer(const struct ctx *c, const struct strbuf *text)
{
	const char *path = args_value(&c->args, "output");
	struct err e;

	if (!path || strcmp(path, "-") == 0)
		return print_out(text);
	return fs_write_atomic(path, text->s, text->len, print_mode(), &e) == 0 ? 0 : failed(&e);
}
