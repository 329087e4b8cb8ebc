/* Feeds a fuzzer files and folders of files, for builds without libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "common/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (64u << 20)

static size_t fed;

static int feed_file(const char *path)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;

	if (fs_read_file(path, INPUT_MAX, &text, &e) < 0) {
		fprintf(stderr, "%s\n", e.msg);
		return -1;
	}
	/* A copy of exactly its size: one byte too far is seen by a sanitizer. */
	uint8_t *data = xmalloc(text.len ? text.len : 1);

	if (text.len)
		memcpy(data, text.s, text.len);
	LLVMFuzzerTestOneInput(data, text.len);
	free(data);
	fed++;
	return 0;
}

static int feed(const char *path)
{
	struct stat st;
	struct dirent *entry;
	int rc = 0;

	if (stat(path, &st) < 0) {
		perror(path);
		return -1;
	}
	if (!S_ISDIR(st.st_mode))
		return feed_file(path);

	DIR *dir = opendir(path);

	while (dir && rc == 0 && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		AUTO_STR below = fs_join(path, entry->d_name);
		rc = feed(below);
	}
	if (dir)
		closedir(dir);
	return dir ? rc : -1;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (feed(argv[i]) < 0)
			return 1;
	}
	printf("ok   %s (%zu)\n", strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0], fed);
	return fed > 0 ? 0 : 1;
}
