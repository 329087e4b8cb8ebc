/* daemon/sandbox/init/copy.c - files out of a sandbox and into it.
 *
 * By a process that is in the sandbox, as the user and with the rights of a step: whatever its
 * links and mounts say, nothing outside is in reach. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/pack.h"
#include "daemon/sandbox/init/init.h"

#define NOTES_MAX 20u /* that are said by name */

static void say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(125);
}

static void left_out(void *arg, const char *name, const char *why)
{
	unsigned *said = arg;
	char text[700];

	if (++*said > NOTES_MAX)
		return;
	snprintf(text, sizeof(text), "left out: '%.500s': %s\n", name, why);
	say(text);
}

static void say_rest(const struct pack_notes *notes)
{
	char text[64];

	if (notes->n <= NOTES_MAX)
		return;
	snprintf(text, sizeof(text), "... and %zu more\n", notes->n - NOTES_MAX);
	say(text);
}

/* As in cli.md 1.4: what is not there, or cannot be read; what is no archive; what is too much. */
static int exit_of(const struct agent_step *step, const struct err *e)
{
	if (e->code == ERR_LIMIT)
		return 2;
	if (e->sys == ENOENT || e->sys == ENOTDIR || (e->sys && (step->flags & AGENT_STEP_PACK)))
		return 3;
	return e->sys ? 5 : 4;
}

/* A second argument says that an archive may hold anything, all of it for below the path. */
int copy_run(const struct agent_step *step)
{
	unsigned said = 0;
	struct pack_notes notes = { left_out, &said, 0 };
	const char *path = step->argv[0];
	struct err e = { .msg = "" };
	int rc;

	prctl(PR_SET_NAME, "clnrm-cp", 0, 0, 0);
	if (step->flags & AGENT_STEP_PACK)
		rc = pack_tree(path, STDOUT_FILENO, &notes, &e);
	else
		rc = unpack_tree(STDIN_FILENO, path,
		        (struct unpack_how){ .whole_tree = step->argv[1] != NULL }, &notes, &e);
	say_rest(&notes);
	if (rc == 0)
		return notes.n ? 1 : 0;
	say(e.msg);
	say("\n");
	return exit_of(step, &e);
}
