package io.omnirun.rest;

import io.omnirun.http.JsonFields;
import io.omnirun.http.QueryParameters;

/** Which path of a guest a request is about, and as which user. */
record FileTarget(String path, String user) {
  /**
   * @throws io.omnirun.model.OmniRunException INVALID_PATH or INVALID_REQUEST
   */
  static FileTarget of(QueryParameters query) {
    return new FileTarget(
        GuestNames.filePath(query.required("path")),
        GuestNames.user(query.optional("user").orElse(GuestNames.DEFAULT_USER)));
  }

  /** The same from a body. */
  static FileTarget of(JsonFields body) {
    return new FileTarget(GuestNames.filePath(body.requiredString("path")), user(body));
  }

  /** The user that a body names, or root. */
  static String user(JsonFields body) {
    return GuestNames.user(body.optionalString("user").orElse(GuestNames.DEFAULT_USER));
  }
}
