package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.model.EgressCounters;
import io.omnirun.model.EgressEntry;
import io.omnirun.model.EgressEvent;
import io.omnirun.model.EgressPage;
import io.omnirun.model.NetworkPolicy;
import java.io.IOException;
import java.net.Inet4Address;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a sandbox reaches of the network and what it tried to, as the API shows it. */
final class NetworkJson {
  private NetworkJson() {}

  /** A policy; lists that are empty are there. */
  static void writePolicy(JsonGenerator json, NetworkPolicy policy) throws IOException {
    json.writeStartObject();
    json.writeBooleanField("internet", policy.internet());
    writeList(json, "allowDomains", policy.allowDomains());
    writeList(json, "denyDomains", policy.denyDomains());
    writeList(json, "allowIPs", policy.allowIps());
    writeList(json, "denyIPs", policy.denyIps());
    json.writeBooleanField("sniProxy", policy.sniProxy());
    json.writeBooleanField("sniProxyLogOnly", policy.sniProxyLogOnly());
    json.writeEndObject();
  }

  private static void writeList(JsonGenerator json, String name, List<?> entries)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (Object entry : entries) {
      json.writeString(entry.toString());
    }
    json.writeEndArray();
  }

  static void writePage(JsonGenerator json, EgressPage page) throws IOException {
    json.writeStartObject();
    json.writeArrayFieldStart("entries");
    for (EgressEntry entry : page.entries()) {
      writeEntry(json, entry);
    }
    json.writeEndArray();
    if (page.more()) {
      json.writeNumberField("next", page.entries().getLast().sequence());
    }
    json.writeObjectFieldStart("total");
    EgressCounters counters = page.counters();
    json.writeNumberField("allowed", counters.allowed());
    json.writeNumberField("blocked", counters.blocked());
    json.writeNumberField("bytesUp", counters.bytesUp());
    json.writeNumberField("bytesDown", counters.bytesDown());
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void writeEntry(JsonGenerator json, EgressEntry entry) throws IOException {
    EgressEvent event = entry.event();
    json.writeStartObject();
    json.writeNumberField("seq", entry.sequence());
    json.writeStringField("at", Timestamps.text(entry.at()));
    json.writeStringField("kind", spelled(event.kind()));
    SandboxJson.writeIfThere(json, "protocol", event.protocol());
    SandboxJson.writeIfThere(json, "name", event.name());
    SandboxJson.writeIfThere(json, "address", event.address().map(Inet4Address::getHostAddress));
    json.writeNumberField("port", event.port());
    json.writeStringField("verdict", spelled(event.outcome()));
    json.writeStringField("reason", spelled(event.reason()));
    Optional<EgressEntry.Transfer> transfer = entry.transfer();
    if (transfer.isPresent()) {
      json.writeNumberField("bytesUp", transfer.get().bytesUp());
      json.writeNumberField("bytesDown", transfer.get().bytesDown());
    }
    json.writeEndObject();
  }

  private static String spelled(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
