package io.omnirun.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A part of what tokens are used for; a token has {@link Scopes}. */
public enum Scope {
  /** Look at everything of the account but secrets; change nothing. */
  READ,
  /** Make, use, change and end sandboxes and what belongs to them; {@link #READ} comes with it. */
  SANDBOXES,
  /** Use the vault. */
  VAULT,
  /** Call language models. */
  LLM,
  /**
   * Manage the account itself: its tokens and its second factor. With an administrator's account
   * also what only administrators see.
   */
  ADMIN;

  /** The scope that callers know by that name, {@code sandboxes} say. */
  public static Optional<Scope> parse(String text) {
    return Arrays.stream(values()).filter(scope -> scope.text().equals(text)).findFirst();
  }

  /** Its name in the API. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
