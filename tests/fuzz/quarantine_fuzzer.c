/* Edits of [[quarantine]]: any bytes as a project file. An entry that was put is there, and goes
 * again; an edit that does not prove itself is refused, and that is all it may do. */
#include <stdint.h>
#include <string.h>

#include "common/strbuf.h"
#include "daemon/config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct quarantine q = {
		.test = "a/b", .owner = "o\"\n", .until = "2030-01-01", .reason = "#"
	};
	AUTO_STRBUF with = STRBUF_INIT;
	AUTO_STRBUF again = STRBUF_INIT;
	AUTO_STRBUF without = STRBUF_INIT;
	bool existed = false;
	struct err e;

	if (config_quarantine_put((const char *)data, size, &q, &with, &existed, &e) == 0) {
		/* The second time it is one that is there. */
		if (config_quarantine_put(with.s, with.len, &q, &again, &existed, &e) < 0 ||
		        !existed)
			__builtin_trap();
	}
	if (config_quarantine_drop((const char *)data, size, "a/b", &without, &e) == 0 &&
	        without.len >= size)
		__builtin_trap();
	return 0;
}
