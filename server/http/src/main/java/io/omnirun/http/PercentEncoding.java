package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Strict percent-decoding of parts of a URI (RFC 3986 §2.1) as UTF-8. */
final class PercentEncoding {
  private static final int HEX = 16;

  private PercentEncoding() {}

  /** Decodes a path segment. */
  static String decodeSegment(String encoded) {
    return decode(encoded, false);
  }

  /** Decodes a name or a value of a query, where a plus sign is a space. */
  static String decodeQueryPart(String encoded) {
    return decode(encoded, true);
  }

  private static String decode(String encoded, boolean plusIsSpace) {
    ByteArrayOutputStream decoded = new ByteArrayOutputStream(encoded.length());
    byte[] bytes = encoded.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '%') {
        decoded.write(hexPair(bytes, i + 1));
        i += 2;
      } else {
        decoded.write(plusIsSpace && bytes[i] == '+' ? ' ' : bytes[i]);
      }
    }
    return utf8(decoded.toByteArray());
  }

  private static int hexPair(byte[] bytes, int start) {
    if (start + 1 >= bytes.length) {
      throw malformed(null);
    }
    int high = Character.digit((char) bytes[start], HEX);
    int low = Character.digit((char) bytes[start + 1], HEX);
    if (high < 0 || low < 0) {
      throw malformed(null);
    }
    return high * HEX + low;
  }

  private static String utf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw malformed(e);
    }
  }

  private static OmniRunException malformed(@Nullable Exception cause) {
    String message = "the URL is not properly percent-encoded UTF-8";
    return cause == null
        ? new OmniRunException(ErrorCode.INVALID_REQUEST, message)
        : new OmniRunException(ErrorCode.INVALID_REQUEST, message, cause);
  }
}
