package io.omnirun.store;

import io.omnirun.model.Scope;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Sets of scopes as the database keeps them. A name that this version does not know grants nothing.
 */
final class ScopeNames {
  /** Every scope, also those of later versions. */
  private static final String ALL = "*";

  private static final String SEPARATOR = ",";

  private ScopeNames() {}

  static String write(Set<Scope> scopes) {
    return scopes.containsAll(Scope.all())
        ? ALL
        : scopes.stream().map(Scope::text).sorted().collect(Collectors.joining(SEPARATOR));
  }

  static Set<Scope> read(String names) {
    return names.equals(ALL)
        ? Scope.all()
        : Stream.of(names.split(SEPARATOR, -1))
            .flatMap(name -> Scope.parse(name).stream())
            .collect(Collectors.toUnmodifiableSet());
  }
}
