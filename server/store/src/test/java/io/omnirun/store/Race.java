package io.omnirun.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Calls that start at the same moment. */
final class Race {
  private Race() {}

  /** What the calls answered, in their order; the failure of one is thrown. */
  static <T> List<T> run(List<Callable<T>> calls) throws Exception {
    CountDownLatch ready = new CountDownLatch(calls.size());
    List<T> answers = new ArrayList<>();
    try (ExecutorService runners = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<T>> futures = new ArrayList<>();
      for (Callable<T> call : calls) {
        futures.add(
            runners.submit(
                () -> {
                  ready.countDown();
                  ready.await();
                  return call.call();
                }));
      }
      for (Future<T> future : futures) {
        answers.add(future.get());
      }
    }
    return answers;
  }
}
