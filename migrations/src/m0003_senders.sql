-- Who really wrote: what the receiving server found out (Authentication-Results), why a machine's
-- mail is not answered, and marketplaces, which stand between a buyer and us.

-- `kontor_mail::authentication::Results` as JSON; empty where no server we trust said anything.
ALTER TABLE messages ADD COLUMN authentication TEXT NOT NULL DEFAULT '' CHECK (authentication = '' OR json_valid(authentication));
-- Why no automatic answer went out: a code for Fluent keys `unanswered-…`; empty where none was due.
ALTER TABLE messages ADD COLUMN unanswered TEXT NOT NULL DEFAULT '';
-- The order whose buyer wrote this, as the marketplace's own thread shows; for this order alone.
ALTER TABLE messages ADD COLUMN shown_order_id INTEGER REFERENCES orders(id) ON DELETE SET NULL;
CREATE INDEX messages_shown_order ON messages (shown_order_id) WHERE shown_order_id IS NOT NULL;

-- A marketplace's conversation: one buyer and one order (Amazon) or item (eBay).
ALTER TABLE conversations ADD COLUMN marketplace TEXT NOT NULL DEFAULT '' CHECK (marketplace IN ('', 'amazon', 'ebay'));
ALTER TABLE conversations ADD COLUMN marketplace_buyer TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN marketplace_ref TEXT NOT NULL DEFAULT '';
-- Until when somebody outside wants a person's answer (a marketplace's clock).
ALTER TABLE conversations ADD COLUMN due_at INTEGER;
CREATE INDEX conversations_marketplace ON conversations (shop_id, marketplace, marketplace_buyer, marketplace_ref) WHERE marketplace <> '';
CREATE INDEX conversations_due ON conversations (due_at) WHERE due_at IS NOT NULL;

-- A quarantined mail that a person let in although its sender could not be shown to be the one.
ALTER TABLE inbound ADD COLUMN released_at INTEGER;
