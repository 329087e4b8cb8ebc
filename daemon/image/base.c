/* daemon/image/base.c - `scratch` and `clnrm/base`, and what every /etc of ours holds. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/defence.h"
#include "common/fs.h"
#include "daemon/image/depot_priv.h"
#include "daemon/image/image_priv.h"

enum { MAX_BUSYBOX = 16 << 20, MAX_LIST = 64 << 10 };

static const char *const scratch_dirs[] = { "dev", "etc", "proc", "run", "sys", "var" };

void scratch_manifest(struct manifest *m)
{
	for (size_t i = 0; i < ARRAY_LEN(scratch_dirs); i++)
		manifest_dir(m, scratch_dirs[i], 0755);
	manifest_dir(m, "root", 0700);
	manifest_dir(m, "tmp", 01777);
	/* Where there is no overlay, what is mounted needs its place in the image. */
	manifest_dir(m, "workspace", 0777);
	manifest_dir(m, "var/tmp", 01777);
}

const struct etc_file etc_files[ETC_FILES] = {
	{ "etc/hostname", "clnrm\n" },
	{ "etc/hosts", "127.0.0.1\tlocalhost clnrm\n::1\tlocalhost ip6-localhost ip6-loopback\n" },
	{ "etc/resolv.conf", "# no name server: this sandbox has no network beyond loopback\n" },
	{ "etc/machine-id", "c1ea4000c1ea4000c1ea4000c1ea4000\n" },
};

void etc_common(struct manifest *m)
{
	for (size_t i = 0; i < ETC_FILES; i++)
		if (strcmp(etc_files[i].path, "etc/machine-id") != 0 || DEFENCE("machine-id"))
			manifest_text(m, etc_files[i].path, etc_files[i].text);
	/* files alone: sss, ldap and mdns would ask daemons that are not here */
	manifest_text(m, "etc/nsswitch.conf",
	        "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\n"
	        "protocols: files\nservices: files\nethers: files\nrpc: files\n");
	manifest_text(m, "etc/profile", "umask 022\nPS1='$ '\n");
}

/* ---- clnrm/base ---- */

static bool is_static(const char *path)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf64_Ehdr eh;
	Elf64_Phdr ph;

	if (fd < 0 || pread(fd, &eh, sizeof(eh), 0) != (ssize_t)sizeof(eh) ||
	        memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0)
		return false;
	for (unsigned i = 0; i < eh.e_phnum && i < 64; i++) {
		off_t at = (off_t)(eh.e_phoff + i * sizeof(ph));

		if (pread(fd, &ph, sizeof(ph), at) != (ssize_t)sizeof(ph) || ph.p_type == PT_INTERP)
			return false;
	}
	return true;
}

const char *base_busybox(struct err *e)
{
	static const char *const places[] = { "/bin/busybox", "/usr/bin/busybox",
		"/usr/local/bin/busybox" };

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (is_static(places[i]))
			return places[i];
	}
	err_set(e, ERR_NOT_FOUND,
	        "image 'clnrm/base' is made from a static busybox, and none is installed: sudo "
	        "apt-get install "
	        "busybox-static, then restart the daemon");
	return NULL;
}

static int read_all(int fd, size_t max, struct strbuf *out)
{
	ssize_t n;

	do {
		strbuf_grow(out, 4096);
		n = read(fd, out->s + out->len, 4096);
		if (n > 0) {
			out->len += (size_t)n;
			out->s[out->len] = '\0';
		}
	} while ((n > 0 || (n < 0 && errno == EINTR)) && out->len < max);
	return n == 0 ? 0 : -1;
}

/* "bin/ash\n..." as the busybox itself says. */
static int list_applets(const char *busybox, struct strbuf *out, struct err *e)
{
	char *const argv[] = { (char[]){ "busybox" }, (char[]){ "--list-full" }, NULL },
	            *const env[] = { NULL };
	posix_spawn_file_actions_t actions;
	int p[2], status = -1;
	pid_t pid;

	if (pipe2(p, O_CLOEXEC) < 0)
		return err_sys(e, "cannot make a pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, p[1], 1);
	int error = posix_spawn(&pid, busybox, &actions, NULL, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	close(p[1]);
	AUTO_FD from = p[0];
	if (error) {
		errno = error;
		return err_sys(e, "cannot run '%s'", busybox);
	}
	int result = read_all(from, MAX_LIST, out);
	close_fd(&from);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (result < 0 || status != 0 || out->len == 0)
		return err_set(e, ERR_INVALID, "'%s' does not list its applets", busybox);
	return 0;
}

static void add_applets(struct manifest *m, char *list)
{
	char *line;

	while ((line = strsep(&list, "\n")) != NULL) {
		/* Without a folder there is but `linuxrc`, which is for a root file system that
		 * boots. */
		if (line[0] == '/' || !strchr(line, '/') || strstr(line, "..") ||
		        strcmp(line, "bin/busybox") == 0)
			continue;
		/* Hard links: an inode each for 268 symbolic ones takes up to 0.3 s on ext4, and a
		 * step that replaces one applet does not change all. */
		manifest_same(m, line, "bin/busybox");
	}
}

static void base_etc(struct manifest *m)
{
	etc_common(m);
	manifest_text(m, "etc/passwd",
	        "root:x:0:0:root:/root:/bin/sh\nclnrm:x:1000:1000:clnrm:/home/clnrm:/bin/sh\n"
	        "nobody:x:65534:65534:nobody:/:/bin/false\n");
	manifest_text(m, "etc/group",
	        "root:x:0:\ntty:x:5:\nusers:x:100:\nclnrm:x:1000:\nnogroup:x:65534:\n");
}

int base_manifest(struct manifest *m, const char *busybox, struct err *e)
{
	AUTO_STRBUF program = STRBUF_INIT;
	AUTO_STRBUF list = STRBUF_INIT;

	if (fs_read_file(busybox, MAX_BUSYBOX, &program, e) < 0 ||
	        list_applets(busybox, &list, e) < 0)
		return -1;
	scratch_manifest(m);
	static const char *const dirs[] = { "bin", "home", "mnt", "opt", "sbin", "usr/bin",
		"usr/sbin", "var/log" };
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		manifest_dir(m, dirs[i], 0755);
	manifest_file(m, "bin/busybox", 0755, program.s, program.len);
	add_applets(m, list.s);
	manifest_link(m, "var/run", "/run");
	base_etc(m);
	return 0;
}

/* A hard link to the layer's busybox, as in our own image, or a symbolic one to some busybox, as
 * others make them. */
static bool is_applet(const char *path, const struct stat *busybox)
{
	char target[256];
	struct stat st;
	ssize_t n;

	if (lstat(path, &st) < 0)
		return false;
	if (!S_ISLNK(st.st_mode))
		return busybox && st.st_dev == busybox->st_dev && st.st_ino == busybox->st_ino;
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	const char *slash = strrchr(target, '/');
	return strcmp(slash ? slash + 1 : target, "busybox") == 0;
}

static bool layer_has_applet(const char *layer, const char *name)
{
	static const char *const dirs[] = { "bin", "sbin", "usr/bin", "usr/sbin" };
	AUTO_STR busybox = fs_join(layer, "bin/busybox");
	struct stat program;
	bool known = stat(busybox, &program) == 0;

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		AUTO_STR path = xasprintf("%s/%s/%s", layer, dirs[i], name);

		if (is_applet(path, known ? &program : NULL))
			return true;
	}
	return false;
}

bool image_has_applet(const struct image *image, const char *command)
{
	const char *slash = strrchr(command, '/'), *name = slash ? slash + 1 : command;
	bool has = strcmp(name, "busybox") != 0 && layer_has_applet(image->lower, name);

	for (size_t i = 0; !has && i < image->n_above; i++)
		has = strcmp(name, "busybox") != 0 && layer_has_applet(image->above[i], name);
	return has;
}
