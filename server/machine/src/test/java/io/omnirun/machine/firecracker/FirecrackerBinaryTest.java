package io.omnirun.machine.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.testkit.firecracker.FakeFirecracker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FirecrackerBinaryTest {
  @TempDir Path directory;

  @Test
  void aBinaryTellsWhatItIs() throws Exception {
    Path fake = FakeFirecracker.install(directory, directory, "1.15.1", Set.of());

    assertThat(FirecrackerBinary.probe(fake))
        .isEqualTo(new FirecrackerBinary(fake, "1.15.1", "v9.0.0"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.25.2", "1.14.4", "1.16.0", "1.16.1", "2.0.0"})
  void versionsThatCannotBeUsedAreRefused(String version) throws Exception {
    refused(script("#!/bin/sh\necho Firecracker v" + version))
        .withMessageContaining("use 1.15, or 1.17 and newer 1.x");
  }

  @Test
  void aPathWithoutFirecrackerIsRefusedWithWhatToDo() throws Exception {
    refused(directory.resolve("none")).withMessageContaining("install Firecracker");
    refused(directory).withMessageContaining("is not there");
    Path plain = Files.writeString(directory.resolve("plain"), "#!/bin/sh\n");
    refused(plain).withMessageContaining("chmod +x");
    refused(script("#!/bin/sh\necho QEMU emulator version 7.2"))
        .withMessageContaining("does not say that it is Firecracker");
    refused(script("#!/no/such/interpreter\n"))
        .withMessageContaining("is it built for this machine?");
  }

  private Path script(String content) throws IOException {
    Path script = Files.writeString(directory.resolve("script"), content);
    assertThat(script.toFile().setExecutable(true)).isTrue();
    return script;
  }

  private static ThrowableAssertAlternative<OmniRunException> refused(Path program) {
    return assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> FirecrackerBinary.probe(program))
        .matches(failure -> failure.code() == ErrorCode.CONFIGURATION_INVALID);
  }
}
