package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One field of a form.
 *
 * @param fileName as the client calls the file; empty if the field is none
 * @param content to be read before the next part is asked for; need not be closed. Reads throw what
 *     those of the body do.
 */
public record FormPart(String name, Optional<String> fileName, InputStream content) {
  /**
   * The whole content as text.
   *
   * @throws OmniRunException INVALID_REQUEST if it is longer, or no UTF-8
   */
  public String text(int maxBytes) throws IOException {
    byte[] bytes = content.readNBytes(maxBytes + 1);
    if (bytes.length > maxBytes) {
      throw invalid("is longer than %,d bytes".formatted(maxBytes), null);
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw invalid("is not UTF-8", e);
    }
  }

  private OmniRunException invalid(String problem, @Nullable Exception cause) {
    String message = "part \"%s\" %s".formatted(ShownText.shortened(name), problem);
    return cause == null
        ? new OmniRunException(ErrorCode.INVALID_REQUEST, message)
        : new OmniRunException(ErrorCode.INVALID_REQUEST, message, cause);
  }
}
