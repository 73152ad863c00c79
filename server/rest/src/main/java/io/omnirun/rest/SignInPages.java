package io.omnirun.rest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.omnirun.core.Tokens.NewToken;
import io.omnirun.core.signin.SignIn;
import io.omnirun.core.signin.SignIn.Outcome;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.http.QueryParameters;
import io.omnirun.http.RouteHandler;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;

/**
 * Where the link of a mail leads: to a page with a button, for programs that look through mails
 * follow links, too. The button signs the browser in, with a session that nobody had before.
 */
final class SignInPages {
  private static final int FORM_BYTES = 4_096;
  private static final String LINK = "t";
  private static final String CHALLENGE = "challenge";
  private static final String CODE = "code";

  private final SignIn signIn;
  private final ClientNetworks networks;
  private final SessionCookies cookies;
  private final SameOrigin sameOrigin;

  SignInPages(Identity identity) {
    this.signIn = identity.signIn();
    this.networks = new ClientNetworks(identity.address());
    this.cookies = new SessionCookies(identity.address());
    this.sameOrigin = new SameOrigin(identity.address());
  }

  void register(Routes routes) {
    routes.addPublic("GET", "/auth/link", page(this::ask));
    routes.addPublic("POST", "/auth/link", page(this::enter));
    routes.addPublic("POST", "/auth/link/code", page(this::complete));
  }

  /** People see a page also when something is wrong. */
  private static RouteHandler page(RouteHandler handler) {
    return exchange -> {
      try {
        handler.handle(exchange);
      } catch (OmniRunException e) {
        if (e.code() == ErrorCode.INTERNAL) {
          throw e;
        }
        show(exchange, e.code().httpStatus(), SignInHtml.refusal(String.valueOf(e.getMessage())));
      }
    };
  }

  private void ask(Exchange exchange) throws IOException {
    String link = SignInBody.secret(LINK, exchange.query().required(LINK));
    EmailAddress email =
        RetryAfter.saying(exchange, () -> signIn.addressOfLink(link, networks.of(exchange)))
            .orElseThrow(
                () ->
                    new OmniRunException(
                        ErrorCode.CODE_INVALID,
                        "this link was used, or its time is over: ask for another one"));
    show(exchange, HttpStatuses.OK, SignInHtml.button(email, link));
  }

  private void enter(Exchange exchange) throws IOException {
    sameOrigin.require(exchange);
    QueryParameters form = exchange.readPageForm(FORM_BYTES);
    String link = SignInBody.secret(LINK, form.required(LINK));
    switch (RetryAfter.saying(exchange, () -> signIn.follow(link, networks.of(exchange)))) {
      case Outcome.SignedIn signedIn -> welcome(exchange, signedIn.token());
      case Outcome.SecondFactorWanted wanted ->
          show(exchange, HttpStatuses.OK, SignInHtml.secondFactor(wanted.challenge()));
    }
  }

  private void complete(Exchange exchange) throws IOException {
    sameOrigin.require(exchange);
    QueryParameters form = exchange.readPageForm(FORM_BYTES);
    String challenge = SignInBody.secret(CHALLENGE, form.required(CHALLENGE));
    String code = SignInBody.secret(CODE, form.required(CODE));
    NewToken session =
        RetryAfter.saying(
            exchange, () -> signIn.completeSession(challenge, code, networks.of(exchange)));
    welcome(exchange, session);
  }

  private void welcome(Exchange exchange, NewToken session) throws IOException {
    cookies.set(exchange, session.text(), SignIn.SESSION_LIFE);
    show(exchange, HttpStatuses.OK, SignInHtml.welcome());
  }

  /** Nothing but the page's own form works in it, and nobody else learns its address. */
  private static void show(Exchange exchange, int status, String html) throws IOException {
    exchange.setHeader(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none';"
            + " frame-ancestors 'none'");
    exchange.setHeader("Referrer-Policy", "same-origin");
    exchange.setHeader("X-Content-Type-Options", "nosniff");
    exchange.setHeader("Cache-Control", "no-store");
    exchange.stream(
        status, "text/html; charset=utf-8", client -> client.write(html.getBytes(UTF_8)));
  }
}
