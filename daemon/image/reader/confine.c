#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/defence.h"
#include "daemon/image/reader/reader.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "which AUDIT_ARCH is this machine?"
#endif

/* The window of zstd has 128 MiB at most (libarchive); what is above is a bomb of another kind. */
#define MEMORY (512u << 20)
/* 20 times what the largest image that is imported by default takes. */
#define CPU_SECONDS 600

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define DO(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define NO DO(SECCOMP_RET_ERRNO | EPERM)
#define ALLOW(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), DO(SECCOMP_RET_ALLOW)
/* Protections come as the third argument, of which the kernel looks at 32 bits. */
#define ALLOW_UNLESS_EXECUTABLE(call)                                         \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 4), LOAD(args[2]), \
	        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1), NO, DO(SECCOMP_RET_ALLOW)

/* Errors and no death for the rest, because libc asks for what it can do without. The calls of x32
 * have numbers of their own, and so are among the rest. */
static struct sock_filter filter[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
	DO(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
	ALLOW(read),
	ALLOW(write),
	ALLOW(brk),
	ALLOW(munmap),
	ALLOW(mremap),
	ALLOW(madvise),
	ALLOW(rt_sigreturn),
	ALLOW(exit),
	ALLOW(exit_group),
	ALLOW_UNLESS_EXECUTABLE(mmap),
	ALLOW_UNLESS_EXECUTABLE(mprotect),
	NO,
};

static int limit(struct err *e)
{
	static const struct {
		__rlimit_resource_t what;
		rlim_t max;
	} limits[] = { { RLIMIT_CPU, CPU_SECONDS }, { RLIMIT_CORE, 0 }, { RLIMIT_FSIZE, 0 },
		{ RLIMIT_NOFILE, 0 }, { RLIMIT_MEMLOCK, 0 }, { RLIMIT_AS, MEMORY } };

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		const struct rlimit r = { limits[i].max, limits[i].max };

		if (SANITIZED && limits[i].what == RLIMIT_AS)
			continue; /* a shadow of all memory */
		if (setrlimit(limits[i].what, &r) < 0)
			return err_sys(e, "cannot limit what reads an archive");
	}
	return 0;
}

static int drop_capabilities(struct err *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 } };

	return syscall(SYS_capset, &head, none) < 0 ? err_sys(e, "cannot drop capabilities") : 0;
}

static int load_filter(struct err *e)
{
	const struct sock_fprog program = { .len = ARRAY_LEN(filter), .filter = filter };

	if (SANITIZED || !DEFENCE("unpack-seccomp"))
		return 0;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0
	               ? err_sys(e,
	                         "the kernel filters no system calls (CONFIG_SECCOMP_FILTER), and "
	                         "no archive is read without")
	               : 0;
}

int reader_confine(struct err *e)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0 ||
	        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	        syscall(SYS_close_range, 3, ~0u, 0) < 0)
		return err_sys(e, "cannot confine what reads an archive");
	if (limit(e) < 0 || drop_capabilities(e) < 0)
		return -1;
	return load_filter(e);
}
