package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextLinesTest {
  private final List<String> told = new ArrayList<>();
  private final TextLines lines =
      new TextLines((line, continued) -> told.add(line + (continued ? "…" : "")));

  @Test
  void linesAreToldWhenTheyAreComplete() throws IOException {
    lines.add("a\nb");
    assertThat(told).containsExactly("a");
    lines.add("c\r\n\n");
    assertThat(told).containsExactly("a", "bc\r", "");
    lines.add("d");
    lines.end();
    lines.end();
    assertThat(told).containsExactly("a", "bc\r", "", "d");
  }

  @Test
  void aLineWithoutEndIsToldInPiecesOfWholeCharacters() throws IOException {
    String halfFull = "x".repeat(TextLines.MAX_CHARACTERS - 1);
    lines.add(halfFull);
    lines.add("😀y\n");
    assertThat(told).containsExactly(halfFull + "…", "😀y");
  }

  @Test
  void aLineThatJustFitsIsOne() throws IOException {
    lines.add("x".repeat(TextLines.MAX_CHARACTERS));
    assertThat(told).isEmpty();
    lines.add("\n");
    assertThat(told).containsExactly("x".repeat(TextLines.MAX_CHARACTERS));
  }
}
