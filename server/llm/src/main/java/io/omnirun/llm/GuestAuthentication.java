package io.omnirun.llm;

import io.omnirun.core.LlmSandboxes;
import io.omnirun.core.SandboxUses;
import io.omnirun.core.SandboxUses.Use;
import io.omnirun.http.Exchange;
import io.omnirun.http.OfferedKeys;
import io.omnirun.http.RouteHandler;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmCaller;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.util.Set;
import java.util.function.Function;

/**
 * Wants the key of the very sandbox that a connection comes out of: in {@code X-API-Key}, as
 * Anthropic's clients send it, or as {@code Authorization: Bearer}, as OpenAI's do, or the same one
 * in both. For a server whose clients are introduced by their machine's id. A call counts as a use
 * of the sandbox.
 */
public final class GuestAuthentication implements LlmAuthentication {
  private static final String CHALLENGE = "Bearer realm=\"omnirun\"";

  private final Callers callers;
  private final Function<LlmCaller, Use> uses;

  /** Says whose call it is; as {@link LlmSandboxes#authenticate}. */
  @FunctionalInterface
  interface Callers {
    LlmCaller of(MachineId machine, String key);
  }

  public GuestAuthentication(LlmSandboxes sandboxes, SandboxUses uses) {
    this(
        sandboxes::authenticate,
        caller -> uses.begin(caller.account().id(), caller.sandbox().orElseThrow()));
  }

  GuestAuthentication(Callers callers, Function<LlmCaller, Use> uses) {
    this.callers = callers;
    this.uses = uses;
  }

  @Override
  public RouteHandler required(LlmHandler handler) {
    return exchange -> {
      LlmCaller caller = authenticate(exchange);
      try (Use use = uses.apply(caller)) {
        handler.handle(exchange, caller);
      }
    };
  }

  private LlmCaller authenticate(Exchange exchange) {
    try {
      return callers.of(machine(exchange), onlyKey(exchange));
    } catch (OmniRunException e) {
      if (e.code() == ErrorCode.UNAUTHORIZED) {
        exchange.setHeader("WWW-Authenticate", CHALLENGE);
      }
      throw e;
    }
  }

  private static MachineId machine(Exchange exchange) {
    return exchange
        .introducedAs()
        .flatMap(MachineId::parse)
        .orElseThrow(() -> unauthorized("nobody has said which sandbox this comes out of"));
  }

  private static String onlyKey(Exchange exchange) {
    Set<String> keys = OfferedKeys.of(exchange);
    if (keys.size() != 1) {
      throw unauthorized(
          "send the key that stands in OPENAI_API_KEY, as X-API-Key or as Authorization: Bearer");
    }
    return keys.iterator().next();
  }

  private static OmniRunException unauthorized(String message) {
    return new OmniRunException(ErrorCode.UNAUTHORIZED, message);
  }
}
