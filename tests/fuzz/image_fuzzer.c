/* What can be imported: any bytes as a tar that is unpacked twice, once over itself; as an archive
 * of images; as a configuration, a record, a name. The first byte says which. Nothing is written
 * beside the two layers. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "daemon/image/depot_priv.h"
#include "daemon/image/oci_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(what)            \
	do {                     \
		if (!(what))     \
			abort(); \
	} while (0)

static char dir[64];

static void remove_dir(void)
{
	struct err e;

	if (fs_remove_tree(AT_FDCWD, dir, &e) < 0)
		abort();
}

static void make_dir(void)
{
	if (dir[0])
		return;
	snprintf(dir, sizeof(dir), "/tmp/clnrm-image-fuzz-XXXXXX");
	REQUIRE(mkdtemp(dir));
	atexit(remove_dir);
}

static int memory_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	REQUIRE(fd >= 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	return fd;
}

/* Only the two layers are there. */
static void look_outside(void)
{
	DIR *d = opendir(dir);

	for (const struct dirent *x; (x = readdir(d)) != NULL;)
		REQUIRE(x->d_name[0] == '.' || strcmp(x->d_name, "0") == 0 ||
		        strcmp(x->d_name, "1") == 0);
	closedir(d);
}

static void try_tar(const uint8_t *data, size_t size)
{
	AUTO_FD file = memory_file(data, size);
	const struct archive_part part = { .fd = file, .n = (int64_t)size };
	struct unpack_budget budget = { 1 << 20, 200, 1 << 20, 200, NULL };
	struct archive_sums sums;
	struct unpack_stats stats;
	int layers[2] = { -1, -1 };
	struct err e;

	make_dir();
	for (int i = 0; i < 2; i++) {
		AUTO_STR path = xasprintf("%s/%d", dir, i);

		REQUIRE(mkdir(path, 0755) == 0);
		layers[i] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CLEANUP(unpack_free)
		struct unpack *u = unpack_new(layers[i], layers, (size_t)i, &budget, true);
		if (archive_unpack(&part, u, &sums, &e) == 0 && unpack_end(u, &stats, &e) == 0)
			REQUIRE(stats.entries <= 200);
	}
	look_outside();
	for (int i = 0; i < 2; i++) {
		AUTO_STR path = xasprintf("%s/%d", dir, i);

		close(layers[i]);
		REQUIRE(fs_remove_tree(AT_FDCWD, path, &e) == 0);
	}
}

static void try_archive(const uint8_t *data, size_t size)
{
	AUTO_FD file = memory_file(data, size);
	AUTO_FD spool = memfd_create("spool", MFD_CLOEXEC);
	AUTO_STR path = xasprintf("/proc/self/fd/%d", file);
	static struct oci_image image;
	struct source s;
	struct err e;

	if (source_open(&s, path, spool, 1 << 20, NULL, &e) == 0 && s.kind == SOURCE_ARCHIVE &&
	        oci_read(&s, "a:latest", NULL, &image, &e) == 0)
		REQUIRE(image.n_layers <= UNPACK_MAX_LAYERS);
	source_close(&s);
}

static void try_config(const uint8_t *data, size_t size)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	static struct oci_image image;
	struct err e;

	memset(&image, 0, sizeof(image));
	if (oci_read_config((const char *)data, size, a, &image, &e) < 0)
		return;
	REQUIRE(!image.config.workdir || image.config.workdir[0] == '/');
	for (const char *const *v = image.config.env; *v; v++)
		REQUIRE(strchr(*v, '=') && strncmp(*v, "CLNRM", 5) != 0);
}

static void try_record(const uint8_t *data, size_t size)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct image_record r;
	struct err e;

	if (record_read((const char *)data, size, a, &r, &e) == 0)
		for (size_t i = 0; i < r.n_layers; i++)
			REQUIRE(!strchr(r.layers[i], '/'));
}

static void try_ref(const uint8_t *data, size_t size)
{
	AUTO_STR name = xstrndup((const char *)data, size);
	struct image_ref ref;
	char file[IMAGE_MAX_REF], back[IMAGE_MAX_REF];
	struct err e;

	if (image_ref_read(name, &ref, &e) < 0)
		return;
	image_ref_file(ref.name, file);
	REQUIRE(!strchr(file, '/') && file[0] != '.');
	REQUIRE(image_ref_of_file(file, back) && strcmp(back, ref.name) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(const uint8_t *data, size_t size) = { try_tar, try_archive,
		try_config, try_record, try_ref };

	if (size)
		tries[data[0] % ARRAY_LEN(tries)](data + 1, size - 1);
	return 0;
}
