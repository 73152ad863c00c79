package io.omnirun.app;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.omnirun");

  /** Where native code may be called; each class there says why, and why it is safe. */
  private static final String[] NATIVE_PACKAGES = {"io.omnirun.machine.disk"};

  @Test
  void modulesDependDownwardsOnly() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("model")
        .definedBy("io.omnirun.model..")
        .layer("shelf")
        .definedBy("io.omnirun.shelf..")
        .layer("core")
        .definedBy("io.omnirun.core..")
        .layer("guest")
        .definedBy("io.omnirun.guest..")
        .layer("machine")
        .definedBy("io.omnirun.machine..")
        .layer("images")
        .definedBy("io.omnirun.images..")
        .layer("store")
        .definedBy("io.omnirun.store..")
        .layer("http")
        .definedBy("io.omnirun.http..")
        .layer("rest")
        .definedBy("io.omnirun.rest..")
        .layer("webhooks")
        .definedBy("io.omnirun.webhooks..")
        .layer("vault")
        .definedBy("io.omnirun.vault..")
        .layer("mail")
        .definedBy("io.omnirun.mail..")
        .layer("network")
        .definedBy("io.omnirun.network..")
        .layer("gateway")
        .definedBy("io.omnirun.gateway..")
        .layer("llm")
        .definedBy("io.omnirun.llm..")
        .layer("app")
        .definedBy("io.omnirun.app..")
        .whereLayer("app")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("vault")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("mail")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("network")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("gateway")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("llm")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("webhooks")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("rest")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("http")
        .mayOnlyBeAccessedByLayers("rest", "gateway", "llm", "app")
        .whereLayer("store")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("images")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("machine")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("guest")
        .mayOnlyBeAccessedByLayers("machine", "app")
        .whereLayer("shelf")
        .mayOnlyBeAccessedByLayers("machine", "images", "app")
        .whereLayer("core")
        .mayOnlyBeAccessedByLayers(
            "machine",
            "images",
            "store",
            "http",
            "rest",
            "webhooks",
            "vault",
            "mail",
            "network",
            "gateway",
            "llm",
            "app")
        .check(CLASSES);
  }

  @Test
  void shelfKnowsNothingOfOurs() {
    noClasses()
        .that()
        .resideInAPackage("io.omnirun.shelf..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.omnirun..").and(resideOutsideOfPackage("io.omnirun.shelf..")))
        .check(CLASSES);
  }

  @Test
  void coreAndModelKnowNoAdapterAndNoLibraryOfOne() {
    noClasses()
        .that()
        .resideInAnyPackage("io.omnirun.model..", "io.omnirun.core..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.eclipse.jetty..",
            "java.sql..",
            "org.jdbi..",
            "com.fasterxml..",
            "io.micrometer..",
            "com.google.crypto..",
            "jakarta.mail..",
            "org.xbill..",
            "java.lang.foreign..")
        .check(CLASSES);
  }

  @Test
  void onlyHttpKnowsTheServerSideOfJetty() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.omnirun.http..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.eclipse.jetty.server..")
        .check(CLASSES);
  }

  @Test
  void nativeCodeIsCalledFromListedPackagesOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackages(NATIVE_PACKAGES)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.foreign..")
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.omnirun.(*)..").should().beFreeOfCycles().check(CLASSES);
  }
}
