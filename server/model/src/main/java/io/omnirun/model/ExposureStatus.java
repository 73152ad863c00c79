package io.omnirun.model;

import java.util.Locale;

/** Where an exposure stands: {@code pending → ready}, and from both to one of the ends. */
public enum ExposureStatus {
  /** Nothing has listened on its port yet. */
  PENDING,
  /** Something has listened on its port. */
  READY,
  /** Its time has passed. */
  EXPIRED,
  /** Its owner has closed it. */
  REVOKED,
  /** Its sandbox has ended. */
  SANDBOX_STOPPED;

  /** Whether it leads to its sandbox. */
  public boolean isOpen() {
    return switch (this) {
      case PENDING, READY -> true;
      case EXPIRED, REVOKED, SANDBOX_STOPPED -> false;
    };
  }

  /** As the API and the store spell it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The status that {@code text} spells. */
  public static ExposureStatus ofText(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
