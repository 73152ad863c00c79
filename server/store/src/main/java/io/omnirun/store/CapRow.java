package io.omnirun.store;

import io.omnirun.model.LlmCap;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The columns of a cap; null: any. Public for JDBI's reflection alone. */
public record CapRow(@Nullable Long picodollars, @Nullable Long tokens, String period) {
  static CapRow of(LlmCap cap) {
    return new CapRow(boxed(cap.picodollars()), boxed(cap.tokens()), cap.period().text());
  }

  private static @Nullable Long boxed(OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
  }
}
