package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.core.MetricSample;
import io.omnirun.core.SandboxMetrics;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.Account;
import java.io.IOException;
import java.util.List;

/** {@code GET /sandboxes/{id}/metrics}: what a sandbox uses. */
final class MetricRoutes {
  private final SandboxMetrics metrics;

  MetricRoutes(SandboxMetrics metrics) {
    this.metrics = metrics;
  }

  void list(Exchange exchange, Account account) throws IOException {
    List<MetricSample> samples = metrics.list(account, SandboxIds.inPath(exchange));
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartArray();
          for (MetricSample sample : samples) {
            write(json, sample);
          }
          json.writeEndArray();
        });
  }

  private static void write(JsonGenerator json, MetricSample sample) throws IOException {
    json.writeStartObject();
    json.writeStringField("timestamp", Timestamps.text(sample.at()));
    json.writeNumberField("cpu_used_pct", sample.use().cpuUsedPercent());
    json.writeNumberField("cpu_count", sample.use().cpuCount());
    json.writeNumberField("mem_used", sample.use().memoryUsedBytes());
    json.writeNumberField("mem_total", sample.use().memoryTotalBytes());
    json.writeNumberField("disk_used", sample.use().diskUsedBytes());
    json.writeNumberField("disk_total", sample.use().diskTotalBytes());
    json.writeNumberField("egress_allowed", sample.egress().allowed());
    json.writeNumberField("egress_blocked", sample.egress().blocked());
    json.writeNumberField("egress_bytes_up", sample.egress().bytesUp());
    json.writeNumberField("egress_bytes_down", sample.egress().bytesDown());
    json.writeEndObject();
  }
}
