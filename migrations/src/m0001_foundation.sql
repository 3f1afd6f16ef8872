-- Conventions: every table is STRICT; times are unix milliseconds (UTC); money is in minor units
-- beside its ISO 4217 currency; `public_id` is what addresses show (UUIDv7), `id` never leaves the
-- server. Every row that belongs to a shop says so, and goes when the shop goes.

CREATE TABLE shops (
  id INTEGER PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE CHECK (slug <> '' AND slug NOT GLOB '*[^a-z0-9-]*'),
  name TEXT NOT NULL,
  language TEXT NOT NULL DEFAULT 'en',
  country TEXT NOT NULL DEFAULT '',
  currency TEXT NOT NULL DEFAULT 'EUR',
  time_zone TEXT NOT NULL DEFAULT 'UTC',
  website TEXT NOT NULL DEFAULT '',
  hue INTEGER NOT NULL DEFAULT 210 CHECK (hue BETWEEN 0 AND 360),
  is_sample INTEGER NOT NULL DEFAULT 0 CHECK (is_sample IN (0, 1)),
  created_at INTEGER NOT NULL
) STRICT;

-- Settings of a shop; shop_id 0 would be the installation's, which live in `installation`.
CREATE TABLE settings (
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL CHECK (json_valid(value)),
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (shop_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE installation (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

-- People who work here. A person may work for several shops of the same merchant.
CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL UNIQUE COLLATE NOCASE,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'agent')),
  language TEXT NOT NULL DEFAULT 'en',
  theme TEXT NOT NULL DEFAULT 'auto' CHECK (theme IN ('auto', 'light', 'dark')),
  sample_shop_id INTEGER REFERENCES shops(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  disabled_at INTEGER
) STRICT;

CREATE TABLE memberships (
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  PRIMARY KEY (user_id, shop_id)
) STRICT, WITHOUT ROWID;

-- Sessions of agents and of shoppers; only the SHA-256 of the cookie is kept.
CREATE TABLE sessions (
  token_hash BLOB PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('agent', 'shopper')),
  user_id INTEGER REFERENCES users(id) ON DELETE CASCADE,
  shop_id INTEGER REFERENCES shops(id) ON DELETE CASCADE,
  email TEXT,
  ip TEXT NOT NULL DEFAULT '',
  user_agent TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  CHECK ((kind = 'agent') = (user_id IS NOT NULL)),
  CHECK ((kind = 'shopper') = (email IS NOT NULL AND shop_id IS NOT NULL))
) STRICT;
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_user ON sessions (user_id) WHERE user_id IS NOT NULL;

-- Codes mailed to shoppers: hashed, single use, limited.
CREATE TABLE portal_codes (
  id INTEGER PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  email TEXT NOT NULL COLLATE NOCASE,
  request_token_hash BLOB NOT NULL UNIQUE,
  code_hash BLOB NOT NULL,
  link_hash BLOB NOT NULL UNIQUE,
  attempts INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE INDEX portal_codes_email ON portal_codes (shop_id, email, created_at);

CREATE TABLE customers (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  name TEXT NOT NULL DEFAULT '',
  language TEXT,
  country TEXT NOT NULL DEFAULT '',
  vip INTEGER NOT NULL DEFAULT 0 CHECK (vip IN (0, 1)),
  note TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX customers_shop ON customers (shop_id);

CREATE TABLE identities (
  id INTEGER PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  customer_id INTEGER NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('email', 'phone')),
  value TEXT NOT NULL,
  verified_at INTEGER,
  UNIQUE (shop_id, kind, value)
) STRICT;
CREATE INDEX identities_customer ON identities (customer_id);

-- Where messages come in and go out: a mailbox, the portal, the contact form.
CREATE TABLE channels (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('email', 'portal', 'form')),
  name TEXT NOT NULL,
  address TEXT NOT NULL DEFAULT '',
  settings TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings)),
  secrets BLOB,
  enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  state TEXT NOT NULL DEFAULT 'off' CHECK (state IN ('off', 'connecting', 'ok', 'error')),
  state_detail TEXT NOT NULL DEFAULT '',
  state_at INTEGER NOT NULL DEFAULT 0,
  cursor TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(cursor)),
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX channels_shop ON channels (shop_id, kind);

-- Files by their content, under data/blobs/.
CREATE TABLE blobs (
  sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  size INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE conversations (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  customer_id INTEGER NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  channel_id INTEGER REFERENCES channels(id) ON DELETE SET NULL,
  order_id INTEGER REFERENCES orders(id) ON DELETE SET NULL,
  subject TEXT NOT NULL DEFAULT '',
  preview TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'snoozed', 'closed')),
  -- 0 normal, 1 high, 2 urgent: an upset customer goes on top of the list.
  priority INTEGER NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 2),
  assignee_id INTEGER REFERENCES users(id) ON DELETE SET NULL,
  -- What is ready for a person: nothing, a draft to check, or a conversation handed over.
  needs TEXT NOT NULL DEFAULT 'none' CHECK (needs IN ('none', 'draft', 'person')),
  language TEXT NOT NULL DEFAULT 'en',
  intent TEXT NOT NULL DEFAULT '',
  sentiment TEXT NOT NULL DEFAULT 'neutral',
  reply_token TEXT NOT NULL UNIQUE,
  message_count INTEGER NOT NULL DEFAULT 0,
  waiting_since INTEGER,
  snoozed_until INTEGER,
  last_message_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  closed_at INTEGER,
  CHECK ((status = 'snoozed') = (snoozed_until IS NOT NULL))
) STRICT;
-- The lists: one index per fixed view, read by key, never counted on a page view.
CREATE INDEX conversations_list ON conversations (shop_id, status, priority DESC, last_message_at DESC, id DESC);
CREATE INDEX conversations_mine ON conversations (shop_id, assignee_id, status, priority DESC, last_message_at DESC, id DESC);
CREATE INDEX conversations_needs ON conversations (shop_id, needs, status, priority DESC, last_message_at DESC, id DESC) WHERE needs <> 'none';
CREATE INDEX conversations_customer ON conversations (customer_id, last_message_at DESC);
CREATE INDEX conversations_snoozed ON conversations (snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX conversations_order ON conversations (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX conversations_channel ON conversations (channel_id);

-- Who may write in a conversation besides its customer (seen in To, CC or as a later sender).
CREATE TABLE participants (
  conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  email TEXT NOT NULL COLLATE NOCASE,
  -- customer: who the conversation is with; copied: stood in CC; joined: wrote in later.
  role TEXT NOT NULL CHECK (role IN ('customer', 'copied', 'joined')),
  PRIMARY KEY (conversation_id, email)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  channel_id INTEGER REFERENCES channels(id) ON DELETE SET NULL,
  kind TEXT NOT NULL CHECK (kind IN ('inbound', 'outbound', 'note', 'event')),
  author TEXT NOT NULL CHECK (author IN ('customer', 'agent', 'assistant', 'system')),
  user_id INTEGER REFERENCES users(id) ON DELETE SET NULL,
  sender TEXT NOT NULL DEFAULT '',
  sender_name TEXT NOT NULL DEFAULT '',
  subject TEXT NOT NULL DEFAULT '',
  -- The text the person wrote; what they quoted and their signature are kept apart and folded.
  body TEXT NOT NULL DEFAULT '',
  quoted TEXT NOT NULL DEFAULT '',
  html TEXT,
  language TEXT NOT NULL DEFAULT '',
  -- message, auto_reply, bounce, complaint, list: machines are shown, never answered.
  mail_kind TEXT NOT NULL DEFAULT 'message' CHECK (mail_kind IN ('message', 'auto_reply', 'bounce', 'complaint', 'list')),
  intent TEXT NOT NULL DEFAULT '',
  sentiment TEXT NOT NULL DEFAULT '',
  message_id TEXT,
  in_reply_to TEXT,
  -- Where an outbound message stands; the outbox row has the details.
  delivery TEXT CHECK (delivery IN ('queued', 'sending', 'sent', 'failed', 'bounced', 'unknown', 'cancelled')),
  delivery_detail TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_conversation ON messages (conversation_id, id);
CREATE INDEX messages_shop ON messages (shop_id, id);

-- Every Message-ID seen or made, so that replies find their conversation. The same id may come in
-- twice with different contents (a copy, or an attack): the oldest row wins.
CREATE TABLE message_ids (
  id INTEGER PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  mail_id TEXT NOT NULL,
  message_id INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
  conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE
) STRICT;
CREATE INDEX message_ids_lookup ON message_ids (shop_id, mail_id);
CREATE INDEX message_ids_message ON message_ids (message_id);
CREATE INDEX message_ids_conversation ON message_ids (conversation_id);

CREATE TABLE attachments (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  message_id INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
  sha256 TEXT NOT NULL REFERENCES blobs(sha256),
  filename TEXT NOT NULL,
  content_type TEXT NOT NULL,
  content_id TEXT,
  inline INTEGER NOT NULL DEFAULT 0 CHECK (inline IN (0, 1)),
  size INTEGER NOT NULL
) STRICT;
CREATE INDEX attachments_message ON attachments (message_id);

-- The ledger: what arrived, raw, before anything looked at it.
CREATE TABLE inbound (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  channel_id INTEGER NOT NULL REFERENCES channels(id) ON DELETE CASCADE,
  external_id TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  size INTEGER NOT NULL,
  -- Small mails lie in their row, larger ones in a blob.
  raw BLOB,
  sha256 TEXT,
  state TEXT NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'filed', 'quarantined', 'ignored')),
  reason TEXT NOT NULL DEFAULT '',
  message_id INTEGER REFERENCES messages(id) ON DELETE SET NULL,
  conversation_id INTEGER REFERENCES conversations(id) ON DELETE SET NULL,
  UNIQUE (channel_id, external_id),
  CHECK ((raw IS NULL) <> (sha256 IS NULL))
) STRICT;
CREATE INDEX inbound_shop ON inbound (shop_id, id);
CREATE INDEX inbound_state ON inbound (shop_id, state, id);
CREATE INDEX inbound_message ON inbound (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX inbound_conversation ON inbound (conversation_id) WHERE conversation_id IS NOT NULL;

-- The one way out.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  channel_id INTEGER REFERENCES channels(id) ON DELETE CASCADE,
  -- NULL for mails that belong to no conversation (a sign-in code, an invitation).
  message_id INTEGER UNIQUE REFERENCES messages(id) ON DELETE CASCADE,
  conversation_id INTEGER REFERENCES conversations(id) ON DELETE CASCADE,
  recipient TEXT NOT NULL,
  -- What to send, as JSON (`channels::outbox::Envelope`); composed to MIME when it goes out.
  envelope TEXT NOT NULL CHECK (json_valid(envelope)),
  mail_id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'cancelled')),
  not_before INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  claimed_at INTEGER,
  sent_at INTEGER
) STRICT;
CREATE INDEX outbox_due ON outbox (not_before, id) WHERE state = 'queued';
CREATE INDEX outbox_state ON outbox (shop_id, state, id);
CREATE INDEX outbox_conversation ON outbox (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX outbox_channel ON outbox (channel_id);

-- Work to do. A job is claimed, done in the transaction that holds its effect, retried with
-- back-off, and ends as a dead letter that a person sees.
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
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
CREATE INDEX jobs_due ON jobs (priority, run_at, id) WHERE state = 'ready';
CREATE INDEX jobs_running ON jobs (claimed_at) WHERE state = 'running';
CREATE INDEX jobs_dead ON jobs (id) WHERE state = 'dead';
CREATE UNIQUE INDEX jobs_unique ON jobs (kind, unique_key) WHERE unique_key IS NOT NULL AND state = 'ready';
CREATE INDEX jobs_shop ON jobs (shop_id);

-- What happened, for screens (SSE), the thread's margin notes, reports.
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  conversation_id INTEGER REFERENCES conversations(id) ON DELETE CASCADE,
  user_id INTEGER REFERENCES users(id) ON DELETE SET NULL,
  payload TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(payload)),
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX events_shop ON events (shop_id, id);
CREATE INDEX events_conversation ON events (conversation_id, id) WHERE conversation_id IS NOT NULL;

CREATE TABLE tags (
  id INTEGER PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  name TEXT NOT NULL COLLATE NOCASE,
  UNIQUE (shop_id, name)
) STRICT;
CREATE TABLE conversation_tags (
  conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  tag_id INTEGER NOT NULL REFERENCES tags(id) ON DELETE CASCADE,
  PRIMARY KEY (conversation_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_tags_tag ON conversation_tags (tag_id, conversation_id);

-- Counts of the fixed views, kept by `conversations::counts` with every change.
-- view: open, unassigned, draft, person, snoozed, closed, mine (then user_id says whose), else 0.
CREATE TABLE view_counts (
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  view TEXT NOT NULL,
  user_id INTEGER NOT NULL DEFAULT 0,
  n INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (shop_id, view, user_id)
) STRICT, WITHOUT ROWID;

-- What an agent is typing (user_id), or what the assistant proposes (user_id 0).
CREATE TABLE drafts (
  conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL DEFAULT 0,
  kind TEXT NOT NULL DEFAULT 'reply' CHECK (kind IN ('reply', 'note')),
  body TEXT NOT NULL,
  run_id INTEGER REFERENCES assistant_runs(id) ON DELETE SET NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (conversation_id, user_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  platform TEXT NOT NULL,
  number TEXT NOT NULL,
  -- `kontor_text::refs::order_key` of the number: how people write it in a message.
  number_key TEXT NOT NULL,
  placed_at INTEGER NOT NULL,
  customer_name TEXT NOT NULL DEFAULT '',
  email TEXT NOT NULL DEFAULT '' COLLATE NOCASE,
  phone TEXT NOT NULL DEFAULT '',
  country TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL CHECK (status IN ('pending', 'paid', 'shipped', 'delivered', 'cancelled', 'refunded')),
  currency TEXT NOT NULL,
  total_minor INTEGER NOT NULL,
  shipping_address TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL DEFAULT '',
  updated_at INTEGER NOT NULL,
  UNIQUE (shop_id, platform, number)
) STRICT;
CREATE INDEX orders_email ON orders (shop_id, email, placed_at DESC);
CREATE INDEX orders_phone ON orders (shop_id, phone) WHERE phone <> '';
CREATE INDEX orders_key ON orders (shop_id, number_key);
CREATE INDEX orders_placed ON orders (shop_id, placed_at DESC, id DESC);

CREATE TABLE order_lines (
  id INTEGER PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  order_id INTEGER NOT NULL REFERENCES orders(id) ON DELETE CASCADE,
  sku TEXT NOT NULL,
  title TEXT NOT NULL,
  variant TEXT NOT NULL DEFAULT '',
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  unit_price_minor INTEGER NOT NULL,
  UNIQUE (order_id, sku, variant)
) STRICT;

CREATE TABLE shipments (
  id INTEGER PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  order_id INTEGER NOT NULL REFERENCES orders(id) ON DELETE CASCADE,
  carrier TEXT NOT NULL,
  tracking_number TEXT NOT NULL,
  tracking_url TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL CHECK (status IN ('label_created', 'in_transit', 'out_for_delivery', 'delivered', 'exception', 'returned')),
  shipped_at INTEGER,
  expected_at INTEGER,
  delivered_at INTEGER,
  UNIQUE (order_id, tracking_number)
) STRICT;
CREATE INDEX shipments_tracking ON shipments (shop_id, tracking_number);

CREATE TABLE shipment_events (
  id INTEGER PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  shipment_id INTEGER NOT NULL REFERENCES shipments(id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  status TEXT NOT NULL,
  place TEXT NOT NULL DEFAULT '',
  UNIQUE (shipment_id, at, status)
) STRICT;

CREATE TABLE refunds (
  id INTEGER PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  order_id INTEGER NOT NULL REFERENCES orders(id) ON DELETE CASCADE,
  amount_minor INTEGER NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL CHECK (state IN ('pending', 'paid', 'failed')),
  created_at INTEGER NOT NULL,
  paid_at INTEGER
) STRICT;
CREATE INDEX refunds_order ON refunds (order_id);

CREATE TABLE returns (
  id INTEGER PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  order_id INTEGER NOT NULL REFERENCES orders(id) ON DELETE CASCADE,
  -- The RMA number a customer writes on the parcel.
  rma TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('requested', 'approved', 'refused', 'in_transit', 'received', 'refunded', 'closed')),
  reason TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (shop_id, rma)
) STRICT;
CREATE INDEX returns_order ON returns (order_id);

CREATE TABLE products (
  id INTEGER PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  sku TEXT NOT NULL,
  title TEXT NOT NULL,
  variants TEXT NOT NULL DEFAULT '',
  price_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  stock INTEGER,
  category TEXT NOT NULL DEFAULT '',
  final_sale INTEGER NOT NULL DEFAULT 0 CHECK (final_sale IN (0, 1)),
  UNIQUE (shop_id, sku)
) STRICT;

-- An article is one matter; each language has its own text of it.
CREATE TABLE articles (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  slug TEXT NOT NULL,
  category TEXT NOT NULL DEFAULT '',
  position INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  UNIQUE (shop_id, slug)
) STRICT;
CREATE TABLE article_texts (
  id INTEGER PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  language TEXT NOT NULL,
  title TEXT NOT NULL,
  category TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published')),
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL,
  UNIQUE (article_id, language)
) STRICT;
CREATE INDEX article_texts_shop ON article_texts (shop_id, language, status);

-- Passages of published articles, for search and for quoting.
CREATE TABLE passages (
  id INTEGER PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  article_text_id INTEGER NOT NULL REFERENCES article_texts(id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  heading TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL,
  -- 384 i8 of the normalised embedding, NULL until it is computed.
  embedding BLOB,
  UNIQUE (article_text_id, ordinal)
) STRICT;
CREATE INDEX passages_shop ON passages (shop_id);

-- What the assistant made of a message; can be opened from it.
CREATE TABLE assistant_runs (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  shop_id INTEGER NOT NULL REFERENCES shops(id) ON DELETE CASCADE,
  conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  message_id INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
  answer_id INTEGER REFERENCES messages(id) ON DELETE SET NULL,
  action TEXT NOT NULL CHECK (action IN ('answer', 'draft', 'handover', 'refuse_identity', 'none')),
  intent TEXT NOT NULL,
  score REAL NOT NULL,
  -- Everything else about the run (`assistant::run::Trace`).
  trace TEXT NOT NULL CHECK (json_valid(trace)),
  ms INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (message_id)
) STRICT;
CREATE INDEX assistant_runs_conversation ON assistant_runs (conversation_id);
CREATE INDEX assistant_runs_shop ON assistant_runs (shop_id, id);
CREATE INDEX assistant_runs_answer ON assistant_runs (answer_id) WHERE answer_id IS NOT NULL;

-- Full-text search. Contentless: what is indexed (`kontor_text::search::index_text`) differs from
-- what is stored. rowid = messages.id / passages.id; kept by the code that writes those rows.
CREATE VIRTUAL TABLE messages_fts USING fts5(
  words, refs, content='', contentless_delete=1, prefix='2 3',
  tokenize="unicode61 remove_diacritics 2"
);
CREATE VIRTUAL TABLE passages_fts USING fts5(
  words, content='', contentless_delete=1, prefix='2 3',
  tokenize="unicode61 remove_diacritics 2"
);

-- The counts of the fixed views follow every change by trigger, so no code path can forget them.
-- `conversations::counts::rebuild` makes them anew; a test proves both equal.
CREATE TRIGGER conversations_count_insert AFTER INSERT ON conversations BEGIN
  INSERT INTO view_counts (shop_id, view, user_id, n)
  SELECT NEW.shop_id, v.view, v.user_id, 1 FROM (
    SELECT 'open' AS view, 0 AS user_id WHERE NEW.status = 'open'
    UNION ALL SELECT 'unassigned', 0 WHERE NEW.status = 'open' AND NEW.assignee_id IS NULL
    UNION ALL SELECT 'mine', NEW.assignee_id WHERE NEW.status = 'open' AND NEW.assignee_id IS NOT NULL
    UNION ALL SELECT 'draft', 0 WHERE NEW.status = 'open' AND NEW.needs = 'draft'
    UNION ALL SELECT 'person', 0 WHERE NEW.status = 'open' AND NEW.needs = 'person'
    UNION ALL SELECT 'snoozed', 0 WHERE NEW.status = 'snoozed'
    UNION ALL SELECT 'closed', 0 WHERE NEW.status = 'closed'
  ) v WHERE true
  ON CONFLICT (shop_id, view, user_id) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER conversations_count_delete AFTER DELETE ON conversations BEGIN
  UPDATE view_counts SET n = n - 1 WHERE shop_id = OLD.shop_id AND (
    (view = 'open' AND OLD.status = 'open')
    OR (view = 'unassigned' AND OLD.status = 'open' AND OLD.assignee_id IS NULL)
    OR (view = 'mine' AND OLD.status = 'open' AND user_id = OLD.assignee_id)
    OR (view = 'draft' AND OLD.status = 'open' AND OLD.needs = 'draft')
    OR (view = 'person' AND OLD.status = 'open' AND OLD.needs = 'person')
    OR (view = 'snoozed' AND OLD.status = 'snoozed')
    OR (view = 'closed' AND OLD.status = 'closed'));
END;
CREATE TRIGGER conversations_count_update AFTER UPDATE OF status, assignee_id, needs ON conversations
WHEN NEW.status IS NOT OLD.status OR NEW.assignee_id IS NOT OLD.assignee_id OR NEW.needs IS NOT OLD.needs BEGIN
  UPDATE view_counts SET n = n - 1 WHERE shop_id = OLD.shop_id AND (
    (view = 'open' AND OLD.status = 'open')
    OR (view = 'unassigned' AND OLD.status = 'open' AND OLD.assignee_id IS NULL)
    OR (view = 'mine' AND OLD.status = 'open' AND user_id = OLD.assignee_id)
    OR (view = 'draft' AND OLD.status = 'open' AND OLD.needs = 'draft')
    OR (view = 'person' AND OLD.status = 'open' AND OLD.needs = 'person')
    OR (view = 'snoozed' AND OLD.status = 'snoozed')
    OR (view = 'closed' AND OLD.status = 'closed'));
  INSERT INTO view_counts (shop_id, view, user_id, n)
  SELECT NEW.shop_id, v.view, v.user_id, 1 FROM (
    SELECT 'open' AS view, 0 AS user_id WHERE NEW.status = 'open'
    UNION ALL SELECT 'unassigned', 0 WHERE NEW.status = 'open' AND NEW.assignee_id IS NULL
    UNION ALL SELECT 'mine', NEW.assignee_id WHERE NEW.status = 'open' AND NEW.assignee_id IS NOT NULL
    UNION ALL SELECT 'draft', 0 WHERE NEW.status = 'open' AND NEW.needs = 'draft'
    UNION ALL SELECT 'person', 0 WHERE NEW.status = 'open' AND NEW.needs = 'person'
    UNION ALL SELECT 'snoozed', 0 WHERE NEW.status = 'snoozed'
    UNION ALL SELECT 'closed', 0 WHERE NEW.status = 'closed'
  ) v WHERE true
  ON CONFLICT (shop_id, view, user_id) DO UPDATE SET n = n + 1;
END;
