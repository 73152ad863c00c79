package io.omnirun.testkit.llm;

import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How the fake model takes in texts and pictures. */
final class Seen {
  private static final Pattern DATA_URL = Pattern.compile("data:([^;,]*);base64,(.*)");
  private static final Pattern SPACES = Pattern.compile("\\s+");

  private Seen() {}

  /** Words count as tokens. */
  static int words(List<String> texts) {
    return (int)
        texts.stream()
            .flatMap(text -> Stream.of(SPACES.split(text, -1)))
            .filter(word -> !word.isEmpty())
            .count();
  }

  static String image(String url) {
    Matcher data = DATA_URL.matcher(url);
    return data.matches() ? image(data.group(1), data.group(2)) : url;
  }

  static String image(String mediaType, String base64) {
    return "%s of %d bytes".formatted(mediaType, Base64.getDecoder().decode(base64).length);
  }
}
