package io.omnirun.rest;

import io.omnirun.http.JsonFields;

/**
 * Fields of a create that this server takes and does not act on yet. Their types are checked all
 * the same, so that a mistake shows today and not on the day they begin to count.
 */
final class LaterFields {
  private LaterFields() {}

  /**
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST naming the field of a wrong type
   */
  static void check(JsonFields body) {
    body.flag("e2ee");
    body.optionalString("clientPublicKey");
  }
}
