package dev.jerboa.engine;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The module's structure: arrows point down, packages have no cycles, and there is no HTTP and no outside library. */
class StructureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.jerboa.engine");

    private static final String[] MAY_KNOW = {
        "java.lang..",
        "java.util..",
        "java.nio..",
        "java.time..",
        "dev.jerboa.engine..",
        "dev.jerboa.model..",
        "dev.jerboa.kernel..",
        "org.jspecify.."
    };

    @Test
    void dependsOnModelAndKernelOnlyAndKnowsNoNetwork() {
        classes()
                .that()
                .resideOutsideOfPackage("dev.jerboa.engine.eval..")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(MAY_KNOW))
                .check(CLASSES);
    }

    @Test
    void onlyEvaluationReadsAndWritesFiles() {
        classes()
                .that()
                .resideInAPackage("dev.jerboa.engine.eval..")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(MAY_KNOW).or(resideInAnyPackage("java.io..", "java.security..")))
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.jerboa.engine.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void samplingAndChatKnowNothingOfEachOtherOrTheCache() {
        slices().matching("dev.jerboa.engine.(sample|chat|cache)..")
                .should()
                .notDependOnEachOther()
                .check(CLASSES);
    }
}
