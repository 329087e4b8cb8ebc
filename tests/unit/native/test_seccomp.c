/* The filter of every step, run by an interpreter of our own over every call number, and held to
 * libseccomp's knowledge of names and numbers. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "daemon/native/seccomp.h"
#include "tests/unit/check_main.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#define OTHER_ARCH AUDIT_ARCH_I386
#define LIB_ARCH SCMP_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#define OTHER_ARCH AUDIT_ARCH_ARM
#define LIB_ARCH SCMP_ARCH_AARCH64
#endif

#define MAX_NUMBER 1024u
#define REFUSED(n) (SECCOMP_RET_ERRNO | (n))

static struct seccomp_program program;

static void build(void)
{
	seccomp_build(&program);
}

static uint32_t word(const struct seccomp_data *d, uint32_t offset)
{
	uint32_t v;

	ck_assert_uint_le(offset + sizeof(v), sizeof(*d));
	ck_assert_uint_eq(offset % 4, 0);
	memcpy(&v, (const char *)d + offset, sizeof(v));
	return v;
}

static bool holds(const struct sock_filter *f, uint32_t a)
{
	switch (BPF_OP(f->code)) {
	case BPF_JEQ:
		return a == f->k;
	case BPF_JGE:
		return a >= f->k;
	case BPF_JSET:
		return (a & f->k) != 0;
	default:
		ck_abort_msg("jump %#x", f->code);
	}
}

/* Classic BPF as far as the filter uses it; every jump stays inside. */
static uint32_t run(const struct seccomp_data *d)
{
	uint32_t a = 0;

	for (size_t at = 0; at < program.n; at++) {
		const struct sock_filter *f = &program.v[at];

		switch (BPF_CLASS(f->code)) {
		case BPF_LD:
			a = word(d, f->k);
			break;
		case BPF_ALU:
			ck_assert_uint_eq(f->code, BPF_ALU | BPF_AND | BPF_K);
			a &= f->k;
			break;
		case BPF_JMP:
			at += holds(f, a) ? f->jt : f->jf;
			break;
		case BPF_RET:
			return f->k;
		default:
			ck_abort_msg("instruction %#x", f->code);
		}
	}
	ck_abort_msg("the program runs off its end");
}

static uint32_t call(uint32_t nr, uint64_t a0, uint64_t a1, uint64_t a2)
{
	struct seccomp_data d = { .nr = (int)nr, .arch = ARCH, .args = { a0, a1, a2 } };

	return run(&d);
}

static int number_of(const char *name)
{
	size_t n;
	const struct seccomp_call *calls = seccomp_calls(&n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].nr;
	ck_abort_msg("'%s' is not in the table", name);
}

START_TEST(names_and_numbers_are_those_of_libseccomp)
{
	size_t n, known = 0;
	const struct seccomp_call *calls = seccomp_calls(&n);

	for (size_t i = 0; i < n; i++) {
		int nr = seccomp_syscall_resolve_name_arch(LIB_ARCH, calls[i].name);

		if (nr == __NR_SCMP_ERROR)
			continue; /* younger than the library */
		known++;
		ck_assert_msg(nr == calls[i].nr || (nr < 0 && calls[i].nr < 0),
		        "'%s': %d here, %d there", calls[i].name, calls[i].nr, nr);
	}
	ck_assert_uint_gt(known, 300);
}
END_TEST

/* A call that the library knows and the table does not is one that nobody has thought about. */
START_TEST(every_call_that_libseccomp_knows_has_been_decided)
{
	size_t n;
	const struct seccomp_call *calls = seccomp_calls(&n);

	for (int nr = 0; nr < (int)MAX_NUMBER; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(LIB_ARCH, nr);
		bool found = !name;

		for (size_t i = 0; i < n && !found; i++)
			found = strcmp(calls[i].name, name) == 0;
		/* Numbers that no kernel in use implements: ENOSYS by itself. */
		static const char *const hollow[] = { "afs_syscall", "tuxcall", "security",
			"getpmsg", "putpmsg", "vserver", "create_module", "get_kernel_syms",
			"query_module", "epoll_ctl_old", "epoll_wait_old" };
		for (size_t i = 0; i < ARRAY_LEN(hollow) && !found; i++)
			found = strcmp(hollow[i], name) == 0;
		ck_assert_msg(found, "'%s' (%d) is in no list", name, nr);
		free(name);
	}
}
END_TEST

static uint32_t expected(int nr)
{
	static const uint32_t of[SECCOMP_ACTIONS] = {
		[SECCOMP_UNKNOWN] = REFUSED(ENOSYS),
		[SECCOMP_ALLOW] = SECCOMP_RET_ALLOW,
		[SECCOMP_DENY] = REFUSED(EPERM),
		/* With every argument 0: */
		[SECCOMP_CLONE] = SECCOMP_RET_ALLOW,
		[SECCOMP_UNSHARE] = SECCOMP_RET_ALLOW,
		[SECCOMP_IOCTL] = SECCOMP_RET_ALLOW,
		[SECCOMP_SOCKET] = REFUSED(EAFNOSUPPORT),
		[SECCOMP_PERSONALITY] = SECCOMP_RET_ALLOW,
		[SECCOMP_MODE1] = SECCOMP_RET_ALLOW,
		[SECCOMP_MODE2] = SECCOMP_RET_ALLOW,
		[SECCOMP_OPEN1] = SECCOMP_RET_ALLOW,
		[SECCOMP_OPEN2] = SECCOMP_RET_ALLOW,
	};
	size_t n;
	const struct seccomp_call *calls = seccomp_calls(&n);

	for (size_t i = 0; i < n; i++)
		if (calls[i].nr == nr)
			return of[calls[i].action];
	return REFUSED(ENOSYS);
}

START_TEST(every_number_does_what_the_table_says)
{
	for (uint32_t nr = 0; nr < MAX_NUMBER; nr++) {
		uint32_t got = call(nr, 0, 0, 0);

		ck_assert_msg(got == expected((int)nr), "call %u: %#x, expected %#x", nr, got,
		        expected((int)nr));
	}
	ck_assert_uint_eq(call(0x3fffffff, 0, 0, 0), REFUSED(ENOSYS));
}
END_TEST

START_TEST(no_number_is_in_the_table_twice)
{
	size_t n;
	const struct seccomp_call *calls = seccomp_calls(&n);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			ck_assert_msg(calls[i].nr < 0 || calls[i].nr != calls[k].nr, "%s and %s",
			        calls[i].name, calls[k].name);
}
END_TEST

START_TEST(another_architecture_and_x32_are_death)
{
	for (uint32_t nr = 0; nr < MAX_NUMBER; nr++) {
		struct seccomp_data d = { .nr = (int)nr, .arch = OTHER_ARCH };

		ck_assert_uint_eq(run(&d), SECCOMP_RET_KILL_PROCESS);
#if defined(__x86_64__)
		ck_assert_uint_eq(call(nr | 0x40000000u, 0, 0, 0), SECCOMP_RET_KILL_PROCESS);
		ck_assert_uint_eq(call(nr | 0x80000000u, 0, 0, 0), SECCOMP_RET_KILL_PROCESS);
#endif
	}
}
END_TEST

/* The kernel cuts these to 32 bits; what is set above must not hide what is below. */
static const uint64_t high[] = { 0, 1ull << 32, 1ull << 63, 0xffffffff00000000ull };

START_TEST(no_clone_or_unshare_makes_a_namespace)
{
	static const uint64_t spaces[] = { CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWPID,
		CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP };

	for (size_t h = 0; h < ARRAY_LEN(high); h++) {
		for (size_t i = 0; i < ARRAY_LEN(spaces); i++) {
			uint64_t flags = spaces[i] | high[h];

			ck_assert_uint_eq(
			        call(number_of("clone"), flags | CLONE_VM, 0, 0), REFUSED(EPERM));
			ck_assert_uint_eq(
			        call(number_of("unshare"), flags | CLONE_FS, 0, 0), REFUSED(EPERM));
		}
		ck_assert_uint_eq(call(number_of("unshare"), 0x80 | high[h], 0, 0), REFUSED(EPERM));
		/* An exit signal of 128 or more is a signal and no time namespace. */
		ck_assert_uint_eq(call(number_of("clone"), CLONE_VM | 0x80 | high[h], 0, 0),
		        SECCOMP_RET_ALLOW);
	}
	ck_assert_uint_eq(call(number_of("clone3"), 0, 0, 0), REFUSED(ENOSYS));
}
END_TEST

START_TEST(nothing_types_into_a_terminal)
{
	static const uint64_t requests[] = { 0x5412, 0x541C, 0x541D, 0x5423 };

	for (size_t h = 0; h < ARRAY_LEN(high); h++) {
		for (size_t i = 0; i < ARRAY_LEN(requests); i++)
			ck_assert_uint_eq(call(number_of("ioctl"), 0, requests[i] | high[h], 0),
			        REFUSED(EPERM));
		ck_assert_uint_eq(
		        call(number_of("ioctl"), 0, 0x5401 | high[h], 0), SECCOMP_RET_ALLOW);
	}
}
END_TEST

START_TEST(sockets_are_of_four_families_and_never_raw)
{
	static const uint64_t flags = SOCK_CLOEXEC | SOCK_NONBLOCK;

	for (size_t h = 0; h < ARRAY_LEN(high); h++) {
		for (uint64_t family = 0; family < 64; family++) {
			for (uint64_t type = 0; type < 16; type++) {
				bool net = family == AF_UNIX || family == AF_INET ||
				           family == AF_INET6;
				bool plain = type == SOCK_STREAM || type == SOCK_DGRAM ||
				             type == SOCK_SEQPACKET;
				uint32_t got = call(number_of("socket"), family | high[h],
				        type | flags | high[h], high[h]);

				if (family == AF_NETLINK || (net && plain))
					ck_assert_uint_eq(got, SECCOMP_RET_ALLOW);
				else
					ck_assert_uint_eq(got, REFUSED(net ? EPERM : EAFNOSUPPORT));
			}
		}
	}
	for (uint64_t protocol = 1; protocol < 64; protocol++)
		ck_assert_uint_eq(call(number_of("socket"), AF_NETLINK, SOCK_RAW, protocol),
		        REFUSED(EAFNOSUPPORT));
}
END_TEST

START_TEST(a_personality_is_plain_or_without_randomization)
{
	static const uint32_t allowed[] = { 0, 0x20000, 0x40000, 0xffffffff };

	for (uint32_t bit = 0; bit < 32; bit++) {
		uint32_t p = 1u << bit;
		bool good = p == 0x20000 || p == 0x40000;

		ck_assert_uint_eq(call(number_of("personality"), p, 0, 0),
		        good ? SECCOMP_RET_ALLOW : REFUSED(EPERM));
	}
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
		ck_assert_uint_eq(
		        call(number_of("personality"), allowed[i], 0, 0), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(call(number_of("personality"), 0x60000, 0, 0), REFUSED(EPERM));
}
END_TEST

static uint32_t call_at(const char *name, size_t at, uint64_t flags, uint64_t mode)
{
	uint64_t a[4] = { 0 };
	struct seccomp_data d = { .nr = number_of(name), .arch = ARCH };

	if (strncmp(name, "open", 4) == 0)
		a[at - 1] = flags;
	a[at] = mode;
	memcpy(d.args, a, sizeof(a));
	return run(&d);
}

START_TEST(nothing_becomes_set_uid_or_set_gid)
{
	static const struct {
		const char *name;
		size_t at; /* the argument that is the mode */
	} modes[] = { { "chmod", 1 }, { "fchmod", 1 }, { "creat", 1 }, { "mknod", 1 },
		{ "fchmodat", 2 }, { "fchmodat2", 2 }, { "mknodat", 2 }, { "open", 2 },
		{ "openat", 3 } };

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		const char *name = modes[i].name;

		if (number_of(name) < 0)
			continue;
		for (size_t h = 0; h < ARRAY_LEN(high); h++) {
			for (unsigned bit = 0; bit < 16; bit++) {
				uint64_t mode = 0755 | 1u << bit;
				uint32_t want = mode & (S_ISUID | S_ISGID) ? REFUSED(EPERM)
				                                           : SECCOMP_RET_ALLOW;

				ck_assert_uint_eq(call_at(name, modes[i].at, O_CREAT | high[h],
				                          mode | high[h]),
				        want);
			}
			ck_assert_uint_eq(call_at(name, modes[i].at, O_TMPFILE | O_WRONLY, 06755),
			        REFUSED(EPERM));
		}
	}
	/* Without a new file the mode is no argument. */
	ck_assert_uint_eq(call_at("openat", 3, O_RDWR | O_DIRECTORY, 06755), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(call(number_of("openat2"), 0, 0, 0), REFUSED(ENOSYS));
}
END_TEST

/* Loading runs the program once for each number: its paths have to be short. */
START_TEST(the_program_is_small_and_the_same_each_time)
{
	struct seccomp_program again;

	seccomp_build(&again);
	ck_assert_str_eq(again.sha256, program.sha256);
	ck_assert_uint_eq(again.n, program.n);
	ck_assert_uint_lt(program.n, 400);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		names_and_numbers_are_those_of_libseccomp,
		every_call_that_libseccomp_knows_has_been_decided,
		every_number_does_what_the_table_says,
		no_number_is_in_the_table_twice,
		another_architecture_and_x32_are_death,
		no_clone_or_unshare_makes_a_namespace,
		nothing_types_into_a_terminal,
		sockets_are_of_four_families_and_never_raw,
		a_personality_is_plain_or_without_randomization,
		nothing_becomes_set_uid_or_set_gid,
		the_program_is_small_and_the_same_each_time,
	};

	return check_run_with("seccomp", tests, ARRAY_LEN(tests), build, NULL);
}
