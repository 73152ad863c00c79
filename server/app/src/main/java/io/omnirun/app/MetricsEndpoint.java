package io.omnirun.app;

import io.omnirun.core.MachinePool;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpServer;
import io.omnirun.http.HttpServerConfig;
import io.omnirun.http.HttpStatuses;
import io.omnirun.http.Router;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** {@code GET /metrics} for Prometheus, on a port of its own and without a key. */
final class MetricsEndpoint {
  /** The text format that every Prometheus reads. */
  private static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusMetrics metrics;
  private final SandboxStore sandboxes;
  private final MachinePool pool;

  MetricsEndpoint(PrometheusMetrics metrics, SandboxStore sandboxes, MachinePool pool) {
    this.metrics = metrics;
    this.sandboxes = sandboxes;
    this.pool = pool;
  }

  /** Starts listening. The caller closes the result. */
  HttpServer listen(InetSocketAddress bind) {
    Router router = new Router().add("GET", "/metrics", this::show);
    return HttpServer.start(HttpServerConfig.at(bind.getHostString(), bind.getPort()), router);
  }

  private void show(Exchange exchange) throws IOException {
    byte[] text = metrics.scrape(sandboxes, pool).getBytes(StandardCharsets.UTF_8);
    exchange.stream(HttpStatuses.OK, CONTENT_TYPE, client -> client.write(text));
  }
}
