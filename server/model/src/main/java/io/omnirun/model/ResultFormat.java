package io.omnirun.model;

import java.util.Locale;

/** As what a rich result may come. Images and PDF are in base64, all others are text. */
public enum ResultFormat {
  TEXT,
  HTML,
  MARKDOWN,
  SVG,
  PNG,
  JPEG,
  PDF,
  LATEX,
  /** The text of any JSON value. */
  JSON,
  JAVASCRIPT;

  /** Its name on the wire. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
