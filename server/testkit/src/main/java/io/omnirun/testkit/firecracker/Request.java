package io.omnirun.testkit.firecracker;

import java.util.List;

/**
 * A request to the API.
 *
 * @param path its segments
 */
record Request(String method, List<String> path, byte[] body) {
  Request {
    path = List.copyOf(path);
    body = body.clone();
  }

  @Override
  public byte[] body() {
    return body.clone();
  }

  /** The first segment, or nothing. */
  String resource() {
    return path.isEmpty() ? "" : path.getFirst();
  }

  /** How the table of calls names it: method and path, with the ids left out. */
  String route() {
    boolean hasId = resource().equals("drives") || resource().equals("network-interfaces");
    return method + " " + (hasId ? resource() : String.join("/", path));
  }
}
