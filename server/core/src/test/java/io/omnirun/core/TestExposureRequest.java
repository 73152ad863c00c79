package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Visibility;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestExposureRequest {
  private static ExposureRequest request(int port, long seconds, String openPath) {
    return new ExposureRequest(
        port,
        Visibility.PUBLIC,
        Optional.of(Duration.ofSeconds(seconds)),
        Optional.empty(),
        Optional.of(openPath),
        false);
  }

  private static void assertRefused(Runnable request, String field) {
    assertThatThrownBy(request::run)
        .isInstanceOfSatisfying(
            OmniRunException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .hasMessageContaining(field);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 22, 3_000, 49_982, 49_984, 50_000, 65_535})
  void portsAreExposed(int port) {
    assertThat(request(port, 1, "/").port()).isEqualTo(port);
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 49_980, 49_983, 49_999, 65_536, Integer.MAX_VALUE})
  void portsThatAreNoneOrTheSandboxesOwnAreNot(int port) {
    assertRefused(() -> request(port, 1, "/"), "port");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void timeIsPositive(long seconds) {
    assertRefused(() -> request(80, seconds, "/"), "requestedTtlSeconds");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/a/b",
        "/a?b=c&d=%20",
        "/#/page",
        "/a//b",
        "/~x;y=1,2/(z)@!$'*+:",
        "/%E2%82%AC"
      })
  void pathsOfUrlsOpen(String path) {
    assertThat(request(80, 1, path).openPath()).contains(path);
  }

  @ParameterizedTest
  @MethodSource("wrongPaths")
  void whatLeadsElsewhereOrIsNoPathDoesNot(String path) {
    assertRefused(() -> request(80, 1, path), "openPath");
  }

  static List<String> wrongPaths() {
    return List.of(
        "",
        "a",
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example",
        "/a\r\nSet-Cookie: b=c",
        "/a b",
        "/\u0000",
        "/\u007f",
        "/ä",
        "/%",
        "/%zz",
        "/<script>",
        "/\"",
        "/" + "a".repeat(ExposureRequest.MAX_OPEN_PATH_LENGTH),
        "/" + "%41".repeat(100_000));
  }
}
