package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.CodeLanguage;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which JavaScript is a module. */
class TestJavaScriptText {
  private static String fileName(String code) {
    return CodePrograms.fileName(CodeLanguage.JAVASCRIPT, code);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/*\nexport nothing\n*/ require('os')",
        "/*\nimport x from 'y'\n",
        "const help = `\nimport x from 'y'\nexport z`",
        "const help = `${a}\nimport x from 'y'\n`",
        "const help = `${`${{ a: '}' }}\nexport x`}\nimport y`",
        "const help = `\\`\nexport x\n`",
        "const help = 'a\\\nexport x'",
        "const help = \"a\\\nexport x\"",
        "s.replace(/`/, '') + `\nexport x`",
        "if (a) { } /[/`]/.test(s); `\nexport x`",
        "return /'`/g; `\nexport x`",
        "a = b / c; /*\nexport x*/ d = e / f",
        "a = b[0] / 2 + '/`'; `\nexport x`",
        "import('x')",
        "import.meta",
        "important = 1"
      })
  void whatOnlyLooksLikeAModuleIsNone(String code) {
    assertThat(fileName(code)).isEqualTo("main.cjs");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "import x from 'y'",
        "import{x}from 'y'",
        "import 'y'",
        "import 'y",
        "export default 1",
        "// `\nexport default 1",
        "/* ` */\nimport 'y'",
        "/* ' \" ` */\r\nimport 'y'",
        "#!/usr/bin/env node\nimport 'y'",
        "const a = '`'\nimport 'y'",
        "const a = \"/*\"\nimport 'y'",
        "const a = 'it\\'s `'\nimport 'y'",
        "const a = /`/g\nimport 'y'",
        "const a = /[/`]/\nimport 'y'",
        "const a = /\\/*`/\nimport 'y'",
        "const a = b.map(x => /'/.test(x))\nimport 'y'",
        "const a = b / c\nimport 'y'",
        "const a = (b) / c + '/'\nimport 'y'",
        "const a = `${b}`\nimport 'y'",
        "const a = `${{ b: `}` }}`\nimport 'y'",
        "const a = `$` + '{'\nimport 'y'",
        "const a = `${/`/.test(b)}`\nimport 'y'",
        "const a = `\\${`\nimport 'y'",
        "function f() { return /`/ }\nexport { f }",
        "'unclosed\nimport 'y'"
      })
  void aModuleIsOneBehindAnyLiteral(String code) {
    assertThat(fileName(code)).isEqualTo("main.mjs");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"([/", "/", "a/", "/**/", "`${", "`${`", "'\\", "}", "{", "(/[", "x", "\\"})
  @Timeout(60)
  void hostileCodeTakesLittleTime(String part) {
    String code = part.repeat(1024 * 1024 / part.length());
    long begun = System.nanoTime();
    assertThat(fileName(code)).isEqualTo("main.cjs");
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(30));
  }

  @Test
  void whatIsLeftKeepsItsOrder() {
    assertThat(JavaScriptText.withoutLiterals("a /* b */ + 'c' + `d${e}f`; // g\nh / i"))
        .isEqualTo("a   + \" + \"{e\";  \nh / i");
  }
}
