package io.omnirun.http;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The form of a path: {@code /sandboxes/{id}/commands}. A segment in braces stands for any segment
 * that is not empty. Templates are ordered so that, of two that match one path, the one with the
 * earlier literal comes first.
 */
record PathTemplate(List<String> segments) implements Comparable<PathTemplate> {
  PathTemplate {
    segments = List.copyOf(segments);
  }

  static PathTemplate parse(String text) {
    if (!text.startsWith("/")) {
      throw new IllegalArgumentException("a path template starts with a slash: " + text);
    }
    return new PathTemplate(split(text));
  }

  /** The segments of a path; {@code /} has one, the empty one. */
  static List<String> split(String path) {
    return Arrays.asList(path.substring(1).split("/", -1));
  }

  /** The parameters with their values, still percent-encoded; empty if the path is another. */
  Optional<Map<String, String>> match(List<String> path) {
    if (path.size() != segments.size()) {
      return Optional.empty();
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    for (int i = 0; i < path.size(); i++) {
      String wanted = segments.get(i);
      String actual = path.get(i);
      if (isParameter(wanted) && !actual.isEmpty()) {
        parameters.put(wanted.substring(1, wanted.length() - 1), actual);
      } else if (!wanted.equals(actual)) {
        return Optional.empty();
      }
    }
    return Optional.of(parameters);
  }

  @Override
  public int compareTo(PathTemplate other) {
    for (int i = 0; i < Math.min(segments.size(), other.segments.size()); i++) {
      int order = compareSegments(segments.get(i), other.segments.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(segments.size(), other.segments.size());
  }

  private static int compareSegments(String left, String right) {
    if (isParameter(left) != isParameter(right)) {
      return isParameter(left) ? 1 : -1;
    }
    return left.compareTo(right);
  }

  private static boolean isParameter(String segment) {
    return segment.startsWith("{") && segment.endsWith("}");
  }

  @Override
  public String toString() {
    return "/" + String.join("/", segments);
  }
}
