package io.omnirun.machine.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Speaks the launcher's protocol (api/launcher.md) to one client and starts nothing. */
public final class ScriptedLauncher implements AutoCloseable {
  private static final String EMPTY = "\"ok\":{}";

  private final ObjectMapper json = new ObjectMapper();
  private final ServerSocketChannel listener;
  private final List<String> verbs = Collections.synchronizedList(new ArrayList<>());
  private final Map<String, Function<JsonNode, List<String>>> answers = new ConcurrentHashMap<>();

  public ScriptedLauncher(Path socket) throws IOException {
    listener = listen(socket);
    answer(
        "host.info",
        "\"ok\":{\"cgroup\":{\"version\":2,\"controllers\":[]},\"kvmNode\":true,"
            + "\"cpuVirtualization\":true,\"qemuVersion\":\"7.2\",\"hardwareVersion\":1,"
            + "\"instance\":\"fake\"}");
    Thread.ofVirtual().start(this::serve);
  }

  public static ServerSocketChannel listen(Path socket) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    return listener.bind(UnixDomainSocketAddress.of(socket));
  }

  /** From now on a verb is answered like this: the inside of an object, without the id. */
  public void answer(String verb, String answer) {
    answers.put(verb, spec -> List.of(answer));
  }

  /** From now on a verb is answered by what this makes of its spec; events may follow. */
  public void answer(String verb, Function<JsonNode, List<String>> answer) {
    answers.put(verb, answer);
  }

  /** What was asked, in order, without the questions that every client asks. */
  public List<String> verbs() {
    return List.copyOf(verbs);
  }

  private void serve() {
    try (SocketChannel client = listener.accept();
        BufferedReader lines = new BufferedReader(Channels.newReader(client, UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        reply(client, json.readTree(line));
      }
    } catch (ClosedChannelException closedByTheTest) {
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void reply(SocketChannel client, JsonNode request) throws IOException {
    String verb = request.path("verb").asText();
    if (!verb.equals("events.subscribe") && !verb.equals("host.info")) {
      verbs.add(verb);
    }
    List<String> answer =
        answers.getOrDefault(verb, spec -> List.of(EMPTY)).apply(request.path("spec"));
    write(client, "{\"id\":%s,%s}".formatted(request.path("id"), answer.getFirst()));
    for (String event : answer.subList(1, answer.size())) {
      write(client, event);
    }
  }

  private static void write(SocketChannel client, String line) throws IOException {
    ByteBuffer bytes = UTF_8.encode(line + "\n");
    while (bytes.hasRemaining()) {
      client.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
