package io.omnirun.store;

import io.omnirun.model.Scope;
import io.omnirun.model.Scopes;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Sets of scopes as the database keeps them. A name that this version does not know grants nothing.
 */
final class ScopeNames {
  /** Every scope, also those of later versions. */
  private static final String EVERYTHING = "*";

  private static final String SEPARATOR = ",";

  private ScopeNames() {}

  static String write(Scopes scopes) {
    return scopes.later()
        ? EVERYTHING
        : scopes.known().stream().map(Scope::text).sorted().collect(Collectors.joining(SEPARATOR));
  }

  static Scopes read(String names) {
    return names.equals(EVERYTHING)
        ? Scopes.EVERYTHING
        : Scopes.named(
            Stream.of(names.split(SEPARATOR, -1))
                .flatMap(name -> Scope.parse(name).stream())
                .collect(Collectors.toUnmodifiableSet()));
  }
}
