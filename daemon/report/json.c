#include "daemon/report/report.h"

#include "daemon/wire/wire.h"

void report_json(const struct run_result *r, struct strbuf *out)
{
	struct json j = JSON_INIT(out);

	wire_run(&j, r);
	strbuf_addc(out, '\n');
}
