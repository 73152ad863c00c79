package io.omnirun.webhooks;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What shows a receiver that a delivery is ours: see docs/webhooks.md. */
final class Signature {
  private static final String HMAC = "HmacSHA256";
  private static final String VERSION = "v1=";

  private Signature() {}

  /** Of {@code timestamp.body} with the whole secret as the key. */
  static String of(String secret, long timestamp, String body) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), HMAC));
      byte[] signature = mac.doFinal((timestamp + "." + body).getBytes(StandardCharsets.UTF_8));
      return VERSION + HexFormat.of().formatHex(signature);
    } catch (GeneralSecurityException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "this Java has no " + HMAC, e);
    }
  }
}
