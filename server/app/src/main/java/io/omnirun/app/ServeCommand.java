package io.omnirun.app;

import io.omnirun.core.ports.FirstKeyKeeper;
import io.omnirun.http.HttpServer;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code omnirun serve}: runs until it is asked to end; sandboxes run on after it. */
@Command(name = "serve", description = "Serve the API.")
final class ServeCommand implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(ServeCommand.class);

  @Mixin private final ConfigOption config = new ConfigOption();

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description =
          "Where the first start keeps the first account's API key (mode 0600). A key that is there"
              + " already becomes that account's.")
  private @Nullable Path apiKeyFile;

  @Override
  public Integer call() throws InterruptedException {
    long started = System.nanoTime();
    ServerConfig settings = config.load();
    Server server = new Server(settings);
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> endAndWait(asked, ended), "shutdown"));
    try {
      server.createFirstAccount(firstKeyKeeper());
      HttpServer http = server.serve(settings);
      writePid(settings.stateDir());
      log.info(
          "ready on port {} after {} ms", http.port(), (System.nanoTime() - started) / 1_000_000);
      asked.await();
      log.info("ending; sandboxes run on");
    } finally {
      server.close();
      ended.countDown();
    }
    return 0;
  }

  private static void endAndWait(CountDownLatch asked, CountDownLatch ended) {
    asked.countDown();
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private FirstKeyKeeper firstKeyKeeper() {
    Path file = apiKeyFile;
    return file == null ? ServeCommand::show : new FirstKeyFile(file);
  }

  /** A start that is cut off after this makes another key at the next, and shows that. */
  private static String show(String key) {
    System.out.println("The first account's API key, shown this once: " + key);
    System.out.flush();
    return key;
  }

  private static void writePid(Path stateDir) {
    try {
      Files.writeString(
          stateDir.resolve("server.pid"), Long.toString(ProcessHandle.current().pid()));
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID, "the state directory cannot be written", e);
    }
  }
}
