package io.omnirun.model;

/**
 * Whose use of language models is bounded: all of an account's, or what one of its tokens or
 * sandboxes uses up.
 *
 * @param text its name in the database
 */
public record LlmSubject(String text) {
  /** The account as a whole. */
  public static final LlmSubject ACCOUNT = new LlmSubject("account");

  public static LlmSubject of(TokenId token) {
    return new LlmSubject("token:" + token.value());
  }

  public static LlmSubject of(SandboxId sandbox) {
    return new LlmSubject("sandbox:" + sandbox.value());
  }

  /** What people call it. */
  public String shown() {
    return text.equals(ACCOUNT.text)
        ? "your account"
        : "this " + text.substring(0, text.indexOf(':'));
  }
}
