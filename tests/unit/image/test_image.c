#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fs.h"
#include "daemon/image/image_priv.h"

static char dir[64];
static struct image_store *store;
static struct own_dirs own; /* none, but where a test says so */
static struct err e;

static void open_store(void)
{
	store = image_store_open(dir, &own, &e);
	ck_assert_msg(store != NULL, "%s", e.msg);
}

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/var/tmp/clnrm-image-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	open_store();
}

static void teardown(void)
{
	image_store_close(store);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, dir, &e), 0);
}

static const struct image *resolve(const char *name)
{
	const struct image *image = image_resolve(store, name, NULL, &e);

	ck_assert_msg(image != NULL, "%s", e.msg);
	return image;
}

static const char *in_image(const struct image *image, const char *path)
{
	static char text[PATH_MAX];

	snprintf(text, sizeof(text), "%s/%s", image->lower, path);
	return text;
}

static mode_t mode_of(const struct image *image, const char *path)
{
	struct stat st;

	ck_assert_msg(lstat(in_image(image, path), &st) == 0, "'%s' is not in the image", path);
	return st.st_mode;
}

static size_t count(const char *sub)
{
	char path[128];
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/images/%s", dir, sub);
	DIR *d = opendir(path);
	ck_assert_ptr_nonnull(d);
	for (struct dirent *x; (x = readdir(d)) != NULL;)
		n += x->d_name[0] != '.';
	closedir(d);
	return n;
}

START_TEST(base_holds_busybox_and_its_applets)
{
	const struct image *base = resolve("clnrm/base");
	struct stat applet, program;

	ck_assert_int_eq(lstat(in_image(base, "bin/sh"), &applet), 0);
	ck_assert_int_eq(lstat(in_image(base, "bin/busybox"), &program), 0);
	ck_assert_uint_eq(applet.st_ino, program.st_ino);
	ck_assert_int_eq(access(in_image(base, "usr/bin/wc"), X_OK), 0);
	ck_assert_uint_eq(mode_of(base, "bin/busybox") & 07777, 0755);
	ck_assert_uint_eq(mode_of(base, "tmp") & 07777, 01777);
	ck_assert_uint_eq(mode_of(base, "root") & 07777, 0700);
	for (size_t i = 0; i < 3; i++)
		ck_assert(S_ISREG(mode_of(base, (const char *const[]){ "etc/passwd", "etc/hosts",
		                                        "etc/nsswitch.conf" }[i])));
	ck_assert_uint_eq(strlen(base->digest), 64);
	ck_assert_uint_gt(base->size_bytes, 500000);
	ck_assert_str_eq(base->path_env, "/bin:/sbin:/usr/bin:/usr/sbin");
	ck_assert_uint_eq(base->n_binds, 0);
}
END_TEST

START_TEST(base_knows_its_applets)
{
	const struct image *base = resolve("clnrm/base");

	ck_assert(image_has_applet(base, "rm"));
	ck_assert(image_has_applet(base, "sh"));
	ck_assert(image_has_applet(base, "/usr/bin/wc"));
	ck_assert(!image_has_applet(base, "busybox"));
	ck_assert(!image_has_applet(base, "curl"));
	ck_assert(!image_has_applet(base, "passwd/"));
	ck_assert(!image_has_applet(resolve("host"), "rm"));
}
END_TEST

START_TEST(a_step_can_run_in_base)
{
	const struct image *base = resolve("clnrm/base");
	int status;

	if (geteuid() != 0)
		return; /* chroot is root's */
	pid_t pid = fork();
	if (pid == 0) {
		if (chroot(base->lower) < 0 || chdir("/") < 0)
			_exit(99);
		execl("/bin/sh", "sh", "-c", "test $(echo a b | wc -w) = 2", (char *)NULL);
		_exit(98);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(an_image_is_made_once_and_found_again)
{
	const struct image *base = resolve("clnrm/base");
	AUTO_STR digest = strdup(base->digest);
	struct stat before, after;

	ck_assert_ptr_eq(base, resolve("clnrm/base:latest"));
	ck_assert_int_eq(stat(in_image(base, "bin/busybox"), &before), 0);
	image_store_close(store);
	open_store();
	base = resolve("clnrm/base");
	ck_assert_str_eq(base->digest, digest);
	ck_assert_int_eq(stat(in_image(base, "bin/busybox"), &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_uint_eq(count("layers"), 2); /* this one and host */
	ck_assert_uint_eq(count("tmp"), 0);
}
END_TEST

START_TEST(what_a_killed_daemon_left_half_made_is_swept_and_made_again)
{
	char path[160];

	image_store_close(store);
	snprintf(path, sizeof(path), "%s/images/tmp/halfmade/etc", dir);
	ck_assert_int_eq(fs_mkdirs(path, 0755, &e), 0);
	open_store();
	ck_assert_uint_eq(count("tmp"), 0);
	resolve("scratch");
}
END_TEST

START_TEST(what_was_made_before_a_reboot_is_made_again)
{
	char note[160], torn[PATH_MAX + 16];
	struct stat st;

	AUTO_STR digest = strdup(resolve("clnrm/base")->digest);
	snprintf(torn, sizeof(torn), "%s", in_image(resolve("clnrm/base"), "bin/busybox"));
	image_store_close(store);
	ck_assert_int_eq(truncate(torn, 0), 0);
	snprintf(note, sizeof(note), "%s/images/notes/boot", dir);
	ck_assert_int_eq(fs_write_atomic(note, "another\n", 8, 0600, &e), 0);
	open_store();
	ck_assert_str_eq(resolve("clnrm/base")->digest, digest);
	ck_assert_int_eq(stat(torn, &st), 0);
	ck_assert_int_gt(st.st_size, 500000);
}
END_TEST

START_TEST(host_is_the_same_after_a_restart)
{
	AUTO_STR digest = strdup(resolve("host")->digest);
	size_t layers = count("layers");

	image_store_close(store);
	open_store();
	ck_assert_str_eq(resolve("host")->digest, digest);
	ck_assert_uint_eq(resolve("host")->binds[0].host[1], 'u');
	ck_assert_uint_eq(count("layers"), layers);
}
END_TEST

START_TEST(two_daemons_make_the_same_image_at_once)
{
	pid_t pids[4];

	image_store_close(store);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, dir, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct image_store *mine = image_store_open(dir, &own, &e);
			bool made = mine && image_resolve(mine, "clnrm/base", NULL, &e) &&
			            image_resolve(mine, "scratch", NULL, &e) &&
			            image_resolve(mine, "host", NULL, &e);

			if (!made)
				fprintf(stderr, "%s\n", e.msg);
			_exit(made ? 0 : 1);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		int status;

		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	open_store();
	resolve("host");
	ck_assert_uint_eq(count("layers"), 3);
	ck_assert_uint_eq(count("tmp"), 0);
}
END_TEST

static bool waits_for_lock(pid_t pid)
{
	AUTO_STRBUF locks = STRBUF_INIT;
	char who[32];

	snprintf(who, sizeof(who), " %d ", (int)pid);
	ck_assert_int_eq(fs_read_file("/proc/locks", 1 << 20, &locks, &e), 0);
	for (char *at = locks.s, *line; (line = strsep(&at, "\n"));) {
		if (strstr(line, "-> FLOCK") && strstr(line, who))
			return true;
	}
	return false;
}

/* The first one after a reboot makes the directories anew, with the lock; who comes meanwhile and
 * makes them too finds them gone the next moment. */
START_TEST(a_store_that_another_has_locked_is_not_touched)
{
	char path[160];
	int status;

	image_store_close(store);
	snprintf(path, sizeof(path), "%s/images/lock", dir);
	AUTO_FD lock = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(lock, LOCK_EX), 0);
	snprintf(path, sizeof(path), "%s/images/layers", dir);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, path, &e), 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(layers_open(dir, &e) ? 0 : 1);
	while (!waits_for_lock(pid))
		ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), 0);
	ck_assert_int_lt(access(path, F_OK), 0);
	ck_assert_int_eq(flock(lock, LOCK_UN), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	open_store();
	ck_assert_uint_eq(count("layers"), 2);
}
END_TEST

/* A daemon and its worker are one process. */
static void *set_notes(void *arg)
{
	struct layers *l = layers_open(dir, &e);
	intptr_t failed = l == NULL;
	struct err why;

	(void)arg;
	for (int i = 0; l && i < 100; i++)
		failed += layers_set_note(l, "both", "text\n", &why) < 0;
	layers_close(l);
	return (void *)failed; // NOLINT(performance-no-int-to-ptr): a count
}

START_TEST(threads_write_the_same_note)
{
	pthread_t thread[2];
	void *failed;

	for (size_t i = 0; i < ARRAY_LEN(thread); i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, set_notes, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(thread); i++) {
		ck_assert_int_eq(pthread_join(thread[i], &failed), 0);
		ck_assert_ptr_null(failed);
	}
}
END_TEST

START_TEST(scratch_is_mount_points_and_nothing_else)
{
	const struct image *scratch = resolve("scratch");

	ck_assert(S_ISDIR(mode_of(scratch, "proc")));
	ck_assert_uint_eq(mode_of(scratch, "tmp") & 07777, 01777);
	ck_assert_int_eq(access(in_image(scratch, "bin"), F_OK), -1);
	ck_assert_uint_eq(scratch->size_bytes, 0);
}
END_TEST

START_TEST(host_shows_system_directories_and_no_secret)
{
	static const char *const absent[] = { "etc/shadow", "etc/gshadow", "etc/ssh", "etc/sudoers",
		"etc/ssl/private", "etc/subuid", "etc/fstab", "etc/gitconfig", "etc/environment",
		"etc/pam.d", "var/lib/dpkg" };
	const struct image *host = resolve("host");
	struct stat machine;
	AUTO_STRBUF id = STRBUF_INIT;
	AUTO_STRBUF real = STRBUF_INIT;

	ck_assert_str_eq(host->binds[0].host, "/usr");
	ck_assert_str_eq(host->binds[0].at, "/usr");
	ck_assert_int_eq(lstat("/bin", &machine), 0);
	if (S_ISLNK(machine.st_mode))
		ck_assert(S_ISLNK(mode_of(host, "bin")));
	for (size_t i = 0; i < ARRAY_LEN(absent); i++)
		ck_assert_msg(access(in_image(host, absent[i]), F_OK) < 0, "'%s' is in the image",
		        absent[i]);
	ck_assert(S_ISREG(mode_of(host, "etc/ld.so.cache")));
	ck_assert(S_ISDIR(mode_of(host, "etc/alternatives")));
	ck_assert_uint_eq(mode_of(host, "root") & 07777, 0700);
	ck_assert_int_eq(fs_read_file(in_image(host, "etc/machine-id"), 100, &id, &e), 0);
	if (fs_read_file("/etc/machine-id", 100, &real, &e) == 0)
		ck_assert_str_ne(id.s, real.s);
	ck_assert_uint_eq(id.len, 33);
}
END_TEST

START_TEST(host_names_no_person)
{
	const struct image *host = resolve("host");
	AUTO_STRBUF passwd = STRBUF_INIT;

	ck_assert_int_eq(fs_read_file(in_image(host, "etc/passwd"), 1 << 20, &passwd, &e), 0);
	ck_assert_int_eq(strncmp(passwd.s, "root:x:0:0:root:/root:", 22), 0);
	ck_assert_ptr_nonnull(strstr(passwd.s, "\nnobody:x:65534:65534:"));
	ck_assert_ptr_nonnull(strstr(passwd.s, "\nclnrm:x:1000:1000:"));
	for (char *at = passwd.s, *line; (line = strsep(&at, "\n")) != NULL && *line;) {
		unsigned uid;

		ck_assert_int_eq(sscanf(line, "%*[^:]:x:%u:", &uid), 1);
		ck_assert_msg(uid < 1000 || uid == 1000 || uid == 65534 ||
		                      strncmp(line, "clnrm:", 6) == 0,
		        "%s", line);
	}
}
END_TEST

START_TEST(host_is_the_same_pointer_until_the_machine_changes)
{
	const struct image *host = resolve("host");
	const char *const none[] = { NULL };

	ck_assert_ptr_eq(host, resolve("host"));
	ck_assert_ptr_eq(host, image_resolve(store, "host", none, &e));
	ck_assert_int_gt(host->used_wall_ns, 0);
}
END_TEST

static void write_text(const char *path, const char *text)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fs_write_all(fd, text, strlen(text), &e), 0);
}

static void in_host(const char *path, const char *text)
{
	AUTO_STRBUF is = STRBUF_INIT;

	ck_assert_int_eq(fs_read_file(in_image(resolve("host"), path), 4096, &is, &e), 0);
	ck_assert_str_eq(is.s, text);
}

/* In a view of the machine of its own: a test changes no /etc. */
START_TEST(what_is_copied_from_etc_is_what_is_there_now)
{
	static const char file[] = "/etc/ld.so.conf.d/clnrm-test.conf";
	static const struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	        mount("none", "/etc/ld.so.conf.d", "tmpfs", 0, NULL) < 0)
		return; /* not root: others run it */
	const struct image *before = resolve("host");
	write_text(file, "/one\n");
	ck_assert_int_eq(utimensat(AT_FDCWD, file, old, 0), 0);
	in_host(file + 1, "/one\n");
	ck_assert_str_ne(before->digest, resolve("host")->digest);

	/* In place, of equal size and with the old time: another daemon sees it when it starts. */
	write_text(file, "/two\n");
	ck_assert_int_eq(utimensat(AT_FDCWD, file, old, 0), 0);
	image_store_close(store);
	open_store();
	in_host(file + 1, "/two\n");
}
END_TEST

/* Versioned names: those that are there, and those that come. */
START_TEST(what_is_copied_by_the_beginning_of_its_name_is_what_is_there_now)
{
	static const char *const kept[] = { "/etc/passwd", "/etc/group" };
	static const char dir_file[] = "/etc/python3.99/site.py", file[] = "/etc/php.clnrm";
	struct strbuf text[2] = { STRBUF_INIT, STRBUF_INIT };

	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(fs_read_file(kept[i], 1 << 20, &text[i], &e), 0);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	        mount("none", "/etc", "tmpfs", 0, NULL) < 0)
		return; /* not root: others run it */
	for (size_t i = 0; i < 2; i++) {
		write_text(kept[i], text[i].s);
		strbuf_release(&text[i]);
	}
	ck_assert_int_eq(mkdir("/etc/python3.99", 0755), 0);
	write_text(dir_file, "one");
	write_text(file, "one");
	image_store_close(store);
	open_store();
	in_host(dir_file + 1, "one");
	write_text(dir_file, "two");
	in_host(dir_file + 1, "two");
	write_text(file, "two");
	in_host(file + 1, "two");
	image_store_close(store);
	write_text(dir_file, "six");
	open_store();
	in_host(dir_file + 1, "six");
	image_store_close(store);
	write_text(file, "six");
	open_store();
	in_host(file + 1, "six");
}
END_TEST

/* One that was not there when the store was opened, and one that went and came again. */
START_TEST(what_stands_below_a_directory_that_is_new_is_what_is_there_now)
{
	static const char *const dirs[] = { "/etc/fonts/conf.d", "/etc/xml/deep" };
	static const char *const files[] = { "/etc/fonts/conf.d/a", "/etc/xml/deep/a" };

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	        mount("none", "/etc", "tmpfs", 0, NULL) < 0)
		return; /* not root: others run it */
	write_text("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
	write_text("/etc/group", "root:x:0:\n");
	ck_assert_int_eq(fs_mkdirs(dirs[1], 0755, &e), 0);
	write_text(files[1], "old");
	image_store_close(store);
	open_store();
	in_host(files[1] + 1, "old");
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, "/etc/xml", &e), 0);
	resolve("host");
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(fs_mkdirs(dirs[i], 0755, &e), 0);
		write_text(files[i], "one");
		in_host(files[i] + 1, "one");
		write_text(files[i], "two"); /* no stamp of its directory says so */
		in_host(files[i] + 1, "two");
	}
}
END_TEST

START_TEST(host_paths_are_binds_and_part_of_the_identity)
{
	char a[96], b[96];

	snprintf(a, sizeof(a), "%s/tools", dir);
	snprintf(b, sizeof(b), "%s/tools/", dir);
	ck_assert_int_eq(fs_mkdirs(a, 0755, &e), 0);
	const char *const one[] = { a, NULL }, *const same[] = { b, NULL };
	const struct image *with = image_resolve(store, "host", one, &e), *plain = resolve("host");

	ck_assert_msg(with != NULL, "%s", e.msg);
	ck_assert_str_ne(with->digest, plain->digest);
	ck_assert_str_eq(with->binds[with->n_binds - 1].host, a);
	ck_assert_str_eq(with->binds[with->n_binds - 1].at, a);
	ck_assert(S_ISDIR(mode_of(with, a + 1)));
	ck_assert_ptr_eq(with, image_resolve(store, "host", one, &e));
	ck_assert_ptr_eq(with, image_resolve(store, "host", same, &e));
	/* what is shown anyway adds nothing */
	const char *const shown[] = { "/usr/lib", NULL };
	ck_assert_ptr_eq(plain, image_resolve(store, "host", shown, &e));
}
END_TEST

START_TEST(host_paths_never_show_secrets_or_state)
{
	static const char *const bad[] = { "/", "/etc", "/etc/ssl", "/proc", "/proc/self", "/sys",
		"/dev/shm", "/run", "/var", "/var/run", "/var/lock", "/boot", "/usr/../etc",
		"relative", "/no/such/directory", "/etc/passwd", "/home/..", NULL };
	char link[96];

	for (size_t i = 0; bad[i]; i++) {
		const char *const paths[] = { bad[i], NULL };

		ck_assert_msg(image_resolve(store, "host", paths, &e) == NULL, "'%s'", bad[i]);
		ck_assert_msg(strstr(e.msg, "host.paths") != NULL, "%s", e.msg);
	}
	snprintf(link, sizeof(link), "%s/innocent", dir);
	ck_assert_int_eq(symlink("/etc", link), 0);
	const char *const paths[] = { link, NULL };
	ck_assert_ptr_null(image_resolve(store, "host", paths, &e));
	ck_assert_int_eq(e.code, ERR_DENIED);
}
END_TEST

START_TEST(host_paths_never_show_files_of_the_daemon)
{
	static const char *const bad[] = { "daemon", "daemon/state", "daemon/state/journal", "link",
		"link/state" };
	char path[8][96];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		snprintf(path[i], sizeof(path[i]), "%s/%s", dir, bad[i]);
	ck_assert_int_eq(fs_mkdirs(path[2], 0755, &e), 0);
	ck_assert_int_eq(symlink("daemon", path[3]), 0);
	snprintf(path[5], sizeof(path[5]), "%s/daemon/beside", dir);
	ck_assert_int_eq(fs_mkdirs(path[5], 0755, &e), 0);
	own_dirs_init(&own, (const char *const[]){ path[1] }, 1);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *const paths[] = { path[i], NULL };

		ck_assert_msg(image_resolve(store, "host", paths, &e) == NULL, "'%s'", bad[i]);
		ck_assert_int_eq(e.code, ERR_DENIED);
		ck_assert_ptr_nonnull(strstr(e.msg, "files of the daemon"));
	}
	const char *const paths[] = { path[5], NULL };
	ck_assert_ptr_nonnull(image_resolve(store, "host", paths, &e));
	own_dirs_release(&own);
}
END_TEST

START_TEST(what_a_sandbox_hides_is_refused_and_not_shown_in_vain)
{
	const char *const tmp[] = { "/tmp", NULL };

	ck_assert_ptr_null(image_resolve(store, "host", tmp, &e));
	ck_assert_int_eq(e.code, ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(e.msg, "hidden by the '/tmp' of a sandbox"));
}
END_TEST

START_TEST(the_home_is_never_shown_and_a_directory_in_it_may_be)
{
	char home[80], tools[96], above[80];

	snprintf(home, sizeof(home), "%s/home/me", dir);
	snprintf(tools, sizeof(tools), "%s/bin", home);
	snprintf(above, sizeof(above), "%s/home", dir);
	ck_assert_int_eq(fs_mkdirs(tools, 0755, &e), 0);
	ck_assert_int_eq(setenv("HOME", home, 1), 0);
	const char *const one[] = { home, NULL }, *const two[] = { above, NULL },
	                  *const three[] = { tools, NULL };
	ck_assert_ptr_null(image_resolve(store, "host", one, &e));
	ck_assert_ptr_null(image_resolve(store, "host", two, &e));
	ck_assert_ptr_nonnull(image_resolve(store, "host", three, &e));
}
END_TEST

START_TEST(an_unknown_image_names_the_remedy)
{
	ck_assert_ptr_null(image_resolve(store, "alpine:latest", NULL, &e));
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(e.msg, "image_map"));
	ck_assert_ptr_null(image_resolve(store, "clnrm/base:0.0.0", NULL, &e));
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	const char *const *names = image_names(store);
	for (size_t i = 0; names[i]; i++)
		resolve(names[i]);
}
END_TEST

START_TEST(a_program_outside_the_image_is_found_in_path_and_home)
{
	char tool[128], cargo[96];

	snprintf(cargo, sizeof(cargo), "%s/.cargo/bin", dir);
	snprintf(tool, sizeof(tool), "%s/only-here", cargo);
	ck_assert_int_eq(fs_mkdirs(cargo, 0755, &e), 0);
	ck_assert_int_eq(fs_write_atomic(tool, "#!/bin/sh\n", 10, 0755, &e), 0);
	ck_assert_int_eq(setenv("HOME", dir, 1), 0);
	ck_assert_int_eq(setenv("PATH", "/usr/bin:/bin", 1), 0);
	AUTO_STR found = image_host_program("only-here");
	ck_assert_str_eq(found, tool);
	ck_assert_ptr_null(image_host_program("ls")); /* in /usr: image host has it */
	ck_assert_ptr_null(image_host_program("no-such-program-anywhere"));
	ck_assert_ptr_null(image_host_program("a/b"));
	ck_assert_int_eq(chmod(tool, 0644), 0);
	ck_assert_ptr_null(image_host_program("only-here"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		base_holds_busybox_and_its_applets,
		base_knows_its_applets,
		a_step_can_run_in_base,
		an_image_is_made_once_and_found_again,
		what_a_killed_daemon_left_half_made_is_swept_and_made_again,
		what_was_made_before_a_reboot_is_made_again,
		host_is_the_same_after_a_restart,
		two_daemons_make_the_same_image_at_once,
		a_store_that_another_has_locked_is_not_touched,
		threads_write_the_same_note,
		scratch_is_mount_points_and_nothing_else,
		host_shows_system_directories_and_no_secret,
		host_names_no_person,
		host_is_the_same_pointer_until_the_machine_changes,
		what_is_copied_from_etc_is_what_is_there_now,
		what_is_copied_by_the_beginning_of_its_name_is_what_is_there_now,
		what_stands_below_a_directory_that_is_new_is_what_is_there_now,
		host_paths_are_binds_and_part_of_the_identity,
		host_paths_never_show_secrets_or_state,
		host_paths_never_show_files_of_the_daemon,
		what_a_sandbox_hides_is_refused_and_not_shown_in_vain,
		the_home_is_never_shown_and_a_directory_in_it_may_be,
		an_unknown_image_names_the_remedy,
		a_program_outside_the_image_is_found_in_path_and_home,
	};
	Suite *s = suite_create("image");
	TCase *t = tcase_create("image");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
