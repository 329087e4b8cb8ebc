/* Carriers of the machine itself: 8, 10 to 12, 15, 18, 19, 21, 22, 33 to 36, 40, 47. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/hermeticity/probe/probe.h"

static long mount_at(const char *type, const char *at, unsigned long flags)
{
	return syscall(SYS_mount, type, at, type, flags, NULL);
}

/* ---- 8: cgroups ---- */

static void look_cgroup(void)
{
	const char *at = slurp("/proc/self/cgroup");
	DIR *d = opendir("/sys");
	struct dirent *de;

	for (; *at; at = strchr(at, '\n') + 1) {
		const char *path = strchr(strchr(at, ':') + 1, ':') + 1;

		if (strncmp(path, "/\n", 2) != 0)
			seen("cgroup %.*s", (int)strcspn(path, "\n"), path);
	}
	while (d && (de = readdir(d)))
		if (de->d_name[0] != '.')
			seen("/sys/%s", de->d_name);
	if (d)
		closedir(d);
}

static void try_cgroup(void)
{
	mkdir("/tmp/" PREFIX "cg", 0755);
	attempt("mount cgroup v1", mount_at("cgroup", "/tmp/" PREFIX "cg", 0));
	attempt("mount cgroup v2", mount_at("cgroup2", "/tmp/" PREFIX "cg", 0));
	attempt("unshare a cgroup namespace", unshare(CLONE_NEWCGROUP));
	attempt("unshare a user namespace", unshare(CLONE_NEWUSER));
	attempt("write release_agent",
	        open("/sys/fs/cgroup/memory/release_agent", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	attempt("write cgroup.procs",
	        open("/sys/fs/cgroup/cgroup.procs", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	attempt("make a cgroup", mkdir("/sys/fs/cgroup", 0755));
}

/* ---- 10, 11, 12: sysctls ---- */

static void try_writable(const char *path)
{
	attempt(path, open(path, O_WRONLY | O_CLOEXEC));
}

static void try_net_sysctls(void)
{
	try_writable("/proc/sys/net/ipv4/ip_default_ttl");
	try_writable("/proc/sys/net/ipv4/ip_unprivileged_port_start");
	try_writable("/proc/sys/net/core/somaxconn");
}

static void try_ipc_sysctls(void)
{
	static const char *const names[] = { "shmmax", "shmall", "shmmni", "msgmax", "msgmnb",
		"sem", "hostname", "domainname" };
	char path[64];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "/proc/sys/kernel/%s", names[i]);
		try_writable(path);
	}
	try_writable("/proc/sys/fs/mqueue/msg_max");
}

/* Every file below dir; only what can be written is worth a line. */
static unsigned walk(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	unsigned n = 0;
	char path[512];

	while (d && (de = readdir(d))) {
		if (de->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, de->d_name);
		if (de->d_type == DT_DIR) {
			n += walk(path);
		} else {
			int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

			n++;
			if (fd >= 0) {
				attempt(path, fd);
				close(fd);
			}
		}
	}
	if (d)
		closedir(d);
	return n;
}

static void try_sysctls(void)
{
	fact("files: %s", walk("/proc/sys") > 300 ? "hundreds" : "few");
	try_writable("/proc/sysrq-trigger");
	attempt("chmod of a sysctl", chmod("/proc/sys/vm/swappiness", 0666));
}

/* ---- 15: block devices ---- */

static void try_devices(void)
{
	static const char *const nodes[] = { "/dev/loop0", "/dev/loop-control", "/dev/nbd0",
		"/dev/zram0", "/dev/mapper/control", "/dev/sda", "/dev/vda", "/dev/mem",
		"/dev/kmsg", "/dev/fuse", "/dev/kvm", "/dev/net/tun", "/dev/vsock", "/dev/uinput",
		"/dev/port" };
	static const struct {
		const char *what;
		mode_t type;
		unsigned major, minor;
	} made[] = { { "make and open a loop device", S_IFBLK, 7, 0 },
		{ "make and open the first disk", S_IFBLK, 254, 0 },
		{ "make and open /dev/mem", S_IFCHR, 1, 1 },
		{ "make and open /dev/fuse", S_IFCHR, 10, 229 } };

	for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
		attempt(nodes[i], open(nodes[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC));
	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		unlink("/tmp/" PREFIX "node");
		attempt(made[i].what,
		        mknod("/tmp/" PREFIX "node", made[i].type | 0666,
		                makedev(made[i].major, made[i].minor)) < 0
		                ? -1
		                : open("/tmp/" PREFIX "node", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
	}
}

/* ---- 18, 19: what hardware and kernel share ---- */

static const char *big_file(void)
{
	return access("/bin/busybox", R_OK) == 0 ? "/bin/busybox" : "/usr/bin/env";
}

static int plant_cache(const char *tag)
{
	char buf[65536];
	int fd = open(big_file(), O_RDONLY | O_CLOEXEC);

	(void)tag;
	while (fd >= 0 && read(fd, buf, sizeof(buf)) > 0)
		;
	return fd < 0 ? -1 : close(fd);
}

/* A read that would have to wait fails: what does not was in memory already. Where the file system
 * cannot say, a map can, to the owner of the file. */
static void look_cache(void)
{
	char buf[4096];
	unsigned char here = 0;
	struct iovec v = { buf, sizeof(buf) };
	int fd = open(big_file(), O_RDONLY | O_CLOEXEC);
	void *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	if (syscall(SYS_preadv2, fd, &v, 1, 0, 0, 8 /* RWF_NOWAIT */) > 0 ||
	        (map != MAP_FAILED && mincore(map, 4096, &here) == 0 && here & 1))
		seen("%s in the page cache", big_file());
}

static void look_pressure(void)
{
	if (strstr(slurp("/proc/pressure/memory"), "total="))
		seen("memory pressure of the machine");
	if (strstr(slurp("/proc/loadavg"), "."))
		seen("load of the machine");
}

/* ---- 21: kernel log ---- */

static void try_log(void)
{
	char buf[16];

	attempt("syslog(READ_ALL)", klogctl(3, buf, sizeof(buf)));
	attempt("syslog(SIZE_BUFFER)", klogctl(10, NULL, 0));
	attempt("/dev/kmsg", open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
	int fd = open("/proc/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));
	if (n == 0)
		errno = ENODATA; /* a mask: it opens, and is empty */
	attempt("/proc/kmsg", n > 0 ? n : -1);
}

/* ---- 22: mounts ---- */

/* Without ids, devices and what differs by itself. */
static void look_mounts(void)
{
	static char all[1 << 16];
	char *line, *rest = all;

	snprintf(all, sizeof(all), "%s", slurp("/proc/self/mountinfo"));
	while ((line = strsep(&rest, "\n")) && *line) {
		char root[256], at[256], options[128], type[64];
		const char *dash = strstr(line, " - ");

		if (sscanf(line, "%*s %*s %*s %255s %255s %127s", root, at, options) == 3 && dash &&
		        sscanf(dash, " - %63s", type) == 1)
			fact("mount %s: %s %s %s", at, strcmp(type, "tmpfs") == 0 ? "-" : root,
			        options, type);
		if (strstr(line, " shared:") || strstr(line, " master:"))
			seen("propagation at %s", at);
	}
}

static void try_mounts(void)
{
	mkdir("/tmp/" PREFIX "mnt", 0755);
	attempt("mount a tmpfs", mount_at("tmpfs", "/tmp/" PREFIX "mnt", 0));
	attempt("mount proc", mount_at("proc", "/tmp/" PREFIX "mnt", 0));
	attempt("bind /", syscall(SYS_mount, "/", "/tmp/" PREFIX "mnt", NULL, 4096, NULL));
	attempt("remount / writable", syscall(SYS_mount, NULL, "/", NULL, 32, NULL));
	attempt("unmount /proc", syscall(SYS_umount2, "/proc", 2));
	attempt("unmount a mask", syscall(SYS_umount2, "/proc/kcore", 2));
	attempt("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
	attempt("open_tree", syscall(SYS_open_tree, -100, "/", 1));
	attempt("pivot_root", syscall(SYS_pivot_root, ".", "."));
	attempt("unshare a mount namespace", unshare(CLONE_NEWNS));
	attempt("unshare user and mount namespaces", unshare(CLONE_NEWUSER | CLONE_NEWNS));
}

/* ---- 33 to 36: families of calls ---- */

static void try_perf(void)
{
	struct perf_event_attr a = { .size = sizeof(a),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.exclude_kernel = 1 };
	union bpf_attr b = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};

	attempt("perf_event_open", syscall(SYS_perf_event_open, &a, 0, -1, -1, 0));
	attempt("bpf(MAP_CREATE)", syscall(SYS_bpf, BPF_MAP_CREATE, &b, sizeof(b)));
}

static void try_rings(void)
{
	char params[120] = { 0 };

	attempt("userfaultfd", syscall(SYS_userfaultfd, O_CLOEXEC | 1));
	attempt("io_uring_setup", syscall(425, 4, params));
}

static void try_netlink(void)
{
	char what[32];

	for (int protocol = 1; protocol < 23; protocol++) {
		snprintf(what, sizeof(what), "netlink protocol %d", protocol);
		attempt(what, socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
	}
}

static void try_families(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET };
	char what[32];

	for (int family = 0; family < 47; family++) {
		if (family == AF_UNIX || family == AF_INET || family == AF_INET6 ||
		        family == AF_NETLINK)
			continue;
		for (size_t i = 0; i < ARRAY_LEN(types); i++) {
			snprintf(what, sizeof(what), "family %d type %d", family, types[i]);
			attempt(what, socket(family, types[i] | SOCK_CLOEXEC, 0));
		}
	}
	attempt("a raw packet socket", socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

/* ---- 40: identities of the machine ---- */

static void look_ids(void)
{
	const char *boot = "c1ea4000-c1ea-4000-8000-c1ea4000c1ea\n";

	if (strcmp(slurp("/proc/sys/kernel/random/boot_id"), boot) != 0)
		seen("boot id %s", slurp("/proc/sys/kernel/random/boot_id"));
	if (strcmp(slurp("/etc/machine-id"), "c1ea4000c1ea4000c1ea4000c1ea4000\n") != 0)
		seen("machine id %s", slurp("/etc/machine-id"));
	if (slurp("/sys/class/dmi/id/product_uuid")[0] || access("/sys/class/dmi", F_OK) == 0)
		seen("hardware ids");
}

/* ---- 47: binary formats ---- */

static void try_formats(void)
{
	mkdir("/tmp/" PREFIX "fmt", 0755);
	attempt("mount binfmt_misc", mount_at("binfmt_misc", "/tmp/" PREFIX "fmt", 0));
	attempt("register a format",
	        open("/proc/sys/fs/binfmt_misc/register", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

const struct carrier kernel_carriers[] = {
	{ "08", "cgroups", NULL, look_cgroup, try_cgroup, CONTROL_NONE },
	{ "10", "net_sysctls", NULL, NULL, try_net_sysctls, CONTROL_NONE },
	{ "11", "ipc_sysctls", NULL, NULL, try_ipc_sysctls, CONTROL_NONE },
	{ "12", "global_sysctls", NULL, NULL, try_sysctls, CONTROL_NONE },
	{ "15", "devices", NULL, NULL, try_devices, CONTROL_NONE },
	{ "18", "page_cache", plant_cache, look_cache, NULL, CONTROL_FORK },
	{ "19", "pressure", NULL, look_pressure, NULL, CONTROL_NONE },
	{ "21", "kernel_log", NULL, NULL, try_log, CONTROL_NONE },
	{ "22", "mounts", NULL, look_mounts, try_mounts, CONTROL_NONE },
	{ "33", "perf_bpf", NULL, NULL, try_perf, CONTROL_NONE },
	{ "34", "rings", NULL, NULL, try_rings, CONTROL_NONE },
	{ "35", "netlink", NULL, NULL, try_netlink, CONTROL_NONE },
	{ "36", "socket_families", NULL, NULL, try_families, CONTROL_NONE },
	{ "40", "machine_ids", NULL, look_ids, NULL, CONTROL_NONE },
	{ "47", "binary_formats", NULL, NULL, try_formats, CONTROL_NONE },
	{ 0 },
};
