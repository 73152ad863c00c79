package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/**
 * Answers what never becomes a whole request, because Jetty's parser refuses it or the body stops
 * coming: with our JSON, and with a 4xx, for it is the client's doing.
 */
final class ProtocolErrors implements Request.Handler {
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    ErrorAnswer answer = answer(request.getAttribute(ErrorHandler.ERROR_EXCEPTION));
    response.setStatus(answer.status());
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, Exchange.JSON_TYPE);
    // Jetty closes the connection, and a client that is not told so sends its next request there.
    response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
    response.write(true, ByteBuffer.wrap(answer.toBytes()), callback);
    return true;
  }

  private static ErrorAnswer answer(Object failure) {
    if (failure instanceof AbortedAnswerException) {
      return invalid(HttpStatus.REQUEST_TIMEOUT_408);
    }
    if (!(failure instanceof HttpException refused)) {
      return ErrorAnswer.internal();
    }
    return invalid(
        HttpStatus.isClientError(refused.getCode())
            ? refused.getCode()
            : HttpStatus.BAD_REQUEST_400);
  }

  private static ErrorAnswer invalid(int status) {
    return new ErrorAnswer(status, ErrorCode.INVALID_REQUEST, message(status));
  }

  private static String message(int status) {
    return switch (status) {
      case HttpStatus.REQUEST_TIMEOUT_408 ->
          "the request's body did not arrive in full and in time";
      case HttpStatus.URI_TOO_LONG_414 -> "the URL is too long";
      case HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431 ->
          "the request's headers are too large: at most %,d bytes"
              .formatted(HttpServer.MAX_HEADER_BYTES);
      default ->
          "this is not a proper HTTP/1.1 request: its first line, its URL or a header is wrong";
    };
  }
}
