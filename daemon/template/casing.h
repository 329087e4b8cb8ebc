/* daemon/template/casing.h - names in other spellings: kebab-case, snake_case, camelCase,
 * PascalCase.
 *
 * Input is UTF-8; letters that are not ASCII are kept as letters without case. All append to out.
 * The rules are template.md B7. Thread: any.
 */
#ifndef DAEMON_TEMPLATE_CASING_H
#define DAEMON_TEMPLATE_CASING_H

#include <stddef.h>

struct strbuf;

void casing_kebab(const char *s, size_t len, struct strbuf *out);
void casing_snake(const char *s, size_t len, struct strbuf *out);
void casing_camel(const char *s, size_t len, struct strbuf *out);
void casing_pascal(const char *s, size_t len, struct strbuf *out);

#endif
