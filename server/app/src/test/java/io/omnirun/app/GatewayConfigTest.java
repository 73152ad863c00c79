package io.omnirun.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.PreviewSettings;
import io.omnirun.core.PreviewUrls;
import io.omnirun.model.OmniRunException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GatewayConfigTest {
  private static PreviewSettings previews(Map<String, String> values) {
    return GatewayConfig.of(new ConfigValues(values))
        .previews(InetSocketAddress.createUnresolved("127.0.0.1", 8_080));
  }

  @Test
  void previewsAreWhereTheApiIsUnlessTheOperatorSaysOtherwise() {
    assertThat(previews(Map.of()))
        .isEqualTo(
            new PreviewSettings(
                new PreviewUrls("http", "localhost", OptionalInt.of(8_080)), true, true));
  }

  @Test
  void addressesAreThoseOfTheListener() {
    assertThat(
            previews(
                    Map.of(
                        "gateway.domain", "preview.example",
                        "gateway.bind", "0.0.0.0:443",
                        "gateway.tls-certificate", "/etc/omnirun/preview.pem",
                        "gateway.tls-key", "/etc/omnirun/preview.key"))
                .urls())
        .isEqualTo(new PreviewUrls("https", "preview.example", OptionalInt.empty()));
  }

  @Test
  void addressesAreThoseThatTheOperatorNames() {
    assertThat(
            previews(
                    Map.of(
                        "gateway.bind", "127.0.0.1:9000",
                        "gateway.public-url", "https://preview.example:8443"))
                .urls())
        .isEqualTo(new PreviewUrls("https", "preview.example", OptionalInt.of(8_443)));
  }

  @Test
  void namesOfSandboxesAreSwitchedOff() {
    PreviewSettings off =
        previews(Map.of("gateway.sandbox-names", "false", "gateway.interpreter-port", "false"));
    assertThat(off.sandboxNames()).isFalse();
    assertThat(off.interpreterPort()).isFalse();
  }

  @Test
  void aCertificateWantsItsKeyAndAListenerOfItsOwn() {
    Map<String, String> both =
        Map.of("gateway.tls-certificate", "/a.pem", "gateway.tls-key", "/a.key");
    assertThatThrownBy(() -> previews(Map.of("gateway.tls-key", "/a.key")))
        .hasMessageContaining("gateway.tls-key");
    assertThatThrownBy(() -> previews(Map.of("gateway.tls-certificate", "/a.pem")))
        .hasMessageContaining("gateway.tls-certificate");
    assertThatThrownBy(() -> previews(both)).hasMessageContaining("gateway.bind");
  }

  @Test
  void filesThatAreNotThereStopTheServer() {
    GatewayConfig config =
        GatewayConfig.of(
            new ConfigValues(
                Map.of(
                    "gateway.bind", "127.0.0.1:0",
                    "gateway.tls-certificate", "/nowhere.pem",
                    "gateway.tls-key", "/nowhere.key")));
    assertThatThrownBy(config::tls)
        .isInstanceOf(OmniRunException.class)
        .hasMessageContaining("/nowhere.pem");
  }

  @ParameterizedTest
  @CsvSource({
    "gateway.domain,Preview.example",
    "gateway.domain,*.example",
    "gateway.domain,preview.example:80",
    "gateway.domain,-a.example",
    "gateway.bind,somewhere",
    "gateway.sandbox-names,yes",
    "gateway.interpreter-port,1",
    "gateway.public-url,preview.example",
    "gateway.public-url,ftp://preview.example",
    "gateway.public-url,https://preview.example/path",
    "gateway.public-url,https://u@preview.example",
    "gateway.public-url,https://",
    "gateway.public-url,'https://a b'"
  })
  void whatMakesNoSenseStopsTheServer(String key, String value) {
    assertThatThrownBy(() -> previews(Map.of(key, value)))
        .isInstanceOf(OmniRunException.class)
        .hasMessageContaining(key);
  }
}
