package io.omnirun.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DomainPatternTest {
  private static final String LABEL_63 = "a".repeat(63);
  private static final String NAME_253 =
      LABEL_63 + "." + LABEL_63 + "." + LABEL_63 + "." + "a".repeat(61);

  @ParameterizedTest
  @CsvSource({
    "example.com, example.com",
    "EXAMPLE.Com., example.com",
    "*.Example.com, *.example.com",
    "localhost, localhost",
    "*.com, *.com",
    "_dmarc.my_host.example.com, _dmarc.my_host.example.com",
    "bücher.example, xn--bcher-kva.example",
    "*.BÜCHER.example, *.xn--bcher-kva.example",
    "XN--BCHER-KVA.example, xn--bcher-kva.example",
    "пример.рф, xn--e1afmkfd.xn--p1ai",
    "例え。テスト, xn--r8jz45g.xn--zckzah",
    "ＥＸＡＭＰＬＥ.com, example.com",
  })
  void patternsAreKeptInOneForm(String text, String form) {
    assertThat(DomainPattern.parse(text)).hasToString(form);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "*",
        "*.",
        "**.example.com",
        "a.*.example.com",
        "*a.example.com",
        "*.*.com",
        "example.*",
        "＊.example.com",
        "a..b",
        ".example.com",
        "example.com..",
        "-a.example",
        "a-.example",
        "a b.example",
        "a/b.example",
        "exa\nmple.com",
        "http://example.com",
        "example.com:443",
        "192.0.2.1",
        "192.0.2.1.",
        "*.1",
        "1.2.3",
        "0x7f.1",
        "0x7f000001",
        "１２７.0.0.1",
        "::1",
        "[::1]",
        "straße.de",
        "a\u200db.example",
        "😀\ud800.example"
      })
  void whatIsNoPatternIsRefused(String text) {
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> DomainPattern.parse(text))
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  @Test
  void namesAreBounded() {
    assertThat(DomainPattern.parse(NAME_253)).hasToString(NAME_253);
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> DomainPattern.parse(NAME_253 + "a"))
        .withMessageContaining("253");
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> DomainPattern.parse("a".repeat(64) + ".com"));
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> DomainPattern.parse("ü".repeat(100_000)))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
  }

  @ParameterizedTest
  @CsvSource({
    "example.com, example.com, true",
    "example.com, a.example.com, false",
    "*.example.com, a.example.com, true",
    "*.example.com, a.b.example.com, true",
    "*.example.com, example.com, false",
    "*.example.com, notexample.com, false",
    "*.example.com, example.com.evil.org, false",
    "*.com, example.com, true",
  })
  void wildcardsMeanAllNamesBelow(String pattern, String name, boolean matches) {
    assertThat(DomainPattern.parse(pattern).matches(new DomainName(name))).isEqualTo(matches);
  }

  @Test
  void namesOnTheWireAreAscii() {
    assertThat(DomainName.ofWire("WWW.Example.COM.")).contains(new DomainName("www.example.com"));
    assertThat(DomainName.ofWire("bücher.example")).isEmpty();
    assertThat(DomainName.ofWire("\u212aelvin.example")).isEmpty();
    assertThat(DomainName.ofWire("192.0.2.1")).isEmpty();
  }
}
