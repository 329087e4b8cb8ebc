/* client/body.h - JSON bodies of requests, made from the command line and what it may tell. */
#ifndef CLIENT_BODY_H
#define CLIENT_BODY_H

#include "client/cmd.h"
#include "common/json.h"

/* "cwd":{"path","dev","ino"} */
void body_cwd(struct json *j);
/* "env":{}: what a daemon may always know (of that, with settings_only, CLEANROOM_* alone), what
 * --env gives, and what need_env (names and globs apart by ',' or blanks) asks for. */
void body_env(struct json *j, const struct ctx *c, const char *need_env, bool settings_only);
/* "options":{}: the flags that were given and are not for the client alone, by their long names
 * with
 * '_' for '-'; durations as NAME_ms; config and no_config. */
void body_options(struct json *j, const struct ctx *c);
/* "paths":[]: the arguments. */
void body_paths(struct json *j, const struct ctx *c);
/* "NAME":{"K":"V"} of a list of pairs; nothing when none was given. */
void body_pairs(struct json *j, const char *key, const struct args *a, const char *flag);

/* "?limit=50&sort=..." of the same flags; names, too, with '_'. */
void query_options(struct strbuf *out, const struct ctx *c);
/* Appends "?" or "&", name=value with value escaped. */
void query_add(struct strbuf *out, const char *name, const char *value);
/* Escapes all but RFC 3986's unreserved characters. */
void url_escape(struct strbuf *out, const char *s);

#endif
