package io.omnirun.rest;

import io.omnirun.core.FileLinks.Grant;
import io.omnirun.core.FileLinks.Purpose;
import io.omnirun.core.Files;
import io.omnirun.core.SandboxUses;
import io.omnirun.core.SandboxUses.Use;
import io.omnirun.core.ports.GuestFiles;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.http.JsonFields;
import io.omnirun.model.Account;
import io.omnirun.model.SandboxId;
import java.io.IOException;
import java.time.Duration;

/** URLs that move one file without a key: how they are made, and where they lead. */
final class SignedFileRoutes {
  /** Where they lead; the token is in the query, which no log has. */
  static final String PATH = "/files/signed";

  static final int MAX_SECONDS = 86_400;

  private static final int DOWNLOAD_SECONDS = 60;

  /** Uploads begin within it and may take longer. */
  private static final int UPLOAD_SECONDS = 300;

  private final Files files;
  private final TransferRoutes transfers;
  private final SandboxUses uses;

  SignedFileRoutes(Files files, TransferRoutes transfers, SandboxUses uses) {
    this.files = files;
    this.transfers = transfers;
    this.uses = uses;
  }

  void makeDownloadUrl(Exchange exchange, Account account) throws IOException {
    makeUrl(exchange, account, Purpose.DOWNLOAD, DOWNLOAD_SECONDS);
  }

  void makeUploadUrl(Exchange exchange, Account account) throws IOException {
    makeUrl(exchange, account, Purpose.UPLOAD, UPLOAD_SECONDS);
  }

  private void makeUrl(Exchange exchange, Account account, Purpose purpose, int usualSeconds)
      throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    JsonFields body = exchange.readJson();
    FileTarget target = FileTarget.of(body);
    int seconds = body.optionalInteger("ttl", 1, MAX_SECONDS).orElse(usualSeconds);
    files.requireRunning(account, id);
    Grant grant = new Grant(account.id(), id, purpose, target.path(), target.user());
    String token = files.links().sign(grant, Duration.ofSeconds(seconds));
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartObject();
          json.writeStringField("url", PATH + "?token=" + token);
          json.writeEndObject();
        });
  }

  /** Needs no key. */
  void download(Exchange exchange) throws IOException {
    Grant grant = granted(exchange, Purpose.DOWNLOAD);
    try (Use use = begin(grant)) {
      FileDownloads.answer(exchange, files.in(grant), target(grant));
    }
  }

  /** The body is the file. Needs no key. */
  void put(Exchange exchange) throws IOException {
    Grant grant = granted(exchange, Purpose.UPLOAD);
    try (Use use = begin(grant)) {
      GuestFiles inGuest = files.in(grant);
      ContentStream content =
          new ContentStream(
              exchange.rawBody(TransferRoutes.UPLOAD_LIMIT_BYTES)::read,
              () -> {}); // Nothing stands behind it.
      CheckedWrite.perform(inGuest::write, target(grant), content);
      TransferRoutes.answer(exchange, new FileUpload.Written(grant.path(), content.sizeBytes()));
    }
  }

  /** The body is a form. Needs no key. */
  void post(Exchange exchange) throws IOException {
    Grant grant = granted(exchange, Purpose.UPLOAD);
    try (Use use = begin(grant)) {
      TransferRoutes.answer(
          exchange, transfers.form(exchange, files.in(grant)).to(target(grant)).perform());
    }
  }

  private Use begin(Grant grant) {
    return uses.begin(grant.account(), grant.sandbox());
  }

  private Grant granted(Exchange exchange, Purpose purpose) {
    return files.links().verify(exchange.query().optional("token").orElse(""), purpose);
  }

  private static FileTarget target(Grant grant) {
    return new FileTarget(grant.path(), grant.user());
  }
}
