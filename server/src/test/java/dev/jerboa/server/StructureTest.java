package dev.jerboa.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The module's structure: it stands on the engine, dialects know nothing of each other, and there are no cycles. */
class StructureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.jerboa.server");

    @Test
    void dependsOnFloorsBelowOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "dev.jerboa.server..",
                        "dev.jerboa.engine..",
                        "dev.jerboa.gateway..",
                        "dev.jerboa.model..",
                        "dev.jerboa.kernel..",
                        "io.helidon..",
                        "io.prometheus..",
                        "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCyclesAndDialectsKnowNothingOfEachOther() {
        slices().matching("dev.jerboa.server.(*)..").should().beFreeOfCycles().check(CLASSES);
        slices().matching("dev.jerboa.server.(openai|anthropic|ollama|market)..")
                .should()
                .notDependOnEachOther()
                .check(CLASSES);
    }
}
