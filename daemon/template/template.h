/* daemon/template/template.h - templates compiled once, linked with what they refer to, rendered
 *often.
 *
 *	struct template *t = template_compile("a.html", text, len, NULL, &e);
 *	struct bundle *b = bundle_new(t, &loader, NULL, &e);
 *	bundle_render(b, &session, &library_tera, &context, &out, &e);
 *
 * The language is that of Tera 1.x, with the additions of docs/templates.md. A template that is
 * compiled knows nothing of others; a bundle holds a main template and all that it includes,
 *extends and imports, each looked for once. Neither touches a file: a loader gives the templates.
 *Both are immutable once made, so that any thread may render them; references are counted
 *atomically.
 */
#ifndef DAEMON_TEMPLATE_TEMPLATE_H
#define DAEMON_TEMPLATE_TEMPLATE_H

#include "daemon/template/call.h"

struct template;
struct bundle;

/* Copies name and text. limits NULL: the defaults. NULL with *e on failure: syntax, a name that is
 * defined twice, bytes that are not UTF-8, a limit. */
struct template *template_compile(const char *name, const char *text, size_t len,
        const struct tlimits *limits, struct terr *e);
struct template *template_ref(struct template *t); /* returns t */
void template_unref(struct template *t);
CLEANUP_FN(template_unref, struct template *)
const char *template_name(const struct template *t);
/* Whether it was compiled from this name and text. */
bool template_is(const struct template *t, const char *name, const char *text, size_t len);
/* Bytes that it takes, for caches. */
size_t template_bytes(const struct template *t);

/* Finds the template `name` for the template `from` that refers to it. Returns a reference, NULL
 * when there is none, or NULL with *e set when it is there and bad. The names of two templates of
 * one bundle differ. */
struct tloader {
	void *arg;
	struct template *(*load)(void *arg, const char *name, const char *from, struct terr *e);
};

/* Takes a reference to main of its own. NULL with *e when a template does not compile, a parent or
 * an import is missing, or parents form a circle. Includes that are missing fail only when
 * rendered. */
struct bundle *bundle_new(struct template *main, const struct tloader *loader,
        const struct tlimits *limits, struct terr *e);
void bundle_free(struct bundle *b);
CLEANUP_FN(bundle_free, struct bundle *)
/* Its templates, the main one first; NULL behind the last. */
const struct template *bundle_template(const struct bundle *b, size_t i);

/* Appends what main prints to out, whose max is set to the limit of output. context is an object
 * whose members are the variables; it must live as long as values of the session are used. -1 with
 * *e. */
int bundle_render(const struct bundle *b, struct tsession *s, const struct library *lib,
        const struct tvalue *context, struct tbuf *out, struct terr *e) MUST_CHECK;

#endif
