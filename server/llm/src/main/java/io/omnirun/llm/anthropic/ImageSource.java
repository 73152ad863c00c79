package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Set;

/**
 * Images: OpenAI has a URL, which may be a data URL; Anthropic a source. {@code detail} is dropped:
 * Anthropic scales images by itself.
 */
final class ImageSource {
  private static final String DATA = "data:";
  private static final String BASE64 = ";base64";
  private static final Set<String> TYPES =
      Set.of("image/jpeg", "image/png", "image/gif", "image/webp");

  private ImageSource() {}

  /** The source of an image part's {@code image_url} object. */
  static ObjectNode ofImageUrl(RequestFields imageUrl) {
    String url = imageUrl.requiredText("url");
    if (startsWith(url, DATA)) {
      return ofDataUrl(url, imageUrl.pathOf("url"));
    }
    if (startsWith(url, "https://") || startsWith(url, "http://")) {
      return JsonNodeFactory.instance.objectNode().put("type", "url").put("url", url);
    }
    throw InvalidRequest.at(imageUrl.pathOf("url"), "must be a data, http or https URL");
  }

  private static ObjectNode ofDataUrl(String url, String path) {
    int comma = url.indexOf(',');
    String head = comma < 0 ? "" : url.substring(DATA.length(), comma).toLowerCase(Locale.ROOT);
    if (!head.endsWith(BASE64)) {
      throw InvalidRequest.at(path, "must be a data URL in base64");
    }
    return JsonNodeFactory.instance
        .objectNode()
        .put("type", "base64")
        .put("media_type", mediaType(head.substring(0, head.length() - BASE64.length()), path))
        .put("data", url.substring(comma + 1));
  }

  private static String mediaType(String declared, String path) {
    // No registered type, but what many programs call a JPEG.
    String type = declared.equals("image/jpg") ? "image/jpeg" : declared;
    if (!TYPES.contains(type)) {
      throw InvalidRequest.at(path, "must be an image of type jpeg, png, gif or webp");
    }
    return type;
  }

  /** The URL of an image block's {@code source} object. */
  static String url(RequestFields source) {
    String type = source.requiredText("type");
    return switch (type) {
      case "url" -> source.requiredText("url");
      case "base64" ->
          DATA
              + mediaType(source.requiredText("media_type"), source.pathOf("media_type"))
              + BASE64
              + ","
              + source.requiredText("data");
      default -> throw source.unknown("type", type);
    };
  }

  private static boolean startsWith(String url, String prefix) {
    return url.regionMatches(true, 0, prefix, 0, prefix.length());
  }
}
