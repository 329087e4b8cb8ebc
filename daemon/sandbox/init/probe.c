/* daemon/sandbox/init/probe.c - "no such file" while the file is there: name the interpreter. */
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/sandbox/init/init.h"

static void copy_name(struct probe *out, const char *p, size_t n)
{
	if (n == 0 || n >= sizeof(out->interpreter))
		return;
	memcpy(out->interpreter, p, n);
	out->interpreter[n] = '\0';
	out->is_program = true;
}

static void read_script(const char *head, size_t n, struct probe *out)
{
	size_t at = 2, len = 0;

	while (at < n && (head[at] == ' ' || head[at] == '\t'))
		at++;
	while (at + len < n && !memchr(" \t\r\n", head[at + len], 5))
		len++;
	copy_name(out, head + at, len);
}

static void read_interp(int fd, uint64_t offset, uint64_t size, struct probe *out)
{
	char name[sizeof(out->interpreter)];

	if (size == 0 || size > sizeof(name) ||
	        pread(fd, name, size, (off_t)offset) != (ssize_t)size)
		return;
	copy_name(out, name, strnlen(name, size));
}

/* The two classes differ in nothing but the widths of their fields. */
#define READ_ELF(BITS)                                                                          \
	static void read_elf##BITS(int fd, const char *head, size_t n, struct probe *out)       \
	{                                                                                       \
		Elf##BITS##_Ehdr eh;                                                            \
		Elf##BITS##_Phdr ph;                                                            \
                                                                                                \
		if (n < sizeof(eh))                                                             \
			return;                                                                 \
		memcpy(&eh, head, sizeof(eh));                                                  \
		for (unsigned i = 0; i < eh.e_phnum && i < 128 && eh.e_phentsize == sizeof(ph); \
		        i++) {                                                                  \
			off_t at = (off_t)(eh.e_phoff + i * sizeof(ph));                        \
			if (pread(fd, &ph, sizeof(ph), at) != (ssize_t)sizeof(ph))              \
				return;                                                         \
			if (ph.p_type == PT_INTERP) {                                           \
				read_interp(fd, ph.p_offset, ph.p_filesz, out);                 \
				return;                                                         \
			}                                                                       \
		}                                                                               \
	}
READ_ELF(32)
READ_ELF(64)

static void read_head(int fd, struct probe *out)
{
	char head[512];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	if (n >= 2 && memcmp(head, "#!", 2) == 0)
		read_script(head, (size_t)n, out);
	else if (n > EI_CLASS && memcmp(head, ELFMAG, SELFMAG) == 0)
		(head[EI_CLASS] == ELFCLASS64 ? read_elf64 : read_elf32)(fd, head, (size_t)n, out);
}

void probe_path(const char *path, struct probe *out)
{
	struct stat st;

	*out = (struct probe){ .exists = false };
	if (lstat(path, &st) < 0)
		return;
	out->exists = true;
	/* Never wait on what a step may have put there: a FIFO, a device. */
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		read_head(fd, out);
	else if (fd < 0 && S_ISLNK(st.st_mode)) {
		ssize_t n = readlink(path, out->interpreter, sizeof(out->interpreter) - 1);
		out->interpreter[n > 0 ? n : 0] = '\0';
	}
}
