package io.omnirun.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.Map;

/** A caller's labels as a JSON object, in ASCII: every string then survives both engines. */
final class MetadataJson {
  private static final TypeReference<Map<String, String>> LABELS = new TypeReference<>() {};

  /** NUL and halves of surrogate pairs are refused or replaced by a database, escapes are not. */
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private MetadataJson() {}

  static String write(Map<String, String> metadata) {
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
}
