/* The document of POST /v1/report: any bytes, in every format. Whatever it says, no byte of it ends
 * a block of the page. */
#include <assert.h>

#include "daemon/report/report.h"
#include "daemon/wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count(const struct strbuf *b, const char *what)
{
	size_t n = 0;

	for (const char *p = b->s; (p = strcasestr(p, what)) != NULL; p++)
		n++;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_STRBUF page = STRBUF_INIT;
	AUTO_STRBUF out = STRBUF_INIT;
	struct err e;
	CLEANUP(run_result_free)
	struct run_result *r = wire_read_run((const char *)data, size, &e);

	if (!r)
		return 0;
	report_html(r, NULL, &page);
	assert(strlen(page.s) == page.len);
	assert(count(&page, "<script") == count(&page, "</script"));
	assert(count(&page, "<!--") == 0);
	report_json(r, &out);
	for (int d = JUNIT_SUREFIRE; d <= JUNIT_PLAIN; d++)
		report_junit(r, (enum junit_dialect)d, true, &out);
	report_tap(r, 1, &out);
	report_markdown(r, &out);
	return 0;
}
