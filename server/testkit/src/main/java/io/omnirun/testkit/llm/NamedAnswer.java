package io.omnirun.testkit.llm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** Answers as the model's name orders. */
record NamedAnswer(ModelName name) implements ModelAnswer {
  private static final int OK = 200;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int GARBAGE_BYTES = 4_096;
  private static final int BLANKS = 8_192;

  /** JSON may have them anywhere, so a body of them has no end and no fault. */
  private static final byte[] BLANK = " ".repeat(BLANKS).getBytes(StandardCharsets.US_ASCII);

  @Override
  public void give(SeenRequest request, AnswerOutput output) throws IOException {
    output.pause(name.slow());
    Dialect dialect = request.dialect();
    if (name.status() != OK) {
      byte[] error = dialect.error(name.status(), "the model's name ordered " + name.status());
      if (name.status() == TOO_MANY_REQUESTS) {
        output.json(name.status(), error, "retry-after: 7", "x-ratelimit-remaining-requests: 0");
      } else {
        output.json(name.status(), error);
      }
      return;
    }
    switch (name.fault()) {
      case NO_ANSWER -> output.hangUp();
      case NOT_HTTP -> {
        output.raw(garbage());
        output.hangUp();
      }
      case ERROR_200 -> output.json(OK, dialect.error(500, "an error under a good status"));
      case NONE,
          GARBAGE,
          ENDLESS,
          ENDLESS_LINE,
          STALL,
          ERROR_FIRST,
          ERROR_MID_STREAM,
          CUT_CLEAN,
          CUT,
          CUT_IN_CHUNK,
          RESET ->
          begin(dialect, dialect.prompt(request.json()), output);
    }
  }

  private void begin(Dialect dialect, Prompt prompt, AnswerOutput output) throws IOException {
    Reply reply = FakeModel.reply(name, prompt);
    if (prompt.streamed()) {
      new StreamedAnswer(name, dialect, output).give(dialect.events(reply));
    } else {
      output.pause(name.think());
      giveWhole(dialect.whole(reply), output);
    }
  }

  private void giveWhole(byte[] body, AnswerOutput output) throws IOException {
    byte[] half = Arrays.copyOf(body, body.length / 2);
    switch (name.fault()) {
      case NONE, NO_ANSWER, NOT_HTTP, ERROR_200 -> output.json(OK, body);
      case GARBAGE -> output.json(OK, garbage());
      case ENDLESS, ENDLESS_LINE -> {
        output.begin("application/json");
        while (true) {
          output.chunk(BLANK);
          output.pace(name.gap());
        }
      }
      case STALL -> {
        promiseAndSend(body.length, half, output);
        output.pauseForever();
      }
      case CUT_CLEAN -> {
        output.begin("application/json");
        output.chunk(half);
        output.end();
      }
      case CUT_IN_CHUNK -> {
        output.begin("application/json");
        output.halfChunk(body);
        output.hangUp();
      }
      case ERROR_FIRST, ERROR_MID_STREAM, CUT -> {
        promiseAndSend(body.length, half, output);
        output.hangUp();
      }
      case RESET -> {
        promiseAndSend(body.length, half, output);
        output.reset();
      }
    }
  }

  private static void promiseAndSend(int promised, byte[] sent, AnswerOutput output)
      throws IOException {
    output.promise(OK, "application/json", promised);
    output.raw(sent);
  }

  /** The same in every run. Neither UTF-8 nor an HTTP status line. */
  static byte[] garbage() {
    byte[] garbage = new byte[GARBAGE_BYTES];
    new Random(1).nextBytes(garbage);
    return garbage;
  }
}
