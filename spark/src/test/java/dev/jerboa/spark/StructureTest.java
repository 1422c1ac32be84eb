package dev.jerboa.spark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.Test;

/** The module's structure: it is below the command line, beside the server, and above the gateway; and Spark's flags are Spark's. */
final class StructureTest {
    @Test
    void dependsOnTheGatewayAndSparkOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "dev.jerboa.spark..",
                        "dev.jerboa.gateway..",
                        "dev.jerboa.model",
                        "dev.jerboa.model.json..",
                        "org.apache.spark..",
                        "org.apache.hadoop.conf..",
                        "org.apache.hadoop.fs..",
                        "picocli..",
                        "org.jspecify..")
                .check(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("dev.jerboa.spark"));
    }

    @Test
    void flagsAreThoseOfSparksLauncher() throws IOException {
        List<String> here = Files.readAllLines(Path.of("jvm.options"));
        List<String> there = Stream.of(JavaModuleOptions.defaultModuleOptions().split(" "))
                .filter(option -> option.startsWith("--"))
                .toList();
        assertThat(there).hasSizeGreaterThan(10);
        assertThat(here).containsAll(there);
    }
}
