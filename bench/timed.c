#include <stdlib.h>
#include <sys/wait.h>

#include "bench/contestants.h"
#include "common/mem.h"

struct timed *timed_new(struct entry *en)
{
	struct timed *t = xcalloc(1, sizeof(*t));

	t->share = 1;
	t->capture = -1;
	t->c = (struct command){ .argv = (const char *const *)t->argv, .dir = "/", .out = -1 };
	t->ids = (struct strbuf)STRBUF_INIT;
	en->state = t;
	return t;
}

void timed_add(struct timed *t, const char *word)
{
	if (t->n + 1 < ARRAY_LEN(t->argv))
		t->argv[t->n++] = xstrdup(word);
}

int timed_once(struct entry *en, double *out, struct err *e)
{
	struct timed *t = en->state;
	int status;

	if (t->capture >= 0)
		capture_empty(t->capture);
	if (command_time(&t->c, out, &status, e) < 0)
		return -1;
	if (status != t->status) {
		AUTO_STRBUF text = STRBUF_INIT;

		if (t->capture >= 0)
			capture_read(t->capture, &text);
		return err_set(e, ERR_SYS, "'%s' ended with status %d: %.300s", t->argv[0],
		        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), text.s);
	}
	out[0] /= t->share;
	return 0;
}

void timed_release(struct entry *en)
{
	struct timed *t = en->state;

	if (!t)
		return;
	for (unsigned i = 0; i < t->n; i++)
		free(t->argv[i]);
	free(t->dir);
	close_fd(&t->capture);
	strbuf_release(&t->ids);
	free(t);
	en->state = NULL;
}
