package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds the handler of a request by method and path. Where two templates match, a literal segment
 * wins over a parameter: {@code /sandboxes/history} over {@code /sandboxes/{id}}. Routes are added
 * before the server starts; from then on it is only read.
 */
public final class Router {
  /** No route with its parameters comes near; what is longer cannot be one. */
  static final int MAX_PATH_LENGTH = 2_048;

  private static final String GET = "GET";
  private static final String HEAD = "HEAD";
  private static final String OPTIONS = "OPTIONS";

  /** A method and the template of its path, as it was added. */
  public record Route(String method, String template) {}

  private record Found(
      String template, Map<String, RouteHandler> handlers, Map<String, String> parameters) {}

  /** By the number of segments first: every request looks through those of one number. */
  private final Map<Integer, TreeMap<PathTemplate, Map<String, RouteHandler>>> handlersBySize =
      new TreeMap<>();

  /**
   * Adds a route. HEAD comes with GET, and OPTIONS by itself.
   *
   * @throws IllegalArgumentException if the route is there already
   */
  public Router add(String method, String template, RouteHandler handler) {
    PathTemplate parsed = PathTemplate.parse(template);
    Map<String, RouteHandler> handlers =
        handlersBySize
            .computeIfAbsent(parsed.segments().size(), size -> new TreeMap<>())
            .computeIfAbsent(parsed, first -> new LinkedHashMap<>());
    if (handlers.putIfAbsent(method, handler) != null) {
      throw new IllegalArgumentException("there are two routes " + method + " " + template);
    }
    return this;
  }

  /** Every route that was added. */
  public List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    for (TreeMap<PathTemplate, Map<String, RouteHandler>> ofSize : handlersBySize.values()) {
      ofSize.forEach(
          (template, handlers) ->
              handlers
                  .keySet()
                  .forEach(method -> routes.add(new Route(method, template.toString()))));
    }
    return routes;
  }

  /**
   * Lets the request's route answer.
   *
   * @throws OmniRunException ROUTE_NOT_FOUND, or METHOD_NOT_ALLOWED with the header Allow set
   */
  void dispatch(Exchange exchange) throws IOException {
    Found found = find(exchange.path()).orElseThrow(() -> notFound(exchange));
    String method = exchange.method();
    RouteHandler handler = found.handlers().get(method.equals(HEAD) ? GET : method);
    if (handler != null) {
      exchange.useRoute(
          new Route(method.equals(HEAD) ? GET : method, found.template()), found.parameters());
      handler.handle(exchange);
      return;
    }
    exchange.setHeader("Allow", allowed(found.handlers()));
    if (!method.equals(OPTIONS)) {
      throw new OmniRunException(
          ErrorCode.METHOD_NOT_ALLOWED,
          "this route takes %s only".formatted(allowed(found.handlers())));
    }
    exchange.empty(HttpStatuses.NO_CONTENT);
  }

  private Optional<Found> find(String path) {
    if (!path.startsWith("/") || path.length() > MAX_PATH_LENGTH) {
      return Optional.empty();
    }
    List<String> segments = PathTemplate.split(path);
    TreeMap<PathTemplate, Map<String, RouteHandler>> ofSize = handlersBySize.get(segments.size());
    if (ofSize == null) {
      return Optional.empty();
    }
    for (Map.Entry<PathTemplate, Map<String, RouteHandler>> entry : ofSize.entrySet()) {
      PathTemplate template = entry.getKey();
      if (template.matches(segments)) {
        return Optional.of(
            new Found(template.toString(), entry.getValue(), template.parameters(segments)));
      }
    }
    return Optional.empty();
  }

  private static OmniRunException notFound(Exchange exchange) {
    return new OmniRunException(
        ErrorCode.ROUTE_NOT_FOUND,
        "there is no route %s; check the path, the API lives at the root"
            .formatted(ShownText.shortened(exchange.path())));
  }

  private static String allowed(Map<String, RouteHandler> handlers) {
    TreeSet<String> methods = new TreeSet<>(handlers.keySet());
    if (methods.contains(GET)) {
      methods.add(HEAD);
    }
    methods.add(OPTIONS);
    return String.join(", ", methods);
  }
}
