/* daemon/report/xml_priv.h - writing XML 1.0 that every reader takes, whatever a test printed. */
#ifndef DAEMON_REPORT_XML_PRIV_H
#define DAEMON_REPORT_XML_PRIV_H

#include "common/strbuf.h"

/* Escapes for text: & < > " always, CR as a reference; in attributes TAB and LF too. Colour
 * sequences go; what XML forbids and bytes that are not UTF-8 become text like \x1b and \ufffe. */
void xml_text(struct strbuf *out, const char *s, size_t n);
/* ` name="value"` */
void xml_attr(struct strbuf *out, const char *name, const char *value);
void xml_attr_uint(struct strbuf *out, const char *name, unsigned long v);
/* Seconds with three decimals. */
void xml_attr_seconds(struct strbuf *out, const char *name, double ms);

#endif
