/* daemon/store/sql_priv.h - every prepared statement of the room: SQL(NAME, text). */
#ifndef DAEMON_STORE_SQL_PRIV_H
#define DAEMON_STORE_SQL_PRIV_H

/* clang-format off */
#define SQL_TABLE(SQL) \
	SQL(SEGMENT_GET, "SELECT taken FROM segment WHERE id = ?1") \
	SQL(SEGMENT_PUT, "INSERT OR REPLACE INTO segment (id, taken, slot) VALUES (?1, ?2, ?3)") \
	SQL(SEGMENT_PURGE, "DELETE FROM segment WHERE slot = ?1 AND id <> ?2") \
	SQL(SEGMENT_DEL, "DELETE FROM segment WHERE id = ?1") \
	\
	SQL(RUN_ADD, "INSERT OR IGNORE INTO run (id, started_ns, state, exit, cwd, project," \
		" isolation, build, jobs, paths, options, diagnostics, slot)" \
		" VALUES (?1, ?2, 'running', 6, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)") \
	SQL(RUN_N, "SELECT n FROM run WHERE id = ?1") \
	SQL(RUN_ACTIVE_N, "SELECT n FROM run WHERE id = ?1 AND state = 'running'") \
	SQL(RUN_SEEN, "UPDATE run SET duration_ms = max(duration_ms, ?2) WHERE n = ?1") \
	SQL(RUN_SUMMARY, "UPDATE run SET duration_ms = ?2, tests = ?3, scenarios = ?4, pass = ?5," \
		" fail = ?6, fake_green = ?7, error = ?8, skip = ?9, flaky = ?10, cached = ?11," \
		" quarantined = ?12, findings = ?13, wall_ms = ?14, busy_ms = ?15 WHERE n = ?1") \
	SQL(RUN_COUNT_ONE, "UPDATE run SET scenarios = scenarios + 1, pass = pass + (?2 = 'pass')," \
		" fail = fail + (?2 = 'fail'), fake_green = fake_green + (?2 = 'fake_green')," \
		" error = error + (?2 = 'error'), skip = skip + (?2 = 'skip')," \
		" flaky = flaky + ?3, cached = cached + ?4, findings = findings + ?5," \
		" busy_ms = busy_ms + ?6, duration_ms = max(duration_ms, ?7) WHERE n = ?1") \
	SQL(RUN_END, "UPDATE run SET state = ?2, exit = ?3 WHERE n = ?1") \
	SQL(RUN_LOST, "UPDATE run SET state = 'lost', wall_ms = duration_ms," \
		" tests = (SELECT count(DISTINCT test) FROM scenario WHERE run = run.n)" \
		" WHERE state = 'running' AND slot = ?1") \
	SQL(SLOT_LIST, "SELECT slot FROM run WHERE state = 'running' UNION SELECT slot FROM segment") \
	SQL(RUN_DEL, "DELETE FROM run WHERE n = ?1 AND state <> 'running'") \
	SQL(RUN_COUNT, "SELECT count(*) FROM run") \
	SQL(RUN_OLDEST, "SELECT n FROM run WHERE state <> 'running' ORDER BY started_ns, n LIMIT 1") \
	SQL(RUN_OLDER, "SELECT n FROM run WHERE state <> 'running' AND started_ns < ?1") \
	SQL(RUN_GET, "SELECT n, id, started_ns, duration_ms, state, exit, cwd, project, isolation," \
		" jobs, paths, options, diagnostics, tests, scenarios, pass, fail, fake_green, error," \
		" skip, flaky, cached, quarantined, findings, wall_ms, busy_ms, build FROM run WHERE id = ?1") \
	SQL(RUN_NTH, "SELECT id FROM run ORDER BY started_ns DESC, n DESC LIMIT 1 OFFSET ?1") \
	SQL(RUN_PREFIX, "SELECT id FROM run WHERE substr(id, 1, length(?1)) = ?1" \
		" ORDER BY started_ns DESC, n DESC LIMIT ?2") \
	SQL(RUN_LIST, "SELECT n, id, started_ns, duration_ms, state, exit, paths, tests, scenarios," \
		" pass, fail, fake_green, error, skip, flaky, cached, quarantined, findings," \
		" wall_ms, busy_ms FROM run WHERE started_ns >= ?1" \
		" AND (?2 IS NULL OR (started_ns, n) <" \
		"  (SELECT b.started_ns, b.n FROM run b WHERE b.id = ?2))" \
		" AND (?3 IS NULL OR EXISTS (SELECT 1 FROM label WHERE label.run = run.n" \
		"  AND label.name = ?3 AND label.value = ?4))" \
		" AND ((?5 IS NULL AND ?6 IS NULL) OR EXISTS (SELECT 1 FROM test WHERE test.run = run.n" \
		"  AND (?5 IS NULL OR matches(?5, test.name) OR matches(?5, test.file))" \
		"  AND (?6 IS NULL OR EXISTS (SELECT 1 FROM scenario WHERE scenario.run = run.n" \
		"   AND scenario.test = test.seq AND scenario.verdict = ?6))))" \
		" ORDER BY started_ns DESC, n DESC LIMIT ?7") \
	\
	SQL(LABEL_ADD, "INSERT OR IGNORE INTO label (run, seq, name, value) VALUES (?1, ?2, ?3, ?4)") \
	SQL(LABEL_LIST, "SELECT name, value FROM label WHERE run = ?1 ORDER BY seq") \
	SQL(TEST_ADD, "INSERT OR IGNORE INTO test (run, seq, name, file, line, version, description," \
		" tags, sha256, matrix, verdict)" \
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'skip')") \
	SQL(TEST_END, "UPDATE test SET verdict = ?3, duration_ms = ?4 WHERE run = ?1 AND seq = ?2") \
	SQL(TEST_LIST, "SELECT name, file, line, version, description, tags, sha256, verdict," \
		" duration_ms, seq, (SELECT count(*) FROM scenario WHERE scenario.run = test.run" \
		"  AND scenario.test = test.seq), matrix FROM test WHERE run = ?1 ORDER BY seq") \
	SQL(RECEIPT_ADD, "INSERT OR IGNORE INTO receipt (doc) VALUES (?1)") \
	SQL(RECEIPT_N, "SELECT n FROM receipt WHERE doc = ?1") \
	SQL(RECEIPT_PURGE, "DELETE FROM receipt WHERE n NOT IN" \
		" (SELECT receipt FROM scenario WHERE receipt IS NOT NULL)") \
	SQL(SCENARIO_ADD, "INSERT OR IGNORE INTO scenario (run, test, seq, id, name, line, verdict," \
		" reason, reason_text, flaky, cached, attempts, started_ns, queued_ms, duration_ms," \
		" deadline_ns, deadline_source, lists, receipt, sandbox) VALUES (?1, ?2, ?3, ?4, ?5," \
		" ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)") \
	SQL(SCENARIO_LIST, "SELECT s.n, s.id, s.name, s.line, s.verdict, s.reason, s.reason_text," \
		" s.flaky, s.cached, s.attempts, s.started_ns, s.queued_ms, s.duration_ms," \
		" s.deadline_ns, s.deadline_source, s.lists, r.doc, s.sandbox, s.seq FROM scenario s" \
		" LEFT JOIN receipt r ON r.n = s.receipt WHERE s.run = ?1 AND s.test = ?2" \
		" ORDER BY s.seq") \
	SQL(PAST_RUNS, "SELECT n, id, started_ns FROM run WHERE state <> 'running'" \
		" AND started_ns < ?1 AND id <> ?2 AND cwd IS ?3 ORDER BY started_ns DESC, n DESC" \
		" LIMIT ?4") \
	SQL(PAST_ROWS, "SELECT t.file, s.id, s.duration_ms, s.verdict FROM scenario s" \
		" JOIN test t ON t.run = s.run AND t.seq = s.test WHERE s.run = ?1 AND s.cached = 0" \
		" AND s.verdict <> 'skip' LIMIT ?2") \
	SQL(SCENARIO_FIND, "SELECT s.n FROM scenario s JOIN test t ON t.run = s.run" \
		" AND t.seq = s.test WHERE s.run = ?1 AND (s.id = ?2 OR t.file || '::' || s.name = ?2)" \
		" ORDER BY s.test, s.seq LIMIT 1") \
	SQL(STEP_ADD, "INSERT OR IGNORE INTO step (scenario, seq, name, idx, line, phase, ran, verdict," \
		" reason, exit_code, signal, attempts, started_ms, duration_ms, user_ms, system_ms," \
		" max_rss_bytes, deadline_ns, deadline_source, stdout_bytes, stderr_bytes) VALUES (?1," \
		" ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19," \
		" ?20, ?21)") \
	SQL(STEP_LIST, "SELECT seq, name, idx, line, phase, ran, verdict, reason, exit_code, signal," \
		" attempts, started_ms, duration_ms, user_ms, system_ms, max_rss_bytes, deadline_ns," \
		" deadline_source, stdout_bytes, stderr_bytes FROM step WHERE scenario = ?1" \
		" ORDER BY seq") \
	SQL(STEP_FIND, "SELECT seq FROM step WHERE scenario = ?1 AND name = ?2 ORDER BY seq LIMIT 1") \
	SQL(OUTPUT_ADD, "INSERT OR IGNORE INTO output (scenario, step, stream, head, data, arrival)" \
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6)") \
	SQL(OUTPUT_LIST, "SELECT step, stream, head, data, arrival FROM output WHERE scenario = ?1") \
	SQL(OUTPUT_GET, "SELECT data FROM output WHERE scenario = ?1 AND step = ?2 AND stream = ?3") \
	\
	SQL(REMOVED_ADD, "INSERT OR IGNORE INTO removed (run) VALUES (?1)") \
	SQL(REMOVED_NEXT, "SELECT run FROM removed LIMIT 1") \
	SQL(REMOVED_DEL, "DELETE FROM removed WHERE run = ?1") \
	SQL(REMOVED_LEFT, "SELECT 1 FROM scenario WHERE run = ?1 LIMIT 1") \
	SQL(REMOVED_OUTPUTS, "DELETE FROM output WHERE scenario IN" \
		" (SELECT n FROM scenario WHERE run = ?1 ORDER BY test, seq LIMIT ?2)") \
	SQL(REMOVED_STEPS, "DELETE FROM step WHERE scenario IN" \
		" (SELECT n FROM scenario WHERE run = ?1 ORDER BY test, seq LIMIT ?2)") \
	SQL(REMOVED_SCENARIOS, "DELETE FROM scenario WHERE n IN" \
		" (SELECT n FROM scenario WHERE run = ?1 ORDER BY test, seq LIMIT ?2)") \
	SQL(REMOVED_TESTS, "DELETE FROM test WHERE run = ?1") \
	SQL(REMOVED_LABELS, "DELETE FROM label WHERE run = ?1")
/* clang-format on */

#define SQL_ENUM(id, text) SQL_##id,
enum sql { SQL_TABLE(SQL_ENUM) SQL_COUNT };
#undef SQL_ENUM

#endif
