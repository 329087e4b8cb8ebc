/* Commands for those who write tests: schema, and what makes, formats and checks files. */
#include <string.h>

#include "client/body.h"
#include "client/call.h"
#include "common/cleanup.h"

/* ---- schema ---- */

/* Names of the command line and those of the interface, which has a schema for each answer. */
static const struct {
	const char *word, *schema;
} schemas[] = {
	{ "test", "test-file" },
	{ "project", "project-file" },
	{ "result", "run" },
	{ "event", "event" },
	{ "receipt", "receipt" },
};

int cmd_schema(struct ctx *c)
{
	const char *word = c->args.n_pos > 0 ? c->args.pos[0] : schemas[0].word;
	AUTO_STRBUF path = STRBUF_INIT;

	strbuf_adds(&path, "/v1/schemas/");
	for (size_t i = 0; i < ARRAY_LEN(schemas); i++)
		if (strcmp(schemas[i].word, word) == 0)
			strbuf_adds(&path, schemas[i].schema);
	query_add(&path, "bundle", "1");
	query_options(&path, c);

	const struct request req = { .method = "GET", .path = path.s };

	return call(c, &req);
}
