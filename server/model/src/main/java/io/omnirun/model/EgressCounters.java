package io.omnirun.model;

/**
 * Sums of what a sandbox asked of the network since its log began, also of what that has forgotten.
 */
public record EgressCounters(long allowed, long blocked, long bytesUp, long bytesDown) {
  /** Nothing was asked. */
  public static final EgressCounters NONE = new EgressCounters(0, 0, 0, 0);
}
