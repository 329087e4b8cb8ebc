#include "daemon/native/seccomp.h"

#include <assert.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "daemon/native/seccomp_calls.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "the system call filter is written for x86-64 and arm64"
#endif

#define X32_BIT 0x40000000u
#define MAX_NR 512

#define ALLOW(name) { #name, __NR_##name, SECCOMP_ALLOW },
#define DENY(name) { #name, __NR_##name, SECCOMP_DENY },
#define ABSENT(name) { #name, __NR_##name, SECCOMP_UNKNOWN },
#define CHECK(name, block) { #name, __NR_##name, SECCOMP_##block },
static const struct seccomp_call calls[] = { SECCOMP_ALLOWED(ALLOW) SECCOMP_DENIED(DENY)
	        SECCOMP_ABSENT(ABSENT) SECCOMP_CHECKED(CHECK) };

const struct seccomp_call *seccomp_calls(size_t *n)
{
	*n = ARRAY_LEN(calls);
	return calls;
}

/* ---- the program, an instruction at a time ---- */

static void put(struct seccomp_program *p, uint16_t code, uint32_t k, size_t jt, size_t jf)
{
	assert(p->n < SECCOMP_MAX_PROGRAM && jt < 256 && jf < 256);
	p->v[p->n++] = (struct sock_filter){ code, (uint8_t)jt, (uint8_t)jf, k };
}

static void load(struct seccomp_program *p, size_t offset)
{
	put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The low word: the kernel cuts int arguments to it, and a filter that looks at 64 bits can be
 * passed by setting a high one. Both architectures are little-endian. */
static void load_arg(struct seccomp_program *p, size_t i)
{
	load(p, offsetof(struct seccomp_data, args) + 8 * i);
}

static void ret(struct seccomp_program *p, uint32_t action)
{
	put(p, BPF_RET | BPF_K, action, 0, 0);
}

#define RET_ERRNO(n) (SECCOMP_RET_ERRNO | (n))

/* Next instruction when A == k, else skips `over` of them. */
static void if_equal(struct seccomp_program *p, uint32_t k, size_t over)
{
	put(p, BPF_JMP | BPF_JEQ | BPF_K, k, 0, over);
}

static void ret_if_equal(struct seccomp_program *p, uint32_t k, uint32_t action)
{
	if_equal(p, k, 1);
	ret(p, action);
}

static void ret_if_any_bit(struct seccomp_program *p, uint32_t bits, uint32_t action)
{
	put(p, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
	ret(p, action);
}

/* ---- checks of arguments ---- */

#define NEW_NAMESPACES                                                                         \
	((uint32_t)(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | \
	            CLONE_NEWUTS | CLONE_NEWCGROUP))
#define NEW_TIME 0x80u /* of unshare alone: in clone it is part of the signal number */

static void check_clone(struct seccomp_program *p)
{
	load_arg(p, 0);
	ret_if_any_bit(p, NEW_NAMESPACES, RET_ERRNO(EPERM));
	ret(p, SECCOMP_RET_ALLOW);
}

static void check_unshare(struct seccomp_program *p)
{
	load_arg(p, 0);
	ret_if_any_bit(p, NEW_NAMESPACES | NEW_TIME, RET_ERRNO(EPERM));
	ret(p, SECCOMP_RET_ALLOW);
}

static void check_ioctl(struct seccomp_program *p)
{
	/* TIOCSTI, TIOCLINUX, TIOCCONS, TIOCSETD: typing into or taking over a terminal. */
	static const uint32_t denied[] = { 0x5412, 0x541C, 0x541D, 0x5423 };

	load_arg(p, 1);
	for (size_t i = 0; i < ARRAY_LEN(denied); i++)
		ret_if_equal(p, denied[i], RET_ERRNO(EPERM));
	ret(p, SECCOMP_RET_ALLOW);
}

static void check_socket(struct seccomp_program *p)
{
	/* Families whose sockets may be stream, datagram or seqpacket. */
	static const uint32_t families[] = { AF_UNIX, AF_INET, AF_INET6 };
	static const uint32_t types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	size_t to_types = 4; /* load, equal, return, return of the netlink block below */

	load_arg(p, 0);
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		put(p, BPF_JMP | BPF_JEQ | BPF_K, families[i],
		        ARRAY_LEN(families) - 1 - i + 1 + 1 + to_types, 0);
	if_equal(p, AF_NETLINK, 1 + 3);
	load_arg(p, 2);
	ret_if_equal(p, 0 /* NETLINK_ROUTE */, SECCOMP_RET_ALLOW);
	ret(p, RET_ERRNO(EAFNOSUPPORT));
	ret(p, RET_ERRNO(EAFNOSUPPORT));
	/* types: */
	load_arg(p, 1);
	put(p, BPF_ALU | BPF_AND | BPF_K, 0xf, 0, 0);
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		ret_if_equal(p, types[i], SECCOMP_RET_ALLOW);
	ret(p, RET_ERRNO(EPERM));
}

static void check_personality(struct seccomp_program *p)
{
	/* As it is, 32-bit uname, no address randomization, "tell me". */
	static const uint32_t allowed[] = { 0, 0x20000, 0x40000, 0xffffffff };

	load_arg(p, 0);
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
		ret_if_equal(p, allowed[i], SECCOMP_RET_ALLOW);
	ret(p, RET_ERRNO(EPERM));
}

/* No file becomes set-uid or set-gid: inside nothing honours it, but a volume shows it to the
 * machine, where the owner may be its root. */
#define SET_IDS ((uint32_t)(S_ISUID | S_ISGID))

static void check_mode(struct seccomp_program *p, size_t arg)
{
	load_arg(p, arg);
	ret_if_any_bit(p, SET_IDS, RET_ERRNO(EPERM));
	ret(p, SECCOMP_RET_ALLOW);
}

static void check_mode1(struct seccomp_program *p)
{
	check_mode(p, 1);
}

static void check_mode2(struct seccomp_program *p)
{
	check_mode(p, 2);
}

/* Where no file is made the mode is whatever is in the register. O_TMPFILE holds O_DIRECTORY. */
static void check_open(struct seccomp_program *p, size_t flags)
{
	load_arg(p, flags);
	put(p, BPF_JMP | BPF_JSET | BPF_K, O_CREAT | (O_TMPFILE & ~O_DIRECTORY), 1, 0);
	ret(p, SECCOMP_RET_ALLOW);
	check_mode(p, flags + 1);
}

static void check_open1(struct seccomp_program *p)
{
	check_open(p, 1);
}

static void check_open2(struct seccomp_program *p)
{
	check_open(p, 2);
}

static void allow(struct seccomp_program *p)
{
	ret(p, SECCOMP_RET_ALLOW);
}

static void deny(struct seccomp_program *p)
{
	ret(p, RET_ERRNO(EPERM));
}

static void unknown(struct seccomp_program *p)
{
	ret(p, RET_ERRNO(ENOSYS));
}

static void (*const blocks[SECCOMP_ACTIONS])(struct seccomp_program *p) = {
	[SECCOMP_UNKNOWN] = unknown,
	[SECCOMP_ALLOW] = allow,
	[SECCOMP_DENY] = deny,
	[SECCOMP_CLONE] = check_clone,
	[SECCOMP_UNSHARE] = check_unshare,
	[SECCOMP_IOCTL] = check_ioctl,
	[SECCOMP_SOCKET] = check_socket,
	[SECCOMP_PERSONALITY] = check_personality,
	[SECCOMP_MODE1] = check_mode1,
	[SECCOMP_MODE2] = check_mode2,
	[SECCOMP_OPEN1] = check_open1,
	[SECCOMP_OPEN2] = check_open2,
};

/* ---- the tree ---- */

struct range {
	uint32_t first;
	enum seccomp_action action;
};

static size_t find_ranges(struct range *out)
{
	enum seccomp_action action[MAX_NR] = { SECCOMP_UNKNOWN };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		assert(calls[i].nr < MAX_NR);
		if (calls[i].nr >= 0)
			action[calls[i].nr] = calls[i].action;
	}
	for (uint32_t nr = 0; nr < MAX_NR; nr++)
		if (n == 0 || out[n - 1].action != action[nr])
			out[n++] = (struct range){ nr, action[nr] };
	return n;
}

/* Both halves follow their test; the test needs to know how long the left one is, so it is written
 * after it has been built. */
static void build_tree(struct seccomp_program *p, const struct range *r, size_t n)
{
	size_t test = p->n, middle = n / 2;

	if (n == 1) {
		blocks[r[0].action](p);
		return;
	}
	put(p, BPF_JMP | BPF_JGE | BPF_K, r[middle].first, 0, 0);
	build_tree(p, r, middle);
	assert(p->n - test - 1 < 256);
	p->v[test].jt = (uint8_t)(p->n - test - 1);
	build_tree(p, r + middle, n - middle);
}

static void hash(struct seccomp_program *p)
{
	CLEANUP(digest_free) struct digest_ctx *c = digest_new();
	uint32_t arch = ARCH;
	struct digest d;

	digest_add(c, &arch, sizeof(arch));
	digest_add(c, p->v, p->n * sizeof(p->v[0]));
	digest_end(c, &d);
	digest_hex(&d, p->sha256);
}

void seccomp_build(struct seccomp_program *p)
{
	struct range ranges[MAX_NR];
	size_t n = find_ranges(ranges);

	memset(p, 0, sizeof(*p));
	load(p, offsetof(struct seccomp_data, arch));
	put(p, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	ret(p, SECCOMP_RET_KILL_PROCESS);
	load(p, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
	put(p, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
	ret(p, SECCOMP_RET_KILL_PROCESS);
#endif
	build_tree(p, ranges, n);
	hash(p);
}

int seccomp_memfd(const struct seccomp_program *p, struct err *e)
{
	AUTO_FD fd = memfd_create("seccomp", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return err_sys(e, "cannot make a memory file");
	if (fs_write_all(fd, p->v, p->n * sizeof(p->v[0]), e) < 0)
		return err_wrap(e, "seccomp program");
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return err_sys(e, "cannot seal the seccomp program");
	return steal_fd(&fd);
}
