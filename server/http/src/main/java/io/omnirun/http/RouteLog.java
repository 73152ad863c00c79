package io.omnirun.http;

import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;

/** Tells an observer of every answer, by names that callers have no hand in. */
final class RouteLog implements RequestLog {
  private static final String ATTRIBUTE = RouteLog.class.getName();
  private static final String OTHER_METHOD = "OTHER";

  private final RequestObserver observer;

  RouteLog(RequestObserver observer) {
    this.observer = observer;
  }

  /** Notes which route a request has. */
  static void remember(Request request, Router.Route route) {
    request.setAttribute(ATTRIBUTE, route);
  }

  /** Notes that a request was not for the router. */
  static void rememberHost(Request request) {
    request.setAttribute(ATTRIBUTE, ATTRIBUTE);
  }

  /** Whether a request was not for the router: its path is somebody else's. */
  static boolean isHosts(Request request) {
    return request.getAttribute(ATTRIBUTE) instanceof String;
  }

  @Override
  public void log(Request request, Response response) {
    if (request.getAttribute(ATTRIBUTE) instanceof Router.Route route) {
      observer.answered(route.method(), route.template(), response.getStatus());
    } else if (isHosts(request)) {
      observer.answered(OTHER_METHOD, RequestObserver.OTHER_HOST, response.getStatus());
    } else {
      observer.answered(OTHER_METHOD, RequestObserver.NO_ROUTE, response.getStatus());
    }
  }
}
