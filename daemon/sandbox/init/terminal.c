/* daemon/sandbox/init/terminal.c - terminals of the sandbox's own devpts: none of this machine's is
 * ever passed in, so nothing in here can type into it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#include "daemon/sandbox/init/init.h"

#define MULTIPLEXER "/dev/pts/ptmx"

static int open_master(void)
{
	AUTO_FD fd = open(MULTIPLEXER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct statfs fs;
	int locked = 0;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return -1;
	if (fs.f_type != DEVPTS_SUPER_MAGIC) {
		errno = ENODEV;
		return -1;
	}
	return ioctl(fd, TIOCSPTLCK, &locked) < 0 ? -1 : steal_fd(&fd);
}

/* Backspace is to take a whole character of UTF-8. */
static void set_utf8(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return;
	t.c_iflag |= IUTF8;
	tcsetattr(fd, TCSANOW, &t);
}

int terminal_open(int *master, const char *user, const struct winsize *window)
{
	AUTO_FD fd = open_master();
	struct user u;
	struct err e;

	if (fd < 0)
		return -1;
	/* By our own side, not by a name in a directory that others see. */
	AUTO_FD slave = ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return -1;
	if (user_find(user, &u, &e) == 0 && fchown(slave, u.uid, (gid_t)-1) < 0)
		return -1;
	set_utf8(slave);
	if (window->ws_row && window->ws_col)
		ioctl(fd, TIOCSWINSZ, window);
	*master = steal_fd(&fd);
	return steal_fd(&slave);
}
