#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "common/clock.h"
#include "common/fs.h"
#include "daemon/cache/cache_priv.h"

#define RACY_NS (20 * NS_PER_MS) /* no kernel's stamps are coarser */

static int64_t ns_of(struct timespec t)
{
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

bool identity_of(const char *path, struct identity *out)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	*out = (struct identity){
		.dev = st.st_dev,
		.ino = st.st_ino,
		.size = st.st_size,
		.mode = st.st_mode,
		.mtime_ns = ns_of(st.st_mtim),
		.ctime_ns = ns_of(st.st_ctim),
	};
	return true;
}

bool identity_equal(const struct identity *a, const struct identity *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->mode == b->mode &&
	       a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

int64_t identity_newest(const struct identity *x)
{
	return x->mtime_ns > x->ctime_ns ? x->mtime_ns : x->ctime_ns;
}

bool stamp_is_old(int64_t newest_ns, int64_t read_wall_ns)
{
	return newest_ns + RACY_NS < read_wall_ns;
}

bool is_remote(const char *path)
{
	/* statfs(2): NFS, FUSE (virtiofs too), 9p, CIFS, SMB2. */
	static const unsigned long types[] = { 0x6969, 0x65735546, 0x01021997, 0xff534d42,
		0xfe534d42 };
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (((unsigned long)fs.f_type & 0xffffffff) == types[i])
			return true;
	return false;
}

bool identity_digest(
        const char *path, size_t max, char sha256[DIGEST_HEX], struct identity *id, bool *trusted)
{
	/* The open of a FIFO must not wait for a writer. */
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int64_t began = clock_wall_ns();
	AUTO_STRBUF text = STRBUF_INIT;
	struct identity after;
	struct digest d;
	struct err e;

	if (fd < 0 || !identity_of(path, id) || fs_read_fd(fd, path, max, &text, &e) < 0 ||
	        !identity_of(path, &after))
		return false;
	digest_of(text.s, text.len, &d);
	digest_hex(&d, sha256);
	*trusted = identity_equal(id, &after) && stamp_is_old(identity_newest(id), began) &&
	           !is_remote(path);
	return true;
}
