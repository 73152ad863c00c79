package io.omnirun.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocationsTest {
  private final Locations locations =
      new Locations("https://slug.example:8443", List.of("own.example", "masked"), 3000);

  @ParameterizedTest
  @CsvSource({
    "/next?a=b, /next?a=b",
    "next, next",
    "http://own.example/a, https://slug.example:8443/a",
    "http://OWN.example:80/a, https://slug.example:8443/a",
    "//masked/a, https://slug.example:8443/a",
    "http://127.0.0.1:3000, https://slug.example:8443",
    "http://localhost:3000/a#b, https://slug.example:8443/a#b",
    "http://localhost:3001/a, http://localhost:3001/a",
    "http://localhost/a, http://localhost/a",
    "https://other.example/own.example, https://other.example/own.example",
    "https://own.example@other.example/, https://own.example@other.example/",
    "javascript:alert(1), javascript:alert(1)"
  })
  void onlyTheGuestsOwnNamesBecomeTheBrowsers(String location, String seen) {
    assertThat(locations.forBrowser(location)).isEqualTo(seen);
  }
}
