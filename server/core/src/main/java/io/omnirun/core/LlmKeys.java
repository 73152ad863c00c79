package io.omnirun.core;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.GuestPorts;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys by which sandboxes call language models. Derived from the node's secret and the
 * sandbox's id: the same after a restart and a pause, stored nowhere. Each is valid only on a
 * connection that comes out of its own sandbox. Thread-safe.
 */
final class LlmKeys {
  private static final String PREFIX = "oml_";
  private static final String HMAC = "HmacSHA256";

  /** No id holds a colon, so none of these is another secret of any sandbox. */
  private static final String PURPOSE = "llm:";

  private static final String GATEWAY = "http://127.0.0.1:" + GuestPorts.LLM + "/llm";

  private final byte[] nodeSecret;

  LlmKeys(byte[] nodeSecret) {
    this.nodeSecret = nodeSecret.clone();
  }

  /** {@code oml_} and 64 lowercase hexadecimal digits. */
  String of(SandboxId sandbox) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(nodeSecret, HMAC));
      byte[] derived = mac.doFinal((PURPOSE + sandbox).getBytes(StandardCharsets.UTF_8));
      return PREFIX + HexFormat.of().formatHex(derived);
    } catch (GeneralSecurityException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "this Java has no " + HMAC, e);
    }
  }

  /** Whether that is the sandbox's key; how long it takes does not tell how much of it is right. */
  boolean isKeyOf(SandboxId sandbox, String key) {
    return MessageDigest.isEqual(
        of(sandbox).getBytes(StandardCharsets.UTF_8), key.getBytes(StandardCharsets.UTF_8));
  }

  /** What the clients of OpenAI and Anthropic look for in their environment. */
  Map<String, String> variables(SandboxId sandbox) {
    String key = of(sandbox);
    return Map.of(
        "OPENAI_API_KEY", key,
        "OPENAI_BASE_URL", GATEWAY + "/v1",
        "ANTHROPIC_API_KEY", key,
        "ANTHROPIC_BASE_URL", GATEWAY);
  }
}
