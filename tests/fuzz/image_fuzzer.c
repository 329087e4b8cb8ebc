/* What can be imported: any bytes as a tar that is unpacked twice, once over itself; as an archive
 * of images; as a configuration, a record, a name; as what a process says that reads an archive and
 * was taken over. The first byte says which. Nothing is written beside the two layers. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "daemon/image/depot_priv.h"
#include "daemon/image/oci_priv.h"
#include "daemon/image/reader/reader.h"

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

/* ---- what reads archives: a thread, where the product has a process ---- */

struct ends {
	enum archive_mode mode;
	int from, to;
};

static void *serve(void *arg)
{
	struct ends *x = arg;

	reader_serve(x->mode, x->from, x->to);
	close(x->from);
	close(x->to);
	free(x);
	return NULL;
}

static void nonblocking_pair(int pair[2])
{
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	REQUIRE(fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0);
}

/* It ends when the other side closes its ends. */
static int start_thread(enum archive_mode mode, struct archive_link *out, struct err *e)
{
	struct ends *x = xmalloc(sizeof(*x));
	int answers[2], frames[2];
	pthread_attr_t detached;
	pthread_t thread;

	(void)e;
	signal(SIGPIPE, SIG_IGN);
	nonblocking_pair(answers);
	nonblocking_pair(frames);
	out->to = answers[0];
	out->from = frames[0];
	*x = (struct ends){ mode, answers[1], frames[1] };
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	REQUIRE(pthread_create(&thread, &detached, serve, x) == 0);
	pthread_attr_destroy(&detached);
	return 0;
}

static const struct archive_how by_thread = { .start = start_thread };

/* Only the two layers are there. */
static void look_outside(void)
{
	DIR *d = opendir(dir);

	for (const struct dirent *x; (x = readdir(d)) != NULL;)
		REQUIRE(x->d_name[0] == '.' || strcmp(x->d_name, "0") == 0 ||
		        strcmp(x->d_name, "1") == 0);
	closedir(d);
}

static void unpack_twice(const struct archive_how *how, const struct archive_part *part)
{
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
		if (archive_unpack(how, part, u, &sums, &e) == 0 && unpack_end(u, &stats, &e) == 0)
			REQUIRE(stats.entries <= 200);
	}
	look_outside();
	for (int i = 0; i < 2; i++) {
		AUTO_STR path = xasprintf("%s/%d", dir, i);

		close(layers[i]);
		REQUIRE(fs_remove_tree(AT_FDCWD, path, &e) == 0);
	}
}

static void try_tar(const uint8_t *data, size_t size)
{
	AUTO_FD file = memory_file(data, size);
	const struct archive_part part = { .fd = file, .n = (int64_t)size };

	unpack_twice(&by_thread, &part);
}

/* ---- any frames ---- */

static const uint8_t *frames;
static size_t n_frames;

/* What is asked for is given to nobody. */
static int start_liar(enum archive_mode mode, struct archive_link *out, struct err *e)
{
	int answers[2];

	(void)mode, (void)e;
	nonblocking_pair(answers);
	close(answers[1]);
	out->to = answers[0];
	out->from = memory_file(frames, n_frames);
	return 0;
}

/* The first one is always right. */
static void try_frames(const uint8_t *data, size_t size)
{
	const struct archive_frame hello = { .kind = ARCHIVE_HELLO, .at = ARCHIVE_PROTOCOL };
	static const struct archive_how lying = { .start = start_liar };
	AUTO_STRBUF all = STRBUF_INIT;
	AUTO_FD file = memory_file((const uint8_t *)"none", 4);
	const struct archive_part part = { .fd = file, .n = 4 };

	strbuf_add(&all, &hello, sizeof(hello));
	strbuf_add(&all, data, size);
	frames = (const uint8_t *)all.s;
	n_frames = all.len;
	unpack_twice(&lying, &part);
}

static int memory_spool(void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	return memfd_create("spool", MFD_CLOEXEC);
}

static void try_archive(const uint8_t *data, size_t size)
{
	AUTO_FD file = memory_file(data, size);
	const struct source_spool spool = { memory_spool, NULL, 1 << 20 };
	AUTO_STR path = xasprintf("/proc/self/fd/%d", file);
	static struct oci_image image;
	struct source s;
	struct err e;

	if (source_open(&s, &by_thread, path, &e) == 0 && source_look(&s, &spool, &e) == 0 &&
	        s.kind == SOURCE_ARCHIVE && oci_read(&s, "a:latest", NULL, &image, &e) == 0)
		REQUIRE(image.n_layers <= UNPACK_MAX_LAYERS);
	source_close(&s);
}

static void try_config(const uint8_t *data, size_t size)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	AUTO_STRBUF text = STRBUF_INIT;
	static struct oci_image image;
	struct err e;

	strbuf_add(&text, data, size);
	memset(&image, 0, sizeof(image));
	/* As many layers as it says, as if a manifest had named these. */
	while (oci_read_config(&text, "config", a, &image, &e) < 0)
		if (++image.n_layers > 3)
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
		try_config, try_record, try_ref, try_frames };

	if (size)
		tries[data[0] % ARRAY_LEN(tries)](data + 1, size - 1);
	return 0;
}
