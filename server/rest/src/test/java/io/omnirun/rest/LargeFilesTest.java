package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Files of 64 MiB go through without being held anywhere. */
class LargeFilesTest {
  private static final long SIZE_BYTES = 64L * 1024 * 1024;

  /** What the buffers of both sockets and of the client take; a fraction of the file. */
  private static final long MAX_IN_FLIGHT_BYTES = 24L * 1024 * 1024;

  private final RestServer server = new RestServer();
  private final PatternStream source = new PatternStream(SIZE_BYTES);
  private final AtomicLong mostInFlight = new AtomicLong();
  private String files = "";

  @BeforeEach
  void createSandbox() throws Exception {
    files = "/sandboxes/" + server.create("{}") + "/files";
  }

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void contentBehindPathAndUserGoesThroughAsItArrives() throws Exception {
    AtomicLong received = new AtomicLong();
    server.guest().sink = Optional.of(content -> received.set(checkPattern(content)));
    HttpResponse<String> answer = write("{\"path\":\"/a\",\"user\":\"root\",\"content\":\"", "\"}");

    assertThat(answer.body()).contains("\"size\":" + SIZE_BYTES);
    assertThat(received).hasValue(SIZE_BYTES);
    assertThat(mostInFlight.get()).isLessThan(MAX_IN_FLIGHT_BYTES);
  }

  @Test
  void contentBeforePathAndUserArrivesAllTheSame() throws Exception {
    AtomicLong received = new AtomicLong();
    server.guest().sink = Optional.of(content -> received.set(checkPattern(content)));
    HttpResponse<String> answer = write("{\"content\":\"", "\",\"path\":\"/a\",\"user\":\"b\"}");

    assertThat(answer.body()).contains("\"size\":" + SIZE_BYTES);
    assertThat(received).hasValue(SIZE_BYTES);
  }

  @Test
  void aFileIsReadAsItIsSent() throws Exception {
    server.guest().source = Optional.of(source);
    HttpResponse<InputStream> answer =
        server
            .client()
            .send(server.request(files + "?path=/a").build(), BodyHandlers.ofInputStream());
    try (InputStream body = answer.body()) {
      assertThat(body.readNBytes(12)).asString(StandardCharsets.UTF_8).isEqualTo("{\"content\":\"");
      assertThat(checkPattern(body)).isEqualTo(SIZE_BYTES);
    }
    assertThat(mostInFlight.get()).isLessThan(MAX_IN_FLIGHT_BYTES);
  }

  private HttpResponse<String> write(String before, String behind) throws Exception {
    InputStream body =
        new SequenceInputStream(
            Collections.enumeration(List.of(text(before), source, text(behind))));
    return server.send(server.request(files).POST(BodyPublishers.ofInputStream(() -> body)));
  }

  private static InputStream text(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Reads up to what is no letter, or the end; how many letters there were. */
  private long checkPattern(InputStream content) throws IOException {
    byte[] chunk = new byte[64 * 1024];
    long position = 0;
    int count = content.read(chunk);
    while (count >= 0) {
      mostInFlight.accumulateAndGet(source.position() - position, Math::max);
      for (int i = 0; i < count && Character.isLetter(chunk[i]); i++) {
        if (chunk[i] != PatternStream.at(position)) {
          throw new AssertionError("another byte at " + position);
        }
        position++;
      }
      count = content.read(chunk);
    }
    return position;
  }
}
