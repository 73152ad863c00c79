package io.omnirun.core;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Makes calls fail: so many before they do anything, or so many after they did all. */
final class Faults {
  final AtomicInteger refusals = new AtomicInteger();
  final AtomicInteger lostAnswers = new AtomicInteger();
  volatile Runnable onLostAnswer = () -> {};

  /** From now on every call fails without having done anything. */
  void refuseAll() {
    refusals.set(Integer.MAX_VALUE);
  }

  /** From now on calls succeed. */
  void heal() {
    refusals.set(0);
    lostAnswers.set(0);
  }

  <T> T call(Supplier<T> effect) {
    if (takeOne(refusals)) {
      throw new OmniRunException(ErrorCode.INTERNAL, "refused as told");
    }
    T answer = effect.get();
    if (takeOne(lostAnswers)) {
      onLostAnswer.run();
      throw new OmniRunException(ErrorCode.INTERNAL, "answer lost as told");
    }
    return answer;
  }

  private static boolean takeOne(AtomicInteger left) {
    return left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
  }
}
