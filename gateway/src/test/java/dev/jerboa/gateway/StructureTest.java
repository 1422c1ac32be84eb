package dev.jerboa.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/**
 * The module's structure: arrows point down, packages have no cycles; there is no HTTP server and no engine, JSON is read by
 * {@code dev.jerboa.model.json}, and files that people write by {@code dev.jerboa.settings}.
 */
class StructureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.jerboa.gateway");

    @Test
    void dependsOnFloorsBelowOnlyAndServesNoHttp() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "javax.crypto..",
                        "javax.net.ssl..",
                        "javax.sql..",
                        "dev.jerboa.gateway..",
                        "dev.jerboa.settings..",
                        "dev.jerboa.model",
                        "dev.jerboa.model.json..",
                        "org.sqlite..",
                        "org.postgresql..",
                        "com.zaxxer.hikari..",
                        "org.flywaydb..",
                        "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.jerboa.gateway.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void moneyPricesAndTheCatalogueKnowNoStore() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.jerboa.gateway.money..", "dev.jerboa.gateway.price..", "dev.jerboa.gateway.catalog..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.sql..", "java.net.http..", "dev.jerboa.gateway.ledger..", "dev.jerboa.gateway.store..")
                .check(CLASSES);
    }
}
