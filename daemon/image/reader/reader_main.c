/* clnrm-unpack list|unpack|inflate: bytes of an archive from descriptor 0, frames to descriptor 1.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/image/reader/reader.h"

static int find_mode(const char *name)
{
	for (int i = 0; i < ARCHIVE_MODES; i++)
		if (strcmp(name, archive_mode_names[i]) == 0)
			return i;
	return -1;
}

/* Names are bytes, and libarchive wants a locale that can hold them. */
static void use_names_locale(void)
{
	locale_t names = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);

	if (names)
		uselocale(names);
}

int main(int argc, char **argv)
{
	int mode = argc == 2 ? find_mode(argv[1]) : -1;
	struct err e;

	if (mode < 0) {
		fputs("clnrm-unpack reads archives for clnrmd; it is of no use by itself\n",
		        stderr);
		return 2;
	}
	use_names_locale();
	if (reader_confine(&e) < 0) {
		const struct archive_frame hello = { .at = ARCHIVE_PROTOCOL }, fail = {
			.kind = ARCHIVE_FAIL, .n = (uint32_t)strlen(e.msg), .at = ERR_SYS
		};

		return write(1, &hello, sizeof(hello)) < 0 || write(1, &fail, sizeof(fail)) < 0 ||
		       write(1, e.msg, fail.n) < 0;
	}
	reader_serve((enum archive_mode)mode, 0, 1);
	/* What else an exit does needs calls that are gone. */
	_exit(0);
}
