/* daemon/server/runs_replay.h - the events of a stored run, as its stream had them.
 *
 * They come in the order of their times, with those times, so that a reader of a live stream reads
 * this one too. What the history does not keep is not there: `file`, `progress`, `note` and
 * `cancel` events; whether a sandbox was warm (null); the order between the two streams of a step,
 * whose output comes as one event a stream, two where it was cut, when the step ends; attempts of a
 * step before the last one.
 */
#ifndef DAEMON_SERVER_RUNS_REPLAY_H
#define DAEMON_SERVER_RUNS_REPLAY_H

#include "common/strbuf.h"
#include "daemon/model/result.h"

/* One line an event. Any thread. */
void runs_replay(const struct run_result *r, struct strbuf *out);

#endif
