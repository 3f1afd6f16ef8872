-- Every backup that this installation made or tried to make, with its proof. What is on the disk
-- counts; these rows are the history, failures included.
CREATE TABLE backups (
  id INTEGER PRIMARY KEY,
  -- The folder's name, empty while nothing is finished.
  name TEXT NOT NULL DEFAULT '',
  folder TEXT NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('nightly', 'manual', 'command', 'migration')),
  -- running; made: not tried yet; good: restored on trial and right; bad: made, but the trial
  -- failed; failed: not made.
  state TEXT NOT NULL CHECK (state IN ('running', 'made', 'good', 'bad', 'failed')),
  detail TEXT NOT NULL DEFAULT '',
  user_id INTEGER REFERENCES users(id) ON DELETE SET NULL,
  database_bytes INTEGER NOT NULL DEFAULT 0,
  blobs INTEGER NOT NULL DEFAULT 0,
  blob_bytes INTEGER NOT NULL DEFAULT 0,
  -- How long making it and proving it took, in milliseconds.
  made_ms INTEGER NOT NULL DEFAULT 0,
  proved_ms INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL,
  -- When the trial ended.
  proved_at INTEGER
) STRICT;
CREATE INDEX backups_started ON backups (started_at);
CREATE INDEX backups_running ON backups (id) WHERE state = 'running';
CREATE INDEX backups_user ON backups (user_id) WHERE user_id IS NOT NULL;
