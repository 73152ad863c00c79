package io.omnirun.rest;

import io.omnirun.core.Files;
import io.omnirun.core.SandboxUses;
import io.omnirun.http.Router;
import java.time.Clock;

/** The routes of the API that have to do with files. */
final class FileApi {
  private static final String FILES = "/sandboxes/{id}/files";

  /** Each holds up to 128 MiB in the host's temporary directory. */
  private static final int MAX_SPOOL_FILES = 16;

  private final FileRoutes textRoutes;
  private final DirectoryRoutes directoryRoutes;
  private final TransferRoutes transferRoutes;
  private final SignedFileRoutes signedRoutes;
  private final WatchRoute watchRoute;

  FileApi(Files files, SandboxUses uses) {
    SpoolFiles spoolFiles = SpoolFiles.temporary(MAX_SPOOL_FILES);
    this.textRoutes = new FileRoutes(files, spoolFiles);
    this.transferRoutes = new TransferRoutes(files, spoolFiles);
    this.signedRoutes = new SignedFileRoutes(files, transferRoutes, uses);
    this.watchRoute = new WatchRoute(files, Clock.systemUTC());
    this.directoryRoutes = new DirectoryRoutes(files);
  }

  /**
   * @param withKey adds routes that want a key
   * @param router takes those that want none
   */
  void register(Registration withKey, Router router) {
    Registration keyed =
        (method, template, handler) -> withKey.add(method, FILES + template, handler);
    keyed.add("POST", "", textRoutes::write);
    keyed.add("GET", "", textRoutes::read);
    keyed.add("DELETE", "", directoryRoutes::remove);
    keyed.add("GET", "/exists", directoryRoutes::exists);
    keyed.add("GET", "/info", directoryRoutes::info);
    keyed.add("GET", "/list", directoryRoutes::list);
    keyed.add("POST", "/rename", directoryRoutes::rename);
    keyed.add("POST", "/mkdir", directoryRoutes::makeDirectory);
    keyed.add("GET", "/download", transferRoutes::download);
    keyed.add("POST", "/upload", transferRoutes::upload);
    keyed.add("POST", "/batch", transferRoutes::batch);
    keyed.add("GET", "/watch", watchRoute::watch);
    keyed.add("POST", "/download-url", signedRoutes::makeDownloadUrl);
    keyed.add("POST", "/upload-url", signedRoutes::makeUploadUrl);
    router.add("GET", SignedFileRoutes.PATH, signedRoutes::download);
    router.add("PUT", SignedFileRoutes.PATH, signedRoutes::put);
    router.add("POST", SignedFileRoutes.PATH, signedRoutes::post);
  }

  /** Adds a route that wants a key. */
  @FunctionalInterface
  interface Registration {
    void add(String method, String template, AccountHandler handler);
  }
}
