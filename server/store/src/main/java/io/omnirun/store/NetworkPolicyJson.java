package io.omnirun.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.omnirun.model.DomainPattern;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Ipv4Network;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A sandbox's network policy as a JSON object; none for an air-gap. */
final class NetworkPolicyJson {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private NetworkPolicyJson() {}

  /** The object's fields. Public for Jackson's reflection alone. */
  public record Form(
      boolean internet,
      List<String> allowDomains,
      List<String> denyDomains,
      List<String> allowIps,
      List<String> denyIps,
      boolean sniProxy,
      boolean sniProxyLogOnly) {}

  static @Nullable String write(NetworkPolicy policy) {
    if (policy.equals(NetworkPolicy.AIR_GAP)) {
      return null;
    }
    Form form =
        new Form(
            policy.internet(),
            texts(policy.allowDomains()),
            texts(policy.denyDomains()),
            texts(policy.allowIps()),
            texts(policy.denyIps()),
            policy.sniProxy(),
            policy.sniProxyLogOnly());
    try {
      return MAPPER.writeValueAsString(form);
    } catch (JsonProcessingException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "the network policy cannot be stored", e);
    }
  }

  static NetworkPolicy read(@Nullable String json) {
    return json == null ? NetworkPolicy.AIR_GAP : policy(form(json));
  }

  private static Form form(String json) {
    try {
      return MAPPER.readValue(json, Form.class);
    } catch (JsonProcessingException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a stored network policy cannot be read", e);
    }
  }

  private static NetworkPolicy policy(Form form) {
    return new NetworkPolicy(
        form.internet(),
        form.allowDomains().stream().map(DomainPattern::parse).toList(),
        form.denyDomains().stream().map(DomainPattern::parse).toList(),
        form.allowIps().stream().map(Ipv4Network::parse).toList(),
        form.denyIps().stream().map(Ipv4Network::parse).toList(),
        form.sniProxy(),
        form.sniProxyLogOnly());
  }

  private static List<String> texts(List<?> entries) {
    return entries.stream().map(Object::toString).toList();
  }
}
