/* client/link.h - a connection to the daemon that runs. */
#ifndef CLIENT_LINK_H
#define CLIENT_LINK_H

#include <sys/un.h>

#include "client/where.h"

/* A connected descriptor; -1 with f->code NULL when no daemon listens, or with a fault. */
int link_open(const struct where *w, struct fault *f);

/* path is at most SOCKET_PATH_MAX bytes. */
struct sockaddr_un link_address(const char *path);

#endif
