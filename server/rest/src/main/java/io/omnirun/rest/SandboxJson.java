package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.model.LlmGrant;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.Picodollars;
import io.omnirun.model.Sandbox;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A sandbox as the API shows it. What is not known or not so is absent. */
final class SandboxJson {
  private SandboxJson() {}

  static void write(JsonGenerator json, Sandbox sandbox) throws IOException {
    json.writeStartObject();
    writeFields(json, sandbox);
    json.writeEndObject();
  }

  /** As its creator sees it, once, with the token that opens its ports. */
  static void writeCreated(JsonGenerator json, Sandbox sandbox, Optional<String> trafficToken)
      throws IOException {
    json.writeStartObject();
    writeFields(json, sandbox);
    writeIfThere(json, "trafficToken", trafficToken);
    json.writeEndObject();
  }

  private static void writeFields(JsonGenerator json, Sandbox sandbox) throws IOException {
    json.writeStringField("sandboxID", sandbox.id().value());
    json.writeStringField("templateID", sandbox.template());
    json.writeStringField("state", sandbox.state().text());
    json.writeStringField("startedAt", Timestamps.text(sandbox.startedAt()));
    writeIfThere(json, "endAt", sandbox.endedAt().or(sandbox::deadline).map(Timestamps::text));
    json.writeNumberField("cpuCount", sandbox.size().vcpus());
    json.writeNumberField("memoryMB", sandbox.size().memoryMib());
    writeDisk(json, sandbox);
    writeMachineKind(json, sandbox);
    writeIfThere(json, "name", Optional.ofNullable(sandbox.metadata().get("name")));
    writeMetadata(json, sandbox);
    writeIfTrue(json, "autoPause", sandbox.settings().autoPause());
    writeIfTrue(json, "secure", sandbox.settings().secure());
    writeIfTrue(json, "vaultInject", sandbox.settings().vaultInject());
    writeNetwork(json, sandbox.settings().network());
    if (sandbox.settings().llm().isPresent()) {
      writeLlm(json, sandbox.settings().llm().get());
    }
    writeIfThere(json, "maskRequestHost", sandbox.settings().maskRequestHost());
    writeIfThere(json, "failureReason", sandbox.failureReason());
  }

  private static void writeNetwork(JsonGenerator json, NetworkPolicy policy) throws IOException {
    if (!policy.equals(NetworkPolicy.AIR_GAP)) {
      writeIfTrue(json, "internet", policy.internet());
      json.writeFieldName("network");
      NetworkJson.writePolicy(json, policy);
    }
  }

  private static void writeLlm(JsonGenerator json, LlmGrant grant) throws IOException {
    json.writeObjectFieldStart("llm");
    json.writeArrayFieldStart("models");
    for (String model : grant.models()) {
      json.writeString(model);
    }
    json.writeEndArray();
    if (grant.cap().picodollars().isPresent()) {
      json.writeNumberField("capCents", Picodollars.cents(grant.cap().picodollars().getAsLong()));
    }
    if (grant.cap().tokens().isPresent()) {
      json.writeNumberField("capTokens", grant.cap().tokens().getAsLong());
    }
    json.writeStringField("onCap", grant.onSpent().text());
    json.writeEndObject();
  }

  static void writeMetadata(JsonGenerator json, Sandbox sandbox) throws IOException {
    json.writeObjectFieldStart("metadata");
    for (Map.Entry<String, String> entry : new TreeMap<>(sandbox.metadata()).entrySet()) {
      json.writeStringField(entry.getKey(), entry.getValue());
    }
    json.writeEndObject();
  }

  /** Nothing of a sandbox that was made before it was kept. */
  static void writeDisk(JsonGenerator json, Sandbox sandbox) throws IOException {
    if (sandbox.size().diskMib() > 0) {
      json.writeNumberField("diskMB", sandbox.size().diskMib());
    }
  }

  /** Nothing of a sandbox that was made before it was kept. */
  static void writeMachineKind(JsonGenerator json, Sandbox sandbox) throws IOException {
    writeIfThere(json, "vmm", sandbox.machineKind().map(kind -> kind.vmm().text()));
    writeIfThere(json, "accelerator", sandbox.machineKind().map(kind -> kind.accelerator().text()));
  }

  private static void writeIfTrue(JsonGenerator json, String name, boolean value)
      throws IOException {
    if (value) {
      json.writeBooleanField(name, true);
    }
  }

  static void writeIfThere(JsonGenerator json, String name, Optional<String> value)
      throws IOException {
    if (value.isPresent()) {
      json.writeStringField(name, value.get());
    }
  }
}
