package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What a request may call its JSON. */
final class MediaTypes {
  /**
   * The form type is what {@code curl -d} says of anything. Taking it opens no cross-site hole:
   * keys travel in headers that no foreign page can set, and a session's cookie counts only where
   * the request says that it comes from a page of this server.
   */
  private static final Set<String> TAKEN_AS_JSON =
      Set.of("application/json", "application/x-www-form-urlencoded", "text/plain");

  private static final String JSON_SUFFIX = "+json";

  private MediaTypes() {}

  /**
   * @throws OmniRunException UNSUPPORTED_MEDIA_TYPE
   */
  static void requireJson(List<String> contentTypes, List<String> contentEncodings) {
    for (String contentType : contentTypes) {
      requireJson(contentType.toLowerCase(Locale.ROOT));
    }
    requireUnencoded(contentEncodings);
  }

  /**
   * @throws OmniRunException UNSUPPORTED_MEDIA_TYPE
   */
  static void requireUnencoded(List<String> contentEncodings) {
    for (String encoding : contentEncodings) {
      if (!encoding.equalsIgnoreCase("identity")) {
        throw unsupported("send the body without a Content-Encoding");
      }
    }
  }

  /**
   * @throws OmniRunException UNSUPPORTED_MEDIA_TYPE
   */
  static void requirePageForm(List<String> contentTypes) {
    for (String contentType : contentTypes) {
      String type = contentType.split(";", -1)[0].strip().toLowerCase(Locale.ROOT);
      if (!type.equals("application/x-www-form-urlencoded")) {
        throw unsupported("this route takes the form of its page");
      }
    }
  }

  private static void requireJson(String contentType) {
    String[] parts = contentType.split(";", -1);
    String type = parts[0].strip();
    if (!TAKEN_AS_JSON.contains(type) && !type.endsWith(JSON_SUFFIX)) {
      throw unsupported("this route takes JSON: send Content-Type: application/json");
    }
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].replace("\"", "").strip();
      if (parameter.startsWith("charset=") && !parameter.equals("charset=utf-8")) {
        throw unsupported("JSON is UTF-8: send it so, without another charset");
      }
    }
  }

  private static OmniRunException unsupported(String message) {
    return new OmniRunException(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message);
  }
}
