package io.omnirun.rest;

import io.omnirun.http.JsonFields;
import java.util.List;

/**
 * Fields of a create that this server takes and does not act on yet. Their types are checked all
 * the same, so that a mistake shows today and not on the day they begin to count.
 */
final class LaterFields {
  private static final List<String> FLAGS = List.of("internet", "e2ee");
  private static final List<String> TEXTS = List.of("clientPublicKey");
  private static final List<String> SNI_FLAGS = List.of("sniProxy", "sniProxyLogOnly");
  private static final List<String> POLICY_LISTS =
      List.of("allowDomains", "denyDomains", "allowIPs", "denyIPs");

  private LaterFields() {}

  /**
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST naming the field of a wrong type
   */
  static void check(JsonFields body) {
    FLAGS.forEach(body::flag);
    TEXTS.forEach(body::optionalString);
    body.optionalObject("llm");
    checkPolicy(body);
    body.optionalObject("network").ifPresent(LaterFields::checkPolicy);
  }

  private static void checkPolicy(JsonFields policy) {
    SNI_FLAGS.forEach(policy::flag);
    POLICY_LISTS.forEach(policy::stringList);
  }
}
