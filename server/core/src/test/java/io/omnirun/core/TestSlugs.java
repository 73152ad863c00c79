package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestSlugs {
  @Test
  void madeOnesHaveTheirFormAndDiffer() {
    Set<String> all = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      String slug = Slugs.random();
      assertThat(slug).matches("[a-z]+-[a-z]+-[a-z0-9]{8}");
      Slugs.check(slug);
      all.add(slug);
    }
    assertThat(all).hasSize(1_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"abc", "a-b", "123", "my-app-2", "sbx", "sb-tool", "3000-sa", "a--b", "app-1"})
  void namesOfOnesOwnMayBeChosen(String slug) {
    Slugs.check(slug);
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void namesThatMeanSomethingElseMayNot(String slug) {
    assertThatThrownBy(() -> Slugs.check(slug))
        .isInstanceOfSatisfying(
            OmniRunException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .hasMessageContaining("slug");
  }

  static Set<String> wrong() {
    return Set.of(
        "",
        "ab",
        "a".repeat(64),
        "a".repeat(300),
        "-abc",
        "abc-",
        "Abc",
        "a_b",
        "a.b",
        "a b",
        "äbc",
        "abc\n",
        "abc\u0000",
        "xn--80ak6aa92e",
        "3000-sbabcdefghijabcdefghij",
        "3000-sb",
        "sb-abcdefghijabcdefghij-3000",
        "sbabcdefghijabcdefghij-3000",
        "www",
        "api",
        "admin",
        "localhost");
  }
}
