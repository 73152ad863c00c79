package io.omnirun.rest;

import io.omnirun.http.JsonFields;
import java.util.Map;

/** The labels of a sandbox, as an object of strings. */
final class Metadata {
  /** They are stored, and shown with every list. */
  static final int MAX_COUNT = 64;

  static final int MAX_KEY_LENGTH = 128;
  static final int MAX_VALUE_LENGTH = 2_048;

  private Metadata() {}

  static Map<String, String> parse(JsonFields body) {
    Map<String, String> metadata = body.stringMap("metadata");
    if (metadata.size() > MAX_COUNT) {
      throw InvalidRequest.because(
          "field \"metadata\" has more than %d entries".formatted(MAX_COUNT));
    }
    metadata.forEach(Metadata::check);
    return metadata;
  }

  private static void check(String key, String value) {
    InvalidRequest.withoutNul("a key in \"metadata\"", key);
    InvalidRequest.withoutNul("a value in \"metadata\"", value);
    if (key.isEmpty() || key.length() > MAX_KEY_LENGTH || value.length() > MAX_VALUE_LENGTH) {
      throw InvalidRequest.because(
          "keys in \"metadata\" have 1 to %d characters and values at most %d"
              .formatted(MAX_KEY_LENGTH, MAX_VALUE_LENGTH));
    }
  }
}
