package io.omnirun.rest;

import io.omnirun.http.JsonFields;
import io.omnirun.model.EventType;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The body of {@code POST /webhooks}. */
record WebhookBody(String url, Set<EventType> events) {
  /** There are not so many, and a name more than once does no harm. */
  static final int MAX_EVENTS = 32;

  /**
   * @throws io.omnirun.model.OmniRunException naming the field that is wrong
   */
  static WebhookBody parse(JsonFields body) {
    String url = body.requiredString("url");
    List<String> names = body.stringList("events");
    if (names.isEmpty() || names.size() > MAX_EVENTS) {
      throw InvalidRequest.because(
          "field \"events\" must name 1 to %d events, of: %s".formatted(MAX_EVENTS, known()));
    }
    Set<EventType> events = new LinkedHashSet<>();
    names.forEach(name -> events.add(event(name)));
    return new WebhookBody(url, events);
  }

  private static EventType event(String name) {
    return EventType.parse(name)
        .orElseThrow(
            () ->
                InvalidRequest.because(
                    "field \"events\" names an event that there is not; there are " + known()));
  }

  private static String known() {
    return Arrays.stream(EventType.values()).map(EventType::text).collect(Collectors.joining(", "));
  }
}
