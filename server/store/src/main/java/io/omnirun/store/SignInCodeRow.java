package io.omnirun.store;

import io.omnirun.core.ports.SignInStore.Code;

/** A row to insert into the table {@code sign_in_code}. Public for JDBI's reflection alone. */
public record SignInCodeRow(
    String email,
    String codeHmac,
    String linkSha256,
    int triesLeft,
    long createdAtMs,
    long expiresAtMs) {
  static SignInCodeRow of(Code code, int tries) {
    return new SignInCodeRow(
        code.email().value(),
        code.codeHmac(),
        code.linkSha256(),
        tries,
        code.createdAt().toEpochMilli(),
        code.expiresAt().toEpochMilli());
  }
}
