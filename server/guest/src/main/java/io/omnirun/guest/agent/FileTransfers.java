package io.omnirun.guest.agent;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.eclipse.jetty.client.OutputStreamRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Moves the contents of files to and from a guest, never holding one whole. Thread-safe. */
final class FileTransfers {
  private static final Logger log = LoggerFactory.getLogger(FileTransfers.class);

  /** A transfer that moves nothing for so long is stuck. */
  private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(5);

  /** The channel is fastest with hundreds of kilobytes at a time. */
  private static final int BUFFER_BYTES = 256 * 1024;

  /** The agent describes the file it has written. */
  private static final int MAX_ANSWER_BYTES = 64 * 1024;

  private static final int MAX_CONTENT_RANGE_CHARACTERS = 100;

  private final AgentCalls calls;

  FileTransfers(AgentCalls calls) {
    this.calls = calls;
  }

  /** See {@link AgentClient#upload}. */
  void upload(String path, String user, InputStream body, long lengthOrMinusOne)
      throws IOException {
    OutputStreamRequestContent content = new OutputStreamRequestContent("application/octet-stream");
    Request request = request(HttpMethod.POST, path, user).body(content);
    if (lengthOrMinusOne >= 0) {
      request.headers(headers -> headers.put(HttpHeader.CONTENT_LENGTH, lengthOrMinusOne));
    }
    AnswerListener listener = new AnswerListener();
    request.send(listener);
    try {
      pump(body, lengthOrMinusOne, content.getOutputStream());
    } catch (IOException | RuntimeException e) {
      request.abort(e);
      throw e;
    }
    finish(request, listener);
  }

  /** Sends until the body has ended, or the agent takes no more: then its answer says why. */
  private static void pump(InputStream body, long lengthOrMinusOne, OutputStream guest)
      throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long sent = 0;
    for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
      sent += count;
      if (lengthOrMinusOne >= 0 && sent > lengthOrMinusOne) {
        throw new IOException("the file is longer than the " + lengthOrMinusOne + " bytes said");
      }
      if (!isTaken(buffer, count, guest)) {
        return;
      }
    }
    if (sent < lengthOrMinusOne) {
      throw new EOFException("the file ended after " + sent + " of " + lengthOrMinusOne + " bytes");
    }
    close(guest);
  }

  private static boolean isTaken(byte[] buffer, int count, OutputStream guest) {
    try {
      guest.write(buffer, 0, count);
      return true;
    } catch (IOException e) {
      log.debug("the agent takes no more of an upload", e);
      return false;
    }
  }

  private static void close(OutputStream guest) {
    try {
      guest.close();
    } catch (IOException e) {
      log.debug("the agent did not take the end of an upload", e);
    }
  }

  private void finish(Request request, AnswerListener listener) {
    Response response = calls.awaitHead(request, listener, IDLE_TIMEOUT);
    AgentCalls.requireSuccess(AgentService.FILES, response, listener);
    try (InputStream answer = listener.getInputStream()) {
      // Read to the end: only then is the connection used again.
      int count = answer.readNBytes(MAX_ANSWER_BYTES).length;
      log.trace("the agent described the file in {} bytes", count);
    } catch (IOException e) {
      throw AgentFailure.lost(e);
    }
  }

  /** See {@link AgentClient#download}. */
  Download download(String path, String user, UnaryOperator<Request> refinement) {
    Request request = refinement.apply(request(HttpMethod.GET, path, user));
    AnswerListener listener = new AnswerListener();
    request.send(listener);
    Response response = calls.awaitHead(request, listener, AgentCalls.ANSWER_TIMEOUT);
    AgentCalls.requireSuccess(AgentService.FILES, response, listener);
    HttpFields headers = response.getHeaders();
    long length = headers.getLongField(HttpHeader.CONTENT_LENGTH);
    return new Download(
        response.getStatus(),
        length >= 0 ? OptionalLong.of(length) : OptionalLong.empty(),
        contentRange(headers),
        listener.getInputStream());
  }

  private static Optional<String> contentRange(HttpFields headers) {
    return Optional.ofNullable(headers.get(HttpHeader.CONTENT_RANGE))
        .filter(range -> range.length() <= MAX_CONTENT_RANGE_CHARACTERS);
  }

  private Request request(HttpMethod method, String path, String user) {
    return calls
        .request(AgentService.FILES, "?path=" + encode(path) + "&username=" + encode(user))
        .method(method)
        .idleTimeout(IDLE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
