package io.omnirun.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.omnirun.gateway.PreviewAddress.Spelling;
import io.omnirun.model.PreviewName;
import io.omnirun.model.SandboxId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostNamesTest {
  private static final String ID = "sb_abcdefghijklmnopqrst";
  private final HostNames names = new HostNames("previews.example");

  @Test
  void readsBothSpellingsAndSlugs() {
    PreviewName port = new PreviewName.SandboxPort(new SandboxId(ID), 3000);
    assertThat(names.read(ID.toUpperCase() + "-3000.Previews.Example.:8080"))
        .contains(
            new PreviewAddress(port, ID + "-3000.previews.example:8080", ":8080", Spelling.OURS));
    assertThat(names.read("3000-sbabcdefghijklmnopqrst.previews.example"))
        .contains(
            new PreviewAddress(
                port, "3000-sbabcdefghijklmnopqrst.previews.example", "", Spelling.E2B));
    assertThat(names.read("calm-otter-1.previews.example").orElseThrow().name())
        .isEqualTo(new PreviewName.Slug("calm-otter-1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "previews.example",
        ".previews.example",
        "a.b.previews.example",
        "x.other.example",
        "xpreviews.example",
        "-a.previews.example",
        "a-.previews.example",
        "a_b.previews.example",
        "sb_abcdefghijklmnopqrst-0.previews.example",
        "sb_abcdefghijklmnopqrst-03000.previews.example",
        "sb_abcdefghijklmnopqrst-65536.previews.example",
        "[::1]",
        "a.previews.example..",
        "a.previews.example:port",
        "user@a.previews.example"
      })
  void readsNothingElse(String host) {
    assertThat(names.read(host)).isEmpty();
  }

  @Test
  void whatIsBelowTheDomainIsTheGatewaysWhetherOrNotItMeansAnything() {
    assertThat(names.isBelowDomain("a.b_c.PREVIEWS.example.:1")).isTrue();
    assertThat(names.isBelowDomain("previews.example")).isFalse();
    assertThat(names.isBelowDomain("127.0.0.1:8080")).isFalse();
    assertThat(names.isBelowDomain("")).isFalse();
  }

  @FuzzTest(maxDuration = "10s")
  void anyHostIsReadOrNot(FuzzedDataProvider data) {
    String host = data.consumeRemainingAsString();
    names
        .read(host)
        .ifPresent(
            address -> {
              assertThat(names.isBelowDomain(host)).isTrue();
              assertThat(address.authority()).matches("[a-z0-9_-]+\\.previews\\.example(:\\d+)?");
            });
  }
}
