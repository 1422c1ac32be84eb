package dev.jerboa.kafka;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The module's structure: it stands on the gateway and Kafka's clients, and not on a broker. */
class StructureTest {
    @Test
    void dependsOnTheGatewayAndKafkasClientsOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "dev.jerboa.kafka..",
                        "dev.jerboa.gateway..",
                        "org.apache.kafka.clients.producer..",
                        "org.apache.kafka.common..",
                        "org.jspecify..")
                .check(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("dev.jerboa.kafka"));
    }
}
