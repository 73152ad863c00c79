package io.omnirun.store;

/** A row to insert into the table {@code api_token}. Public for JDBI's reflection alone. */
public record TokenRow(
    String tokenId, String accountId, String name, String sha256, long createdAtMs) {}
