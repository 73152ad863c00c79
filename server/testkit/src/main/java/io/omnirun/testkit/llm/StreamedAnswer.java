package io.omnirun.testkit.llm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Server-sent events as the model's name orders them. */
record StreamedAnswer(ModelName name, Dialect dialect, AnswerOutput output) {
  private static final int TORN_BYTES = 7;
  private static final byte[] LINE_BIT = "x".repeat(8_192).getBytes(StandardCharsets.US_ASCII);

  void give(List<String> all) throws IOException {
    output.begin("text/event-stream; charset=utf-8");
    if (name.think().isPositive()) {
      output.flush();
      output.pause(name.think());
    }
    List<String> events = name.has(Habit.NO_DONE) ? all.subList(0, all.size() - 1) : all;
    List<String> half = events.subList(0, events.size() / 2);
    switch (name.fault()) {
      case NONE, NO_ANSWER, NOT_HTTP, ERROR_200 -> send(events);
      case ERROR_FIRST -> send(List.of(dialect.errorEvent("an error before anything else")));
      case ERROR_MID_STREAM -> {
        send(half);
        output.pace(name.gap());
        send(List.of(dialect.errorEvent("an error in the middle")));
      }
      case CUT_CLEAN -> send(half);
      case GARBAGE, ENDLESS, ENDLESS_LINE, STALL, CUT, CUT_IN_CHUNK, RESET -> {
        send(half);
        goWrong(events.get(events.size() / 2));
        return;
      }
    }
    output.end();
  }

  private void goWrong(String next) throws IOException {
    switch (name.fault()) {
      case GARBAGE -> {
        output.chunk(("data: {\"choices\":[{\"del\n\n").getBytes(StandardCharsets.UTF_8));
        output.chunk(NamedAnswer.garbage());
        output.end();
      }
      case ENDLESS -> repeat(next);
      case ENDLESS_LINE -> goOn();
      case STALL -> output.pauseForever();
      case CUT_IN_CHUNK -> {
        output.halfChunk(bytes(next));
        output.hangUp();
      }
      case RESET -> output.reset();
      case CUT, NONE, NO_ANSWER, NOT_HTTP, ERROR_200, ERROR_FIRST, ERROR_MID_STREAM, CUT_CLEAN ->
          output.hangUp();
    }
  }

  private void repeat(String event) throws IOException {
    byte[] bytes = bytes(event);
    while (true) {
      output.pace(name.gap());
      output.chunk(bytes);
    }
  }

  private void goOn() throws IOException {
    output.chunk("data: {\"id\":\"".getBytes(StandardCharsets.US_ASCII));
    while (true) {
      output.pace(name.gap());
      output.chunk(LINE_BIT);
    }
  }

  private void send(List<String> events) throws IOException {
    if (name.has(Habit.MERGED)) {
      output.chunk(bytes(String.join("", events)));
      return;
    }
    boolean first = true;
    for (String event : events) {
      if (!first) {
        output.pace(name.gap());
      }
      first = false;
      for (byte[] bit : bits(bytes(event))) {
        output.chunk(bit);
      }
    }
  }

  private List<byte[]> bits(byte[] event) {
    if (!name.has(Habit.TORN)) {
      return List.of(event);
    }
    List<byte[]> bits = new ArrayList<>();
    for (int i = 0; i < event.length; i += TORN_BYTES) {
      bits.add(Arrays.copyOfRange(event, i, Math.min(event.length, i + TORN_BYTES)));
    }
    return bits;
  }

  private byte[] bytes(String event) {
    String text = name.has(Habit.COMMENTS) ? ": keepalive\n\n" + event : event;
    if (name.has(Habit.NO_SPACE)) {
      text = text.replace("data: ", "data:").replace("event: ", "event:");
    }
    if (name.has(Habit.CRLF)) {
      text = text.replace("\n", "\r\n");
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
