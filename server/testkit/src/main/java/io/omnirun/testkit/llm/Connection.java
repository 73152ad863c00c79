package io.omnirun.testkit.llm;

import java.io.IOException;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/** One client's connection: a request after the other, until either side has had enough. */
final class Connection {
  private static final int NOT_FOUND = 404;

  private final FakeModelProvider provider;
  private final RequestReader reader;
  private final AnswerOutput output;

  Connection(FakeModelProvider provider, Socket socket) throws IOException {
    this.provider = provider;
    this.reader = new RequestReader(socket);
    this.output = new AnswerOutput(socket, reader);
  }

  void serve() throws IOException {
    while (!output.isHungUp()) {
      @Nullable SeenRequest request = reader.next();
      if (request == null) {
        return;
      }
      provider.remember(request);
      answer(request);
    }
  }

  private void answer(SeenRequest request) throws IOException {
    boolean answered = false;
    try {
      route(request);
      answered = true;
    } finally {
      request.end(answered ? SeenRequest.Outcome.ANSWERED : SeenRequest.Outcome.LEFT_BY_CLIENT);
    }
  }

  private void route(SeenRequest request) throws IOException {
    switch (request.method() + " " + request.path()) {
      case "POST /v1/chat/completions", "POST /v1/messages" ->
          provider.answerOf(request.json().path("model").asText()).give(request, output);
      case "GET /v1/models" -> output.json(200, OpenAiDialect.models(ModelName.examples()));
      default ->
          output.json(
              NOT_FOUND, request.dialect().error(NOT_FOUND, "no such path: " + request.path()));
    }
  }
}
