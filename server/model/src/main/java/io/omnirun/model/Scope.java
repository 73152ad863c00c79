package io.omnirun.model;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What a token may be used for. A token has some of these; one that nobody narrowed has all. */
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

  /** Every scope. */
  public static Set<Scope> all() {
    return EnumSet.allOf(Scope.class);
  }

  /** The scope that callers know by that name, {@code sandboxes} say. */
  public static Optional<Scope> parse(String text) {
    return Arrays.stream(values()).filter(scope -> scope.text().equals(text)).findFirst();
  }

  /** Its name in the API. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether somebody who has {@code held} may do what wants this scope. */
  public boolean isGrantedBy(Set<Scope> held) {
    return held.contains(this) || (this == READ && held.contains(SANDBOXES));
  }
}
