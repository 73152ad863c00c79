package io.omnirun.guest.agent;

import io.omnirun.guest.agent.Alarms.Alarm;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;

/** An answer that is read as it comes, after its head has been waited for. */
public final class AnswerListener extends InputStreamResponseListener {
  private final CompletableFuture<Response> head = new CompletableFuture<>();

  @Override
  public void onHeaders(Response response) {
    super.onHeaders(response);
    head.complete(response);
  }

  @Override
  public void onFailure(Response response, Throwable failure) {
    super.onFailure(response, failure);
    head.completeExceptionally(failure);
  }

  /** A request that fails before there is an answer is told of here alone. */
  @Override
  public void onComplete(Result result) {
    super.onComplete(result);
    if (result.isFailed()) {
      head.completeExceptionally(result.getFailure());
    }
  }

  /**
   * Waits for the status and the headers of the answer to a request that was sent; blocks. If that
   * takes too long the request is aborted.
   *
   * @throws ExecutionException with the cause why there is none
   * @throws InterruptedException if this thread was interrupted; the request is aborted
   */
  public Response awaitHead(Request request, Alarms alarms, Duration patience)
      throws ExecutionException, InterruptedException {
    try (Alarm ignored =
        alarms.after(
            patience, () -> request.abort(new TimeoutException("no answer in " + patience)))) {
      return head.get();
    } catch (InterruptedException e) {
      request.abort(e);
      throw e;
    }
  }
}
