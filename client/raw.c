#include "client/raw.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/cleanup.h"

void raw_open(struct raw *r)
{
	struct termios t;

	if (r->on || tcgetpgrp(STDIN_FILENO) != getpgrp() || tcgetattr(STDIN_FILENO, &t) < 0)
		return;
	r->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (r->fd < 0)
		return;
	r->saved = t;
	cfmakeraw(&t);
	r->on = tcsetattr(r->fd, TCSADRAIN, &t) == 0;
	if (!r->on)
		close_fd(&r->fd);
}

void raw_close(struct raw *r)
{
	if (!r->on)
		return;
	tcsetattr(r->fd, TCSADRAIN, &r->saved);
	close_fd(&r->fd);
	r->on = false;
}

void raw_size(unsigned *rows, unsigned *columns)
{
	struct winsize w;

	*rows = 24;
	*columns = 80;
	if ((ioctl(STDIN_FILENO, TIOCGWINSZ, &w) == 0 ||
	            ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0) &&
	        w.ws_row && w.ws_col) {
		*rows = w.ws_row;
		*columns = w.ws_col;
	}
}
