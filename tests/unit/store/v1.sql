-- A filled database of schema version 1: two runs, one of which has labels nowhere, for there were
-- none. test_schema.c opens it with today's program.
PRAGMA auto_vacuum = INCREMENTAL;
BEGIN;
CREATE TABLE segment (id INTEGER PRIMARY KEY, taken INTEGER NOT NULL);
CREATE TABLE run (
  n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  started_ns INTEGER NOT NULL, duration_ms REAL NOT NULL DEFAULT 0,
  state TEXT NOT NULL, exit INTEGER NOT NULL, cwd TEXT, project TEXT, isolation TEXT,
  build TEXT, jobs INTEGER NOT NULL, paths TEXT NOT NULL, options TEXT NOT NULL,
  diagnostics TEXT NOT NULL, tests INTEGER NOT NULL DEFAULT 0,
  scenarios INTEGER NOT NULL DEFAULT 0, pass INTEGER NOT NULL DEFAULT 0,
  fail INTEGER NOT NULL DEFAULT 0, fake_green INTEGER NOT NULL DEFAULT 0,
  error INTEGER NOT NULL DEFAULT 0, skip INTEGER NOT NULL DEFAULT 0,
  flaky INTEGER NOT NULL DEFAULT 0, cached INTEGER NOT NULL DEFAULT 0,
  quarantined INTEGER NOT NULL DEFAULT 0, findings INTEGER NOT NULL DEFAULT 0,
  wall_ms REAL NOT NULL DEFAULT 0, busy_ms REAL NOT NULL DEFAULT 0);
CREATE INDEX run_started ON run (started_ns DESC, n DESC);
CREATE TABLE test (
  run INTEGER NOT NULL, seq INTEGER NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL,
  line INTEGER NOT NULL, version TEXT, description TEXT, tags TEXT NOT NULL, sha256 TEXT,
  verdict TEXT NOT NULL, duration_ms REAL NOT NULL DEFAULT 0,
  PRIMARY KEY (run, seq)) WITHOUT ROWID;
CREATE TABLE scenario (
  n INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, test INTEGER NOT NULL,
  seq INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, line INTEGER NOT NULL,
  verdict TEXT NOT NULL, reason TEXT, reason_text TEXT, flaky INTEGER NOT NULL,
  cached INTEGER NOT NULL, attempts INTEGER NOT NULL, started_ns INTEGER NOT NULL,
  queued_ms REAL NOT NULL, duration_ms REAL NOT NULL, deadline_ns INTEGER NOT NULL,
  deadline_source TEXT NOT NULL, lists TEXT NOT NULL, receipt TEXT,
  UNIQUE (run, test, seq));
CREATE TABLE step (
  scenario INTEGER NOT NULL, seq INTEGER NOT NULL, name TEXT NOT NULL,
  idx INTEGER NOT NULL, line INTEGER NOT NULL, phase TEXT NOT NULL, ran INTEGER NOT NULL,
  verdict TEXT NOT NULL, reason TEXT, exit_code INTEGER, signal INTEGER,
  attempts INTEGER NOT NULL, started_ms REAL NOT NULL, duration_ms REAL NOT NULL,
  user_ms REAL NOT NULL, system_ms REAL NOT NULL, max_rss_bytes INTEGER NOT NULL,
  deadline_ns INTEGER NOT NULL, deadline_source TEXT NOT NULL,
  stdout_bytes INTEGER NOT NULL, stderr_bytes INTEGER NOT NULL, stdout_head INTEGER,
  stdout BLOB, stderr_head INTEGER, stderr BLOB,
  PRIMARY KEY (scenario, seq)) WITHOUT ROWID;
CREATE TABLE removed (run INTEGER PRIMARY KEY);

INSERT INTO run (id, started_ns, duration_ms, state, exit, cwd, project, isolation, build, jobs,
  paths, options, diagnostics, tests, scenarios, pass, fail, wall_ms, busy_ms) VALUES
  ('old12345', 1768387267204113000, 12.5, 'done', 1, '/p', NULL, 'standard', '9c1e22f', 2,
   '["tests/"]', '[["jobs","2"]]', '[]', 1, 2, 1, 1, 12.5, 20.25),
  ('old23456', 1768387268204113000, 1, 'lost', 6, '/p', NULL, 'standard', '9c1e22f', 2,
   '["tests/"]', '[]', '[]', 0, 0, 0, 0, 1, 0);
INSERT INTO test VALUES
  (1, 0, 'orders', 'tests/orders.clnrm.toml', 1, NULL, 'about orders', '["slow"]', NULL, 'fail', 12);
INSERT INTO scenario VALUES
  (1, 1, 0, 0, 'orders/place', 'place', 3, 'pass', NULL, NULL, 0, 0, 1, 1768387267204113000, 0.5,
   5.5, 60000000000, 'file',
   '{"failures":[],"findings":[],"steps":[{"failures":[],"argv":["sh","-c","x"]}]}',
   '{"pristine":true,"engine":"native","limits":{"memory_mb":"512"},"degraded":[],"sandbox":"sb0001"}'),
  (2, 1, 0, 1, 'orders/refund', 'refund', 9, 'fail', 'exit_code', NULL, 0, 0, 1,
   1768387267204113000, 0.5, 6, 0, 'default',
   '{"failures":[{"code":"exit_code","message":"exit status 1"}],"findings":[],"steps":[{"failures":[],"argv":["false"]}]}',
   '{"pristine":true,"engine":"native","limits":{"memory_mb":"512"},"degraded":[],"sandbox":"sb0002"}');
INSERT INTO step VALUES
  (1, 0, 'run', 0, 4, 'step', 1, 'pass', NULL, 0, 0, 1, 0.25, 5, 1, 1, 4096, 0, 'default',
   6, 0, 6, X'68656C6C6F0A', NULL, NULL),
  (2, 0, 'call', 0, 10, 'setup', 1, 'fail', 'exit_code', 1, 0, 1, 0.25, 5, 1, 1, 4096, 0, 'default',
   0, 90000, NULL, NULL, 2, X'FF000A0B');
PRAGMA user_version = 1;
COMMIT;
