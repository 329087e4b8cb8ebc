#include "daemon/model/quarantine.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/glob.h"
#include "common/strbuf.h"

#define DAY_NS (86400ll * NS_PER_S)
#define LAST_DAY_S ((INT64_MAX - DAY_NS) / NS_PER_S) /* in the year 2262 */

bool quarantine_end(const char *date, int64_t *wall_ns)
{
	struct tm tm = { 0 }, is;
	time_t t;

	for (int i = 0; i < QUARANTINE_DATE_LEN; i++)
		if (i == 4 || i == 7 ? date[i] != '-' : !isdigit((unsigned char)date[i]))
			return false;
	if (sscanf(date, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	is = tm;
	t = timegm(&is);
	/* timegm() takes the 31st of April for the 1st of May. */
	if (is.tm_mday != tm.tm_mday || is.tm_mon != tm.tm_mon || is.tm_year != tm.tm_year)
		return false;
	*wall_ns = t < 0 ? 0 : t > LAST_DAY_S ? INT64_MAX : (int64_t)t * NS_PER_S + DAY_NS;
	return true;
}

bool quarantine_names(
        const struct quarantine *q, const char *path, const char *scenario, const char *id)
{
	AUTO_STRBUF both = STRBUF_INIT;

	if (glob_names(q->test, id))
		return true;
	strbuf_printf(&both, "%s::%s", path, scenario);
	return glob_names(q->test, both.s);
}

struct quarantine *quarantine_copy(const struct quarantine *q, struct arena *a)
{
	struct quarantine *to = arena_alloc(a, sizeof(*to));

	*to = (struct quarantine){
		.test = arena_strdup(a, q->test),
		.owner = arena_strdup(a, q->owner),
		.until = arena_strdup(a, q->until),
		.reason = arena_strdup(a, q->reason),
		.end_wall_ns = q->end_wall_ns,
		.file = arena_strdup(a, q->file),
		.line = q->line,
	};
	return to;
}
