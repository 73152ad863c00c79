package io.omnirun.gateway;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** The tokens in a URL's query, beside which the page may have parameters of the same name. */
final class QueryTokens {
  private static final String PARAMETER = "token=";

  /** Each costs a hash. The last of them: {@code accessUrl} has ours behind the page's own. */
  private static final int MAX_TRIED = 4;

  private QueryTokens() {}

  private static List<String> pairs(String query) {
    return List.of(query.split("&", -1));
  }

  /** Whether there is any, right or wrong. */
  static boolean isAnyIn(String query) {
    return pairs(query).stream().anyMatch(pair -> pair.startsWith(PARAMETER));
  }

  /** Those that open something. */
  static Set<String> opening(String query, Predicate<String> opens) {
    List<String> shown =
        pairs(query).stream()
            .filter(pair -> pair.startsWith(PARAMETER))
            .map(pair -> pair.substring(PARAMETER.length()))
            .toList();
    Set<String> opening =
        new LinkedHashSet<>(shown.subList(Math.max(0, shown.size() - MAX_TRIED), shown.size()));
    opening.removeIf(opens.negate());
    return opening;
  }

  /** A query without some tokens; empty if nothing is left. */
  static String without(Set<String> tokens, String query) {
    List<String> rest = new ArrayList<>(pairs(query));
    rest.removeIf(
        pair -> pair.startsWith(PARAMETER) && tokens.contains(pair.substring(PARAMETER.length())));
    return String.join("&", rest);
  }
}
