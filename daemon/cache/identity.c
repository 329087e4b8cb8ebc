#include <sys/stat.h>
#include <sys/vfs.h>

#include "common/clock.h"
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
