#ifndef DAEMON_POOL_POOL_H
#define DAEMON_POOL_POOL_H
#endif
