package io.omnirun.model;

import java.util.Map;
import java.util.Optional;

/**
 * What every process of a sandbox finds in its environment.
 *
 * @param variables as template and creator have them
 * @param credentials of the owner's vault, which win over the variables; empty: none were asked for
 */
public record GuestEnvironment(
    Map<String, String> variables, Optional<Map<String, String>> credentials) {
  /** Nothing at all. */
  public static final GuestEnvironment EMPTY = new GuestEnvironment(Map.of(), Optional.empty());

  public GuestEnvironment {
    variables = Map.copyOf(variables);
    credentials = credentials.map(Map::copyOf);
  }

  /** Leaves all of it out: it may be secret. */
  @Override
  public String toString() {
    return "GuestEnvironment[]";
  }
}
