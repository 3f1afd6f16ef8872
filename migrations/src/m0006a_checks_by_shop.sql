-- Removing a shop finds its comparisons by this.
CREATE INDEX mailbox_checks_shop ON mailbox_checks (shop_id);
