package io.omnirun.model;

import java.util.List;

/**
 * A part of a sandbox's egress log.
 *
 * @param entries in the order of their sequence numbers
 * @param more whether there are later ones
 */
public record EgressPage(List<EgressEntry> entries, boolean more, EgressCounters counters) {
  /** Of a sandbox that asked for nothing. */
  public static final EgressPage EMPTY = new EgressPage(List.of(), false, EgressCounters.NONE);

  public EgressPage {
    entries = List.copyOf(entries);
  }
}
