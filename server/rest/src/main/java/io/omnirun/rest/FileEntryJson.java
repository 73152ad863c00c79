package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.model.FileEntry;
import io.omnirun.model.FileKind;
import java.io.IOException;

/** Files as the API shows them. */
final class FileEntryJson {
  private FileEntryJson() {}

  static void write(JsonGenerator json, FileEntry entry) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", entry.name());
    json.writeStringField("path", entry.path());
    json.writeBooleanField("is_dir", entry.kind() == FileKind.DIRECTORY);
    json.writeNumberField("size", entry.sizeBytes());
    json.writeStringField("type", entry.kind().text());
    json.writeStringField("mode", "%04o".formatted(entry.mode()));
    json.writeStringField("owner", entry.owner());
    json.writeStringField("group", entry.group());
    json.writeStringField("modified_at", Timestamps.text(entry.modifiedAt()));
    if (entry.symlinkTarget().isPresent()) {
      json.writeStringField("symlink_target", entry.symlinkTarget().get());
    }
    json.writeEndObject();
  }

  /** What is known of a file that has just been written. */
  static void writeWritten(JsonGenerator json, String path, long sizeBytes) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", GuestNames.lastSegment(path));
    json.writeStringField("path", path);
    json.writeBooleanField("is_dir", false);
    json.writeNumberField("size", sizeBytes);
    json.writeStringField("type", FileKind.FILE.text());
    json.writeEndObject();
  }
}
