#ifndef DAEMON_POOL_SIDE_H
#define DAEMON_POOL_SIDE_H
#endif
