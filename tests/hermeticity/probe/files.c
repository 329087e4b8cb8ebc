/* Carriers that are files: 1, 2, 6, 37, 39, 44, 46. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/hermeticity/probe/probe.h"

/* ---- 1: files anywhere ---- */

static const char *const places[] = { "/", "/tmp", "/tmp/home", "/var/tmp", "/run", "/home",
	"/root", "/etc", "/opt", "/mnt", "/srv", "/var/log", "/var/lib", "/usr/local", "/workspace",
	"/dev", "/dev/shm", "/dev/mqueue" };

static int write_file(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);

	if (fd < 0)
		return -1;
	if (write(fd, path, strlen(path)) < 0) {
		close(fd);
		return -1;
	}
	return close(fd);
}

static int plant_files(const char *tag)
{
	char path[256];
	int n = 0;

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		snprintf(path, sizeof(path), "%s/%s%s", places[i], PREFIX, tag);
		n += write_file(path) == 0;
	}
	/* utmp and wtmp: whoever logs in appends. */
	n += write_file("/var/run/utmp") == 0;
	n += write_file("/var/log/wtmp") == 0;
	return n >= 2 ? 0 : -1; /* at least /tmp and /workspace are writable in every sandbox */
}

static void look_files(void)
{
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		look_in(places[i], PREFIX);
}

/* ---- 2: shared memory files ---- */

static int plant_shm(const char *tag)
{
	char name[128];
	int fd;

	snprintf(name, sizeof(name), "/%s%s", PREFIX, tag);
	fd = shm_open(name, O_CREAT | O_RDWR, 0666);
	return fd < 0 || ftruncate(fd, 4096) < 0 ? -1 : 0;
}

static void look_shm(void)
{
	look_in("/dev/shm", PREFIX);
}

/* ---- 6: sockets with a path, FIFOs ---- */

#define SOCKET_PATH "/tmp/" PREFIX "socket"
#define FIFO_PATH "/tmp/" PREFIX "fifo"

static int plant_paths(const char *tag)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = SOCKET_PATH };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)tag;
	unlink(SOCKET_PATH);
	if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(s, 5) < 0)
		return -1;
	unlink(FIFO_PATH);
	return mkfifo(FIFO_PATH, 0666) < 0 || open(FIFO_PATH, O_RDWR | O_CLOEXEC) < 0 ? -1 : 0;
}

static void look_at_socket(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (connect(s, (struct sockaddr *)&a, sizeof(a)) == 0)
		seen("a listener at %s", path);
	close(s);
}

static void look_paths(void)
{
	look_at_socket(SOCKET_PATH);
	look_at_socket("/vol/socket"); /* of a volume that a test gives on purpose */
	if (open(FIFO_PATH, O_WRONLY | O_NONBLOCK | O_CLOEXEC) >= 0)
		seen("a reader of %s", FIFO_PATH);
	look_in("/tmp", PREFIX);
}

/* ---- 37: locks on files of the image ---- */

/* The first file of the image that can be opened for writing, or else for reading. */
static const char *image_file(void)
{
	static const char *const names[] = { "/etc/hosts", "/etc/passwd", "/bin/busybox",
		"/usr/bin/env" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (access(names[i], R_OK) == 0)
			return names[i];
	return "/";
}

static int plant_lock(const char *tag)
{
	struct flock whole = { .l_type = F_WRLCK };
	int fd = open(image_file(), O_RDONLY | O_CLOEXEC);
	int rw = open(image_file(), O_RDWR | O_CLOEXEC);

	(void)tag;
	if (rw >= 0 && fcntl(rw, F_SETLK, &whole) < 0)
		return -1;
	if (fd < 0)
		return -1;
	return flock(fd, LOCK_EX | LOCK_NB);
}

static void look_lock(void)
{
	struct flock whole = { .l_type = F_WRLCK };
	int fd = open(image_file(), O_RDONLY | O_CLOEXEC);
	int rw = open(image_file(), O_RDWR | O_CLOEXEC);

	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		seen("flock of %s", image_file());
	if (rw >= 0 && fcntl(rw, F_SETLK, &whole) < 0 && (errno == EAGAIN || errno == EACCES))
		seen("fcntl lock of %s", image_file());
	if (fcntl(fd, F_GETLEASE) != F_UNLCK && fcntl(fd, F_GETLEASE) >= 0)
		seen("a lease of %s", image_file());
}

/* ---- 44, 46: the image's own files ---- */

static const char *const ours[] = { "/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf",
	"/etc/passwd", "/etc/group", "/etc/hostname", "/etc/profile", "/etc/machine-id" };
static const char *const programs[] = { "/bin/busybox", "/usr/bin/env", "/bin/sh" };

static bool appended(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, PREFIX, strlen(PREFIX)) > 0;

	if (fd >= 0)
		close(fd);
	return done;
}

static int plant_config(const char *tag)
{
	int n = 0;

	(void)tag;
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		n += appended(ours[i]);
	return n ? 0 : -1;
}

static void look_config(void)
{
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (strstr(slurp(ours[i]), PREFIX))
			seen("what was written into %s", ours[i]);
}

/* A page of the file, shared and writable, changed through memory alone. */
static bool written_through_memory(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char *p = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return false;
	p[0] = '#';
	return msync(p, 4096, MS_SYNC) == 0;
}

static int plant_through(const char *tag)
{
	char copy[128];
	int n = 0, from, to;

	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		n += written_through_memory(ours[i]);
		n += setxattr(ours[i], "user." PREFIX "x", "x", 1, 0) == 0;
		n += chmod(ours[i], 0777) == 0;
		n += appended(ours[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		snprintf(copy, sizeof(copy), "/tmp/%s%zu%s", PREFIX, i, tag);
		n += link(programs[i], copy) == 0 && appended(copy);
		from = open(programs[i], O_RDONLY | O_CLOEXEC);
		to = open("/tmp/" PREFIX "clone", O_CREAT | O_RDWR | O_CLOEXEC, 0666);
		n += ioctl(to, FICLONE, from) == 0;
		n += unlink(programs[i]) == 0;
	}
	return n ? 0 : -1;
}

static void look_through(void)
{
	char value[8];
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		if (stat(ours[i], &st) == 0 && (st.st_mode & 07777) == 0777)
			seen("the mode of %s", ours[i]);
		if (getxattr(ours[i], "user." PREFIX "x", value, sizeof(value)) > 0)
			seen("an attribute of %s", ours[i]);
		if (strstr(slurp(ours[i]), PREFIX))
			seen("what was appended to %s", ours[i]);
		if (stat(ours[i], &st) == 0 && st.st_size && strcmp(ours[i], "/etc/passwd") == 0 &&
		        slurp(ours[i])[0] == '#')
			seen("what was mapped into %s", ours[i]);
	}
}

/* ---- 39: numbers of files ---- */

static void look_numbers(void)
{
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (stat(ours[i], &st) == 0)
			fact("ino %s: %llu", ours[i], (unsigned long long)st.st_ino);
	if (stat("/", &st) == 0)
		fact("dev /: %llu", (unsigned long long)st.st_dev);
}

const struct carrier files_carriers[] = {
	{ "01", "files", plant_files, look_files, NULL, CONTROL_FORK },
	{ "02", "shm", plant_shm, look_shm, NULL, CONTROL_FORK },
	{ "06", "path_sockets", plant_paths, look_paths, NULL, CONTROL_FORK },
	{ "37", "file_locks", plant_lock, look_lock, NULL, CONTROL_FORK },
	{ "39", "inode_numbers", NULL, look_numbers, NULL, CONTROL_NONE },
	{ "44", "lower_layer", plant_through, look_through, NULL, CONTROL_FORK },
	{ "46", "etc_files", plant_config, look_config, NULL, CONTROL_FORK },
	{ 0 },
};
