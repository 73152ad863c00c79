package io.omnirun.store;

/** A row to insert into the table {@code api_token}. */
record TokenRow(String tokenId, String accountId, String name, String sha256, long createdAtMs) {}
