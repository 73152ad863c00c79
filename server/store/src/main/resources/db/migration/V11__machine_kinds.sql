-- What the machine of a sandbox runs on, as the API spells it; NULL: made before this was kept.
ALTER TABLE sandbox ADD COLUMN vmm TEXT;
ALTER TABLE sandbox ADD COLUMN accelerator TEXT;
