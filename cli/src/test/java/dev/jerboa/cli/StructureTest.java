package dev.jerboa.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The module's structure: it may use every floor below, picocli, and JLine in one place. */
class StructureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.jerboa.cli");

    @Test
    void dependsOnFloorsBelowOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "com.sun.management..",
                        "com.sun.net.httpserver..",
                        "dev.jerboa.cli..",
                        "dev.jerboa.train..",
                        "dev.jerboa.server..",
                        "dev.jerboa.gateway..",
                        "dev.jerboa.kafka..",
                        "dev.jerboa.settings..",
                        "dev.jerboa.inside..",
                        "dev.jerboa.hub..",
                        "dev.jerboa.engine..",
                        "dev.jerboa.model..",
                        "dev.jerboa.kernel..",
                        "picocli..",
                        "org.jline..",
                        "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.jerboa.cli.(*)..").should().beFreeOfCycles().check(CLASSES);
        noClasses()
                .that()
                .resideInAnyPackage("dev.jerboa.cli.command..", "dev.jerboa.cli.term..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.jerboa.cli")
                .check(CLASSES);
    }

    /** What serves is Helidon; the JDK's own server is a provider's stand-in. */
    @Test
    void onlyARehearsalHasTheServerOfTheJdk() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.jerboa.cli.rehearsal")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.net.httpserver..")
                .check(CLASSES);
    }

    @Test
    void onlyTheInteractiveChatLoadsJLine() {
        noClasses()
                .that()
                .haveSimpleNameNotStartingWith("InteractiveChat")
                .and()
                .doNotBelongToAnyOf(classOfChat())
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.jline..")
                .check(CLASSES);
    }

    private static Class<?> classOfChat() {
        try {
            return Class.forName("dev.jerboa.cli.command.InteractiveChat");
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
