package dev.jerboa.train;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The module's structure: arrows point down, packages have no cycles, there is no HTTP, and YAML is the affair of settings. */
class StructureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.jerboa.train");

    @Test
    void dependsOnFloorsBelowOnlyAndKnowsNoNetwork() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java.lang..",
                        "java.util..",
                        "java.nio..",
                        "java.time..",
                        "java.io..",
                        "java.math..",
                        "java.security..",
                        "dev.jerboa.settings..",
                        "dev.jerboa.train..",
                        "dev.jerboa.engine..",
                        "dev.jerboa.model..",
                        "dev.jerboa.kernel..",
                        "org.jspecify..")
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.jerboa.train.(*)..").should().beFreeOfCycles().check(CLASSES);
    }
}
