package io.omnirun.guest.agent;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls to one guest's agent by the Connect protocol, with protobuf messages over HTTP/1.1. Calls
 * block; all they throw is {@link OmniRunException}. Thread-safe.
 */
final class AgentCalls {
  private static final Logger log = LoggerFactory.getLogger(AgentCalls.class);

  /** The agent works on nothing for longer before it says something, but on a disk. */
  static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

  /** An error is a code and a text. */
  private static final int MAX_ERROR_BYTES = 64 * 1024;

  private static final int ENVELOPE_HEADER_BYTES = 5;
  private static final String MESSAGE = "application/proto";
  private static final String STREAM = "application/connect+proto";

  private final GuestHttp http;
  private final Path socket;
  private final Supplier<String> accessToken;
  private final KeepAlive keepAlive;

  AgentCalls(GuestHttp http, Path socket, Supplier<String> accessToken, KeepAlive keepAlive) {
    this.http = http;
    this.socket = socket;
    this.accessToken = accessToken;
    this.keepAlive = keepAlive;
  }

  /** Which method of a service is called, how long it may take and how much it may answer. */
  record Method(AgentService service, String name, Duration timeout, int maxAnswerBytes) {}

  /** A call with one answer. */
  <T extends Message> T unary(Method method, Message message, Parser<T> parser) {
    return unary(method, message, parser, UnaryOperator.identity());
  }

  /** The same with something done to the request before it is sent. */
  <T extends Message> T unary(
      Method method, Message message, Parser<T> parser, UnaryOperator<Request> prepared) {
    Request request = prepared.apply(post(method.service(), method.name()));
    return unary(method, request, message, parser);
  }

  /** A call with one answer, with the rights of a user of the guest. */
  <T extends Message> T unaryAs(String user, Method method, Message message, Parser<T> parser) {
    return unary(method, postAs(user, method.service(), method.name()), message, parser);
  }

  private Request postAs(String user, AgentService service, String name) {
    String credentials = basic(user);
    return post(service, name)
        .headers(headers -> headers.put(HttpHeader.AUTHORIZATION, credentials));
  }

  private static String basic(String user) {
    // The agent would take what stands before the colon for the name.
    if (user.indexOf(':') >= 0) {
      throw new OmniRunException(ErrorCode.USER_NOT_FOUND, "a user's name has no colon");
    }
    byte[] credentials = (user + ":").getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(credentials);
  }

  private <T extends Message> T unary(
      Method method, Request request, Message message, Parser<T> parser) {
    try (InputStream answer = answer(method, request, message)) {
      byte[] body = answer.readNBytes(method.maxAnswerBytes() + 1);
      if (body.length > method.maxAnswerBytes()) {
        throw new IOException("an answer of more than " + method.maxAnswerBytes() + " bytes");
      }
      return parser.parseFrom(body);
    } catch (IOException e) {
      throw AgentFailure.lost(e);
    }
  }

  private InputStream answer(Method method, Request request, Message message) {
    request.timeout(method.timeout().toMillis(), TimeUnit.MILLISECONDS);
    request.body(new BytesRequestContent(MESSAGE, message.toByteArray()));
    return open(method.service(), request, method.timeout());
  }

  /**
   * A call with one answer that is parsed as it arrives, with the rights of a user. The caller
   * closes it and bounds what it reads: {@link Method#maxAnswerBytes} is not looked at.
   */
  InputStream longAnswerAs(String user, Method method, Message message) {
    Request request = postAs(user, method.service(), method.name());
    return new StreamedAnswer(request, answer(method, request, message));
  }

  /**
   * A call that is answered by a stream of messages in envelopes; the caller closes it, which ends
   * the call. It is lost when the guest is silent for too long, for the agent says now and then
   * that it is there.
   */
  InputStream stream(AgentService service, String name, Message message) {
    return stream(post(service, name), service, message);
  }

  /** The same with the rights of a user of the guest. */
  InputStream streamAs(String user, AgentService service, String name, Message message) {
    return stream(postAs(user, service, name), service, message);
  }

  private InputStream stream(Request request, AgentService service, Message message) {
    byte[] bytes = message.toByteArray();
    ByteBuffer envelope = ByteBuffer.allocate(ENVELOPE_HEADER_BYTES + bytes.length);
    envelope.put((byte) 0).putInt(bytes.length).put(bytes);
    request
        .headers(
            headers -> headers.put("Keepalive-Ping-Interval", keepAlive.interval().toSeconds()))
        .idleTimeout(keepAlive.lostAfter().toMillis(), TimeUnit.MILLISECONDS)
        .body(new BytesRequestContent(STREAM, envelope.array()));
    return new StreamedAnswer(request, open(service, request, ANSWER_TIMEOUT));
  }

  private Request post(AgentService service, String name) {
    return request(service, name)
        .method(HttpMethod.POST)
        .headers(headers -> headers.put("Connect-Protocol-Version", "1"));
  }

  /** A request with the sandbox's token. {@code rest} is what follows the service's path. */
  Request request(AgentService service, String rest) {
    String token = accessToken.get();
    Request request = http.request(socket, AgentService.PORT, service.path() + rest);
    return token.isEmpty()
        ? request
        : request.headers(headers -> headers.put("X-Access-Token", token));
  }

  /** Sends a request and waits for a success; the caller closes the body. */
  private InputStream open(AgentService service, Request request, Duration timeout) {
    AnswerListener listener = new AnswerListener();
    request.send(listener);
    requireSuccess(service, awaitHead(request, listener, timeout), listener);
    return listener.getInputStream();
  }

  /** Waits for the status and the headers of the answer. */
  Response awaitHead(Request request, AnswerListener listener, Duration timeout) {
    try {
      return listener.awaitHead(request, http.alarms(), timeout);
    } catch (ExecutionException e) {
      throw AgentFailure.lost(e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      throw AgentFailure.lost(e);
    }
  }

  /** Throws what the agent says if the answer is no success. */
  static void requireSuccess(
      AgentService service, Response response, InputStreamResponseListener listener) {
    int status = response.getStatus();
    if (status == 200 || status == 206) {
      return;
    }
    try (InputStream body = listener.getInputStream()) {
      byte[] error = body.readNBytes(MAX_ERROR_BYTES);
      throw AgentFailure.refused(
          service,
          service == AgentService.FILES
              ? AgentRefusal.ofHttp(status, error)
              : AgentRefusal.ofConnect(error));
    } catch (IOException e) {
      throw AgentFailure.lost(e);
    }
  }
}
