package io.omnirun.model;

import java.util.Optional;

/**
 * Who does something, and from where.
 *
 * @param actor a person or program, by an id that is no secret
 * @param address the caller's IP address; empty: it comes from the host itself
 */
public record Origin(String actor, Optional<String> address) {
  /** What the server does by itself: deadlines, failures, what a restart finds. */
  public static final Origin SERVER = new Origin("server", Optional.empty());

  /** Somebody with a shell on the host. */
  public static final Origin OPERATOR = new Origin("operator", Optional.empty());

  /** Somebody who has not said who it is. */
  public static Origin anonymous(String address) {
    return new Origin("anonymous", Optional.of(address));
  }
}
