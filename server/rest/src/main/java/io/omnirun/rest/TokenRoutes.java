package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.core.Accounts;
import io.omnirun.core.Tokens;
import io.omnirun.core.Tokens.NewToken;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.ApiToken;
import io.omnirun.model.Caller;
import io.omnirun.model.Profile;
import io.omnirun.model.Scope;
import io.omnirun.model.Scopes;
import io.omnirun.model.TokenId;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Who one is ({@code /auth/me}), and the account's tokens ({@code /auth/tokens}). */
final class TokenRoutes {
  private final Accounts accounts;
  private final Tokens tokens;

  TokenRoutes(Accounts accounts, Tokens tokens) {
    this.accounts = accounts;
    this.tokens = tokens;
  }

  void register(Routes routes) {
    routes.addForCaller("GET", "/auth/me", Access.ANY, this::me);
    routes.addForCaller("POST", "/auth/tokens", Access.ADMIN, this::create);
    routes.addForCaller("GET", "/auth/tokens", Access.READ, this::list);
    routes.addForCaller("DELETE", "/auth/tokens/{id}", Access.ADMIN, this::revoke);
  }

  private void me(Exchange exchange, Caller caller) throws IOException {
    Profile profile = accounts.profile(caller.account());
    exchange.json(HttpStatuses.OK, json -> ProfileJson.write(json, profile, caller));
  }

  private void create(Exchange exchange, Caller caller) throws IOException {
    TokenBody body = TokenBody.parse(exchange.readJson());
    NewToken created = tokens.create(caller, body.name(), body.scopes(), body.expiresAt());
    exchange.json(
        HttpStatuses.CREATED,
        json -> {
          json.writeStartObject();
          writeFields(json, created.token());
          json.writeStringField("token", created.text());
          json.writeEndObject();
        });
  }

  private void list(Exchange exchange, Caller caller) throws IOException {
    List<ApiToken> all = tokens.list(caller);
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartArray();
          for (ApiToken token : all) {
            json.writeStartObject();
            writeFields(json, token);
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  /** For text that is no id a fresh one stands in, which nobody has. */
  private void revoke(Exchange exchange, Caller caller) throws IOException {
    Optional<TokenId> id = TokenId.parse(exchange.pathParameter("id"));
    tokens.revoke(caller, id.orElseGet(TokenId::random));
    exchange.empty(HttpStatuses.NO_CONTENT);
  }

  private static void writeFields(JsonGenerator json, ApiToken token) throws IOException {
    json.writeStringField("id", token.id().value());
    json.writeStringField("kind", token.kind().text());
    json.writeStringField("name", token.name());
    writeScopes(json, token.scopes());
    json.writeStringField("createdAt", Timestamps.text(token.createdAt()));
    SandboxJson.writeIfThere(json, "expiresAt", token.expiresAt().map(Timestamps::text));
    SandboxJson.writeIfThere(json, "lastUsedAt", token.lastUsedAt().map(Timestamps::text));
  }

  static void writeScopes(JsonGenerator json, Scopes scopes) throws IOException {
    json.writeArrayFieldStart("scopes");
    for (String scope : scopes.known().stream().sorted().map(Scope::text).toList()) {
      json.writeString(scope);
    }
    json.writeEndArray();
  }
}
