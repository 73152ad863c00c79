package io.omnirun.http;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

  /** Whether the path has this form. */
  boolean matches(List<String> path) {
    if (path.size() != segments.size()) {
      return false;
    }
    for (int i = 0; i < path.size(); i++) {
      String wanted = segments.get(i);
      boolean fits = isParameter(wanted) ? !path.get(i).isEmpty() : wanted.equals(path.get(i));
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  /** The parameters of a path that matches, with their values, still percent-encoded. */
  Map<String, String> parameters(List<String> path) {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (int i = 0; i < path.size(); i++) {
      String name = segments.get(i);
      if (isParameter(name)) {
        parameters.put(name.substring(1, name.length() - 1), path.get(i));
      }
    }
    return parameters;
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
