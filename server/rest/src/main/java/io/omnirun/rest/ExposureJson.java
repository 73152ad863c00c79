package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.core.Exposures.NewExposure;
import io.omnirun.core.PreviewUrls;
import io.omnirun.model.Exposure;
import io.omnirun.model.ExposureStatus;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/** An exposure as the API shows it. What is not known or not so is absent. */
final class ExposureJson {
  private final PreviewUrls urls;

  ExposureJson(PreviewUrls urls) {
    this.urls = urls;
  }

  /** As its creator sees it, once, with the address that opens a private one. */
  void writeCreated(JsonGenerator json, NewExposure created) throws IOException {
    json.writeStartObject();
    writeFields(json, created.exposure());
    SandboxJson.writeIfThere(
        json, "accessUrl", created.token().map(token -> urls.accessUrl(created.exposure(), token)));
    json.writeEndObject();
  }

  void write(JsonGenerator json, Exposure exposure) throws IOException {
    json.writeStartObject();
    writeFields(json, exposure);
    json.writeEndObject();
  }

  /** The sandbox has two names: clients know either. */
  private void writeFields(JsonGenerator json, Exposure exposure) throws IOException {
    json.writeStringField("id", exposure.id().value());
    json.writeStringField("sandboxId", exposure.sandbox().value());
    json.writeStringField("sandboxID", exposure.sandbox().value());
    json.writeStringField("accountId", exposure.account().value());
    json.writeNumberField("port", exposure.port());
    json.writeStringField("hostname", urls.hostname(exposure));
    json.writeStringField("url", urls.url(exposure));
    json.writeStringField("visibility", exposure.visibility().text());
    json.writeStringField("status", exposure.status().text());
    json.writeStringField("createdAt", Timestamps.text(exposure.createdAt()));
    json.writeStringField("expiresAt", Timestamps.text(exposure.expiresAt()));
    writeEnd(json, "revokedAt", exposure, ExposureStatus.REVOKED);
    writeEnd(json, "sandboxStoppedAt", exposure, ExposureStatus.SANDBOX_STOPPED);
    writeTime(json, "lastAccessedAt", exposure.lastAccessedAt());
    json.writeStringField("openPath", exposure.openPath());
    json.writeBooleanField("preserveHost", exposure.preserveHost());
    json.writeStringField("createdBy", exposure.createdBy());
  }

  private static void writeEnd(
      JsonGenerator json, String name, Exposure exposure, ExposureStatus end) throws IOException {
    if (exposure.status() == end) {
      writeTime(json, name, exposure.endedAt());
    }
  }

  private static void writeTime(JsonGenerator json, String name, Optional<Instant> time)
      throws IOException {
    SandboxJson.writeIfThere(json, name, time.map(Timestamps::text));
  }
}
