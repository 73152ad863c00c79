-- What a sandbox may do with language models by a key of its own, as a JSON object; NULL: it has none.
ALTER TABLE sandbox ADD COLUMN llm TEXT;
-- Whether it has used its cap up and that was acted on: 0 or 1.
ALTER TABLE sandbox ADD COLUMN llm_spent INTEGER NOT NULL DEFAULT 0;
