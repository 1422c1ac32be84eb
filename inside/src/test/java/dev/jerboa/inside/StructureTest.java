package dev.jerboa.inside;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The module's structure: it stands on the engine and knows no one above. */
class StructureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.jerboa.inside");

    @Test
    void dependsOnFloorsBelowOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java.lang..",
                        "java.io..",
                        "dev.jerboa.inside..",
                        "dev.jerboa.engine.generate..",
                        "dev.jerboa.model..",
                        "org.jspecify..")
                .check(CLASSES);
    }
}
