package io.omnirun.rest;

import io.omnirun.core.Files;
import io.omnirun.core.ports.GuestFiles;
import io.omnirun.core.ports.GuestSequence;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.http.JsonFields;
import io.omnirun.http.QueryParameters;
import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.FileEntry;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.util.Optional;

/** The routes below {@code /sandboxes/{id}/files} that look at files and order them. */
final class DirectoryRoutes {
  /** Deeper trees are listed part by part. */
  static final int MAX_DEPTH = 64;

  private final Files files;

  DirectoryRoutes(Files files) {
    this.files = files;
  }

  void exists(Exchange exchange, Account account) throws IOException {
    FileTarget target = FileTarget.of(exchange.query());
    boolean exists = isThere(filesOf(exchange, account), target);
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartObject();
          json.writeBooleanField("exists", exists);
          json.writeEndObject();
        });
  }

  private static boolean isThere(GuestFiles inGuest, FileTarget target) {
    try {
      inGuest.stat(target.path(), target.user());
      return true;
    } catch (OmniRunException e) {
      // Nothing is below what is no directory.
      if (e.code() == ErrorCode.FILE_NOT_FOUND || e.code() == ErrorCode.NOT_A_DIRECTORY) {
        return false;
      }
      throw e;
    }
  }

  void info(Exchange exchange, Account account) throws IOException {
    FileTarget target = FileTarget.of(exchange.query());
    answer(exchange, filesOf(exchange, account).stat(target.path(), target.user()));
  }

  /** Entries go through one by one: a listing takes no more memory than one of them. */
  void list(Exchange exchange, Account account) throws IOException {
    QueryParameters query = exchange.query();
    FileTarget target = FileTarget.of(query);
    int depth = query.optionalInteger("depth", 1, MAX_DEPTH).orElse(1);
    try (GuestSequence<FileEntry> listing =
        filesOf(exchange, account).list(target.path(), depth, target.user())) {
      exchange.json(
          HttpStatuses.OK,
          json -> {
            json.writeStartArray();
            Optional<FileEntry> entry = listing.next();
            while (entry.isPresent()) {
              FileEntryJson.write(json, entry.get());
              entry = listing.next();
            }
            json.writeEndArray();
          });
    }
  }

  void rename(Exchange exchange, Account account) throws IOException {
    JsonFields body = exchange.readJson();
    String from = GuestNames.filePath("oldPath", body.requiredString("oldPath"));
    String to = GuestNames.filePath("newPath", body.requiredString("newPath"));
    String user = FileTarget.user(body);
    answer(exchange, filesOf(exchange, account).rename(from, to, user));
  }

  void makeDirectory(Exchange exchange, Account account) throws IOException {
    FileTarget target = FileTarget.of(exchange.readJson());
    GuestFiles inGuest = filesOf(exchange, account);
    inGuest.makeDirectory(target.path(), target.user());
    answer(exchange, inGuest.stat(target.path(), target.user()));
  }

  void remove(Exchange exchange, Account account) throws IOException {
    FileTarget target = FileTarget.of(exchange.query());
    filesOf(exchange, account).remove(target.path(), target.user());
    exchange.empty(HttpStatuses.NO_CONTENT);
  }

  private GuestFiles filesOf(Exchange exchange, Account account) {
    return files.in(account, SandboxIds.inPath(exchange));
  }

  private static void answer(Exchange exchange, FileEntry entry) throws IOException {
    exchange.json(HttpStatuses.OK, json -> FileEntryJson.write(json, entry));
  }
}
