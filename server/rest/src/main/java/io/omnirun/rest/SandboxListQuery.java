package io.omnirun.rest;

import io.omnirun.http.QueryParameters;
import io.omnirun.model.Sandbox;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What {@code GET /sandboxes} asks for.
 *
 * @param states in one of these; empty: any
 * @param metadata with all of these labels
 * @param limit so many at most; empty: all
 * @param after those behind this place
 */
record SandboxListQuery(
    Set<String> states,
    Map<String, String> metadata,
    OptionalInt limit,
    Optional<PageToken> after) {
  static final int MAX_LIMIT = 1_000;

  /** Those of this version of the API and those that its clients know from others. */
  private static final Set<String> KNOWN_STATES =
      Set.of("creating", "running", "pausing", "paused", "resuming", "killing", "killed", "failed");

  private static final Comparator<Sandbox> OLDEST_FIRST =
      Comparator.comparing(Sandbox::startedAt).thenComparing(sandbox -> sandbox.id().value());

  /** Some sandboxes, and the token of the next page if there is one. */
  record Page(List<Sandbox> sandboxes, Optional<String> nextToken) {}

  static SandboxListQuery parse(QueryParameters query) {
    return new SandboxListQuery(
        states(query.optional("state").orElse("")),
        metadata(query.optional("metadata").orElse("")),
        query.optionalInteger("limit", 1, MAX_LIMIT),
        query.optional("next_token").filter(token -> !token.isEmpty()).map(PageToken::parse));
  }

  private static Set<String> states(String text) {
    Set<String> states = new HashSet<>(Arrays.asList(text.split(",", -1)));
    states.remove("");
    if (!KNOWN_STATES.containsAll(states)) {
      throw InvalidRequest.because(
          "query parameter \"state\" must be of: %s"
              .formatted(String.join(", ", KNOWN_STATES.stream().sorted().toList())));
    }
    return states;
  }

  /** {@code key:value,key:value}; neither can hold a comma, and a key no colon. */
  private static Map<String, String> metadata(String text) {
    Map<String, String> wanted = new HashMap<>();
    for (String pair : text.split(",", -1)) {
      int colon = pair.indexOf(':');
      if (colon > 0) {
        wanted.put(pair.substring(0, colon), pair.substring(colon + 1));
      } else if (!pair.isEmpty()) {
        throw InvalidRequest.because(
            "query parameter \"metadata\" must be of the form key:value,key:value");
      }
    }
    return wanted;
  }

  /** The page of {@code all} that is asked for, oldest first. */
  Page page(List<Sandbox> all) {
    List<Sandbox> wanted = all.stream().filter(this::matches).sorted(OLDEST_FIRST).toList();
    if (limit.isEmpty() || wanted.size() <= limit.getAsInt()) {
      return new Page(wanted, Optional.empty());
    }
    List<Sandbox> page = wanted.subList(0, limit.getAsInt());
    return new Page(page, Optional.of(PageToken.behind(page.getLast()).text()));
  }

  private boolean matches(Sandbox sandbox) {
    return (states.isEmpty() || states.contains(sandbox.state().text()))
        && sandbox.metadata().entrySet().containsAll(metadata.entrySet())
        && after.map(place -> place.isBefore(sandbox)).orElse(true);
  }
}
