-- What of the network a sandbox reaches, as a JSON object; NULL: nothing, it has no link.
ALTER TABLE sandbox ADD COLUMN network TEXT;
