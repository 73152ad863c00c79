package io.omnirun.llm.wire;

import io.omnirun.llm.wire.JsonFields.Field;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Changes some fields of a JSON object's text; every other byte stays as it is. */
public final class JsonEdits {
  private record Edit(int start, int end, byte[] replacement) {}

  private final JsonFields fields;
  private final List<Edit> edits = new ArrayList<>();

  public JsonEdits(JsonFields fields) {
    this.fields = fields;
  }

  /** Gives a field another value, or adds it in front of all. */
  public JsonEdits set(String name, byte[] value) {
    Optional<Field> there = Optional.ofNullable(fields.byName().get(name));
    edits.add(
        there
            .map(field -> new Edit(field.valueStart(), field.end(), value))
            .orElseGet(() -> added(name, value)));
    return this;
  }

  private Edit added(String name, byte[] value) {
    int place = firstPlace();
    byte[] before = ("\"" + name + "\":").getBytes(StandardCharsets.UTF_8);
    byte[] behind = fields.byName().isEmpty() ? new byte[0] : new byte[] {','};
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(before);
    all.writeBytes(value);
    all.writeBytes(behind);
    return new Edit(place, place, all.toByteArray());
  }

  private int firstPlace() {
    return fields.byName().values().stream()
        .mapToInt(Field::nameStart)
        .min()
        .orElseGet(() -> indexOfBrace() + 1);
  }

  private int indexOfBrace() {
    int at = 0;
    while (fields.text()[at] != '{') {
      at++;
    }
    return at;
  }

  /** Takes a field out, if it is there, with the comma that belongs to it. */
  public JsonEdits remove(String name) {
    Field field = fields.byName().get(name);
    if (field != null) {
      List<Field> all = List.copyOf(fields.byName().values());
      int index = all.indexOf(field);
      edits.add(
          index == 0
              ? new Edit(
                  field.nameStart(),
                  all.size() == 1 ? field.end() : all.get(1).nameStart(),
                  new byte[0])
              : new Edit(all.get(index - 1).end(), field.end(), new byte[0]));
    }
    return this;
  }

  /** The text as it is to be. */
  public byte[] apply() {
    byte[] text = fields.text();
    ByteArrayOutputStream result = new ByteArrayOutputStream(text.length + 64);
    edits.sort(Comparator.comparingInt(Edit::start));
    int copied = 0;
    for (Edit edit : edits) {
      result.write(text, copied, edit.start() - copied);
      result.writeBytes(edit.replacement());
      copied = edit.end();
    }
    result.write(text, copied, text.length - copied);
    return result.toByteArray();
  }
}
