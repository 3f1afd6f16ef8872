-- A reply waits for its undo seconds, or for the time a person chose; what was chosen is held when
-- the customer writes meanwhile, until a person says go.
ALTER TABLE outbox ADD COLUMN scheduled INTEGER NOT NULL DEFAULT 0 CHECK (scheduled IN (0, 1));
ALTER TABLE outbox ADD COLUMN held_at INTEGER;
-- The recipient's domain, lower case, and when it was last tried: for the limits per domain.
ALTER TABLE outbox ADD COLUMN domain TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN tried_at INTEGER;
UPDATE outbox SET domain = lower(substr(recipient, instr(recipient, '@') + 1)) WHERE instr(recipient, '@') > 0;
CREATE INDEX outbox_tried ON outbox (tried_at) WHERE tried_at IS NOT NULL;
CREATE INDEX outbox_sending ON outbox (shop_id, domain) WHERE state = 'sending';

-- Addresses that mail came back from, or was refused for. They are written to by people only,
-- until the customer writes from there again.
CREATE TABLE undeliverable (
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  email TEXT NOT NULL COLLATE NOCASE,
  detail TEXT NOT NULL DEFAULT '',
  message_id INTEGER REFERENCES messages(id) ON DELETE SET NULL,
  count INTEGER NOT NULL DEFAULT 1,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (shop_id, email)
) STRICT, WITHOUT ROWID;
CREATE INDEX undeliverable_message ON undeliverable (message_id) WHERE message_id IS NOT NULL;

-- Files that wait in an agent's composer for the reply they go with.
CREATE TABLE draft_files (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  sha256 TEXT NOT NULL REFERENCES blobs(sha256),
  filename TEXT NOT NULL,
  content_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX draft_files_draft ON draft_files (conversation_id, user_id, id);
CREATE INDEX draft_files_shop ON draft_files (shop_id);
CREATE INDEX draft_files_user ON draft_files (user_id);
CREATE INDEX draft_files_blob ON draft_files (sha256);

-- A mailbox's permission by OAuth 2.0: the tokens, sealed to their row. `revoked` wants a person.
CREATE TABLE oauth_grants (
  channel_id INTEGER PRIMARY KEY REFERENCES channels(id) ON DELETE CASCADE,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  sealed BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'ok' CHECK (state IN ('ok', 'revoked')),
  detail TEXT NOT NULL DEFAULT '',
  granted_at INTEGER NOT NULL,
  refreshed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX oauth_grants_shop ON oauth_grants (shop_id);

-- Sign-ins under way: found by the SHA-256 of their `state`, used once, for ten minutes.
CREATE TABLE oauth_requests (
  state_hash BLOB PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  channel_id INTEGER NOT NULL REFERENCES channels(id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  -- The PKCE verifier (RFC 7636), sealed.
  verifier BLOB NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX oauth_requests_shop ON oauth_requests (shop_id);
CREATE INDEX oauth_requests_channel ON oauth_requests (channel_id);
CREATE INDEX oauth_requests_user ON oauth_requests (user_id);

-- The zone an agent works in; empty = the shop's.
ALTER TABLE users ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';
