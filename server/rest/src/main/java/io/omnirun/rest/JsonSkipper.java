package io.omnirun.rest;

import io.omnirun.http.JsonBody;
import java.io.IOException;

/** Reads over a JSON value that nobody asked for: bounded in depth, and it must still be JSON. */
final class JsonSkipper {
  private static final int CHUNK_BYTES = 4 * 1024;

  private final JsonBytes json;
  private final byte[] discarded = new byte[CHUNK_BYTES];

  JsonSkipper(JsonBytes json) {
    this.json = json;
  }

  /** Takes one value, of an object's field. */
  void skipValue() throws IOException {
    skipValue(2);
  }

  private void skipValue(int depth) throws IOException {
    int start = json.peekToken();
    switch (start) {
      case '{' -> skipObject(depth);
      case '[' -> skipArray(depth);
      case '"' -> skipText();
      case 't' -> skipWord("true");
      case 'f' -> skipWord("false");
      case 'n' -> skipWord("null");
      default -> skipNumber();
    }
  }

  private void skipObject(int depth) throws IOException {
    enter('{', depth);
    if (json.peekToken() == '}') {
      json.next();
      return;
    }
    do {
      if (json.peekToken() != '"') {
        throw JsonBytes.malformed("a name is expected");
      }
      skipText();
      json.expectToken(':');
      skipValue(depth + 1);
    } while (another('}'));
  }

  private void skipArray(int depth) throws IOException {
    enter('[', depth);
    if (json.peekToken() == ']') {
      json.next();
      return;
    }
    do {
      skipValue(depth + 1);
    } while (another(']'));
  }

  private void enter(char bracket, int depth) throws IOException {
    if (depth > JsonBody.MAX_DEPTH) {
      throw JsonBytes.malformed("it is nested deeper than " + JsonBody.MAX_DEPTH + " levels");
    }
    json.expectToken(bracket);
  }

  private boolean another(char closing) throws IOException {
    if (json.peekToken() == ',') {
      json.next();
      return true;
    }
    json.expectToken(closing);
    return false;
  }

  private void skipText() throws IOException {
    json.expectToken('"');
    JsonText text = new JsonText(json);
    int count = 0;
    while (count >= 0) {
      count = text.read(discarded, 0, discarded.length);
    }
  }

  private void skipWord(String word) throws IOException {
    for (int i = 0; i < word.length(); i++) {
      if (json.next() != word.charAt(i)) {
        throw JsonBytes.malformed("an unknown word");
      }
    }
  }

  private void skipNumber() throws IOException {
    if (json.peek() == '-') {
      json.next();
    }
    if (json.peek() == '0') {
      json.next();
    } else {
      skipDigits();
    }
    if (json.peek() == '.') {
      json.next();
      skipDigits();
    }
    if (json.peek() == 'e' || json.peek() == 'E') {
      json.next();
      if (json.peek() == '+' || json.peek() == '-') {
        json.next();
      }
      skipDigits();
    }
  }

  private void skipDigits() throws IOException {
    if (!isDigit(json.peek())) {
      throw JsonBytes.malformed("a value is expected");
    }
    while (isDigit(json.peek())) {
      json.next();
    }
  }

  private static boolean isDigit(int character) {
    return character >= '0' && character <= '9';
  }
}
