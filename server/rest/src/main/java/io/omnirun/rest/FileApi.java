package io.omnirun.rest;

import static io.omnirun.rest.Access.READ;
import static io.omnirun.rest.Access.SANDBOXES;

import io.omnirun.core.Files;
import io.omnirun.core.SandboxUses;
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

  void register(Routes routes) {
    routes.add("POST", FILES, SANDBOXES, textRoutes::write);
    routes.add("GET", FILES, READ, textRoutes::read);
    routes.add("DELETE", FILES, SANDBOXES, directoryRoutes::remove);
    routes.add("GET", FILES + "/exists", READ, directoryRoutes::exists);
    routes.add("GET", FILES + "/info", READ, directoryRoutes::info);
    routes.add("GET", FILES + "/list", READ, directoryRoutes::list);
    routes.add("POST", FILES + "/rename", SANDBOXES, directoryRoutes::rename);
    routes.add("POST", FILES + "/mkdir", SANDBOXES, directoryRoutes::makeDirectory);
    routes.add("GET", FILES + "/download", READ, transferRoutes::download);
    routes.add("POST", FILES + "/upload", SANDBOXES, transferRoutes::upload);
    routes.add("POST", FILES + "/batch", SANDBOXES, transferRoutes::batch);
    routes.add("GET", FILES + "/watch", READ, watchRoute::watch);
    routes.add("POST", FILES + "/download-url", SANDBOXES, signedRoutes::makeDownloadUrl);
    routes.add("POST", FILES + "/upload-url", SANDBOXES, signedRoutes::makeUploadUrl);
    routes.addPublic("GET", SignedFileRoutes.PATH, signedRoutes::download);
    routes.addPublic("PUT", SignedFileRoutes.PATH, signedRoutes::put);
    routes.addPublic("POST", SignedFileRoutes.PATH, signedRoutes::post);
  }
}
