package io.omnirun.rest;

import io.omnirun.core.Tokens;
import io.omnirun.core.llm.LlmCaps;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.http.JsonFields;
import io.omnirun.model.Caller;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmSubject;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.TokenId;
import java.io.IOException;

/** How much each of an account's tokens may spend on language models, beside the account's cap. */
final class LlmCapRoutes {
  private static final String TEMPLATE = "/auth/tokens/{id}/llm-cap";

  private final Tokens tokens;
  private final LlmCaps caps;

  LlmCapRoutes(Tokens tokens, LlmCaps caps) {
    this.tokens = tokens;
    this.caps = caps;
  }

  void register(Routes routes) {
    routes.addForCaller("GET", TEMPLATE, Access.READ, this::show);
    routes.addForCaller("PUT", TEMPLATE, Access.ADMIN, this::set);
    routes.addForCaller("DELETE", TEMPLATE, Access.ADMIN, this::clear);
  }

  private void show(Exchange exchange, Caller caller) throws IOException {
    TokenId token = own(exchange, caller);
    var cap =
        caps.ofToken(caller.account().id(), token)
            .orElseThrow(
                () -> new OmniRunException(ErrorCode.LLM_CAP_NOT_FOUND, "this token has no cap"));
    exchange.json(HttpStatuses.OK, json -> LlmCapBody.write(json, cap));
  }

  private void set(Exchange exchange, Caller caller) throws IOException {
    TokenId token = own(exchange, caller);
    JsonFields body = exchange.readJson();
    var cap = LlmCapBody.parse(body);
    caps.set(caller.account().id(), LlmSubject.of(token), cap);
    exchange.json(HttpStatuses.OK, json -> LlmCapBody.write(json, cap));
  }

  private void clear(Exchange exchange, Caller caller) throws IOException {
    caps.clear(caller.account().id(), LlmSubject.of(own(exchange, caller)));
    exchange.empty(HttpStatuses.NO_CONTENT);
  }

  private TokenId own(Exchange exchange, Caller caller) {
    return TokenId.parse(exchange.pathParameter("id"))
        .filter(id -> tokens.list(caller).stream().anyMatch(token -> token.id().equals(id)))
        .orElseThrow(
            () ->
                new OmniRunException(
                    ErrorCode.TOKEN_NOT_FOUND, "your account has no token of that id"));
  }
}
