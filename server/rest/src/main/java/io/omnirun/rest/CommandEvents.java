package io.omnirun.rest;

import io.omnirun.core.ports.OutputEvent.Channel;
import io.omnirun.core.ports.OutputEvent.Exited;
import io.omnirun.core.ports.OutputEvent.Printed;
import io.omnirun.core.ports.ProcessOutput;
import io.omnirun.http.EventStream;
import java.io.IOException;
import java.time.Clock;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Tells a client what a command prints and how it ends. Used once, by one thread. */
final class CommandEvents {
  private final EventStream client;
  private final Clock clock;
  private final Map<Channel, TextPieces> texts = new EnumMap<>(Channel.class);

  /** Channels of which something is lost that the client has not been told of. */
  private final Set<Channel> lossUntold = EnumSet.noneOf(Channel.class);

  CommandEvents(EventStream client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /** Tells everything to the end of the command; blocks for it and for the client. */
  void tell(ProcessOutput output) throws IOException {
    while (true) {
      switch (output.next()) {
        case Printed printed -> tell(printed);
        case Exited exited -> {
          tell(exited);
          return;
        }
      }
    }
  }

  private void tell(Printed printed) throws IOException {
    if (printed.afterLoss()) {
      lossUntold.add(printed.channel());
    }
    send(printed.channel(), texts(printed.channel()).next(printed.bytes(), printed.afterLoss()));
  }

  private void tell(Exited exited) throws IOException {
    for (Channel channel : Channel.values()) {
      send(channel, texts(channel).rest());
    }
    client.send(
        json -> {
          json.writeStartObject();
          json.writeStringField("type", "exit");
          json.writeNumberField("exit_code", exited.exitCode());
          ProcessJson.writeTruncated(json, exited.lossy());
          json.writeEndObject();
        });
  }

  private void send(Channel channel, String text) throws IOException {
    if (text.isEmpty()) {
      return;
    }
    boolean afterLoss = lossUntold.remove(channel);
    client.send(
        json -> {
          json.writeStartObject();
          json.writeStringField("type", channel.name().toLowerCase(Locale.ROOT));
          json.writeStringField("data", text);
          json.writeStringField("timestamp", Timestamps.text(clock.instant()));
          ProcessJson.writeTruncated(json, afterLoss);
          json.writeEndObject();
        });
  }

  private TextPieces texts(Channel channel) {
    return texts.computeIfAbsent(channel, none -> new TextPieces());
  }
}
