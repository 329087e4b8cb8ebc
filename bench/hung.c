/* Steps that fail late or never end by themselves: how long until that is known. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bench/contestants.h"
#include "common/fs.h"
#include "common/mem.h"

#define PASSES 5 /* of 100 ms, in the history */
#define CRASH "ulimit -c 0; sleep 0.1; kill -SEGV $$"
#define FAILED (1 << 8) /* exit status 1 */

/* A step that takes --map pace=SECONDS, or crashes for other words. */
static char *write_test(struct entry *en, const char *name, const char *script, struct err *e)
{
	const char *image = image_names_of[en->is->image];
	AUTO_STR path = xasprintf("%s/%s-%s-%s.clnrm.toml", en->w->dir, name,
	        en->w->who[en->is->user].name, en->is->image == HOST ? "host" : "base");
	AUTO_STR text =
	        xasprintf("[meta]\nname = \"%s\"\nimage = \"%s\"\n\n[vars]\npace = \"0.1\"\n\n"
	                  "[[scenario]]\nname = \"one\"\nenv = { PACE = \"{{ pace }}\" }\n"
	                  "steps = [ { name = \"s0\", command = [\"/bin/sh\", \"-c\", "
	                  "\"%s\"] } ]\n",
	                name, image, script);

	return fs_write_atomic(path, text, strlen(text), 0644, e) < 0 ? NULL : STEAL(path);
}

static struct timed *prepare_test(
        struct entry *en, const char *name, const char *script, struct err *e)
{
	struct timed *t = clnrm_new(en, e);

	if (!t)
		return NULL;
	t->dir = write_test(en, name, script, e);
	if (!t->dir)
		return NULL;
	timed_add(t, "run");
	timed_add(t, "--force");
	timed_add(t, t->dir);
	return t;
}

int prepare_hang(struct entry *en, struct err *e)
{
	struct timed *t = prepare_test(en, "hang", "sleep $PACE", e);
	double ms;

	if (!t)
		return -1;
	for (int i = 0; i < PASSES; i++)
		if (timed_once(en, &ms, e) < 0 || world_quiet(t->who, NULL, e) < 0)
			return -1;
	timed_add(t, "--map");
	timed_add(t, "pace=1000");
	t->status = FAILED;
	t->says = ": silent for ";
	return 0;
}

int prepare_crash(struct entry *en, struct err *e)
{
	struct timed *t = prepare_test(en, "crash", CRASH, e);

	if (!t)
		return -1;
	t->status = FAILED;
	t->says = "SIGSEGV";
	return 0;
}

/* The same from its start to its end, without us: what is more is at most what we need to see it.
 */
int prepare_crash_spawn(struct entry *en, struct err *e)
{
	struct timed *t = timed_new(en);

	(void)e;
	timed_add(t, "/bin/sh");
	timed_add(t, "-c");
	timed_add(t, CRASH);
	t->status = SIGSEGV;
	return 0;
}

int hung_once(struct entry *en, double *out, struct err *e)
{
	struct timed *t = en->state;
	AUTO_STRBUF text = STRBUF_INIT;

	if (timed_once(en, out, e) < 0)
		return -1;
	if (!t->says)
		return 0;
	capture_read(t->capture, &text);
	if (!strstr(text.s, t->says))
		return err_set(
		        e, ERR_INVALID, "it does not say '%s' but '%.300s'", t->says, text.s);
	return world_quiet(t->who, NULL, e);
}
