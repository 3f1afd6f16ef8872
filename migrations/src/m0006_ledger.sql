-- The ledger that proves itself: what a mail is known by whatever number its mailbox gives it, how
-- far the look-back went, and what each comparison of a mailbox with its ledger found.

-- SHA-256 of what is kept; NULL for rows of older versions and for mails that could not be fetched.
ALTER TABLE inbound ADD COLUMN digest BLOB;
CREATE INDEX inbound_digest ON inbound (channel_id, digest) WHERE digest IS NOT NULL;
CREATE INDEX inbound_channel ON inbound (channel_id, state, id);

-- The same bytes under another number: after a new UIDVALIDITY (RFC 9051, section 2.3.1.1), or
-- copied within the mailbox. One row of the ledger, many numbers.
CREATE TABLE inbound_aliases (
  channel_id INTEGER NOT NULL REFERENCES channels(id) ON DELETE CASCADE,
  external_id TEXT NOT NULL,
  inbound_id INTEGER NOT NULL REFERENCES inbound(id) ON DELETE CASCADE,
  PRIMARY KEY (channel_id, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbound_aliases_inbound ON inbound_aliases (inbound_id);

-- Rows of the ledger by mailbox and state, kept by trigger; `ledger::rebuild_counts` makes them anew.
CREATE TABLE inbound_counts (
  channel_id INTEGER NOT NULL REFERENCES channels(id) ON DELETE CASCADE,
  state TEXT NOT NULL,
  n INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (channel_id, state)
) STRICT, WITHOUT ROWID;
INSERT INTO inbound_counts (channel_id, state, n) SELECT channel_id, state, count(*) FROM inbound GROUP BY 1, 2;
CREATE TRIGGER inbound_count_insert AFTER INSERT ON inbound BEGIN
  INSERT INTO inbound_counts (channel_id, state, n) VALUES (NEW.channel_id, NEW.state, 1)
  ON CONFLICT (channel_id, state) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER inbound_count_delete AFTER DELETE ON inbound BEGIN
  UPDATE inbound_counts SET n = n - 1 WHERE channel_id = OLD.channel_id AND state = OLD.state;
END;
CREATE TRIGGER inbound_count_update AFTER UPDATE OF state ON inbound WHEN NEW.state <> OLD.state BEGIN
  UPDATE inbound_counts SET n = n - 1 WHERE channel_id = OLD.channel_id AND state = OLD.state;
  INSERT INTO inbound_counts (channel_id, state, n) VALUES (NEW.channel_id, NEW.state, 1)
  ON CONFLICT (channel_id, state) DO UPDATE SET n = n + 1;
END;

-- How far a mailbox is read back into the time before it was connected. One row per mailbox, made
-- anew when the server numbers anew or the merchant asks for more.
CREATE TABLE lookbacks (
  channel_id INTEGER PRIMARY KEY REFERENCES channels(id) ON DELETE CASCADE,
  uidvalidity INTEGER NOT NULL,
  -- The highest number that was there when reading began: above it is new mail.
  floor INTEGER NOT NULL,
  -- Whether the server has numbered anew since the mailbox was connected.
  renumbered INTEGER NOT NULL DEFAULT 0 CHECK (renumbered IN (0, 1)),
  -- What was asked for: none, days30, year, everything.
  reach TEXT NOT NULL,
  total INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
-- Mailboxes of older versions have been read for 30 days back; they are looked through once more,
-- which finds everything in the ledger already.

-- What a comparison of a mailbox with its ledger found. The numbers are of one UIDVALIDITY:
-- in_mailbox = in_ledger + aliased + outside + (missing - fetched) + waiting.
CREATE TABLE mailbox_checks (
  id INTEGER PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  channel_id INTEGER NOT NULL REFERENCES channels(id) ON DELETE CASCADE,
  -- equal: nothing was missing; fetched: something was and is here now; waiting: the look-back
  -- still runs; unequal: something is missing still; failed: the mailbox could not be asked.
  state TEXT NOT NULL CHECK (state IN ('equal', 'fetched', 'waiting', 'unequal', 'failed')),
  uidvalidity INTEGER NOT NULL DEFAULT 0,
  in_mailbox INTEGER NOT NULL DEFAULT 0,
  in_ledger INTEGER NOT NULL DEFAULT 0,
  aliased INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0,
  outside INTEGER NOT NULL DEFAULT 0,
  waiting INTEGER NOT NULL DEFAULT 0,
  missing INTEGER NOT NULL DEFAULT 0,
  fetched INTEGER NOT NULL DEFAULT 0,
  gone INTEGER NOT NULL DEFAULT 0,
  detail TEXT NOT NULL DEFAULT '',
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL
) STRICT;
CREATE INDEX mailbox_checks_channel ON mailbox_checks (channel_id, id);
