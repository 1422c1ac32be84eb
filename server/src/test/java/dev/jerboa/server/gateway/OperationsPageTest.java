package dev.jerboa.server.gateway;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.config.StoreConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What the page on operations says: files are read, manifests fit together, metrics and lines of the log are there. */
@Timeout(120)
class OperationsPageTest {
    private static final Path ROOT = Path.of(System.getProperty("jerboa.root", ".."));
    private static final Map<String, String> ENVIRONMENT = Map.of("POD_NAME", "jerboa-0", "JERBOA_NODE", "host-1");
    private static final Pattern METRIC = Pattern.compile("`((?:jerboa:gateway|gen_ai|vllm:|jvm|process)[a-z_:]*)`");
    private static final Pattern SECRET = Pattern.compile("env:([A-Z_]+)");

    private static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final String PAGE = read(ROOT.resolve("docs/operations.md"));

    private static List<String> blocks() {
        List<String> blocks = new ArrayList<>();
        Matcher matcher = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(PAGE);
        while (matcher.find()) {
            blocks.add(matcher.group(1));
        }
        return blocks;
    }

    private static GatewayConfig config(String text) {
        return GatewayConfig.parse(text, "gateway.yaml", Path.of("/etc/jerboa"), ENVIRONMENT);
    }

    @Test
    void filesOfThePageAreRead() {
        List<String> files = blocks().stream()
                .filter(block -> !block.startsWith("apiVersion") && !block.startsWith("groups"))
                .toList();
        assertThat(files).hasSize(2);
        GatewayConfig several = config(files.get(0));
        assertThat(several.node()).isEqualTo("host_1");
        assertThat(several.store()).isInstanceOf(StoreConfig.Postgres.class);
        GatewayConfig engines = config(files.get(1));
        assertThat(engines.routes()).hasSize(1);
        assertThat(engines.catalog().provider("engine-2").orElseThrow().base()).isPresent();
    }

    /** Rules of Prometheus: that the figures in them are there is seen with the page's others. */
    @Test
    void rulesOfThePageAreRules() {
        String text = blocks().stream()
                .filter(block -> block.startsWith("groups"))
                .findFirst()
                .orElseThrow();
        Object rules =
                at(requireNonNull(new Load(LoadSettings.builder().build()).loadFromString(text)), "groups", 0, "rules");
        assertThat((List<?>) rules).hasSize(2).allSatisfy(rule -> {
            assertThat((String) at(requireNonNull(rule), "alert")).matches("Jerboa[A-Za-z]+");
            String expression = (String) at(requireNonNull(rule), "expr");
            assertThat(expression).contains("jerboa:gateway_").doesNotContain("#", "\n");
            assertThat(expression.chars().filter(c -> c == '(').count())
                    .isEqualTo(expression.chars().filter(c -> c == ')').count());
        });
    }

    /** Something within maps and lists: names, and numbers for places of lists. */
    private static Object at(Object from, Object... path) {
        Object at = from;
        for (Object step : path) {
            at = requireNonNull(
                    step instanceof Integer place ? ((List<?>) at).get(place) : ((Map<?, ?>) at).get(step),
                    () -> "there is no " + step + " of " + List.of(path));
        }
        return at;
    }

    private static Map<String, Object> manifests() {
        String text = blocks().stream()
                .filter(block -> block.startsWith("apiVersion"))
                .findFirst()
                .orElseThrow();
        Map<String, Object> byKind = new LinkedHashMap<>();
        for (Object document : new Load(LoadSettings.builder().build()).loadAllFromString(text)) {
            String name = at(document, "kind") + "/" + at(document, "metadata", "name");
            assertThat(byKind.put(name, document)).as(name + " twice").isNull();
        }
        return byKind;
    }

    @Test
    void manifestsFitTogether() {
        Map<String, Object> all = manifests();
        assertThat(all.keySet())
                .containsExactly(
                        "ConfigMap/jerboa",
                        "Service/jerboa",
                        "Service/jerboa-pods",
                        "StatefulSet/jerboa",
                        "PodDisruptionBudget/jerboa");
        Object set = requireNonNull(all.get("StatefulSet/jerboa"));
        Object pod = at(set, "spec", "template");
        Object container = at(pod, "spec", "containers", 0);
        Object labels = at(pod, "metadata", "labels");
        assertThat(at(set, "spec", "selector", "matchLabels")).isEqualTo(labels);
        for (String service : List.of("Service/jerboa", "Service/jerboa-pods")) {
            assertThat(at(requireNonNull(all.get(service)), "spec", "selector")).isEqualTo(labels);
        }
        assertThat(at(requireNonNull(all.get("PodDisruptionBudget/jerboa")), "spec", "selector", "matchLabels"))
                .isEqualTo(labels);
        assertThat(all).containsKey("Service/" + at(set, "spec", "serviceName"));
        assertThat(at(requireNonNull(all.get("Service/jerboa")), "spec", "ports", 0, "targetPort"))
                .isEqualTo(at(container, "ports", 0, "name"));
        assertThat(at(container, "image")).isEqualTo("IMAGE");

        List<?> command = (List<?>) at(container, "command");
        assertThat(after(command, "--port")).isEqualTo(String.valueOf(at(container, "ports", 0, "containerPort")));
        int preStop = Integer.parseInt((String) at(container, "lifecycle", "preStop", "exec", "command", 1));
        int grace = Integer.parseInt(after(command, "--grace"));
        assertThat((Integer) at(pod, "spec", "terminationGracePeriodSeconds"))
                .isGreaterThanOrEqualTo(preStop + grace + 30);

        Map<String, String> mounts = ((List<?>) at(container, "volumeMounts"))
                .stream().collect(Collectors.toMap(mount -> (String) at(mount, "name"), mount ->
                        (String) at(mount, "mountPath")));
        assertThat(mounts).containsOnlyKeys((String) at(pod, "spec", "volumes", 0, "name"), (String)
                at(set, "spec", "volumeClaimTemplates", 0, "metadata", "name"));
        Object map = at(pod, "spec", "volumes", 0, "configMap", "name");
        String file = (String) at(requireNonNull(all.get("ConfigMap/" + map)), "data", "gateway.yaml");
        assertThat(after(command, "--config")).isEqualTo(mounts.get("file") + "/gateway.yaml");

        GatewayConfig config = config(file);
        assertThat(config.node()).isEqualTo("jerboa_0");
        assertThat(config.store()).isInstanceOf(StoreConfig.Postgres.class);
        assertThat(config.keys().required()).isTrue();
        assertThat(config.journal().folder().toString()).startsWith(mounts.get("journal") + "/");
        assertThat(((List<?>) at(container, "env")).stream().map(variable -> (String) at(variable, "name")))
                .containsAll(SECRET.matcher(file)
                        .results()
                        .map(found -> found.group(1))
                        .toList());
    }

    private static String after(List<?> command, String option) {
        return (String) command.get(command.indexOf(option) + 1);
    }

    @Test
    void probesAndMetricsOfThePageAreServed(@TempDir Path folder) {
        Object container =
                at(requireNonNull(manifests().get("StatefulSet/jerboa")), "spec", "template", "spec", "containers", 0);
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.keyed())) {
            for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
                assertThat(gateway.get((String) at(container, probe, "httpGet", "path"))
                                .statusCode())
                        .isEqualTo(200);
            }
            String[] key = {"Authorization", "Bearer " + RunningGateway.KEY};
            gateway.post("/v1/chat/completions", Clients.chat(true), key);
            gateway.post("/v1/chat/completions", Clients.chat(true).replace("lab/openai", "lab/none"), key);
            String metrics = gateway.get("/metrics", key).body();
            TreeSet<String> named = METRIC.matcher(PAGE)
                    .results()
                    .map(found -> found.group(1))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(named).hasSizeGreaterThan(15);
            assertThat(named).allSatisfy(name -> assertThat(metrics).containsPattern("(?m)^# TYPE " + name + " "));
        }
    }

    /** Words of the log that the page explains are in the sources. */
    @Test
    void linesOfTheLogAreThere() throws IOException {
        StringBuilder sources = new StringBuilder();
        for (String module : List.of("gateway", "server")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .sorted()
                        .forEach(file -> sources.append(read(file)));
            }
        }
        String said = sources.toString().replaceAll("\"\\s*\\+\\s*\"", "");
        int begin = PAGE.indexOf("| line | meaning");
        List<String> lines = PAGE.substring(begin, PAGE.indexOf("\n\n", begin))
                .lines()
                .skip(2)
                .flatMap(line -> Pattern.compile("`([^`]+)`")
                        .matcher(line.split("\\|")[1])
                        .results())
                .map(found -> found.group(1))
                .toList();
        assertThat(lines)
                .hasSizeGreaterThan(15)
                .allSatisfy(line -> assertThat(said).contains(line));
    }
}
