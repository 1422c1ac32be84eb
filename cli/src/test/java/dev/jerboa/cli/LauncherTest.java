package dev.jerboa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.generate.Jerboa;
import dev.jerboa.gateway.GatewayException;
import dev.jerboa.hub.Hub;
import dev.jerboa.inside.InsideModel;
import dev.jerboa.kafka.KafkaSink;
import dev.jerboa.kernel.cpu.CpuFeatures;
import dev.jerboa.kernel.cpu.CpuFeatures.Feature;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.model.ModelException;
import dev.jerboa.server.JerboaServer;
import dev.jerboa.settings.Section;
import dev.jerboa.testkit.SharedFolder;
import dev.jerboa.train.loop.Trainer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.jline.reader.LineReader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.snakeyaml.engine.v2.api.LoadSettings;
import picocli.CommandLine;
import tools.jackson.core.json.JsonFactory;

/** The real launcher script in a home of its own, whose jars are made of the classes under test. */
@Timeout(120)
class LauncherTest {
    @TempDir
    Path folder = Path.of("");

    private Path home = Path.of("");

    record Ended(int code, String out, String err) {}

    @BeforeEach
    void makeHome() throws IOException, URISyntaxException {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/bin/sh")), "SKIPPED: the launcher is a script of a POSIX shell");
        Path root = Path.of(System.getProperty("jerboa.root", ".."));
        home = folder.resolve("a home with spaces");
        Path lib = Files.createDirectories(home.resolve("cli/target/dist/lib"));
        for (String file : List.of("jerboa", "mvnw", "jvm.options")) {
            Files.copy(root.resolve(file), home.resolve(file));
            assertThat(home.resolve(file).toFile().setExecutable(true)).isTrue();
        }
        int number = 0;
        for (Class<?> type : List.of(
                Main.class,
                Trainer.class,
                InsideModel.class,
                JerboaServer.class,
                Hub.class,
                LoadSettings.class,
                Section.class,
                GatewayException.class,
                KafkaSink.class,
                Jerboa.class,
                ModelException.class,
                Ops.class,
                CommandLine.class,
                LineReader.class,
                JsonFactory.class)) {
            Path place = Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
            Path jar = lib.resolve(number++ + ".jar");
            if (Files.isDirectory(place)) {
                jar(place, jar);
            } else {
                Files.copy(place, jar);
            }
        }
        Files.createFile(home.resolve("cli/target/dist/built"));
    }

    private static void jar(Path classes, Path jar) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file);
                Stream<Path> walk = Files.walk(classes)) {
            for (Path path : (Iterable<Path>) walk.filter(Files::isRegularFile)::iterator) {
                out.putNextEntry(new JarEntry(classes.relativize(path).toString()));
                Files.copy(path, out);
            }
        }
    }

    private Ended launch(Path script, Map<String, String> environment, String... args) throws Exception {
        List<String> line = new ArrayList<>(List.of(script.toString()));
        line.addAll(List.of(args));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Path work = Files.createDirectories(folder.resolve("caller"));
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(work.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("JDK25_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    @Test
    void runsThroughASymlinkFromAnotherFolderWithSpaces() throws Exception {
        Path model =
                SharedFolder.require("models/stories260K/stories260K-f32.gguf").toAbsolutePath();
        Path link = Files.createSymbolicLink(folder.resolve("a link"), home.resolve("jerboa"));
        Files.createDirectories(folder.resolve("caller"));
        Files.copy(model, folder.resolve("caller/my model.gguf"));
        Ended ended = launch(
                link, Map.of(), "run", "my model.gguf", "-p", "Once upon a time", "--temperature", "0", "-n", "12");
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.out()).isEqualTo("Once upon a time, there was a little girl named Lily. She\n");
    }

    @Test
    void passesExitCodesOn() throws Exception {
        assertThat(launch(home.resolve("jerboa"), Map.of(), "run", "nothing.gguf", "-p", "x")
                        .code())
                .isEqualTo(1);
        assertThat(launch(home.resolve("jerboa"), Map.of(), "run", "--nope").code())
                .isEqualTo(2);
    }

    @Test
    void theVectorModuleIsAddedOnlyWhereItIsNeeded() throws Exception {
        Path script = home.resolve("jerboa");
        String warning = "WARNING: Using incubator modules: jdk.incubator.vector";
        Ended forced = launch(script, Map.of("JERBOA_JVM_OPTIONS", "-Djerboa.kernel=vector"), "doctor");
        assertThat(forced.code()).as(forced.err()).isZero();
        assertThat(forced.err()).isEqualTo(warning + "\n");
        assertThat(forced.out()).containsPattern("kernels +vector-[0-9]+: forced by -Djerboa.kernel");
        Ended free = launch(script, Map.of(), "doctor");
        assertThat(free.code()).as(free.err()).isZero();
        if (CpuFeatures.here().features().containsAll(Set.of(Feature.AVX2, Feature.FMA, Feature.F16C))) {
            assertThat(free.err()).isEmpty();
            assertThat(free.out())
                    .containsPattern("kernels +machine-[a-z0-9-]+: the best tier there is")
                    .containsPattern("slow types +no kernel.*IQ2_XXS");
        } else {
            assertThat(free.err()).contains(warning);
            assertThat(free.out()).containsPattern("kernels +vector-[0-9]+: ").contains("not available: machine: ");
        }
    }

    /** The listing of every routine that a prompt needs. */
    @Test
    void printsTheKernelsItEmits() throws Exception {
        Assumptions.assumeTrue(
                CpuFeatures.here().has(Feature.AVX2),
                "SKIPPED: kernels in machine code, which this processor cannot run");
        Path model =
                SharedFolder.require("models/stories260K/stories260K-f32.gguf").toAbsolutePath();
        Ended ended = launch(
                home.resolve("jerboa"),
                Map.of("JERBOA_PRINT_KERNELS", "1", "JERBOA_JVM_OPTIONS", "-Djerboa.isa=avx2"),
                "run",
                model.toString(),
                "-p",
                "Once upon a time",
                "-n",
                "2");
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.out()).doesNotContain("vaddps");
        assertThat(ended.err())
                .containsPattern("(?m)^# .* avx2: [0-9]+ bytes$")
                .contains(".intel_syntax noprefix\n")
                .contains("vfmadd231ps ymm")
                .doesNotContain("zmm");
    }

    @Test
    void aSpoiledStartUpCacheIsIgnored() throws Exception {
        Files.writeString(home.resolve("cli/target/dist/jerboa.aot"), "not a cache");
        Ended ended = launch(home.resolve("jerboa"), Map.of(), "--version");
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.out()).startsWith("jerboa ");
        assertThat(launch(home.resolve("jerboa"), Map.of(), "doctor").out())
                .containsPattern(
                        "start-up caches +.*jerboa\\.aot \\(does not fit this JVM, not used\\), none of gateways");
        Files.writeString(home.resolve("cli/target/dist/gateway.aot"), "one");
        assertThat(launch(home.resolve("jerboa"), Map.of(), "doctor").out())
                .containsPattern("start-up caches +.*jerboa\\.aot .*, gateway\\.aot beside it");
    }

    @Test
    void aSpoiledCacheOfGatewaysIsIgnored() throws Exception {
        Files.writeString(home.resolve("cli/target/dist/gateway.aot"), "not a cache");
        Ended ended = launch(home.resolve("jerboa"), Map.of(), "serve", "--config", "nothing.yaml");
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.err()).endsWith("jerboa: nothing.yaml: no such file\n").doesNotContain("[aot");
        assertThat(ended.out()).isEmpty();
    }

    /** In bytes: what is new has 48 MiB, unless the caller says how large the heap is or leaves no room for it. */
    @ParameterizedTest
    @CsvSource({
        "'',50331648",
        "-Xmx512m,50331648",
        "-Xmx1g,50331648",
        "-Xmx2048M,50331648",
        "-Xmx128m -Xlog:gc,",
        "-Xmx256m -Xmn20m,20971520"
    })
    void aGatewaysHeapIsTheCallersWhereTheCallerSaysSo(String options, @Nullable String young) throws Exception {
        Ended ended = launch(
                home.resolve("jerboa"),
                Map.of("JERBOA_JVM_OPTIONS", options + " -XX:+PrintFlagsFinal"),
                "serve",
                "--config",
                "nothing.yaml");
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.err()).contains("nothing.yaml: no such file");
        if (young == null) {
            assertThat(ended.out()).contains("MaxNewSize").doesNotContain("50331648");
        } else {
            assertThat(ended.out()).containsPattern(" MaxNewSize += " + young + " ");
        }
    }

    @Test
    void saysWhatIsMissing() throws Exception {
        Path script = home.resolve("jerboa");
        Files.delete(home.resolve("cli/target/dist/built"));
        Files.writeString(
                home.resolve("mvnw"),
                "#!/bin/sh\n[ \"$1\" = --jdk ] && { echo /nowhere; exit; }\necho '[ERROR] kaputt'; exit 1\n");
        Ended build = launch(script, Map.of(), "--version");
        assertThat(build.code()).isEqualTo(70);
        assertThat(build.err()).contains("building").contains("kaputt").contains("the build failed");

        Files.writeString(home.resolve("mvnw"), "#!/bin/sh\necho 'jerboa: JDK 25 is needed' >&2; exit 3\n");
        Ended jdk = launch(script, Map.of(), "--version");
        assertThat(jdk.code()).isEqualTo(3);
        assertThat(jdk.err()).isEqualTo("jerboa: JDK 25 is needed\n");

        Files.delete(home.resolve("jvm.options"));
        assertThat(launch(script, Map.of(), "--version").err()).contains("no mvnw and jvm.options");
    }
}
