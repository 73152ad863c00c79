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

  /** Whether it is bytes in base64. */
  public boolean isBase64() {
    return this == PNG || this == JPEG || this == PDF;
  }

  /** Its name on the wire. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
