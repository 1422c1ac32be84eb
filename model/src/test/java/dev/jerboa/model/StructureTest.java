package dev.jerboa.model;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The module's structure: arrows point down, packages have no cycles, and nothing from outside but Jackson's core. */
class StructureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.jerboa.model");

    @Test
    void dependsOnKernelAndJacksonOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..", "dev.jerboa.model..", "dev.jerboa.kernel..", "tools.jackson.core..", "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.jerboa.model.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void decoderKnowsNoFamily() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("dev.jerboa.model..")
                .layer("checkpoint")
                .definedBy("dev.jerboa.model.checkpoint..")
                .layer("convert")
                .definedBy("dev.jerboa.model.convert..")
                .layer("adapter")
                .definedBy("dev.jerboa.model.adapter..")
                .layer("family")
                .definedBy("dev.jerboa.model.family..")
                .layer("decoder")
                .definedBy("dev.jerboa.model.decoder..")
                .whereLayer("family")
                .mayOnlyBeAccessedByLayers("checkpoint", "adapter", "convert")
                .whereLayer("decoder")
                .mayOnlyBeAccessedByLayers("family", "checkpoint", "convert", "adapter")
                .check(CLASSES);
    }
}
