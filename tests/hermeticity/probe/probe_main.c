/* probe plant|hold|look|control|try NN [TAG]; probe list; probe dump
 *
 * hold plants, says "planted" and waits to be killed. control plants and looks without a boundary
 * between the two: its exit status is that of the looker, 1 when the trace shows. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/hermeticity/probe/probe.h"

enum { EXIT_SEEN = 1, EXIT_USAGE = 2, EXIT_CANNOT = 3 };

static bool any;

void seen(const char *fmt, ...)
{
	va_list ap;

	any = true;
	printf("seen: ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void fact(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void attempt(const char *what, long r)
{
	if (r >= 0) {
		any = true;
		printf("possible: %s\n", what);
		return;
	}
	printf("refused: %s: %s\n", what, strerror(errno));
}

const char *slurp(const char *path)
{
	static char text[1 << 16];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	while (fd >= 0 && len < sizeof(text) - 1 &&
	        (n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	if (fd >= 0)
		close(fd);
	text[len] = 0;
	return text;
}

void look_in(const char *dir, const char *prefix)
{
	DIR *d = opendir(dir);
	struct dirent *de;

	while (d && (de = readdir(d)))
		if (strncmp(de->d_name, prefix, strlen(prefix)) == 0)
			seen("%s/%s", dir, de->d_name);
	if (d)
		closedir(d);
}

static const struct carrier *const tables[] = { files_carriers, ipc_carriers, process_carriers,
	kernel_carriers, quota_carriers, escape_carriers };

static const struct carrier *find(const char *id)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (const struct carrier *c = tables[i]; c->id; c++)
			if (strcmp(c->id, id) == 0)
				return c;
	fprintf(stderr, "probe: no carrier '%s'\n", id);
	exit(EXIT_USAGE);
}

static int list(void)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (const struct carrier *c = tables[i]; c->id; c++)
			printf("%s %s%s%s%s\n", c->id, c->name, c->plant ? " plant" : "",
			        c->look ? " look" : "", c->try ? " try" : "");
	return 0;
}

static int do_plant(const struct carrier *c, const char *tag)
{
	if (!c->plant)
		return EXIT_USAGE;
	if (c->plant(tag) < 0) {
		printf("cannot plant: %s\n", strerror(errno));
		return EXIT_CANNOT;
	}
	puts("planted");
	fflush(stdout);
	return 0;
}

static int do_hold(const struct carrier *c, const char *tag)
{
	int r = do_plant(c, tag);

	if (r == 0)
		for (;;)
			pause();
	return r;
}

static int do_look(const struct carrier *c)
{
	if (!c->look)
		return EXIT_USAGE;
	c->look();
	puts(any ? "not clean" : "clean");
	return any ? EXIT_SEEN : 0;
}

static int do_try(const struct carrier *c)
{
	if (!c->try)
		return EXIT_USAGE;
	c->try();
	return any ? EXIT_SEEN : 0;
}

static int become_looker(const struct carrier *c)
{
	char *const argv[] = { (char[]){ "probe" }, (char[]){ "look" }, strdup(c->id), NULL };

	execv("/proc/self/exe", argv);
	return EXIT_CANNOT;
}

/* The looker is forked first: what was planted may leave no room for another process. */
static int do_control(const struct carrier *c, const char *tag)
{
	int gate[2], status, r;
	char byte;
	pid_t pid = -1;

	if (pipe(gate) < 0)
		return EXIT_CANNOT;
	fcntl(gate[0], F_SETFD, FD_CLOEXEC);
	fcntl(gate[1], F_SETFD, FD_CLOEXEC);
	if (c->control == CONTROL_FORK && (pid = fork()) == 0) {
		close(gate[1]);
		_exit(read(gate[0], &byte, 1) == 1 ? become_looker(c) : EXIT_CANNOT);
	}
	r = do_plant(c, tag);
	if (r != 0)
		return r;
	if (c->control == CONTROL_EXEC)
		return become_looker(c);
	if (pid < 0 || write(gate[1], "g", 1) != 1 || waitpid(pid, &status, 0) != pid)
		return EXIT_CANNOT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_CANNOT;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "list", *tag = argc > 3 ? argv[3] : "x";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (strcmp(verb, "list") == 0)
		return list();
	if (argc < 3) {
		fprintf(stderr, "usage: probe plant|hold|look|control|try NN [TAG]; probe list\n");
		return EXIT_USAGE;
	}
	const struct carrier *c = find(argv[2]);
	if (strcmp(verb, "plant") == 0)
		return do_plant(c, tag);
	if (strcmp(verb, "hold") == 0)
		return do_hold(c, tag);
	if (strcmp(verb, "look") == 0)
		return do_look(c);
	if (strcmp(verb, "try") == 0)
		return do_try(c);
	if (strcmp(verb, "control") == 0)
		return do_control(c, tag);
	fprintf(stderr, "probe: no verb '%s'\n", verb);
	return EXIT_USAGE;
}
