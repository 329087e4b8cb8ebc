/* Carriers of communication: 3, 4, 5, 7, 9, 16, 17, 45. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <mqueue.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tests/hermeticity/probe/probe.h"

/* ---- 3: System V ---- */

#define KEY 0x636c6e72

static int plant_sysv(const char *tag)
{
	(void)tag;
	return shmget(KEY, 4096, IPC_CREAT | 0666) < 0 || semget(KEY, 1, IPC_CREAT | 0666) < 0 ||
	                       msgget(KEY, IPC_CREAT | 0666) < 0
	               ? -1
	               : 0;
}

static void look_sysv(void)
{
	if (shmget(KEY, 0, 0) >= 0)
		seen("shared memory");
	if (semget(KEY, 0, 0) >= 0)
		seen("a semaphore");
	if (msgget(KEY, 0) >= 0)
		seen("a message queue");
}

/* ---- 4: POSIX message queues ---- */

#define QUEUE "/" PREFIX "queue"

static int plant_mq(const char *tag)
{
	struct mq_attr small = { .mq_maxmsg = 2, .mq_msgsize = 64 };
	mqd_t q = mq_open(QUEUE, O_CREAT | O_RDWR | O_NONBLOCK, 0666, &small);

	return q == (mqd_t)-1 ? -1 : mq_send(q, tag, strlen(tag), 0);
}

static void look_mq(void)
{
	if (mq_open(QUEUE, O_RDONLY) != (mqd_t)-1)
		seen("queue %s", QUEUE);
	look_in("/dev/mqueue", PREFIX);
}

/* ---- 5: abstract sockets ---- */

static socklen_t abstract(struct sockaddr_un *a)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(a->sun_path + 1, PREFIX "abstract", sizeof(PREFIX "abstract") - 1);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof(PREFIX "abstract"));
}

static int plant_abstract(const char *tag)
{
	struct sockaddr_un a;
	socklen_t n = abstract(&a);
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)tag;
	return s < 0 || bind(s, (struct sockaddr *)&a, n) < 0 || listen(s, 5) < 0 ? -1 : 0;
}

static void look_abstract(void)
{
	struct sockaddr_un a;
	socklen_t n = abstract(&a);
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(s, (struct sockaddr *)&a, n) == 0)
		seen("a listener");
	if (strstr(slurp("/proc/net/unix"), PREFIX))
		seen("its name in /proc/net/unix");
}

/* ---- 7: keyrings ---- */

static long add_key(const char *name, long ring)
{
	return syscall(SYS_add_key, "user", name, "x", 1, ring);
}

/* Where it works it is taken back: on the host this is somebody's keyring. */
static void try_add(const char *what, long ring)
{
	long key = add_key(PREFIX "key", ring);

	attempt(what, key);
	if (key >= 0)
		syscall(SYS_keyctl, KEYCTL_INVALIDATE, key);
}

static void try_keys(void)
{
	try_add("add_key to the session keyring", KEY_SPEC_SESSION_KEYRING);
	try_add("add_key to the user keyring", KEY_SPEC_USER_KEYRING);
	attempt("request_key", syscall(SYS_request_key, "user", PREFIX "host", NULL, 0));
	attempt("keyctl search of the session keyring",
	        syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", PREFIX "host",
	                0));
	attempt("keyctl search of the user keyring",
	        syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", PREFIX "host",
	                0));
	attempt("keyctl get_persistent",
	        syscall(SYS_keyctl, KEYCTL_GET_PERSISTENT, -1, KEY_SPEC_PROCESS_KEYRING));
	attempt("keyctl join_session_keyring",
	        syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, PREFIX "ring"));
}

static void look_keys(void)
{
	if (slurp("/proc/keys")[0])
		seen("/proc/keys");
	if (slurp("/proc/key-users")[0])
		seen("/proc/key-users");
}

/* ---- 9: host and domain name ---- */

static void try_names(void)
{
	attempt("sethostname", sethostname(PREFIX "host", 16));
	attempt("setdomainname", setdomainname(PREFIX "domain", 18));
	attempt("write /proc/sys/kernel/hostname", open("/proc/sys/kernel/hostname", O_WRONLY));
}

static void look_names(void)
{
	struct utsname u;

	uname(&u);
	if (strcmp(u.nodename, "clnrm") != 0)
		seen("host name %s", u.nodename);
	if (u.domainname[0] && strcmp(u.domainname, "(none)") != 0)
		seen("domain name %s", u.domainname);
}

/* ---- 16: tables of the network ---- */

static long add_route(void)
{
	struct {
		struct nlmsghdr h;
		struct rtmsg r;
	} m = { .h = { .nlmsg_len = sizeof(m),
		        .nlmsg_type = RTM_NEWROUTE,
		        .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE },
		.r = { .rtm_family = AF_INET,
		        .rtm_table = RT_TABLE_MAIN,
		        .rtm_protocol = RTPROT_BOOT,
		        .rtm_type = RTN_UNREACHABLE } };
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char rest[256];
	} answer = { 0 };
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (s < 0 || send(s, &m, sizeof(m), 0) < 0 || recv(s, &answer, sizeof(answer), 0) < 0)
		return -1;
	errno = -answer.e.error;
	return answer.e.error ? -1 : 0;
}

static long add_neighbour(void)
{
	struct arpreq a = { .arp_flags = ATF_PERM, .arp_dev = "lo" };
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)&a.arp_pa;
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK + 7);
	a.arp_ha.sa_family = ARPHRD_LOOPBACK;
	return ioctl(s, SIOCSARP, &a);
}

static void try_network(void)
{
	attempt("add a route", add_route());
	attempt("add a neighbour", add_neighbour());
	attempt("a netfilter socket",
	        socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
	attempt("a raw socket", socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
}

static void look_network(void)
{
	const char *lines = slurp("/proc/net/route"), *at = strchr(lines, '\n');

	if (at && at[1])
		seen("a route");
	lines = slurp("/proc/net/dev");
	for (at = strchr(lines, ':'); at; at = strchr(at + 1, ':'))
		if (at - lines < 2 || strncmp(at - 2, "lo", 2) != 0)
			seen("an interface besides lo");
}

/* ---- 17: ports ---- */

static int bind_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(47110) };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return s < 0 || bind(s, (struct sockaddr *)&a, sizeof(a)) < 0 ? -1 : s;
}

/* A connection that the server ends first stays in TIME_WAIT at the port. */
static int plant_port(const char *tag)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(47110) };
	int s = bind_port(), c = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), t;
	char byte;

	(void)tag;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (s < 0 || listen(s, 1) < 0 || connect(c, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	        (t = accept(s, NULL, NULL)) < 0)
		return -1;
	close(t);
	if (read(c, &byte, 1) != 0)
		return -1;
	close(c);
	return close(s);
}

static void look_port(void)
{
	if (bind_port() < 0)
		seen("port 47110: %s", strerror(errno));
}

const struct carrier ipc_carriers[] = {
	{ "03", "sysv", plant_sysv, look_sysv, NULL, CONTROL_FORK },
	{ "04", "posix_mq", plant_mq, look_mq, NULL, CONTROL_FORK },
	{ "05", "abstract_sockets", plant_abstract, look_abstract, NULL, CONTROL_FORK },
	{ "07", "keyrings", NULL, look_keys, try_keys, CONTROL_NONE },
	{ "09", "names", NULL, look_names, try_names, CONTROL_NONE },
	{ "16", "network_tables", NULL, look_network, try_network, CONTROL_NONE },
	{ "17", "ports", plant_port, look_port, NULL, CONTROL_FORK },
	{ 0 },
};
