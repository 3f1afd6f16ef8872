-- Search over all mail text. The index says where a word stands (who wrote, to whom, subject, body,
-- names of files, keys of orders and parcels), and what the message is, as marks that nobody can
-- type (`kontor_text::search::marks`), so that a filter is a term of the query and no join.
-- No prefix index: it more than doubled both the size (421 to 964 bytes a message) and the work of
-- indexing; beginnings of words are looked up in the vocabulary instead.
-- Rows are written by `conversations::search::indexing`, in the order of messages, so the newest
-- row says how far the index has come: after this migration all messages are indexed anew, behind
-- the pages.
DROP TABLE messages_fts;
CREATE VIRTUAL TABLE messages_fts USING fts5(
  sender, recipients, subject, body, files, refs, marks,
  content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 2"
);
CREATE VIRTUAL TABLE messages_fts_words USING fts5vocab(messages_fts, instance);

-- No code path can leave words of a message behind that is gone.
CREATE TRIGGER messages_search_delete AFTER DELETE ON messages BEGIN
  DELETE FROM messages_fts WHERE rowid = OLD.id;
END;

-- To whom a message went (To and CC without our own), for search: one address a line.
ALTER TABLE messages ADD COLUMN recipients TEXT NOT NULL DEFAULT '';
