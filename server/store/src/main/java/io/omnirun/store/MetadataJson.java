package io.omnirun.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.Map;

/** A caller's labels as a JSON object. */
final class MetadataJson {
  private static final TypeReference<Map<String, String>> LABELS = new TypeReference<>() {};
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private MetadataJson() {}

  /**
   * @throws OmniRunException INVALID_REQUEST if a key or value is no text: once stored it could not
   *     be read, nor any list with its sandbox in it
   */
  static String write(Map<String, String> metadata) {
    metadata.forEach(MetadataJson::requireText);
    try {
      return MAPPER.writeValueAsString(metadata);
    } catch (JsonProcessingException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "the metadata cannot be stored", e);
    }
  }

  static Map<String, String> read(String json) {
    try {
      return MAPPER.readValue(json, LABELS);
    } catch (JsonProcessingException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "the stored metadata cannot be read", e);
    }
  }

  private static void requireText(String key, String value) {
    if (!UnicodeText.isText(key) || !UnicodeText.isText(value)) {
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST,
          "the metadata is not Unicode text: a key or value has half of a surrogate pair");
    }
  }
}
