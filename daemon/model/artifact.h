/* daemon/model/artifact.h - where files that a run keeps go when they are exported
 * (run --artifacts=DIR).
 */
#ifndef DAEMON_MODEL_ARTIFACT_H
#define DAEMON_MODEL_ARTIFACT_H

#include "common/strbuf.h"
#include "daemon/model/result.h"

/* Appends DIR/TEST/SCENARIO/NAME, and of a scenario that has several turns in one run
 * DIR/TEST/SCENARIO/TURN/NAME: each turn keeps its own. Names are the test's: what could lead
 * elsewhere, or is no name of a file everywhere, is replaced, and a part of the digest of the whole
 * name then tells such names apart. */
void artifact_path(struct strbuf *out, const char *dir, const struct scenario_result *s,
        const struct artifact *a);

#endif
