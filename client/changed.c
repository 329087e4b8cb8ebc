#include "client/changed.h"

#include <string.h>

#include "client/spawn.h"
#include "common/fs.h"
#include "common/mem.h"

#define OUTPUT_MAX (64u << 20)

/* What git prints; what it says against it comes as a fault. */
static int git(const char *const *argv, struct strbuf *out, struct fault *f)
{
	int status = spawn_read(argv, out, OUTPUT_MAX);

	if (status == 0)
		return 0;
	if (status == 127)
		return fault_set(f, "refused", "--changed=REF asks git, which is not here");
	return fault_set(f, "refused", "--changed=REF: %.*s", (int)strcspn(out->s, "\n"), out->s);
}

static void add_names(struct strbuf *out, const char *top, const struct strbuf *names)
{
	for (size_t i = 0; i < names->len; i += strlen(names->s + i) + 1) {
		AUTO_STR path = fs_join(top, names->s + i);

		strbuf_add(out, path, strlen(path) + 1);
	}
}

int changed_files(const char *ref, struct strbuf *out, struct fault *f)
{
	static const char *const where[] = { "git", "rev-parse", "--show-toplevel", NULL };
	AUTO_STRBUF top = STRBUF_INIT;
	AUTO_STRBUF names = STRBUF_INIT;

	if (!*ref || ref[0] == '-')
		return fault_set(f, "invalid-value", "--changed: '%s' is no revision", ref);
	if (git(where, &top, f) < 0)
		return -1;
	strbuf_truncate(&top, strcspn(top.s, "\n"));

	const char *const differ[] = { "git", "-C", top.s, "diff", "--name-only", "--no-renames",
		"-z", ref, "--", NULL };
	const char *const unknown[] = { "git", "-C", top.s, "ls-files", "-z", "--others",
		"--exclude-standard", NULL };

	if (git(differ, &names, f) < 0)
		return -1;
	add_names(out, top.s, &names);
	strbuf_reset(&names);
	if (git(unknown, &names, f) < 0)
		return -1;
	add_names(out, top.s, &names);
	return 0;
}
