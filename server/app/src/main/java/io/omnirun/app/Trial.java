package io.omnirun.app;

/**
 * What became of a guest under KVM.
 *
 * @param text for people; a clause
 */
record Trial(Outcome outcome, String text) {
  enum Outcome {
    ANSWERED,
    FAILED,
    /** None was run: nothing is proved. */
    NOT_TRIED
  }

  static Trial notTried(String reason) {
    return new Trial(Outcome.NOT_TRIED, reason);
  }
}
