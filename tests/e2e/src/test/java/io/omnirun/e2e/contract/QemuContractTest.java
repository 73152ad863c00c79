package io.omnirun.e2e.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.omnirun.testkit.machine.MachineContract;
import io.omnirun.testkit.server.TestServer;
import java.io.IOException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The contract of drivers with QEMU: a real launcher, real microVMs under TCG. The launcher speaks
 * with no root, so another process runs the tests, and each is here what it was there.
 */
class QemuContractTest {
  @TestFactory
  Stream<DynamicTest> qemuKeepsTheContractOfDrivers() throws IOException {
    try (TestServer host = TestServer.startLauncherOnly()) {
      ContractProcess contract = ContractProcess.run(host);
      System.out.println(contract.durations());
      List<String> left = host.leftovers();
      return Stream.concat(
          testsOfTheContract().map(test -> dynamicTest(test, () -> contract.requirePassed(test))),
          Stream.of(dynamicTest("nothingIsLeftOnTheHost", () -> assertThat(left).isEmpty())));
    }
  }

  private static Stream<String> testsOfTheContract() {
    return Stream.of(MachineContract.class.getDeclaredMethods())
        .filter(method -> method.isAnnotationPresent(Test.class))
        .map(Method::getName)
        .sorted();
  }
}
