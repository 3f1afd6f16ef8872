-- A job's number is never given twice. Without AUTOINCREMENT SQLite gives the number of the
-- newest row again once that row is gone (https://www.sqlite.org/autoinc.html), so that the end
-- of a job which had removed itself could remove a newer job that had taken its number.
CREATE TABLE jobs_numbered (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id INTEGER REFERENCES shops(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(payload)),
  -- Lower runs first.
  priority INTEGER NOT NULL DEFAULT 5,
  state TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'running', 'dead')),
  run_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  -- A second job with the same key is not made while one waits.
  unique_key TEXT,
  last_error TEXT NOT NULL DEFAULT '',
  claimed_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
INSERT INTO jobs_numbered (id, shop_id, kind, payload, priority, state, run_at, attempts, unique_key, last_error, claimed_at, created_at)
  SELECT id, shop_id, kind, payload, priority, state, run_at, attempts, unique_key, last_error, claimed_at, created_at FROM jobs;
DROP TABLE jobs;
ALTER TABLE jobs_numbered RENAME TO jobs;
CREATE INDEX jobs_due ON jobs (priority, run_at, id) WHERE state = 'ready';
CREATE INDEX jobs_running ON jobs (claimed_at) WHERE state = 'running';
CREATE INDEX jobs_dead ON jobs (id) WHERE state = 'dead';
CREATE UNIQUE INDEX jobs_unique ON jobs (kind, unique_key) WHERE unique_key IS NOT NULL AND state = 'ready';
CREATE INDEX jobs_shop ON jobs (shop_id);

-- What was lost that way is found again: mails that wait for filing and have no job.
INSERT INTO jobs (shop_id, kind, payload, priority, run_at, unique_key, created_at)
  SELECT i.shop_id, 'inbound.file', json_object('inbound', i.id), 3, i.received_at, CAST(i.id AS TEXT), i.received_at
  FROM inbound i WHERE i.state = 'received'
    AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.kind = 'inbound.file' AND j.unique_key = CAST(i.id AS TEXT));
