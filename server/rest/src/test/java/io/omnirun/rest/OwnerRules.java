package io.omnirun.rest;

import io.omnirun.http.Router.Route;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Whose is what a route is about, and how a request looks that gets as far as to ask that. */
final class OwnerRules {
  private static final String JSON = "application/json";

  /**
   * @param resource what the id in the path names; empty: nothing
   * @param isList whether the route shows all of an account's
   */
  record Rule(
      Optional<String> resource, boolean isList, String query, String contentType, String body) {
    static Rule of(String resource, String query, String body) {
      return new Rule(Optional.of(resource), false, query, JSON, body);
    }
  }

  private static final Rule LIST = new Rule(Optional.empty(), true, "", JSON, "");

  /** Routes that make something of the caller's own, or are about nobody's. */
  private static final Set<Route> WITHOUT_OWNER =
      Set.of(
          new Route("GET", "/status"),
          new Route("POST", "/sandboxes"),
          new Route("POST", "/webhooks"),
          new Route("POST", "/vault/init"),
          new Route("POST", "/vault/credentials"),
          new Route("POST", "/auth/tokens"),
          new Route("POST", "/auth/magic-link/request"),
          new Route("POST", "/auth/otp/verify"),
          new Route("POST", "/auth/mfa/totp/verify"),
          new Route("GET", "/auth/link"),
          new Route("POST", "/auth/link"),
          new Route("POST", "/auth/link/code"),
          // The caller's own second factor and token, which are named nowhere.
          new Route("POST", "/auth/mfa/totp"),
          new Route("POST", "/auth/mfa/totp/confirm"),
          new Route("POST", "/auth/mfa/totp/disable"),
          new Route("POST", "/auth/sign-out"),
          // What these may do, their signed token says.
          new Route("GET", "/files/signed"),
          new Route("PUT", "/files/signed"),
          new Route("POST", "/files/signed"));

  private static final Set<Route> LISTS =
      Set.of(
          new Route("GET", "/sandboxes"),
          new Route("GET", "/sandboxes/history"),
          new Route("GET", "/webhooks"),
          new Route("GET", "/vault/credentials"),
          new Route("GET", "/audit"),
          new Route("GET", "/auth/me"),
          new Route("GET", "/auth/tokens"));

  private static final Map<String, String> RESOURCES =
      Map.of(
          "/sandboxes/{id}", "sandbox",
          "/webhooks/{id}", "webhook",
          "/vault/credentials/{key}", "credential",
          "/auth/tokens/{id}", "token");

  /** Bodies that are right, by what a path ends with. */
  private static final Map<String, String> BODIES =
      Map.ofEntries(
          Map.entry("POST /timeout", "{\"timeout\":60}"),
          Map.entry("POST /network-policy", "{\"allowIPs\":[\"1.1.1.1\"]}"),
          Map.entry("POST /exposures", "{\"port\":3000}"),
          Map.entry("POST /commands", "{\"command\":\"true\"}"),
          Map.entry("POST /code", "{\"code\":\"x\"}"),
          Map.entry("POST /contexts", "{}"),
          Map.entry("POST /execute", "{\"code\":\"x\"}"),
          Map.entry("POST /stream-execute", "{\"code\":\"x\"}"),
          Map.entry("POST /pty", "{}"),
          Map.entry("POST /stdin", "{\"data\":\"x\"}"),
          Map.entry("POST /input", "{\"data\":\"x\"}"),
          Map.entry("POST /resize", "{\"cols\":80,\"rows\":24}"),
          Map.entry("POST /files", "{\"path\":\"/tmp/a\",\"content\":\"x\"}"),
          Map.entry("POST /rename", "{\"oldPath\":\"/tmp/a\",\"newPath\":\"/tmp/b\"}"),
          Map.entry("POST /mkdir", "{\"path\":\"/tmp/a\"}"),
          Map.entry("POST /batch", "[{\"path\":\"/tmp/a\",\"content\":\"x\"}]"),
          Map.entry("POST /download-url", "{\"path\":\"/tmp/a\"}"),
          Map.entry("POST /upload-url", "{\"path\":\"/tmp/a\"}"),
          Map.entry("PUT /llm-cap", "{\"capCents\":1}"));

  private static final String FORM =
      """
      --b\r
      Content-Disposition: form-data; name="path"\r
      \r
      /tmp/a\r
      --b\r
      Content-Disposition: form-data; name="file"; filename="a"\r
      \r
      x\r
      --b--\r
      """;

  private OwnerRules() {}

  /**
   * @throws AssertionError if nobody has thought of whose the route's things are
   */
  static Rule of(Route operation) {
    if (WITHOUT_OWNER.contains(operation)) {
      return new Rule(Optional.empty(), false, "", JSON, "");
    }
    if (LISTS.contains(operation)) {
      return LIST;
    }
    String resource =
        RESOURCES.entrySet().stream()
            .filter(entry -> isBelow(operation.template(), entry.getKey()))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElseThrow(() -> new AssertionError("there is no owner rule for " + operation));
    return rule(operation, resource);
  }

  private static boolean isBelow(String template, String parent) {
    return template.equals(parent) || template.startsWith(parent + "/");
  }

  private static Rule rule(Route operation, String resource) {
    String end = operation.template().substring(operation.template().lastIndexOf('/'));
    if (end.equals("/upload")) {
      return new Rule(Optional.of(resource), false, "", "multipart/form-data; boundary=b", FORM);
    }
    boolean wantsPath =
        operation.template().contains("/files") && !operation.method().equals("POST");
    return Rule.of(
        resource,
        wantsPath ? "?path=/tmp/a" : "",
        BODIES.getOrDefault(operation.method() + " " + end, ""));
  }
}
