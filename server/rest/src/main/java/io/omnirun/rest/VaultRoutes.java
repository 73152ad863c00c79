package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.core.Vaults;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.Account;
import io.omnirun.model.VaultId;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeSet;

/** The routes at {@code /vault}. Names go out, values never. */
final class VaultRoutes {
  private final Vaults vaults;

  VaultRoutes(Vaults vaults) {
    this.vaults = vaults;
  }

  /** Clients send no body, or one that says nothing. */
  void init(Exchange exchange, Account account) throws IOException {
    VaultId id = vaults.init(account);
    exchange.json(
        HttpStatuses.CREATED,
        json -> {
          json.writeStartObject();
          json.writeStringField("vault_sandbox_id", id.value());
          json.writeEndObject();
        });
  }

  void put(Exchange exchange, Account account) throws IOException {
    Map<String, String> values = VaultBody.parse(exchange.readJson(VaultBody.MAX_BYTES));
    long version = vaults.put(account, values);
    exchange.json(
        HttpStatuses.CREATED,
        json -> {
          json.writeStartObject();
          writeKeys(json, new TreeSet<>(values.keySet()));
          json.writeNumberField("version", version);
          json.writeEndObject();
        });
  }

  void list(Exchange exchange, Account account) throws IOException {
    Collection<String> names = vaults.names(account);
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartObject();
          writeKeys(json, names);
          json.writeEndObject();
        });
  }

  void delete(Exchange exchange, Account account) throws IOException {
    vaults.delete(account, exchange.pathParameter("key"));
    exchange.empty(HttpStatuses.NO_CONTENT);
  }

  private static void writeKeys(JsonGenerator json, Collection<String> names) throws IOException {
    json.writeArrayFieldStart("keys");
    for (String name : names) {
      json.writeString(name);
    }
    json.writeEndArray();
  }
}
