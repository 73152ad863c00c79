package io.omnirun.rest;

import io.omnirun.core.Files;
import io.omnirun.core.ports.GuestFiles;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.Account;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** The routes that move the bytes of files of any size. */
final class TransferRoutes {
  /** More than the disk of any sandbox holds. */
  static final long UPLOAD_LIMIT_BYTES = 64L * 1024 * 1024 * 1024;

  private final Files files;
  private final SpoolFiles spoolFiles;

  TransferRoutes(Files files, SpoolFiles spoolFiles) {
    this.files = files;
    this.spoolFiles = spoolFiles;
  }

  void download(Exchange exchange, Account account) throws IOException {
    FileTarget target = FileTarget.of(exchange.query());
    FileDownloads.answer(exchange, files.in(account, SandboxIds.inPath(exchange)), target);
  }

  void upload(Exchange exchange, Account account) throws IOException {
    // Nobody is to send gigabytes before being told that the sandbox is not there.
    GuestFiles inGuest = files.in(account, SandboxIds.inPath(exchange));
    answer(exchange, form(exchange, inGuest).perform());
  }

  /** Writes several text files. */
  void batch(Exchange exchange, Account account) throws IOException {
    exchange.requireJsonType();
    GuestFiles inGuest = files.in(account, SandboxIds.inPath(exchange));
    InputStream body = exchange.body(FileRoutes.BODY_LIMIT_BYTES);
    exchange.holdBody(ContentSpool.MEMORY_BYTES);
    List<FileUpload.Written> written = new BatchUpload(inGuest::write).perform(body, spoolFiles);
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartArray();
          for (FileUpload.Written file : written) {
            FileEntryJson.writeWritten(json, file.path(), file.sizeBytes());
          }
          json.writeEndArray();
        });
  }

  /** A form that is not read yet. */
  FormUpload form(Exchange exchange, GuestFiles inGuest) {
    return new FormUpload(
        exchange.form(UPLOAD_LIMIT_BYTES),
        inGuest::write,
        () -> exchange.holdBody(ContentSpool.MEMORY_BYTES),
        spoolFiles);
  }

  static void answer(Exchange exchange, FileUpload.Written written) throws IOException {
    exchange.json(
        HttpStatuses.OK,
        json -> FileEntryJson.writeWritten(json, written.path(), written.sizeBytes()));
  }
}
