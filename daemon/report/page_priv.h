/* daemon/report/page_priv.h - the parts of the HTML page.
 *
 * Its sources are the files of daemon/report/page/, which common/embed turns into C when clnrm is
 * built; page.html has places for what html.c puts in ("{{script}}").
 */
#ifndef DAEMON_REPORT_PAGE_PRIV_H
#define DAEMON_REPORT_PAGE_PRIV_H

#include "daemon/report/report.h"

struct page_file {
	const char *name, *text;
	size_t len;
};
extern const struct page_file page_files[]; /* ends with one without name */

/* The data blocks: <script type="application/json" id="index">, "part-N", "receipts". No byte of a
 * test ends a block: "<" is written as \u003c, and so are characters that HTML forbids. */
void page_data(const struct run_result *r, const struct past *past, struct strbuf *out);

#endif
