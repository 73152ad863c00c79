package io.omnirun.http;

/** Texts in pages. */
public final class Html {
  private Html() {}

  /** A text as it stands in an element or in an attribute's quotes: it stays a text. */
  public static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
