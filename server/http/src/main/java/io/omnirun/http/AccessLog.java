package io.omnirun.http;

import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.NanoTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line per answer of the router: no header and no query, for keys and paths of files stand in
 * those.
 */
final class AccessLog implements RequestLog {
  private static final Logger log = LoggerFactory.getLogger("io.omnirun.http.access");

  @Override
  public void log(Request request, Response response) {
    if (log.isInfoEnabled() && !RouteLog.isHosts(request)) {
      log.info(
          "{} {} {} {} B {} ms",
          ShownText.shortened(request.getMethod()),
          ShownText.shortened(String.valueOf(request.getHttpURI().getPath())),
          response.getStatus(),
          Response.getContentBytesWritten(response),
          TimeUnit.NANOSECONDS.toMillis(NanoTime.since(request.getBeginNanoTime())));
    }
  }
}
