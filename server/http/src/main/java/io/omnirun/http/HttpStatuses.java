package io.omnirun.http;

/** The statuses of successful answers. Those of errors belong to their codes. */
public final class HttpStatuses {
  public static final int OK = 200;
  public static final int CREATED = 201;
  public static final int NO_CONTENT = 204;
  public static final int PARTIAL_CONTENT = 206;

  private HttpStatuses() {}
}
