package io.omnirun.model;

import java.util.EnumSet;
import java.util.Set;

/**
 * What one token may be used for.
 *
 * @param known the scopes of this version
 * @param later whether it also has those that later versions know: only of a token for which nobody
 *     has named any
 */
public record Scopes(Set<Scope> known, boolean later) {
  /** Everything, in later versions too. */
  public static final Scopes EVERYTHING = new Scopes(EnumSet.allOf(Scope.class), true);

  public Scopes {
    known = Set.copyOf(known);
  }

  /** These, and never another, though they be all that there are now. */
  public static Scopes named(Set<Scope> scopes) {
    return new Scopes(scopes, false);
  }

  /** Whether a token with these may do what wants that scope. */
  public boolean allow(Scope wanted) {
    return known.contains(wanted) || (wanted == Scope.READ && known.contains(Scope.SANDBOXES));
  }
}
