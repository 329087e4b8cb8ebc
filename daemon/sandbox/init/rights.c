/* daemon/sandbox/init/rights.c - gives up what is not needed, then states what the kernel says. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/build.h"
#include "common/defence.h"
#include "daemon/sandbox/init/init.h"

#define CAP(x) (1ull << CAP_##x)
/* Placing files for others, becoming them, ending and listing their processes. */
#define INIT_CAPS                                                                               \
	(CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(KILL) | CAP(SETGID) | CAP(SETUID) | \
	        CAP(SETPCAP) | CAP(SYS_PTRACE))

enum { MAX_FILTER = 4096 }; /* BPF_MAXINSNS */

static int read_mask(const char *hex, uint64_t *out, struct err *e)
{
	char *end;

	errno = 0;
	*out = strtoull(hex, &end, 16);
	if (!*hex || *end || errno)
		return err_set(e, ERR_INVALID, "no capability mask: '%s'", hex);
	return 0;
}

static uint64_t read_bounding(void)
{
	uint64_t mask = 0;

	for (int cap = 0; cap < 64; cap++) {
		int there = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (there < 0)
			break;
		mask |= (uint64_t)there << cap;
	}
	return mask;
}

static int set_caps(uint64_t mask, struct err *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) < 0)
		return err_sys(e, "cannot read capabilities");
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(mask >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &head, data) < 0 ? err_sys(e, "cannot give up capabilities") : 0;
}

/* Bounding first: that needs CAP_SETPCAP. A plain process without it has nothing to give up. */
static int drop_caps(struct rights *r, struct err *e)
{
	uint64_t there = read_bounding();
	uint64_t drop = there & ~(r->step_caps | INIT_CAPS);
	bool may_drop = true;

	for (int cap = 0; cap < 64 && DEFENCE("init_bounding"); cap++) {
		if (!(drop & 1ull << cap) || prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		if (getpid() == 1 || errno != EPERM)
			return err_sys(e, "cannot drop capability %d", cap);
		may_drop = false;
		break;
	}
	r->bounding = may_drop ? read_bounding() : 0;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return set_caps(r->step_caps | INIT_CAPS, e);
}

static int load_seccomp(struct err *e)
{
	AUTO_FD fd = SECCOMP_FD;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, "no seccomp program");
	size_t size = (size_t)st.st_size, n = size / sizeof(struct sock_filter);
	if (n == 0 || n > MAX_FILTER || size % sizeof(struct sock_filter))
		return err_set(e, ERR_INVALID, "a seccomp program of %zu bytes", size);
	void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return err_sys(e, "cannot read the seccomp program");
	struct sock_fprog prog = { .len = (unsigned short)n, .filter = map };
	int result = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
	if (result != 0)
		err_sys(e, "cannot load the seccomp program");
	munmap(map, size);
	return result == 0 ? 0 : -1;
}

/* By the raw call: libc keeps three signals for itself, and posix_spawn() of glibc leaves two of
 * them ignored in whatever it starts, which every step would inherit. */
static void default_signals(void)
{
	static const char zero[64]; /* struct sigaction of the kernel: SIG_DFL, no flags, no mask */

	for (int sig = 1; sig < 65; sig++)
		syscall(SYS_rt_sigaction, sig, zero, NULL, 8);
}

/* What every step inherits and no step can change in us. Refusals leave what the launcher made. */
static void reset_process(struct rights *r)
{
	prctl(PR_SET_NAME, "clnrm-init", 0, 0, 0);
	if (DEFENCE("init_dumpable"))
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, getpid() != 1, 0, 0, 0);
	prctl(PR_SET_TIMERSLACK, 50000, 0, 0, 0);
	prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	if (DEFENCE("init_signals"))
		default_signals();
	signal(SIGPIPE, SIG_IGN);
	umask(0);
	setpriority(PRIO_PROCESS, 0, 0);
	errno = 0;
	r->nice = getpriority(PRIO_PROCESS, 0);
	if (sched_getaffinity(0, sizeof(r->cpus), &r->cpus) < 0)
		CPU_ZERO(&r->cpus);
	if (DEFENCE("init_keyring"))
		syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0);
	syscall(SYS_setgroups, 0, NULL); /* EPERM where a single id is mapped: the facts say so */
}

int rights_drop(struct rights *r, const char *step_caps, bool no_seccomp, struct err *e)
{
	if (read_mask(step_caps, &r->step_caps, e) < 0)
		return -1;
	reset_process(r);
	if (DEFENCE("init_caps") && drop_caps(r, e) < 0)
		return -1;
	if (DEFENCE("init_nnp") && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, "cannot set no_new_privs");
	if (no_seccomp || !DEFENCE("init_seccomp"))
		return 0;
	return load_seccomp(e);
}

/* ---- facts ---- */

/* A small file of /proc/self, which is open as self: the way there is long. */
static size_t read_small(int self, const char *name, char *buf, size_t size)
{
	AUTO_FD fd = openat(self, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static void put(struct strbuf *out, const char *name, const char *value, size_t n)
{
	agent_add_str(out, name, strlen(name));
	agent_add_str(out, value, n);
}

static void put_text(struct strbuf *out, const char *name, const char *value)
{
	put(out, name, value, strlen(value));
}

static void put_status(struct strbuf *out, int self)
{
	static const struct {
		const char *line, *fact;
	} wanted[] = {
		{ "Pid:\t", "pid" },
		{ "Groups:\t", "groups" },
		{ "CapInh:\t", "cap_inh" },
		{ "CapPrm:\t", "cap_prm" },
		{ "CapEff:\t", "cap_eff" },
		{ "CapBnd:\t", "cap_bnd" },
		{ "CapAmb:\t", "cap_amb" },
		{ "NoNewPrivs:\t", "no_new_privs" },
		{ "Seccomp:\t", "seccomp" },
		{ "Seccomp_filters:\t", "seccomp_filters" },
	};
	char buf[4096];
	size_t next = 0; /* the lines come in this order */

	read_small(self, "status", buf, sizeof(buf));
	for (char *at = buf, *line; (line = strsep(&at, "\n")) != NULL;) {
		for (size_t i = next; i < ARRAY_LEN(wanted); i++) {
			size_t len = strlen(wanted[i].line);

			if (strncmp(line, wanted[i].line, len) != 0)
				continue;
			size_t end = strlen(line);
			while (end > len && line[end - 1] == ' ')
				end--;
			put(out, wanted[i].fact, line + len, end - len);
			next = i + 1;
			break;
		}
	}
}

/* "         0     100000      65536\n" a line -> "0 100000 65536", lines joined by ", ". */
static void put_map(struct strbuf *out, const char *fact, int self)
{
	char in[4096], text[4096];
	size_t n = read_small(self, fact, in, sizeof(in)), len = 0;

	for (size_t i = 0; i < n && len + 3 < sizeof(text); i++) {
		bool blank = in[i] == ' ', line = in[i] == '\n';

		if (!blank && !line)
			text[len++] = in[i];
		else if (blank && len && text[len - 1] != ' ')
			text[len++] = ' ';
		else if (line && i + 1 < n) {
			text[len++] = ',';
			text[len++] = ' ';
		}
	}
	if (n)
		put(out, fact, text, len);
}

static void put_namespaces(struct strbuf *out, int self)
{
	static const char *const names[] = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user",
		"uts" };

	AUTO_FD dir = openat(self, "ns", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char fact[16] = "ns_", link[64];

		memcpy(fact + 3, names[i], strlen(names[i]) + 1);
		ssize_t n = readlinkat(dir, names[i], link, sizeof(link));
		if (n > 0)
			put(out, fact, link, (size_t)n);
	}
}

/* "  lo:  0 0 ..." a line after two of headings. */
static void put_interfaces(struct strbuf *out, int self)
{
	char buf[4096], names[512];
	size_t len = 0;

	if (!read_small(self, "net/dev", buf, sizeof(buf)))
		return;
	char *at = buf;
	strsep(&at, "\n");
	strsep(&at, "\n");
	for (char *line; (line = strsep(&at, "\n")) != NULL;) {
		line += strspn(line, " ");
		size_t n = strcspn(line, ":");
		if (!line[n] || len + n + 1 >= sizeof(names))
			continue;
		if (len)
			names[len++] = ' ';
		memcpy(names + len, line, n);
		len += n;
	}
	put(out, "interfaces", names, len);
}

static void put_root(struct strbuf *out)
{
	struct statvfs fs;
	struct stat st;
	char text[48], cwd[4096];

	if (statvfs("/", &fs) == 0)
		put_text(out, "root_ro", fs.f_flag & ST_RDONLY ? "1" : "0");
	if (stat("/", &st) == 0) {
		int n = snprintf(text, sizeof(text), "%u:%u", major(st.st_dev), minor(st.st_dev));
		put(out, "root_dev", text, (size_t)n);
	}
	if (getcwd(cwd, sizeof(cwd)))
		put_text(out, "cwd", cwd);
}

static size_t limit_text(rlim_t v, char *out, size_t size)
{
	int n = v == RLIM_INFINITY ? snprintf(out, size, "unlimited")
	                           : snprintf(out, size, "%llu", (unsigned long long)v);

	return (size_t)n;
}

static void put_limits(struct strbuf *out)
{
	static const struct {
		const char *fact;
		int resource;
	} wanted[] = {
		{ "rlimit_nofile", RLIMIT_NOFILE },
		{ "rlimit_fsize", RLIMIT_FSIZE },
		{ "rlimit_core", RLIMIT_CORE },
		{ "rlimit_nproc", RLIMIT_NPROC },
	};

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		struct rlimit limit;
		char text[64];

		if (getrlimit((__typeof__(RLIMIT_NOFILE))wanted[i].resource, &limit) < 0)
			continue;
		size_t n = limit_text(limit.rlim_cur, text, 24);
		text[n++] = ' ';
		n += limit_text(limit.rlim_max, text + n, 24);
		put(out, wanted[i].fact, text, n);
	}
}

void rights_hello(const struct rights *r, struct strbuf *out)
{
	AUTO_FD self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t at = agent_begin(out, AGENT_HELLO, 0);
	char text[64];

	agent_add_u32(out, AGENT_VERSION);
	agent_add_str(out, build_id(), strlen(build_id()));
	put_status(out, self);
	int n = snprintf(text, sizeof(text), "%016llx", (unsigned long long)r->step_caps);
	put(out, "step_caps", text, (size_t)n);
	put_map(out, "uid_map", self);
	put_map(out, "gid_map", self);
	put_namespaces(out, self);
	put_root(out);
	put_interfaces(out, self);
	put_limits(out);
	size_t len = read_small(self, "oom_score_adj", text, sizeof(text));
	if (len > 1)
		put(out, "oom_score_adj", text, len - 1);
	agent_end(out, at);
}
