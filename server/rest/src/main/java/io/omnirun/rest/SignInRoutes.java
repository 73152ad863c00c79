package io.omnirun.rest;

import io.omnirun.core.Tokens;
import io.omnirun.core.Tokens.NewToken;
import io.omnirun.core.signin.SecondFactors;
import io.omnirun.core.signin.SecondFactors.Enrolment;
import io.omnirun.core.signin.SignIn;
import io.omnirun.core.signin.SignIn.Outcome;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.http.JsonFields;
import io.omnirun.model.Caller;
import io.omnirun.model.EmailAddress;
import java.io.IOException;

/** How programs sign people in and out, and their second factors. */
final class SignInRoutes {
  private static final int ACCEPTED = 202;

  private final SignIn signIn;
  private final SecondFactors factors;
  private final Tokens tokens;
  private final ClientNetworks networks;
  private final SessionCookies cookies;

  SignInRoutes(Identity identity) {
    this.signIn = identity.signIn();
    this.factors = signIn.factors();
    this.tokens = identity.tokens();
    this.networks = new ClientNetworks(identity.address());
    this.cookies = new SessionCookies(identity.address());
  }

  void register(Routes routes) {
    routes.addPublic("POST", "/auth/magic-link/request", this::request);
    routes.addPublic("POST", "/auth/otp/verify", this::verify);
    routes.addPublic("POST", "/auth/mfa/totp/verify", this::complete);
    routes.addForCaller("POST", "/auth/mfa/totp", Access.ADMIN, this::enrol);
    routes.addForCaller("POST", "/auth/mfa/totp/confirm", Access.ADMIN, this::confirm);
    routes.addForCaller("POST", "/auth/mfa/totp/disable", Access.ADMIN, this::disable);
    routes.addForCaller("POST", "/auth/sign-out", Access.ANY, this::signOut);
  }

  /** Answers the same to every address. */
  private void request(Exchange exchange) throws IOException {
    EmailAddress email = SignInBody.email(exchange.readJson());
    RetryAfter.saying(exchange, () -> signIn.request(email, networks.of(exchange)));
    exchange.json(ACCEPTED, EmptyJson::write);
  }

  private void verify(Exchange exchange) throws IOException {
    JsonFields body = exchange.readJson();
    EmailAddress email = SignInBody.email(body);
    String code = SignInBody.code(body);
    switch (RetryAfter.saying(exchange, () -> signIn.verify(email, code, networks.of(exchange)))) {
      case Outcome.SignedIn signedIn -> writeToken(exchange, signedIn.token());
      case Outcome.SecondFactorWanted wanted -> writeChallenge(exchange, wanted.challenge());
    }
  }

  private void complete(Exchange exchange) throws IOException {
    JsonFields body = exchange.readJson();
    String challenge = SignInBody.challenge(body);
    String code = SignInBody.code(body);
    writeToken(
        exchange,
        RetryAfter.saying(exchange, () -> signIn.complete(challenge, code, networks.of(exchange))));
  }

  private static void writeToken(Exchange exchange, NewToken token) throws IOException {
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartObject();
          json.writeStringField("token", token.text());
          json.writeEndObject();
        });
  }

  private static void writeChallenge(Exchange exchange, String challenge) throws IOException {
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartObject();
          json.writeBooleanField("mfaRequired", true);
          json.writeStringField("mfaChallengeToken", challenge);
          json.writeEndObject();
        });
  }

  private void enrol(Exchange exchange, Caller caller) throws IOException {
    Enrolment enrolment = factors.enrol(caller);
    exchange.json(
        HttpStatuses.CREATED,
        json -> {
          json.writeStartObject();
          json.writeStringField("secret", enrolment.secret());
          json.writeStringField("uri", enrolment.uri());
          json.writeEndObject();
        });
  }

  private void confirm(Exchange exchange, Caller caller) throws IOException {
    String code = SignInBody.code(exchange.readJson());
    RetryAfter.saying(exchange, () -> factors.confirm(caller, code));
    exchange.empty(HttpStatuses.NO_CONTENT);
  }

  private void disable(Exchange exchange, Caller caller) throws IOException {
    String code = SignInBody.code(exchange.readJson());
    RetryAfter.saying(exchange, () -> factors.disable(caller, code));
    exchange.empty(HttpStatuses.NO_CONTENT);
  }

  private void signOut(Exchange exchange, Caller caller) throws IOException {
    tokens.revoke(caller, caller.token().id());
    cookies.clear(exchange);
    exchange.empty(HttpStatuses.NO_CONTENT);
  }
}
