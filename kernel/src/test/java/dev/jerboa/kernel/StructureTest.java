package dev.jerboa.kernel;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The module's structure: nothing from outside, no cycles, and tiers that know the contract but not each other. */
class StructureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.jerboa.kernel");

    private static final String[] TIERS = {
        "dev.jerboa.kernel.ops.scalar..", "dev.jerboa.kernel.ops.vector..", "dev.jerboa.kernel.ops.machine.."
    };

    @Test
    void dependsOnTheJdkOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "jdk.incubator.vector..", "dev.jerboa.kernel..", "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void onlyTheVectorTierTouchesTheIncubator() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.jerboa.kernel.ops.vector..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..")
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.jerboa.kernel.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void onlyTheProviderKnowsTheTiers() {
        noClasses()
                .that()
                .haveNameNotMatching("dev\\.jerboa\\.kernel\\.ops\\.OpsProvider.*")
                .and()
                .resideOutsideOfPackages(TIERS)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(TIERS)
                .check(CLASSES);
        slices().matching("dev.jerboa.kernel.ops.(*)..")
                .should()
                .notDependOnEachOther()
                .ignoreDependency(resideInAnyPackage(TIERS), resideInAPackage("dev.jerboa.kernel.ops.loop"))
                .check(CLASSES);
    }
}
