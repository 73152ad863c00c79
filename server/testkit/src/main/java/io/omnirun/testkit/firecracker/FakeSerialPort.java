package io.omnirun.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The serial port of the fake's guest, which says something there when it boots and when it goes
 * on. As with Firecracker that is printed unless a path was given, which is opened only then and is
 * in no snapshot. Used under the machine's lock.
 */
final class FakeSerialPort {
  private final FakePlaces places;
  private Optional<String> path = Optional.empty();

  FakeSerialPort(FakePlaces places) {
    this.places = places;
  }

  /** Where it is to lead; empty: it is printed. */
  void lead(Optional<String> wanted) {
    path = wanted;
  }

  void write() throws IOException {
    String said = FakeFirecracker.SAID_BY_GUEST + "\n";
    if (path.isEmpty()) {
      System.out.print(said);
      return;
    }
    Files.write(
        places.file(path.get()),
        said.getBytes(UTF_8),
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE);
  }
}
