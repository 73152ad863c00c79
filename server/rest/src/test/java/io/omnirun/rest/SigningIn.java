package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.Mailer.Mail;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Somebody with a mailbox who signs in, by code or by link. */
final class SigningIn {
  private static final Pattern CODE = Pattern.compile("^ +([0-9]{6})$", Pattern.MULTILINE);
  private static final Pattern LINK = Pattern.compile("/auth/link\\?t=([A-Za-z0-9_-]+)");

  private final RestServer server;
  final String email;

  SigningIn(RestServer server) {
    this(server, "ada-" + UUID.randomUUID() + "@example.org");
  }

  SigningIn(RestServer server, String email) {
    this.server = server;
    this.email = email;
  }

  HttpResponse<String> request() throws Exception {
    return server.post("/auth/magic-link/request", "{\"email\":\"" + email + "\"}");
  }

  /** Wishes for a mail and gets it. */
  Mail mail() throws Exception {
    assertThat(request().statusCode()).isEqualTo(202);
    Mail mail = server.mails.remove();
    assertThat(mail.to().value()).isEqualTo(email.toLowerCase(Locale.ROOT));
    return mail;
  }

  String code() throws Exception {
    return code(mail());
  }

  static String code(Mail mail) {
    return first(CODE, mail);
  }

  static String link(Mail mail) {
    return first(LINK, mail);
  }

  private static String first(Pattern pattern, Mail mail) {
    Matcher matcher = pattern.matcher(mail.text());
    assertThat(matcher.find()).as(mail.text()).isTrue();
    return matcher.group(1);
  }

  HttpResponse<String> verify(String code) throws Exception {
    return server.post(
        "/auth/otp/verify", "{\"email\":\"%s\",\"code\":\"%s\"}".formatted(email, code));
  }

  /** The text of a token. */
  String token() throws Exception {
    return RestServer.json(verify(code())).get("token").textValue();
  }

  /** A code that is not that one. */
  static String otherThan(String code) {
    return code.equals("000000") ? "000001" : "000000";
  }

  /** Presses the button of the link's page, as a browser says it. */
  HttpResponse<String> follow(String link) throws Exception {
    return server.send(form("/auth/link", "t", link).header("Sec-Fetch-Site", "same-origin"));
  }

  HttpRequest.Builder form(String path, String... fields) {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < fields.length; i += 2) {
      body.append(i == 0 ? "" : "&")
          .append(fields[i])
          .append('=')
          .append(URLEncoder.encode(fields[i + 1], StandardCharsets.UTF_8));
    }
    return server
        .requestWithoutKey(path)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(BodyPublishers.ofString(body.toString()));
  }

  /** The session of an answer, as the browser sends it back. */
  static String cookie(HttpResponse<String> answer) {
    String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
    return cookie.substring(0, cookie.indexOf(';'));
  }

  /** A browser that has signed in by a link: its cookie. */
  String session() throws Exception {
    return cookie(follow(link(mail())));
  }
}
