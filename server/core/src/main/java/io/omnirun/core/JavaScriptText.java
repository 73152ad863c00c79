package io.omnirun.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * Tells the statements of JavaScript from what only looks like them in comments, strings, templates
 * and regular expressions. No parser: of code with faults it makes something. Used once, by one
 * thread; takes time in proportion to the code.
 */
final class JavaScriptText {
  /** Stands for a literal; a value, behind which a slash divides. */
  private static final char LITERAL = '"';

  /** Behind any other word a slash divides. */
  private static final Set<String> WORDS_BEFORE_VALUES =
      Set.of(
          "return",
          "typeof",
          "case",
          "do",
          "else",
          "in",
          "of",
          "instanceof",
          "new",
          "void",
          "delete",
          "throw",
          "yield",
          "await");

  private final String code;
  private final StringBuilder kept = new StringBuilder();

  /** How many braces were open where each of the templates around this goes on. */
  private final Deque<Integer> templates = new ArrayDeque<>();

  private int braces;
  private int position;

  /** A line with one that has no end is not searched again from each of its slashes. */
  private int noExpressionBefore;

  private JavaScriptText(String code) {
    this.code = code;
  }

  /**
   * The code with a blank for each comment and a quote for each part of a literal, behind which a
   * brace tells that code begins within it.
   */
  static String withoutLiterals(String code) {
    JavaScriptText text = new JavaScriptText(code);
    while (text.position < code.length()) {
      text.step();
    }
    return text.kept.toString();
  }

  private void step() {
    char next = code.charAt(position);
    switch (next) {
      case '\'', '"' -> replace(LITERAL, endOfString(next));
      case '`' -> templatePart();
      case '/' -> slash();
      case '{' -> {
        braces++;
        keep();
      }
      case '}' -> closeBrace();
      default -> keep();
    }
  }

  private void keep() {
    kept.append(code.charAt(position));
    position++;
  }

  private void replace(char substitute, int end) {
    kept.append(substitute);
    position = end;
  }

  private void closeBrace() {
    if (!templates.isEmpty() && templates.getFirst() == braces) {
      templates.removeFirst();
      templatePart();
    } else {
      braces--;
      keep();
    }
  }

  /** Takes a template to its end, or to where code in it begins. */
  private void templatePart() {
    replace(LITERAL, endOfTemplatePart());
    if (code.startsWith("${", position - 2)) {
      templates.addFirst(braces);
      kept.append('{');
    }
  }

  private void slash() {
    if (code.startsWith("//", position)) {
      replace(' ', endOfLine());
    } else if (code.startsWith("/*", position)) {
      int end = code.indexOf("*/", position + 2);
      replace(' ', end < 0 ? code.length() : end + 2);
    } else {
      int end = mayBeginValue() ? endOfExpression() : position;
      if (end > position) {
        replace(LITERAL, end);
      } else {
        keep();
      }
    }
  }

  private int endOfString(char quote) {
    int end = position + 1;
    while (end < code.length() && code.charAt(end) != quote && !isLineEnd(end)) {
      end += code.charAt(end) == '\\' ? 2 : 1;
    }
    boolean closed = end < code.length() && code.charAt(end) == quote;
    return Math.min(code.length(), closed ? end + 1 : end);
  }

  private int endOfTemplatePart() {
    int end = position + 1;
    while (end < code.length() && code.charAt(end) != '`') {
      if (code.startsWith("${", end)) {
        return end + 2;
      }
      end += code.charAt(end) == '\\' ? 2 : 1;
    }
    return Math.min(code.length(), end + 1);
  }

  /** Behind a regular expression that begins here; here if there is none. */
  private int endOfExpression() {
    if (position < noExpressionBefore) {
      return position;
    }
    boolean inClass = false;
    int end = position + 1;
    while (end < code.length() && !isLineEnd(end)) {
      char next = code.charAt(end);
      if (next == '/' && !inClass) {
        return end + 1;
      }
      inClass = next == '[' || inClass && next != ']';
      end += next == '\\' ? 2 : 1;
    }
    noExpressionBefore = end;
    return position;
  }

  private int endOfLine() {
    int end = position;
    while (end < code.length() && !isLineEnd(end)) {
      end++;
    }
    return end;
  }

  private boolean isLineEnd(int index) {
    return code.charAt(index) == '\n' || code.charAt(index) == '\r';
  }

  /** Whether a slash after what is kept does not divide it. */
  private boolean mayBeginValue() {
    int end = kept.length();
    while (end > 0 && Character.isWhitespace(kept.charAt(end - 1))) {
      end--;
    }
    int begin = end;
    while (begin > 0 && Character.isJavaIdentifierPart(kept.charAt(begin - 1))) {
      begin--;
    }
    return begin < end
        ? WORDS_BEFORE_VALUES.contains(kept.substring(begin, end))
        : end == 0 || ")]\"".indexOf(kept.charAt(end - 1)) < 0;
  }
}
