package io.omnirun.core;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a caller must show to reach the ports of a secure sandbox. Derived from the node's secret
 * and the sandbox's id: the same after a restart, stored nowhere. Thread-safe.
 */
public final class TrafficTokens {
  private static final String HMAC = "HmacSHA256";

  /** No id holds a colon, so none of these is the agent's token of any sandbox. */
  private static final String PURPOSE = "traffic:";

  private final byte[] nodeSecret;

  TrafficTokens(byte[] nodeSecret) {
    this.nodeSecret = nodeSecret.clone();
  }

  /** 64 lowercase hexadecimal digits; empty if the sandbox is not secure. */
  public Optional<String> of(Sandbox sandbox) {
    return sandbox.settings().secure() ? Optional.of(ofSecure(sandbox.id())) : Optional.empty();
  }

  /** The token of a sandbox that is known to be secure. */
  String ofSecure(SandboxId sandbox) {
    return derive(PURPOSE + sandbox);
  }

  private String derive(String text) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(nodeSecret, HMAC));
      return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "this Java has no " + HMAC, e);
    }
  }
}
