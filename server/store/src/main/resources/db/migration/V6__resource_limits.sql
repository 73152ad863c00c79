-- How much of a host an account's sandboxes may have together.
ALTER TABLE account ADD COLUMN max_vcpus INTEGER NOT NULL DEFAULT 64;
ALTER TABLE account ADD COLUMN max_memory_mib INTEGER NOT NULL DEFAULT 131072;
ALTER TABLE account ADD COLUMN max_disk_mib INTEGER NOT NULL DEFAULT 1048576;

-- The size of the writable disk; those that were made before it was kept count for nothing.
ALTER TABLE sandbox ADD COLUMN disk_mib INTEGER NOT NULL DEFAULT 0;

-- What each token of an account may send in the long run.
ALTER TABLE account ADD COLUMN requests_per_second INTEGER NOT NULL DEFAULT 100;
