package io.omnirun.guest.agent;

import static java.util.Objects.requireNonNullElse;

import io.omnirun.guest.agent.Alarms.Alarm;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.jspecify.annotations.Nullable;

/** An answer that is read as it comes, after its head has been waited for. */
public final class AnswerListener extends InputStreamResponseListener {
  private final CountDownLatch head = new CountDownLatch(1);
  private volatile @Nullable Throwable failure;

  @Override
  public void onHeaders(Response response) {
    super.onHeaders(response);
    head.countDown();
  }

  @Override
  public void onFailure(Response response, Throwable failure) {
    super.onFailure(response, failure);
    this.failure = failure;
    head.countDown();
  }

  @Override
  public void onComplete(Result result) {
    super.onComplete(result);
    head.countDown();
  }

  /**
   * Waits for the status and the headers of the answer to a request that was sent; blocks. If that
   * takes too long the request is aborted.
   *
   * @throws ExecutionException why there is none
   * @throws InterruptedException if this thread was interrupted; the request is aborted
   */
  public Response awaitHead(Request request, Alarms alarms, Duration patience)
      throws ExecutionException, InterruptedException {
    try (Alarm ignored =
        alarms.after(
            patience, () -> request.abort(new TimeoutException("no answer in " + patience)))) {
      head.await();
      return get(0, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      request.abort(e);
      throw e;
    } catch (TimeoutException e) {
      // Jetty's own listener is told of a failure only when the request is over, too.
      throw new ExecutionException(requireNonNullElse(failure, e));
    }
  }
}
