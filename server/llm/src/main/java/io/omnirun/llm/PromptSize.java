package io.omnirun.llm;

/**
 * How much a prompt can be: no text has more tokens than bytes.
 *
 * @param textBytes of everything but pictures
 * @param images how many pictures there are
 * @param hasReferences whether some of it stands elsewhere: a file that was uploaded before
 */
public record PromptSize(long textBytes, int images, boolean hasReferences) {
  /** Of English some four bytes are a token; of code and other languages fewer. */
  private static final int USUAL_BYTES_PER_TOKEN = 4;

  /** What a picture of common size costs most models. */
  private static final int USUAL_IMAGE_TOKENS = 1_000;

  /**
   * Tokens that it has at most.
   *
   * @param imageTokens that a picture costs at most
   * @param maxPromptTokens that the model takes
   */
  public long most(long imageTokens, long maxPromptTokens) {
    return hasReferences
        ? maxPromptTokens
        : Math.min(textBytes + images * imageTokens, maxPromptTokens);
  }

  /** Tokens that it has in all likelihood, where nobody says. */
  public long estimate() {
    return Math.max(1, textBytes / USUAL_BYTES_PER_TOKEN + (long) images * USUAL_IMAGE_TOKENS);
  }
}
