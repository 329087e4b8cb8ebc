/* daemon/image/layers.c - the store on disk.
 *
 *	images/lock          held while a tree is made or swept
 *	images/tmp/N         being made; whatever is there while nobody holds the lock is rubbish
 *	images/layers/HEX    complete: the name appears by rename
 *	images/notes/NAME    what saves work at the next start
 *	images/notes/boot    the boot that all of it was made in
 *
 * A layer is not forced to disk: that cost 0.2 to 0.6 s where making one costs 4 to 20 ms. A killed
 * daemon loses nothing by it, and what a crash of the machine may have torn is from another boot,
 * and made anew. (Layers that cannot be made anew, by import or pull, will need their syncfs.)
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "daemon/image/image_priv.h"

struct layers {
	char *root; /* data_dir/images */
	int lock;
};

/* The lock is held. */
static int sweep(struct layers *l, struct err *e)
{
	AUTO_STR tmp = fs_join(l->root, "tmp");
	DIR *dir = opendir(tmp);
	struct dirent *d;
	int result = 0;

	if (!dir)
		return err_sys(e, "cannot open '%s'", tmp);
	while (result == 0 && (d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			result = fs_remove_tree(dirfd(dir), d->d_name, e);
	}
	closedir(dir);
	return result;
}

static int take_lock(struct layers *l, int how, struct err *e)
{
	while (flock(l->lock, how) < 0) {
		if (errno != EINTR)
			return err_sys(e, "cannot lock '%s'", l->root);
	}
	return 0;
}

static void note_path(const struct layers *l, const char *name, struct strbuf *path)
{
	strbuf_printf(path, "%s/notes/%s", l->root, name);
}

bool layers_get_note(struct layers *l, const char *name, struct strbuf *out)
{
	AUTO_STRBUF path = STRBUF_INIT;
	struct err e;

	note_path(l, name, &path);
	return fs_read_file(path.s, 4096, out, &e) == 0;
}

/* By rename, so that no reader sees half of it; not forced to disk, as above. The lock is held: the
 * name of what is not whole yet is the same for all threads and daemons. */
static int write_note(struct layers *l, const char *name, const char *text, struct err *e)
{
	AUTO_STRBUF path = STRBUF_INIT;
	AUTO_STRBUF tmp = STRBUF_INIT;

	note_path(l, name, &path);
	strbuf_printf(&tmp, "%s/tmp/note", l->root);
	AUTO_FD fd = open(tmp.s, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys(e, "cannot make '%s'", tmp.s);
	if (fs_write_all(fd, text, strlen(text), e) < 0)
		return err_wrap(e, "'%s'", tmp.s);
	return rename(tmp.s, path.s) < 0 ? err_sys(e, "cannot rename '%s'", tmp.s) : 0;
}

int layers_set_note(struct layers *l, const char *name, const char *text, struct err *e)
{
	if (take_lock(l, LOCK_EX, e) < 0)
		return -1;
	int result = write_note(l, name, text, e);
	flock(l->lock, LOCK_UN);
	return result;
}

static int remove_all(struct layers *l, const char *sub, struct err *e)
{
	AUTO_STR dir = fs_join(l->root, sub);

	if (fs_remove_tree(AT_FDCWD, dir, e) < 0)
		return -1;
	return fs_mkdirs(dir, 0755, e);
}

/* The lock is held: forgets what was made in another boot. */
static int check_boot(struct layers *l, struct err *e)
{
	AUTO_STRBUF boot = STRBUF_INIT;
	AUTO_STRBUF made = STRBUF_INIT;

	if (fs_read_file("/proc/sys/kernel/random/boot_id", 64, &boot, e) < 0)
		return -1;
	if (layers_get_note(l, "boot", &made) && strcmp(made.s, boot.s) == 0)
		return 0;
	if (remove_all(l, "layers", e) < 0 || remove_all(l, "notes", e) < 0)
		return -1;
	return write_note(l, "boot", boot.s, e);
}

/* The lock is held: who has it may take them away. */
static int make_dirs(struct layers *l, struct err *e)
{
	static const char *const names[] = { "layers", "notes", "tmp" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_STR dir = fs_join(l->root, names[i]);

		if (fs_mkdirs(dir, 0755, e) < 0)
			return -1;
	}
	return 0;
}

static int open_dirs(struct layers *l, struct err *e)
{
	AUTO_STR lock = fs_join(l->root, "lock");

	if (fs_mkdirs(l->root, 0755, e) < 0)
		return -1;
	l->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (l->lock < 0)
		return err_sys(e, "cannot open '%s'", lock);
	if (take_lock(l, LOCK_EX, e) < 0)
		return -1;
	int result = make_dirs(l, e) < 0 || check_boot(l, e) < 0 ? -1 : sweep(l, e);
	flock(l->lock, LOCK_UN);
	return result;
}

struct layers *layers_open(const char *data_dir, struct err *e)
{
	struct layers *l = xcalloc(1, sizeof(*l));

	l->lock = -1;
	l->root = fs_join(data_dir, "images");
	if (open_dirs(l, e) < 0) {
		layers_close(l);
		return NULL;
	}
	return l;
}

void layers_close(struct layers *l)
{
	if (!l)
		return;
	close_fd(&l->lock);
	free(l->root);
	free(l);
}

static void layer_path(const struct layers *l, const char *digest, struct strbuf *dir)
{
	strbuf_reset(dir);
	strbuf_printf(dir, "%s/layers/%s", l->root, digest);
}

bool layers_have(struct layers *l, const char *digest, struct strbuf *dir)
{
	struct stat st;

	layer_path(l, digest, dir);
	return stat(dir->s, &st) == 0 && S_ISDIR(st.st_mode);
}

static int build_in(struct manifest *m, const char *tmp, struct err *e)
{
	if (mkdir(tmp, 0700) < 0)
		return err_sys(e, "cannot make '%s'", tmp);
	AUTO_FD fd = open(tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_sys(e, "cannot open '%s'", tmp);
	if (manifest_build(m, fd, e) < 0)
		return -1;
	return fchmod(fd, 0755) < 0 ? err_sys(e, "cannot set the mode of '%s'", tmp) : 0;
}

/* The lock is held. */
static int make_layer(
        struct layers *l, struct manifest *m, const char *dir, const char *digest, struct err *e)
{
	AUTO_STRBUF tmp = STRBUF_INIT;

	if (sweep(l, e) < 0)
		return -1;
	strbuf_printf(&tmp, "%s/tmp/%s", l->root, digest);
	if (build_in(m, tmp.s, e) < 0)
		return -1;
	if (rename(tmp.s, dir) < 0)
		return err_sys(e, "cannot rename '%s' to '%s'", tmp.s, dir);
	return 0;
}

int layers_put(struct layers *l, struct manifest *m, struct strbuf *dir, char digest[DIGEST_HEX],
        struct err *e)
{
	struct digest d;
	int result = 0;

	manifest_digest(m, &d);
	digest_hex(&d, digest);
	if (layers_have(l, digest, dir))
		return 0;
	if (take_lock(l, LOCK_EX, e) < 0)
		return -1;
	if (!layers_have(l, digest, dir)) /* another daemon may just have made it */
		result = make_layer(l, m, dir->s, digest, e);
	flock(l->lock, LOCK_UN);
	return result < 0 ? err_wrap(e, "image store") : 0;
}
