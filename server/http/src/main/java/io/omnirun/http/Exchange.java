package io.omnirun.http;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * A request and its answer. Reading and answering block for the client. An exchange is answered
 * once, by {@link #json}, {@link #stream}, {@link #sized} or {@link #empty}; an answer of which
 * nothing is sent yet still becomes an error when its handler throws. Used by one thread.
 */
public final class Exchange {
  /** The media type of every answer with a body. */
  public static final String JSON_TYPE = "application/json";

  private final Request request;
  private final Response response;
  private final BodyShare bodyShare;
  private final OpenStreams openStreams;
  private final WebSockets webSockets;
  private Map<String, String> pathParameters = Map.of();
  private boolean bodyTouched;
  private boolean answered;
  private ErrorFormat errorFormat = ErrorFormat.OWN;

  /**
   * @param bodyShare the caller releases it when the request is over
   */
  Exchange(
      Request request,
      Response response,
      BodyShare bodyShare,
      OpenStreams openStreams,
      WebSockets webSockets) {
    this.request = request;
    this.response = response;
    this.bodyShare = bodyShare;
    this.openStreams = openStreams;
    this.webSockets = webSockets;
  }

  public String method() {
    return request.getMethod();
  }

  /** Whether only the head of the answer is wanted: a body that is costly need not be written. */
  public boolean isHead() {
    return HttpMethod.HEAD.is(method());
  }

  /** The path as it was sent, still percent-encoded, without the query. */
  public String path() {
    return Optional.ofNullable(request.getHttpURI().getPath()).orElse("");
  }

  void useRoute(Router.Route route, Map<String, String> encodedParameters) {
    RouteLog.remember(request, route);
    pathParameters = encodedParameters;
  }

  /** Whether the route has a parameter of that name. */
  public boolean hasPathParameter(String name) {
    return pathParameters.containsKey(name);
  }

  /**
   * The decoded value of a parameter of the route's template.
   *
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST if it is not properly encoded UTF-8
   */
  public String pathParameter(String name) {
    String encoded = pathParameters.get(name);
    if (encoded == null) {
      throw new IllegalArgumentException("the route has no parameter " + name);
    }
    return PercentEncoding.decodeSegment(encoded);
  }

  /**
   * The decoded query.
   *
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST if it is not properly encoded
   */
  public QueryParameters query() {
    return QueryParameters.parse(rawQuery());
  }

  /** The query as it was sent, still percent-encoded; empty if there is none. */
  public String rawQuery() {
    return Optional.ofNullable(request.getHttpURI().getQuery()).orElse("");
  }

  /** All values of a header, in the order sent, each as one line has it. */
  public List<String> headers(String name) {
    return request.getHeaders().getValuesList(name);
  }

  /**
   * As whom our own side has introduced the client, on a server that is reached by {@link
   * Introduction#connect} alone; empty on any other.
   */
  public Optional<String> introducedAs() {
    return Introduction.of(request);
  }

  /** The address at the other end of the connection: the client's, or that of a proxy before it. */
  public String clientAddress() {
    return clientAddress(request);
  }

  static String clientAddress(Request request) {
    String address = Request.getRemoteAddr(request);
    return address.startsWith("[") ? address.substring(1, address.length() - 1) : address;
  }

  /**
   * The body. The caller need not close it. Reads throw {@link RefusedBodyException} past the limit
   * and {@link ClientGoneException}.
   *
   * @throws io.omnirun.model.OmniRunException BODY_TOO_LARGE if the request announces more
   */
  public InputStream body(long limitBytes) {
    RequestBody body = new RequestBody(request, limitBytes);
    bodyTouched = true;
    return body;
  }

  /**
   * The body as a JSON object of at most {@link JsonBody#DEFAULT_LIMIT_BYTES}.
   *
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST, BODY_TOO_LARGE,
   *     UNSUPPORTED_MEDIA_TYPE or CAPACITY_EXHAUSTED
   */
  public JsonFields readJson() throws IOException {
    return readJson(JsonBody.DEFAULT_LIMIT_BYTES);
  }

  /** The body as a JSON object, with another limit. */
  public JsonFields readJson(long limitBytes) throws IOException {
    requireJsonType();
    InputStream body = body(limitBytes);
    bodyShare.hold(announcedBytes().orElse(0));
    return JsonBody.readObject(new HeldBody(body, bodyShare));
  }

  /** The body as a JSON object; empty if there is no body. */
  public Optional<JsonFields> readJsonIfAny() throws IOException {
    requireJsonType();
    InputStream body = body(JsonBody.DEFAULT_LIMIT_BYTES);
    bodyShare.hold(announcedBytes().orElse(0));
    return JsonBody.readObjectIfAny(new HeldBody(body, bodyShare));
  }

  /**
   * The body as the fields of a page's form, as browsers send them.
   *
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST, BODY_TOO_LARGE,
   *     UNSUPPORTED_MEDIA_TYPE
   */
  public QueryParameters readPageForm(long limitBytes) throws IOException {
    MediaTypes.requirePageForm(headers(HttpHeader.CONTENT_TYPE.asString()));
    byte[] bytes = rawBody(limitBytes).readAllBytes();
    return QueryParameters.parse(new String(bytes, StandardCharsets.US_ASCII));
  }

  /**
   * For a route that keeps some of its body in memory: counts that, before it is read, until the
   * request is over.
   *
   * @param atMostBytes it keeps; less if the whole body is shorter
   * @throws io.omnirun.model.OmniRunException CAPACITY_EXHAUSTED if the server keeps enough already
   */
  public void holdBody(long atMostBytes) {
    bodyShare.hold(Math.min(atMostBytes, announcedBytes().orElse(atMostBytes)));
  }

  /**
   * For a route that works for long on a little of what it has read: the rest counts no more.
   *
   * @param bytes that are still in memory
   */
  public void keepOfBody(long bytes) {
    bodyShare.keep(bytes);
  }

  /**
   * The body as a form. The caller need not close it.
   *
   * @throws io.omnirun.model.OmniRunException BODY_TOO_LARGE if the request announces more,
   *     UNSUPPORTED_MEDIA_TYPE, INVALID_REQUEST
   */
  public MultipartForm form(long limitBytes) {
    MediaTypes.requireUnencoded(headers(HttpHeader.CONTENT_ENCODING.asString()));
    return MultipartForm.of(body(limitBytes), headers(HttpHeader.CONTENT_TYPE.asString()));
  }

  /**
   * The body as it is, of any type.
   *
   * @throws io.omnirun.model.OmniRunException BODY_TOO_LARGE if the request announces more,
   *     UNSUPPORTED_MEDIA_TYPE if it is packed
   */
  public InputStream rawBody(long limitBytes) {
    MediaTypes.requireUnencoded(headers(HttpHeader.CONTENT_ENCODING.asString()));
    return body(limitBytes);
  }

  private OptionalLong announcedBytes() {
    long length = request.getLength();
    return length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
  }

  /**
   * For a route that reads its JSON by itself.
   *
   * @throws io.omnirun.model.OmniRunException UNSUPPORTED_MEDIA_TYPE if the body is called another
   */
  public void requireJsonType() {
    MediaTypes.requireJson(
        headers(HttpHeader.CONTENT_TYPE.asString()),
        headers(HttpHeader.CONTENT_ENCODING.asString()));
  }

  /**
   * Does work that takes long, and tells it when the client hangs up meanwhile. One that closes its
   * own direction only counts as gone too, for that looks the same. The body must have been read to
   * its end, or nothing is noticed.
   *
   * @throws ClientGoneException if the client hung up before the work was done, however it ended
   */
  public <T> T whileClientWaits(ClientWork<T> work) throws IOException {
    try (ClientWatch watch = ClientWatch.begin(request)) {
      return watch.during(work);
    }
  }

  /**
   * Answers with server-sent events until {@code source} returns. The body must have been read to
   * its end. A client that hangs up and a server that stops end the stream; what it has told by
   * then is not whole, and the client is made to see that.
   *
   * @throws ClientGoneException if the stream ended before {@code source} did, however that ended
   */
  public void events(EventSource source) throws IOException {
    events(source, EventStream.PING_INTERVAL);
  }

  void events(EventSource source, Duration pingInterval) throws IOException {
    if (isHead()) {
      setHeader(HttpHeader.CONTENT_TYPE.asString(), EventStream.MEDIA_TYPE);
      empty(HttpStatuses.OK);
      return;
    }
    answered = true;
    try (ClientWatch watch = ClientWatch.begin(request);
        OpenStreams.Admission _ = openStreams.admit(watch.gone());
        EventStream events = EventStream.begin(response, pingInterval, watch.gone())) {
      listen(watch, events, source);
      events.close();
      events.complete();
    }
  }

  private static void listen(ClientWatch watch, EventStream events, EventSource source)
      throws IOException {
    watch.breakWhenGone();
    watch.during(
        listenerGone -> {
          source.sendTo(events, listenerGone);
          return events;
        });
  }

  /**
   * Answers with server-sent events that may be long in coming: until the first is sent, {@code
   * source} can call them off, and answer something else or throw. A server that stops waits for it
   * as for other requests. The body must have been read to its end.
   *
   * @param pingInterval after which a comment says that there is still something to come
   * @throws ClientGoneException if the client hung up, or took nothing, before {@code source} was
   *     done, however that ended
   */
  public void lateEvents(Duration pingInterval, EventSource source) throws IOException {
    lateEvents(pingInterval, EventStream.PATIENCE, source);
  }

  void lateEvents(Duration pingInterval, Duration patience, EventSource source) throws IOException {
    try (ClientWatch watch = ClientWatch.begin(request);
        EventStream events = EventStream.prepare(response, pingInterval, patience, watch.gone())) {
      listen(watch, events, source);
      events.close();
      answered |= !events.isCalledOff();
      events.complete();
    }
  }

  /** Has what goes wrong with this exchange told in another form than the API's own. */
  public void tellErrorsAs(ErrorFormat format) {
    errorFormat = format;
  }

  ErrorFormat errorFormat() {
    return errorFormat;
  }

  /**
   * Answers with a WebSocket, which outlives this exchange. {@code talk} is closed whatever
   * happens. Browsers say who opens a socket (Origin) and send their cookies along: a route that
   * takes a cookie for a key must look at where the request comes from.
   *
   * @param protocol one of those that the client offers; empty: none
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST if the request asks for no WebSocket
   */
  public void webSocket(Optional<String> protocol, WebSocketTalk talk) throws IOException {
    webSocket(protocol, talk, EventStream.PING_INTERVAL);
  }

  void webSocket(Optional<String> protocol, WebSocketTalk talk, Duration pingInterval)
      throws IOException {
    webSockets.open(request, response, protocol, talk, pingInterval);
    answered = true;
  }

  /** Sets a header of the answer, also if that becomes an error. */
  public void setHeader(String name, String value) {
    response.getHeaders().put(name, value);
  }

  /** Answers with a JSON value. */
  public void json(int status, JsonWriter writer) throws IOException {
    stream(
        status,
        JSON_TYPE,
        client -> {
          // Not closed when the writer fails: closing would complete the JSON of half an answer.
          JsonGenerator json = JsonBody.generator(client);
          writer.writeTo(json);
          json.flush();
        });
  }

  /** Answers with a body of any length: short ones in one piece, long ones chunked. */
  public void stream(int status, String contentType, AnswerWriter writer) throws IOException {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
    AnswerStream client = new AnswerStream(response);
    writer.writeTo(client);
    answered = true;
    client.complete();
  }

  /**
   * Answers with a body of a known length, which goes through in pieces. It is not written for a
   * request that only wants the head.
   */
  public void sized(SizedAnswer head, AnswerWriter writer) throws IOException {
    HttpFields.Mutable fields = response.getHeaders();
    head.headers().forEach(fields::put);
    fields.put(HttpHeader.CONTENT_LENGTH, head.lengthBytes());
    try {
      stream(head.status(), head.contentType(), isHead() ? client -> {} : writer);
    } catch (IOException | RuntimeException e) {
      if (!isCommitted()) {
        head.headers().keySet().forEach(fields::remove);
        fields.remove(HttpHeader.CONTENT_LENGTH);
      }
      throw e;
    }
  }

  /** Answers without a body. */
  public void empty(int status) throws IOException {
    response.setStatus(status);
    answered = true;
    new AnswerStream(response).complete();
  }

  boolean isAnswered() {
    return answered;
  }

  boolean isCommitted() {
    return response.isCommitted();
  }

  /**
   * Reads what the client is still sending, within a bound: closing a socket with unread bytes
   * resets it, and the client would lose the answer that waits there for it.
   */
  void drainBody(long limitBytes) throws ClientGoneException {
    boolean clientWaitsForContinue =
        !bodyTouched && request.getHeaders().contains(HttpHeader.EXPECT);
    if (!clientWaitsForContinue) {
      BodyDrain.drain(request, limitBytes);
    }
  }
}
