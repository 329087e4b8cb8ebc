/* daemon/image/host.c - image `host`: this machine's tools, by a positive list.
 *
 * The lower directory is a skeleton of ours: links and mount points, a generated /etc with copies
 * of what tools read there. The machine's own directories come as read-only binds over it. What is
 * not named here does not exist inside: homes, /run, /var, keys, sockets.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "daemon/image/image_priv.h"
#include "daemon/model/sandbox_spec.h"

enum { MAX_DATABASE = 64 << 20, MAX_LISTED = 20000, MAX_STAMP_DEPTH = 8 };

/* ---- binds ---- */

static const char *const top_dirs[] = { "bin", "sbin", "lib", "lib32", "lib64", "libx32" };

static int add_bind(struct host_binds *b, const char *path, struct err *e)
{
	if (b->n == IMAGE_MAX_BINDS)
		return err_set(e, ERR_LIMIT, "host.paths: at most %d directories in image 'host'",
		        IMAGE_MAX_BINDS);
	b->v[b->n++] = (struct image_bind){ .host = path, .at = path };
	return 0;
}

/* A clone of a directory does not show what is mounted below it. */
static bool is_mounted_below(const char *dir, const char *path)
{
	struct stat a, b;

	return stat(dir, &a) == 0 && stat(path, &b) == 0 && a.st_dev != b.st_dev;
}

static bool is_real_dir(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int machine_binds(struct arena *arena, struct host_binds *out, struct err *e)
{
	if (add_bind(out, "/usr", e) < 0)
		return -1;
	if (is_mounted_below("/usr", "/usr/local") && add_bind(out, "/usr/local", e) < 0)
		return -1;
	if (is_real_dir("/opt") && add_bind(out, "/opt", e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(top_dirs); i++) {
		char *path = arena_printf(arena, "/%s", top_dirs[i]);

		if (is_real_dir(path) && add_bind(out, path, e) < 0)
			return -1;
	}
	return 0;
}

static const char *home_dir(void)
{
	const char *home = getenv("HOME");
	struct passwd *pw;

	if (home && home[0] == '/')
		return home;
	pw = getpwuid(getuid());
	return pw ? pw->pw_dir : "/root";
}

/* Never shown, nor anything in them, nor what would show them from above. */
static const char *const never[] = { "/etc", "/proc", "/sys", "/dev", "/run", "/var/run", "/boot",
	"/root" };

static int refuse(const char *path, const char *because, struct err *e)
{
	return err_set(e, ERR_DENIED, "host.paths: '%s' is never shown in an image: it %s '%s'",
	        path, strcmp(path, because) == 0 ? "is" : "would show", because);
}

static int check_never(const char *path, struct err *e)
{
	AUTO_STR home = realpath(home_dir(), NULL);

	/* The home itself and what holds it; a directory inside it is what host.paths is for. */
	if (home && fs_is_below(home, path))
		return refuse(path, home, e);
	for (size_t i = 0; i < ARRAY_LEN(never); i++) {
		bool in_home = home && fs_is_below(home, never[i]) && fs_is_below(path, home);

		if (fs_is_below(never[i], path) || (fs_is_below(path, never[i]) && !in_home))
			return refuse(path, never[i], e);
	}
	return 0;
}

static int check_covered(const char *path, struct err *e)
{
	const char *by = sandbox_covers(path);

	return !by ? 0
	           : err_set(e, ERR_INVALID,
	                     "host.paths: '%s' would be hidden by the '%s' of a sandbox: move it, "
	                     "or show it elsewhere with 'volumes'",
	                     path, by);
}

static int check_dir(const char *given, const struct own_dirs *own, char **real, struct err *e)
{
	struct stat st;

	if (given[0] != '/')
		return err_set(e, ERR_INVALID, "host.paths: '%s' is not absolute", given);
	AUTO_STR normal = fs_normalize(given);
	AUTO_STR path = realpath(given, NULL);
	if (!path)
		return err_sys(e, "host.paths: '%s'", given);
	/* Both the name, which will be in the image, and what it leads to. */
	if (check_never(normal, e) < 0 || check_never(path, e) < 0 || check_covered(normal, e) < 0)
		return -1;
	if (own_dirs_meet(own, path))
		return err_set(e, ERR_DENIED,
		        "host.paths: '%s' is never shown in an image: it holds files of the daemon",
		        given);
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return err_set(e, ERR_INVALID, "host.paths: '%s' is not a directory", given);
	*real = STEAL(path);
	return 0;
}

static bool is_shown(const struct host_binds *b, const char *path)
{
	for (size_t i = 0; i < b->n; i++) {
		if (fs_is_below(path, b->v[i].at) && !is_mounted_below(b->v[i].host, path))
			return true;
	}
	return false;
}

int host_binds(struct arena *arena, const char *const *paths, const struct own_dirs *own,
        struct host_binds *out, struct err *e)
{
	struct host_binds b = { .n = 0 };

	if (machine_binds(arena, &b, e) < 0)
		return -1;
	for (size_t i = 0; paths && paths[i]; i++) {
		AUTO_STR real = NULL;

		if (check_dir(paths[i], own, &real, e) < 0)
			return -1;
		/* By its real path: a name below a link (/bin/x) would be made through that link.
		 */
		if (is_shown(&b, real))
			continue;
		AUTO_STR at = fs_normalize(paths[i]);
		if (add_bind(&b, arena_strdup(arena, real), e) < 0)
			return -1;
		b.v[b.n - 1].at = arena_strdup(arena, at);
	}
	*out = b;
	return 0;
}

/* ---- the skeleton ---- */

/* Copied from /etc; what others may not read is left out by manifest_copy(). */
static const char *const etc_copies[] = { "/etc/alternatives", "/etc/ld.so.cache",
	"/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ssl/certs", "/etc/ssl/openssl.cnf",
	"/etc/ca-certificates", "/etc/ca-certificates.conf", "/etc/protocols", "/etc/services",
	"/etc/rpc", "/etc/networks", "/etc/ethertypes", "/etc/host.conf", "/etc/gai.conf",
	"/etc/mime.types", "/etc/magic", "/etc/magic.mime", "/etc/terminfo", "/etc/fonts",
	"/etc/perl", "/etc/xml", "/etc/sgml", "/etc/os-release", "/etc/debian_version",
	"/etc/locale.alias", "/etc/inputrc", "/etc/maven",
	/* versioned names */
	"/etc/java-*", "/etc/python3*", "/etc/ld-musl-*", "/etc/php*" };

int host_expand(const char *path, int (*fn)(void *arg, const char *path), void *arg)
{
	const char *star = strchr(path, '*');
	const char *name = strrchr(path, '/') + 1;
	AUTO_STR parent = xstrndup(path, (size_t)(name - path - 1));
	DIR *dir = star ? opendir(parent) : NULL;
	struct dirent *d;
	int rc = star ? 0 : fn(arg, path);

	while (dir && rc == 0 && (d = readdir(dir)) != NULL) {
		if (strncmp(d->d_name, name, (size_t)(star - name)) != 0)
			continue;
		AUTO_STR found = fs_join(parent, d->d_name);
		rc = fn(arg, found);
	}
	if (dir)
		closedir(dir);
	return rc;
}

struct copying {
	struct manifest *m;
	struct err *e;
};

static int copy_one(void *arg, const char *path)
{
	const struct copying *c = arg;

	return manifest_copy(c->m, path, path + 1, c->e);
}

static int copy_etc(struct manifest *m, struct err *e)
{
	struct copying c = { m, e };

	for (size_t i = 0; i < ARRAY_LEN(etc_copies); i++)
		if (host_expand(etc_copies[i], copy_one, &c) < 0)
			return -1;
	return 0;
}

/* Accounts that programs ask for by name: Debian's fixed ones, and those of services if installed.
 */
static const char *const accounts[] = { "daemon", "bin", "sys", "sync", "games", "man", "lp",
	"mail", "news", "uucp", "proxy", "www-data", "backup", "list", "irc", "_apt", "postgres",
	"redis", "mysql", "memcache", "rabbitmq", "messagebus", "sshd", "systemd-network" };
static const char *const groups[] = { "daemon", "bin", "sys", "adm", "tty", "disk", "lp", "mail",
	"news", "uucp", "man", "proxy", "kmem", "dialout", "fax", "voice", "cdrom", "floppy",
	"tape", "audio", "dip", "www-data", "backup", "operator", "list", "irc", "src", "shadow",
	"utmp", "video", "plugdev", "staff", "games", "users", "postgres", "ssl-cert", "redis",
	"mysql", "memcache", "rabbitmq", "messagebus", "crontab", "input", "kvm", "render" };

/* The machine's line for name ("name:..."), or NULL. */
static const char *find_line(const char *text, const char *name, size_t *len)
{
	size_t n = strlen(name);

	for (const char *line = text; *line;) {
		*len = strcspn(line, "\n");
		if (*len > n && strncmp(line, name, n) == 0 && line[n] == ':')
			return line;
		line += *len + (line[*len] == '\n');
	}
	return NULL;
}

/* "name:x:uid:gid:comment:home:shell": the comment may hold a person's data, the password a hash.
 */
static void add_account(struct strbuf *out, const char *line, size_t len)
{
	AUTO_STR copy = xstrndup(line, len);
	char *at = copy, *f[7];
	size_t n = 0;

	while (n < 7 && (f[n] = strsep(&at, ":")) != NULL)
		n++;
	if (n == 7)
		strbuf_printf(out, "%s:x:%s:%s:%s:%s:%s\n", f[0], f[2], f[3], f[0], f[5], f[6]);
}

static void add_group(struct strbuf *out, const char *line, size_t len)
{
	AUTO_STR copy = xstrndup(line, len);
	char *at = copy, *f[4];
	size_t n = 0;

	while (n < 4 && (f[n] = strsep(&at, ":")) != NULL)
		n++;
	if (n >= 3)
		strbuf_printf(out, "%s:x:%s:\n", f[0], f[2]); /* members are people */
}

static int pick(const char *path, const char *const *names, size_t n,
        void (*add)(struct strbuf *, const char *, size_t), struct strbuf *out, struct err *e)
{
	AUTO_STRBUF text = STRBUF_INIT;

	if (fs_read_file(path, 1 << 20, &text, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		size_t len;
		const char *line = find_line(text.s, names[i], &len);

		if (line)
			add(out, line, len);
	}
	return 0;
}

static int add_accounts(struct manifest *m, struct err *e)
{
	AUTO_STRBUF passwd = STRBUF_INIT;
	AUTO_STRBUF group = STRBUF_INIT;
	const char *shell = access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh";

	strbuf_printf(&passwd, "root:x:0:0:root:/root:%s\n", shell);
	strbuf_adds(&group, "root:x:0:\n");
	if (pick("/etc/passwd", accounts, ARRAY_LEN(accounts), add_account, &passwd, e) < 0 ||
	        pick("/etc/group", groups, ARRAY_LEN(groups), add_group, &group, e) < 0)
		return -1;
	strbuf_printf(&passwd, "clnrm:x:1000:1000:clnrm:/home/clnrm:%s\n", shell);
	strbuf_adds(&passwd, "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
	strbuf_adds(&group, "clnrm:x:1000:\nnogroup:x:65534:\n");
	manifest_file(m, "etc/passwd", 0644, passwd.s, passwd.len);
	manifest_file(m, "etc/group", 0644, group.s, group.len);
	return 0;
}

/* Merged /usr: the same links; else a place for the bind. */
static void add_top_dirs(struct manifest *m)
{
	for (size_t i = 0; i < ARRAY_LEN(top_dirs); i++) {
		char path[16] = "/", target[PATH_MAX];
		ssize_t n;

		memcpy(path + 1, top_dirs[i], strlen(top_dirs[i]) + 1);
		n = readlink(path, target, sizeof(target) - 1);
		if (n > 0) {
			target[n] = '\0';
			manifest_link(m, top_dirs[i], target);
		}
	}
}

int host_manifest(struct manifest *m, const struct host_binds *binds, struct err *e)
{
	static const char *const dirs[] = { "home", "media", "mnt", "opt", "srv", "usr",
		"var/cache", "var/lib", "var/log", "var/spool", "workspace" };

	scratch_manifest(m);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		manifest_dir(m, dirs[i], 0755);
	manifest_link(m, "var/run", "/run");
	manifest_link(m, "var/lock", "/run/lock");
	add_top_dirs(m);
	if (copy_etc(m, e) < 0 || add_accounts(m, e) < 0)
		return -1;
	etc_common(m);
	manifest_link(m, "etc/localtime", "/usr/share/zoneinfo/UTC");
	manifest_text(m, "etc/timezone", "Etc/UTC\n");
	manifest_text(m, "etc/shells", "/bin/sh\n/bin/bash\n/usr/bin/sh\n/usr/bin/bash\n");
	for (size_t i = 0; i < binds->n; i++)
		manifest_dir(m, binds->v[i].at + 1, 0755);
	return 0;
}

/* ---- identity ---- */

/* Package databases of the common systems, and what a loader resolves by. */
static const char *const databases[] = { "/var/lib/dpkg/status", "/lib/apk/db/installed",
	"/var/lib/rpm/rpmdb.sqlite", "/etc/ld.so.cache" };
static const char *const watched_dirs[] = { "/usr/local/bin", "/usr/local/lib", "/usr/local/sbin",
	"/opt", "/var/lib/pacman/local", "/etc/alternatives" };

static size_t stamp(uint8_t *out, size_t at, const char *path)
{
	struct stat st;
	uint64_t v[4] = { 0 };

	/* The time of the inode, which nobody sets back. */
	if (stat(path, &st) == 0) {
		v[0] = st.st_ino;
		v[1] = (uint64_t)st.st_size;
		v[2] = (uint64_t)st.st_ctim.tv_sec;
		v[3] = (uint64_t)st.st_ctim.tv_nsec + 1; /* 0 is: absent */
	}
	if (at + sizeof(v) > HOST_STAMP_MAX)
		return at;
	memcpy(out + at, v, sizeof(v));
	return at + sizeof(v);
}

size_t host_stamp(uint8_t out[HOST_STAMP_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(databases); i++)
		n = stamp(out, n, databases[i]);
	for (size_t i = 0; i < ARRAY_LEN(watched_dirs); i++)
		n = stamp(out, n, watched_dirs[i]);
	n = stamp(out, n, "/etc");
	n = stamp(out, n, "/etc/passwd");
	n = stamp(out, n, "/etc/group");
	for (size_t i = 0; i < ARRAY_LEN(etc_copies); i++)
		if (!strchr(etc_copies[i], '*')) /* those the deep stamp and `below` know */
			n = stamp(out, n, etc_copies[i]);
	return n;
}

_Static_assert((ARRAY_LEN(databases) + ARRAY_LEN(watched_dirs) + ARRAY_LEN(etc_copies) + 3) * 32 <=
                       HOST_STAMP_MAX,
        "a stamp holds every path");

static void add_stat(struct digest_ctx *d, const char *name, const struct stat *st)
{
	const int64_t v[] = { (int64_t)st->st_ino, st->st_size, st->st_ctim.tv_sec,
		st->st_ctim.tv_nsec };

	digest_add_str(d, name);
	digest_add(d, v, sizeof(v));
}

/* In the order in which they are read: it stays the same while nothing changes. */
static void add_below(struct digest_ctx *d, int at, const char *name, unsigned depth)
{
	AUTO_FD fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	int list = fd < 0 || depth > MAX_STAMP_DEPTH ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *dir = list < 0 ? NULL : fdopendir(list);
	unsigned left = MAX_LISTED;
	struct dirent *x;

	while (dir && left-- > 0 && (x = readdir(dir)) != NULL) {
		struct stat st;

		if (strcmp(x->d_name, ".") == 0 || strcmp(x->d_name, "..") == 0 ||
		        fstatat(fd, x->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		add_stat(d, x->d_name, &st);
		if (S_ISDIR(st.st_mode))
			add_below(d, fd, x->d_name, depth + 1);
	}
	if (dir)
		closedir(dir);
}

static int add_found(void *arg, const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		add_stat(arg, path, &st);
	add_below(arg, AT_FDCWD, path, 0);
	return 0;
}

void host_add_below(struct digest_ctx *d, const char *dir)
{
	if (strchr(dir, '*'))
		host_expand(dir, add_found, d);
	else
		add_below(d, AT_FDCWD, dir, 0);
}

struct below *host_below(void)
{
	return below_new(etc_copies, ARRAY_LEN(etc_copies));
}

void host_deep_stamp(struct digest_ctx *d)
{
	uint8_t stamps[HOST_STAMP_MAX];

	digest_add(d, stamps, host_stamp(stamps));
	for (size_t i = 0; i < ARRAY_LEN(etc_copies); i++)
		host_add_below(d, etc_copies[i]);
}

static int by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void add_name(struct strbuf *line, int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		strbuf_printf(line, "%s %o %lld %lld.%09ld\n", name, st.st_mode,
		        (long long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

/* Names, sizes and times of what is directly in a directory, in a fixed order. */
static void add_listing(struct digest_ctx *d, const char *path)
{
	CLEANUP(arena_free) struct arena *arena = arena_new();
	AUTO_STRBUF text = STRBUF_INIT;
	char **names = NULL;
	size_t n = 0, cap = 0;
	DIR *dir = opendir(path);
	struct dirent *x;

	digest_add_str(d, path);
	while (dir && n < MAX_LISTED && (x = readdir(dir)) != NULL) {
		names = xgrow(names, &cap, n + 1, sizeof(*names));
		if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0)
			names[n++] = arena_strdup(arena, x->d_name);
	}
	if (n)
		qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n; i++)
		add_name(&text, dirfd(dir), names[i]);
	digest_add(d, text.s, text.len);
	free(names);
	if (dir)
		closedir(dir);
}

int host_identity(struct digest_ctx *d, const struct host_binds *binds, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(databases); i++) {
		AUTO_STRBUF text = STRBUF_INIT;

		digest_add_str(d, databases[i]);
		if (access(databases[i], R_OK) < 0)
			continue;
		if (fs_read_file(databases[i], MAX_DATABASE, &text, e) < 0)
			return -1;
		digest_add(d, text.s, text.len);
	}
	for (size_t i = 0; i < ARRAY_LEN(watched_dirs); i++)
		add_listing(d, watched_dirs[i]);
	for (size_t i = 0; i < binds->n; i++) {
		digest_add_str(d, binds->v[i].host);
		digest_add_str(d, binds->v[i].at);
		if (!fs_is_below(binds->v[i].at, "/usr"))
			add_listing(d, binds->v[i].host);
	}
	return 0;
}
