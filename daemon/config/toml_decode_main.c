/* toml-decode: TOML on stdin, tagged JSON (as the public toml-test suite defines it) on stdout;
 * exit 1 on an invalid document. It links the reader that clnrmd links. */
#include <stdio.h>

#include "common/fs.h"
#include "daemon/config/node.h"

static void print_errors(const struct diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		fprintf(stderr, "%u:%u: error[%s]: %s\n", d->v[i].pos.line, d->v[i].pos.col,
		        d->v[i].code, d->v[i].message);
}

int main(void)
{
	struct parse_limits lim = PARSE_LIMITS_DEFAULT;
	AUTO_STRBUF in = STRBUF_INIT, out = STRBUF_INIT;
	CLEANUP(arena_free) struct arena *a = arena_new();
	__attribute__((cleanup(diags_release))) struct diags d;
	struct err e;

	/* A suite may hold documents deeper or larger than test files may be. */
	lim.max_bytes = 1u << 30;
	lim.max_nodes = 100u << 20;
	diags_init(&d, a);
	if (fs_read_fd(STDIN_FILENO, "stdin", lim.max_bytes, &in, &e) < 0) {
		fprintf(stderr, "error: %s\n", e.msg);
		return 2;
	}
	struct node *root = toml_read(in.s, in.len, "stdin", &lim, a, &d);
	if (!root || d.errors) {
		print_errors(&d);
		return 1;
	}
	node_tagged_json(root, &out);
	return fs_write_all(STDOUT_FILENO, out.s, out.len, &e) < 0 ? 2 : 0;
}
