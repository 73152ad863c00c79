package io.omnirun.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.OmniRunException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MultipartFormTest {
  private static final String TYPE = "multipart/form-data; boundary=XX";

  private static MultipartForm form(byte[] body) {
    return MultipartForm.of(new ByteArrayInputStream(body), List.of(TYPE));
  }

  private static MultipartForm form(String body) {
    return form(body.getBytes(UTF_8));
  }

  private static String part(String disposition, String content) {
    return "--XX\r\nContent-Disposition: " + disposition + "\r\n\r\n" + content + "\r\n";
  }

  @Test
  void partsComeInOrderWithTheirNames() throws IOException {
    MultipartForm form =
        form(
            part("form-data; name=\"path\"", "/tmp/é")
                + part("form-data; name=\"file\"; filename=\"ü.bin\"", "")
                + "--XX--\r\n");

    FormPart path = form.next().orElseThrow();
    assertThat(path.name()).isEqualTo("path");
    assertThat(path.fileName()).isEmpty();
    assertThat(path.text(100)).isEqualTo("/tmp/é");
    FormPart file = form.next().orElseThrow();
    assertThat(file.fileName()).hasValue("ü.bin");
    assertThat(file.content().readAllBytes()).isEmpty();
    assertThat(form.next()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 100, 65_536})
  void bytesArriveAsTheyAreInPiecesOfAnySize(int pieceBytes) throws IOException {
    byte[] content = lookingLikeBoundaries();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes("--XX\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n".getBytes(UTF_8));
    body.writeBytes(content);
    body.writeBytes("\r\n--XX--".getBytes(UTF_8));
    MultipartForm form =
        MultipartForm.of(new InPieces(body.toByteArray(), pieceBytes), List.of(TYPE));

    assertThat(form.next().orElseThrow().content().readAllBytes()).isEqualTo(content);
    assertThat(form.next()).isEmpty();
  }

  private static byte[] lookingLikeBoundaries() {
    Random random = new Random(7);
    String[] pieces = {"\r\n--X", "\r\n--", "\r", "\n", "--XX", "\r\n\r\n--XY", "data", "\0\u00ff"};
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 30_000; i++) {
      text.append(pieces[random.nextInt(pieces.length)]);
    }
    // Pieces together may have made a boundary, for which a mere line feed is enough to the parser.
    return text.toString().replace("\n--XX", "\n--XY").getBytes(UTF_8);
  }

  @Test
  void whatNobodyReadsOfAPartIsReadOver() throws IOException {
    MultipartForm form =
        form(
            part("form-data; name=\"a\"", "x".repeat(200_000))
                + part("form-data; name=\"b\"", "y")
                + "--XX--");

    assertThat(form.next().orElseThrow().content().read()).isEqualTo('x');
    assertThat(form.next().orElseThrow().text(1)).isEqualTo("y");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no form",
        "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhalf",
        "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhalf\r\n--XX",
        "--XX\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n\r\n--XX--",
        "--XX\r\nContent-Disposition: form-data; title=\"a\"\r\n\r\n\r\n--XX--",
        "--XX\r\nX: y\r\n\r\n\r\n--XX--"
      })
  void whatIsNoFormIsRefused(String body) {
    assertThatThrownBy(() -> readAll(form(body))).isInstanceOf(RefusedBodyException.class);
  }

  @Test
  void manyPartsAndLongHeadsAreRefused() {
    String many = part("form-data; name=\"a\"", "").repeat(MultipartForm.MAX_PARTS + 1);
    assertThatThrownBy(() -> readAll(form(many + "--XX--")))
        .isInstanceOf(RefusedBodyException.class);
    String longName = "form-data; name=\"" + "a".repeat(20_000) + "\"";
    assertThatThrownBy(() -> readAll(form(part(longName, "") + "--XX--")))
        .isInstanceOf(RefusedBodyException.class);
  }

  private static List<String> readAll(MultipartForm form) throws IOException {
    List<String> texts = new ArrayList<>();
    Optional<FormPart> part = form.next();
    while (part.isPresent()) {
      texts.add(part.get().text(1_000));
      part = form.next();
    }
    return texts;
  }

  @Test
  void longAndBrokenTextsAreRefused() throws IOException {
    FormPart part = form(part("form-data; name=\"a\"", "12345") + "--XX--").next().orElseThrow();
    assertThatThrownBy(() -> part.text(4)).isInstanceOf(OmniRunException.class);
    byte[] broken = (part("form-data; name=\"a\"", "?") + "--XX--").getBytes(UTF_8);
    broken[new String(broken, UTF_8).indexOf('?')] = (byte) 0xFF;
    FormPart binary = form(broken).next().orElseThrow();
    assertThatThrownBy(() -> binary.text(4)).isInstanceOf(OmniRunException.class);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '\'',
      value = {
        "form-data; name=a, a, ",
        "Form-Data; NAME=\"a b\"; filename=\"c;d.txt\", a b, c;d.txt",
        "form-data; filename=\"x%22y\" ; name=\"f\", f, x\"y",
        "form-data; name=\"f\"; filename=\"x\\\"y\", f, x\"y",
        "form-data; name=\"f\"; filename=\"\"; other=\"name=z\", f, ''"
      })
  void dispositionsAreUnderstood(String header, String name, String fileName) throws IOException {
    FormDisposition disposition = FormDisposition.parse(header);
    assertThat(disposition.name()).isEqualTo(name);
    assertThat(disposition.fileName()).isEqualTo(Optional.ofNullable(fileName));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "multipart/mixed; boundary=XX", "application/json", "multipart/form-data"})
  void onlyFormsWithABoundaryAreTaken(String type) {
    assertThatThrownBy(() -> MultipartForm.of(InputStream.nullInputStream(), List.of(type)))
        .isInstanceOf(OmniRunException.class);
  }

  /** Gives at most so many bytes at a time. */
  private static final class InPieces extends ByteArrayInputStream {
    private final int pieceBytes;

    InPieces(byte[] bytes, int pieceBytes) {
      super(bytes);
      this.pieceBytes = pieceBytes;
    }

    @Override
    public synchronized int read(byte[] target, int offset, int length) {
      return super.read(target, offset, Math.min(length, pieceBytes));
    }
  }
}
