package io.omnirun.rest;

import io.omnirun.core.Networks;
import io.omnirun.http.JsonFields;
import io.omnirun.model.DomainPattern;
import io.omnirun.model.Ipv4Network;
import io.omnirun.model.NetworkPolicy;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** What a caller says about the network: in a create, and in a change of the policy. */
final class NetworkBody {
  private static final List<String> LISTS =
      List.of("allowDomains", "denyDomains", "allowIPs", "denyIPs");

  private static final List<String> PROXY = List.of("sniProxy", "sniProxyLogOnly");

  private NetworkBody() {}

  /**
   * The policy of a create. Lists and proxy flags stand in {@code network} or, as the worker and
   * the documentation have it, beside the other fields; not in both.
   *
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST naming what is wrong
   */
  static NetworkPolicy ofCreate(JsonFields body) {
    Optional<JsonFields> nested = body.optionalObject("network");
    // A list that is misspelled would be an empty one, and that may mean everything.
    nested.ifPresent(network -> network.allowOnly(both(LISTS, PROXY)));
    return new NetworkPolicy(
        body.flag("internet"),
        list(body, nested, "allowDomains", DomainPattern::parse),
        list(body, nested, "denyDomains", DomainPattern::parse),
        list(body, nested, "allowIPs", Ipv4Network::parse),
        list(body, nested, "denyIPs", Ipv4Network::parse),
        flag(body, nested, "sniProxy"),
        flag(body, nested, "sniProxyLogOnly"));
  }

  /**
   * The lists of a change: one that is not there is empty.
   *
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST naming what is wrong
   */
  static Networks.Lists ofChange(JsonFields body) {
    List<String> fixed = both(List.of("internet"), PROXY);
    body.allowOnly(both(LISTS, fixed));
    for (String field : fixed) {
      if (body.flag(field)) {
        throw InvalidRequest.because(
            "\"%s\" is chosen when a sandbox is made; its lists alone can be changed"
                .formatted(field));
      }
    }
    return new Networks.Lists(
        parsed(body.stringList("allowDomains"), DomainPattern::parse),
        parsed(body.stringList("denyDomains"), DomainPattern::parse),
        parsed(body.stringList("allowIPs"), Ipv4Network::parse),
        parsed(body.stringList("denyIPs"), Ipv4Network::parse));
  }

  private static List<String> both(List<String> some, List<String> others) {
    return Stream.concat(some.stream(), others.stream()).toList();
  }

  private static boolean flag(JsonFields body, Optional<JsonFields> nested, String field) {
    return body.flag(field) | nested.map(network -> network.flag(field)).orElse(false);
  }

  private static <T> List<T> list(
      JsonFields body, Optional<JsonFields> nested, String field, Function<String, T> parse) {
    List<String> outer = body.stringList(field);
    List<String> inner = nested.map(network -> network.stringList(field)).orElse(List.of());
    if (!outer.isEmpty() && !inner.isEmpty() && !outer.equals(inner)) {
      throw InvalidRequest.because(
          "\"%s\" stands in \"network\" and beside it, and differs: send one".formatted(field));
    }
    return parsed(outer.isEmpty() ? inner : outer, parse);
  }

  /** A list that is too long is refused before each of its entries is read. */
  private static <T> List<T> parsed(List<String> texts, Function<String, T> parse) {
    if (texts.size() > NetworkPolicy.MAX_ENTRIES) {
      throw InvalidRequest.because(
          "a list of a network policy has at most %,d entries, not %,d"
              .formatted(NetworkPolicy.MAX_ENTRIES, texts.size()));
    }
    return texts.stream().map(parse).toList();
  }
}
