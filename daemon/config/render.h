/* daemon/config/render.h - a test file before and after its tags are replaced (template.md B1-B5).
 *
 *	render_begin()	what kind of file it is; variables, seed, clock, cells: the first pass
 *	render_cell()	the text or the tree of one cell: the second pass
 *	render_end()
 *
 * Three kinds: a plain file has no tag; one that is a document although it has tags is rendered
 *value by value; all others, and those named *.tera, are rendered as text, which then is the
 *document. Findings go to the loader. Inside config/ only. Thread: any, one at a time.
 */
#ifndef DAEMON_CONFIG_RENDER_H
#define DAEMON_CONFIG_RENDER_H

#include "daemon/config/load.h"
#include "daemon/config/matrix.h"
#include "daemon/config/sections.h"
#include "daemon/config/vars.h"
#include "daemon/config/world.h"
#include "daemon/template/origins.h"

enum render_kind { RENDER_PLAIN, RENDER_VALUES, RENDER_TEXT };

/* The text of a cell of a file that is rendered as text. */
struct rendered {
	const char *text;
	size_t len;
	struct torigins origins;
};

/* A token of the file, and what it is now. */
struct splice {
	struct pos at;
	const char *s;
	size_t len;
};

struct rendering {
	struct loader *l;
	struct arena *a; /* of trees and values; outlives the rendering */
	const char *text;
	size_t len;
	enum render_kind kind;
	struct node *tree; /* of the unrendered text, unless it is rendered as text */
	struct world world;
	struct vars vars;
	struct node *tables[SECTION_KINDS]; /* as the first pass left them; NULL: not there */
	struct cell *cells;
	size_t n_cells;
	struct splice
	        *splices; /* of the cell rendered last; only where the loader wants the text */
	size_t n_splices, cap_splices;
	struct rendered *texts; /* beside cells; NULL unless the file is rendered as text */
};

/* False when there is nothing to go on with. In any case render_end() is due. */
bool render_begin(
        struct rendering *r, struct loader *l, const char *text, size_t len, struct arena *a);
void render_end(struct rendering *r);

/* The tree of a cell, which may be changed; NULL with findings. Of a file that is rendered as text
 * positions are those of the rendered text, until render_place() translates them. */
struct node *render_cell(struct rendering *r, size_t i);
/* Findings about cell i of which the positions are in rendered text: the line is shown as it was
 * rendered, and where it came from. */
void render_place_diags(struct rendering *r, size_t i, struct diags *d);
/* The same for all that has a position in a test. */
void render_place_test(struct rendering *r, size_t i, struct test *t);
/* What a file that is rendered as text prints; -1 with findings. */
int render_cell_text(struct rendering *r, size_t i, struct strbuf *out);

/* What may have been meant by a name that is not there, as help (propose.c). */
void render_propose(const struct rendering *r, const struct terr *e, struct diag *x);

/* ---- for tables.c ---- */

/* Text with tags to `out`; -1 with *e, of kind TERR_PARSE when it is no template. */
int render_string(struct rendering *r, struct tsession *s, const struct tvalue *context,
        const char *text, size_t len, struct tbuf *out, struct terr *e);
/* Replaces the tags of strings and keys below n, in order. What is no template stays. */
int render_nodes(
        struct rendering *r, struct tsession *s, const struct tvalue *context, struct node *n);
/* A finding of the error; at is where it is when it is in the file itself. */
void render_report(struct rendering *r, struct terr *e, const struct pos *at);
/* Reads text as the kind of document that the file is. */
struct node *render_parse(struct rendering *r, const char *text, size_t len, struct diags *d);

/* tables.c: variables, seed, clock from the request and from the file's own tables. */
bool tables_read(struct rendering *r);

#endif
