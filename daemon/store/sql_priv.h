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
		" isolation, build, jobs, paths, options, diagnostics, slot, silence_floor_ns)" \
		" VALUES (?1, ?2, 'running', 6, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)") \
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
		" busy_ms = busy_ms + ?6, duration_ms = max(duration_ms, ?7)," \
		" quarantined = quarantined + ?8 WHERE n = ?1") \
	SQL(RUN_COUNT_CACHED, "UPDATE run SET scenarios = scenarios + ?2, pass = pass + ?2," \
		" cached = cached + ?2, duration_ms = max(duration_ms, ?3) WHERE n = ?1") \
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
		" skip, flaky, cached, quarantined, findings, wall_ms, busy_ms, build," \
		" silence_floor_ns FROM run WHERE id = ?1") \
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
		" deadline_ns, deadline_source, lists, receipt, sandbox, key) VALUES (?1, ?2, ?3, ?4, ?5," \
		" ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)") \
	SQL(SCENARIO_LIST, "SELECT s.n, s.id, s.name, s.line, s.verdict, s.reason, s.reason_text," \
		" s.flaky, s.cached, s.attempts, s.started_ns, s.queued_ms, s.duration_ms," \
		" s.deadline_ns, s.deadline_source, s.lists, r.doc, s.sandbox, s.seq," \
		" coalesce(s.body, s.n), s.key, s.ran FROM scenario s" \
		" LEFT JOIN receipt r ON r.n = s.receipt WHERE s.run = ?1 AND s.test = ?2" \
		" ORDER BY s.seq") \
	SQL(PAST_RUNS, "SELECT n, id, started_ns FROM run WHERE state <> 'running'" \
		" AND started_ns < ?1 AND id <> ?2 AND cwd IS ?3 ORDER BY started_ns DESC, n DESC" \
		" LIMIT ?4") \
	SQL(PAST_ROWS, "SELECT t.file, s.id, s.duration_ms, s.verdict FROM scenario s" \
		" JOIN test t ON t.run = s.run AND t.seq = s.test WHERE s.run = ?1 AND s.cached = 0" \
		" AND s.verdict <> 'skip' LIMIT ?2") \
	SQL(PACE_ROWS, "SELECT s.n, s.lists FROM scenario s JOIN run r ON r.n = s.run" \
		" JOIN test t ON t.run = s.run AND t.seq = s.test JOIN receipt c ON c.n = s.receipt" \
		" WHERE s.id = ?1 AND s.cached = 0 AND t.file = ?2 AND r.cwd IS ?3" \
		" AND json_extract(c.doc, '$.image_digest') = ?4 AND (?5 = 0 OR r.started_ns < ?5)" \
		" ORDER BY s.n DESC LIMIT ?6") \
	SQL(PACE_STEPS, "SELECT seq, name, duration_ms FROM step WHERE scenario = ?1 AND ran = 1" \
		" AND verdict = 'pass'") \
	SQL(FLAKE_ROWS, "SELECT r.cwd, t.file, s.id, s.name, s.run, coalesce(s.key," \
		" (SELECT k.key FROM kept k WHERE k.scenario = s.n LIMIT 1)), r.started_ns, s.verdict," \
		" s.attempts FROM run r JOIN test t ON t.run = r.n JOIN scenario s ON s.run = t.run" \
		" AND s.test = t.seq WHERE r.started_ns >= ?1 AND s.cached = 0 AND s.verdict <> 'skip'" \
		" ORDER BY r.started_ns DESC, r.n DESC LIMIT ?2") \
	SQL(TEST_ROWS, "SELECT r.id, r.started_ns, t.file, s.id, s.verdict, s.reason, s.flaky, s.cached," \
		" s.attempts, s.duration_ms, coalesce(s.key," \
		" (SELECT k.key FROM kept k WHERE k.scenario = s.n LIMIT 1)) FROM run r" \
		" JOIN test t ON t.run = r.n JOIN scenario s ON s.run = t.run AND s.test = t.seq" \
		" WHERE r.started_ns >= ?2 AND (t.name = ?1 OR s.id = ?1)" \
		" ORDER BY r.started_ns DESC, r.n DESC, s.test, s.seq LIMIT ?3") \
	SQL(EARLIER_RUNS, "SELECT n, id, started_ns, duration_ms, state, cwd, paths, options FROM run" \
		" WHERE started_ns < ?1 ORDER BY started_ns DESC, n DESC LIMIT ?2") \
	SQL(EARLIER_ROWS, "SELECT t.file, s.id, s.verdict, s.reason, s.duration_ms, 0, 0" \
		" FROM scenario s JOIN test t ON t.run = s.run AND t.seq = s.test WHERE s.run = ?1" \
		" ORDER BY s.test, s.seq LIMIT ?2") \
	SQL(EARLIER_NEEDS, "SELECT t.file, s.id, s.verdict, s.reason, s.duration_ms," \
		" coalesce(json_extract(s.lists, '$.memory_peak_bytes')," \
		"  (SELECT max(max_rss_bytes) FROM step WHERE scenario = coalesce(s.body, s.n)))," \
		" (SELECT sum(user_ms + system_ms) FROM step WHERE scenario = coalesce(s.body, s.n))" \
		" FROM scenario s JOIN test t ON t.run = s.run AND t.seq = s.test WHERE s.run = ?1" \
		" ORDER BY s.test, s.seq LIMIT ?2") \
	SQL(SCENARIO_GET, "SELECT s.n, s.id, s.name, s.line, s.verdict, s.reason, s.reason_text," \
		" s.flaky, s.cached, s.attempts, s.started_ns, s.queued_ms, s.duration_ms," \
		" s.deadline_ns, s.deadline_source, s.lists, r.doc, s.sandbox, s.seq," \
		" coalesce(s.body, s.n), s.key, s.ran FROM scenario s" \
		" LEFT JOIN receipt r ON r.n = s.receipt WHERE s.n = ?1") \
	SQL(SCENARIO_AGAIN, "INSERT OR IGNORE INTO scenario (run, test, seq, id, name, line, verdict," \
		" reason, reason_text, flaky, cached, attempts, started_ns, queued_ms, duration_ms," \
		" deadline_ns, deadline_source, lists, receipt, sandbox, body, key, ran)" \
		" SELECT ?1, ?2, ?3, ?4, ?5, ?6, s.verdict, s.reason, s.reason_text, s.flaky, 1," \
		" s.attempts, s.started_ns, 0, s.duration_ms, s.deadline_ns, s.deadline_source, s.lists," \
		" s.receipt, s.sandbox, coalesce(s.body, s.n), ?7, k.ran" \
		" FROM kept k JOIN scenario s ON s.n = k.scenario WHERE k.key = ?7") \
	SQL(SCENARIO_BARE, "INSERT OR IGNORE INTO scenario (run, test, seq, id, name, line, verdict," \
		" flaky, cached, attempts, started_ns, queued_ms, duration_ms, deadline_ns," \
		" deadline_source, lists, key, ran) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'pass', 0, 1, 1, 0, 0," \
		" ?8, 0, 'default', '{\"steps\":[]}', ?7, ?9)") \
	SQL(SCENARIO_AT, "SELECT s.n FROM run r JOIN scenario s ON s.run = r.n AND s.test = ?2" \
		" AND s.seq = ?3 WHERE r.id = ?1") \
	SQL(SCENARIO_FIND, "SELECT coalesce(s.body, s.n) FROM scenario s JOIN test t ON t.run = s.run" \
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
	SQL(REMOVED_KEPT, "UPDATE scenario SET run = -n, test = 0, seq = 0 WHERE run = ?1" \
		" AND n IN (SELECT scenario FROM kept)") \
	SQL(REMOVED_BODIES, "INSERT OR IGNORE INTO loose SELECT coalesce(body, n) FROM scenario" \
		" WHERE run = ?1 ORDER BY test, seq LIMIT ?2") \
	SQL(REMOVED_SCENARIOS, "DELETE FROM scenario WHERE n IN" \
		" (SELECT n FROM scenario WHERE run = ?1 ORDER BY test, seq LIMIT ?2)") \
	SQL(REMOVED_TESTS, "DELETE FROM test WHERE run = ?1") \
	SQL(REMOVED_LABELS, "DELETE FROM label WHERE run = ?1") \
	SQL(LOOSE_SHOWN, "DELETE FROM loose WHERE EXISTS (SELECT 1 FROM scenario WHERE n = loose.body)" \
		" OR EXISTS (SELECT 1 FROM scenario WHERE scenario.body = loose.body)") \
	SQL(LOOSE_OUTPUTS, "DELETE FROM output WHERE scenario IN (SELECT body FROM loose)") \
	SQL(LOOSE_STEPS, "DELETE FROM step WHERE scenario IN (SELECT body FROM loose)") \
	SQL(LOOSE_DEL, "DELETE FROM loose") \
	\
	SQL(KEPT_PUT, "INSERT OR REPLACE INTO kept (key, scenario, ran, at, used, boot, bytes)" \
		" VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6 + (SELECT coalesce(sum(length(o.data)), 0)" \
		" FROM scenario s JOIN output o ON o.scenario = coalesce(s.body, s.n) WHERE s.n = ?2))") \
	SQL(KEPT_USED, "UPDATE kept SET used = ?2 WHERE key = ?1 AND used < ?2 - ?3") \
	SQL(KEPT_DEL, "DELETE FROM kept WHERE key = ?1") \
	SQL(KEPT_CLEAR, "DELETE FROM kept") \
	SQL(KEPT_SUM, "SELECT count(*), coalesce(sum(bytes), 0) FROM kept") \
	SQL(KEPT_EVICT, "DELETE FROM kept WHERE key IN (SELECT key FROM kept ORDER BY used, key LIMIT ?1)") \
	SQL(KEPT_STRAY, "SELECT n FROM scenario WHERE run < 0 AND n NOT IN (SELECT scenario FROM kept)" \
		" LIMIT ?1") \
	SQL(STRAY_BODY, "INSERT OR IGNORE INTO loose SELECT coalesce(body, n) FROM scenario WHERE n = ?1") \
	SQL(STRAY_DEL, "DELETE FROM scenario WHERE n = ?1") \
	SQL(LAST_PUT, "INSERT OR REPLACE INTO last (name, key, parts) VALUES (?1, ?2, ?3)") \
	SQL(LAST_GET, "SELECT l.key, l.parts, k.ran, k.at, k.scenario FROM last l" \
		" JOIN kept k ON k.key = l.key WHERE l.name = ?1 AND k.boot IN ('', ?2)") \
	SQL(LAST_DEL, "DELETE FROM last WHERE key = ?1") \
	SQL(LAST_CLEAR, "DELETE FROM last") \
	SQL(LAST_STRAY, "DELETE FROM last WHERE key NOT IN (SELECT key FROM kept)")
/* clang-format on */

#define SQL_ENUM(id, text) SQL_##id,
enum sql { SQL_TABLE(SQL_ENUM) SQL_COUNT };
#undef SQL_ENUM

#endif
