/* daemon/template/zone_priv.h - the shape of the table of time zones, sorted by name in byte order.
 */
#ifndef DAEMON_TEMPLATE_ZONE_PRIV_H
#define DAEMON_TEMPLATE_ZONE_PRIV_H

#include <stddef.h>
#include <stdint.h>

struct zone_row {
	const char *name;
	uint16_t text;
};

extern const struct zone_row zone_rows[];
extern const size_t zone_n_rows;

/* What zone-tables wrote of a zone: base64. Many names have the same. */
const char *zone_text(const struct zone_row *row);

#endif
