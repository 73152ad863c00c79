package io.omnirun.guest.agent;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.omnirun.guest.proto.process.StartRequest;
import io.omnirun.guest.proto.v1.ApplyIdentityRequest;
import io.omnirun.guest.proto.v1.ApplyIdentityResponse;
import io.omnirun.guest.proto.v1.HealthRequest;
import io.omnirun.guest.proto.v1.HealthResponse;
import io.omnirun.guest.proto.v1.ReadProcessesRequest;
import io.omnirun.guest.proto.v1.ReadProcessesResponse;
import io.omnirun.guest.proto.v1.SyncRequest;
import io.omnirun.guest.proto.v1.SyncResponse;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.InputStreamRequestContent;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpMethod;

/**
 * The client of one guest's agent. Calls block; they throw {@link OmniRunException} with
 * GUEST_UNREACHABLE when the agent is not there, and with the code that fits when it refuses.
 * Whatever it answers is bounded. Thread-safe.
 */
public final class AgentClient {
  /** The agent's public API. */
  static final int API_PORT = 49_983;

  /** The service that only the host may call; outside TCP's range. */
  static final int GUEST_PORT = 65_537;

  /** The newest 16 MiB of both outputs of a process, and as much again for a list of them. */
  private static final int MAX_ANSWER_BYTES = 80 * 1024 * 1024;

  private static final int MAX_ERROR_BYTES = 64 * 1024;
  private static final int UPLOAD_BUFFER_BYTES = 256 * 1024;
  private static final String PROTO = "application/proto";
  private static final String STREAM = "application/connect+proto";

  private final GuestHttp http;
  private final Path socket;
  private volatile String accessToken = "";

  /**
   * @param socket the machine's, with the CONNECT handshake
   */
  public AgentClient(GuestHttp http, Path socket) {
    this.http = http;
    this.socket = socket;
  }

  /** From now on calls carry this token. */
  public void useToken(String token) {
    this.accessToken = token;
  }

  public HealthResponse health() {
    return guestCall("Health", HealthRequest.getDefaultInstance(), HealthResponse.parser());
  }

  public void applyIdentity(ApplyIdentityRequest request) {
    guestCall("ApplyIdentity", request, ApplyIdentityResponse.parser());
  }

  public ReadProcessesResponse readProcesses(int handle, long outputLimitBytes) {
    ReadProcessesRequest request =
        ReadProcessesRequest.newBuilder()
            .setHandle(handle)
            .setOutputLimitBytes(outputLimitBytes)
            .build();
    return guestCall("ReadProcesses", request, ReadProcessesResponse.parser());
  }

  public void sync() {
    guestCall("Sync", SyncRequest.getDefaultInstance(), SyncResponse.parser());
  }

  /** Starts a process. The caller closes the stream; the process lives on. */
  public ProcessStream start(StartRequest request) {
    Request call =
        post(API_PORT, "/process.Process/Start")
            .body(new BytesRequestContent(STREAM, envelope(request.toByteArray())));
    return new ProcessStream(open(call));
  }

  private static byte[] envelope(byte[] message) {
    return ByteBuffer.allocate(message.length + 5)
        .put((byte) 0)
        .putInt(message.length)
        .put(message)
        .array();
  }

  /**
   * Writes a file; it is replaced only when all of {@code content} has arrived. The caller closes
   * {@code content}.
   */
  public void upload(String path, String user, InputStream content) {
    Request call =
        post(API_PORT, fileTarget(path, user))
            .body(
                new InputStreamRequestContent(
                    "application/octet-stream", content, UPLOAD_BUFFER_BYTES));
    try (InputStream answer = open(call)) {
      answer.readNBytes(MAX_ERROR_BYTES);
    } catch (IOException e) {
      throw lost(e);
    }
  }

  /** Opens a regular file. The caller closes it. */
  public InputStream download(String path, String user) {
    return open(
        authorized(http.request(socket, API_PORT, fileTarget(path, user)).method(HttpMethod.GET)));
  }

  private static String fileTarget(String path, String user) {
    return "/files?path="
        + URLEncoder.encode(path, StandardCharsets.UTF_8)
        + "&username="
        + URLEncoder.encode(user, StandardCharsets.UTF_8);
  }

  private <T extends Message> T guestCall(String method, Message request, Parser<T> parser) {
    Request call =
        post(GUEST_PORT, "/omnirun.guest.v1.Guest/" + method)
            .body(new BytesRequestContent(PROTO, request.toByteArray()));
    try (InputStream answer = open(call)) {
      byte[] body = answer.readNBytes(MAX_ANSWER_BYTES + 1);
      if (body.length > MAX_ANSWER_BYTES) {
        throw new IOException("an answer of more than " + MAX_ANSWER_BYTES + " bytes");
      }
      return parser.parseFrom(body);
    } catch (IOException e) {
      throw lost(e);
    }
  }

  private Request post(int port, String target) {
    return authorized(http.request(socket, port, target).method(HttpMethod.POST))
        .headers(headers -> headers.put("Connect-Protocol-Version", "1"));
  }

  private Request authorized(Request request) {
    String token = accessToken;
    return token.isEmpty()
        ? request
        : request.headers(headers -> headers.put("X-Access-Token", token));
  }

  /**
   * Sends a request and waits for the head of the answer; an answer that is no success becomes an
   * exception.
   */
  private static InputStream open(Request request) {
    InputStreamResponseListener listener = new InputStreamResponseListener();
    request.send(listener);
    try {
      Response response = listener.get(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
      InputStream body = listener.getInputStream();
      if (response.getStatus() == 200) {
        return body;
      }
      throw refusal(response, body);
    } catch (ExecutionException e) {
      throw AgentFailure.of(e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      throw lost(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      request.abort(e);
      throw lost(e);
    }
  }

  private static OmniRunException refusal(Response response, InputStream body) {
    try (body) {
      byte[] error = body.readNBytes(MAX_ERROR_BYTES);
      return AgentFailure.of(response.getStatus(), response.getRequest().getPath(), error);
    } catch (IOException e) {
      return lost(e);
    }
  }

  private static OmniRunException lost(Exception cause) {
    return new OmniRunException(
        ErrorCode.GUEST_UNREACHABLE, "the sandbox's agent does not answer", cause);
  }
}
