package io.omnirun.core;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.GuestEnvironment;
import io.omnirun.model.GuestLink;
import io.omnirun.model.Identity;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes identities. The access token of a sandbox is derived from the node's secret and the
 * sandbox's id, so that a restarted server knows it again without having stored it. Thread-safe.
 */
final class Identities {
  private static final String HMAC = "HmacSHA256";
  private static final int MACHINE_ID_BYTES = 16;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final byte[] nodeSecret;

  Identities(byte[] nodeSecret) {
    this.nodeSecret = nodeSecret.clone();
  }

  Identity create(Sandbox sandbox, GuestEnvironment environment, Optional<GuestLink> link) {
    SandboxId id = sandbox.id();
    return new Identity(
        hostname(id),
        HexFormat.of().formatHex(randomBytes(MACHINE_ID_BYTES)),
        UUID.randomUUID().toString(),
        environment,
        accessToken(id),
        link,
        sandbox.settings().llm().isPresent());
  }

  /** The id without its prefix: an underscore may not stand in a host name. */
  private static String hostname(SandboxId id) {
    return id.value().substring(id.value().indexOf('_') + 1);
  }

  String accessToken(SandboxId id) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(nodeSecret, HMAC));
      return HexFormat.of().formatHex(mac.doFinal(id.value().getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "this Java has no " + HMAC, e);
    }
  }

  private static byte[] randomBytes(int count) {
    byte[] bytes = new byte[count];
    RANDOM.nextBytes(bytes);
    return bytes;
  }
}
