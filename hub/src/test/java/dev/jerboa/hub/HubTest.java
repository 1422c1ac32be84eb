package dev.jerboa.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.jerboa.hub.cache.HubCache;
import dev.jerboa.hub.name.FileChoice;
import dev.jerboa.hub.name.ListedFile;
import dev.jerboa.hub.name.ModelName;
import dev.jerboa.hub.transfer.Beginnings;
import dev.jerboa.testkit.hub.TestHub;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from a hub that behaves, and from one that does not. */
class HubTest {
    private static final long MEMORY = 16L << 30;
    private static final int CHUNK = 256 << 10;
    private static final byte[] WEIGHTS = bytes(1, 1_000_003);
    private static final Hub.Plan ANY = (name, commit, choice) -> {};

    @TempDir
    Path cache;

    private final TestHub server = new TestHub();

    @AfterEach
    void close() {
        server.close();
    }

    private static byte[] bytes(int seed, int count) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private HubSettings settings() {
        return settings(Optional.empty(), Duration.ofSeconds(5));
    }

    private HubSettings settings(Optional<String> token, Duration patience) {
        return new HubSettings(Optional.of(URI.create(server.address())), token, cache, false, 4, CHUNK, patience);
    }

    private HubSettings offline() {
        HubSettings with = settings();
        return new HubSettings(with.endpoint(), with.token(), cache, true, 4, CHUNK, with.patience());
    }

    private Path pull(String name) {
        return new Hub(settings()).pull(name, MEMORY, ANY, PullProgress.NONE).path();
    }

    private List<Path> visible() throws IOException {
        Path snapshots = cache.resolve("models--org--model").resolve("snapshots");
        if (!Files.isDirectory(snapshots)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(snapshots)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void aFolderIsPulledIntoTheSharedLayout() throws IOException {
        server.with("config.json", "{}".getBytes(StandardCharsets.UTF_8))
                .with("model.safetensors", WEIGHTS)
                .with("consolidated.safetensors", bytes(2, 10))
                .with("tokenizer.json", bytes(3, 1000))
                .with("README.md", bytes(4, 10))
                .with("pytorch_model.bin", bytes(5, 10))
                .with("empty_tokenizer.json", new byte[0]);
        Path folder = pull("org/model");
        assertThat(folder).isEqualTo(cache.resolve("models--org--model/snapshots/" + TestHub.COMMIT));
        assertThat(folder.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
        assertThat(Files.isSymbolicLink(folder.resolve("model.safetensors"))).isTrue();
        assertThat(Files.readSymbolicLink(folder.resolve("model.safetensors")))
                .isEqualTo(Path.of("../../blobs/" + TestHub.sha256(WEIGHTS)));
        assertThat(folder.resolve("empty_tokenizer.json")).isEmptyFile();
        assertThat(visible()).hasSize(4);
        assertThat(cache.resolve("models--org--model/refs/main")).hasContent(TestHub.COMMIT);
        try (Stream<Path> blobs = Files.list(cache.resolve("models--org--model/blobs"))) {
            assertThat(blobs.map(Path::toString)).noneMatch(name -> name.contains("jerboa"));
        }
        long before = server.sent("model.safetensors");
        assertThat(pull("org/model")).isEqualTo(folder);
        assertThat(server.sent("model.safetensors")).isEqualTo(before).isEqualTo(WEIGHTS.length);
        assertThat(new Hub(offline()).find("org/model", MEMORY).orElseThrow().path())
                .isEqualTo(folder);
    }

    @Test
    void aChoiceTakesOneFileAndAllItsParts() {
        server.with("model-Q4_K_M.gguf", bytes(1, 100))
                .with("model-Q4_K_S.gguf", bytes(2, 100))
                .with("BF16/model-BF16-00001-of-00002.gguf", bytes(3, 100))
                .with("BF16/model-BF16-00002-of-00002.gguf", bytes(4, 100))
                .with("mmproj-BF16.gguf", bytes(5, 100));
        assertThat(pull("org/model:q4_k_s").getFileName()).hasToString("model-Q4_K_S.gguf");
        Path first = pull("org/model:BF16");
        assertThat(first.getFileName()).hasToString("model-BF16-00001-of-00002.gguf");
        assertThat(first.resolveSibling("model-BF16-00002-of-00002.gguf")).exists();
        assertThatThrownBy(() -> pull("org/model:Q6_K"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("Q6_K")
                .hasMessageContaining("Q4_K_M");
    }

    @Test
    void aFileAndTheSameInPartsAreTwoModels() {
        server.with("model-Q8_0.gguf", bytes(1, 100))
                .with("model-Q8_0-00001-of-00002.gguf", bytes(2, 100))
                .with("model-Q8_0-00002-of-00002.gguf", bytes(3, 100))
                .with("model-Q8_0-00001-of-00003.gguf", bytes(4, 100));
        FileChoice choice = new Hub(settings()).choice("org/model:Q8_0", MEMORY);
        assertThat(choice.model()).isIn("model-Q8_0.gguf", "model-Q8_0-00001-of-00002.gguf");
        assertThat(choice.files()).hasSize(choice.model().contains("-of-") ? 2 : 1);
    }

    @Test
    void aHundredThousandPartsAreCountedInReasonableTime() {
        List<ListedFile> files = new ArrayList<>(List.of(new ListedFile("config.json", 2)));
        for (int i = 1; i < 100_000; i++) {
            files.add(new ListedFile(String.format("model-%05d-of-99999.safetensors", i), 1));
        }
        ModelName name = ModelName.of("org/model");
        assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertThat(FileChoice.of(name, files, MEMORY).weightBytes())
                        .isEqualTo(99_999));
        files.removeLast();
        assertThatThrownBy(() -> FileChoice.of(name, files, MEMORY)).hasMessageContaining("of 99999 parts");
    }

    @Test
    void sizesThatNoFileHasAreRefused() {
        server.with("model.safetensors", WEIGHTS)
                .with("config.json", new byte[2])
                .with("tokenizer.json", new byte[2]);
        server.announcedMore = 1L << 62;
        assertThatThrownBy(() -> pull("org/model"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("expected at most");
    }

    @Test
    void redirectsToWhatIsNoAddressAreSaid() {
        server.with("model-Q8_0.gguf", WEIGHTS);
        for (String to : List.of("http://%zz/", "ftp://there/model", "file:///etc/passwd", "mailto:you")) {
            server.elsewhere = Optional.of(to);
            assertThatThrownBy(() -> pull("org/model"))
                    .as(to)
                    .isInstanceOf(HubException.class)
                    .hasMessageContaining("redirects to");
        }
    }

    @Test
    void aListThatDoesNotEndIsGivenUp() {
        server.silentList = true;
        Hub hub = new Hub(settings(Optional.empty(), Duration.ofMillis(100)));
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThatThrownBy(() -> hub.choice("org/model", MEMORY))
                        .isInstanceOf(HubException.class)
                        .hasMessageContaining("nothing came for"));
    }

    @Test
    void aTokenThatCannotBeSentIsRefusedAndNotRepeated() {
        assertThatThrownBy(() -> HubSettings.of(Map.of("HF_TOKEN", "hf_secret\nline"), cache))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("HF_TOKEN")
                .hasMessageNotContaining("secret");
    }

    @Test
    void beginningsAreFetchedAsFarAsTheyAreNeeded(@TempDir Path folder) throws IOException {
        server.with("config.json", bytes(2, 300_000))
                .with("tokenizer.json", bytes(3, 1000))
                .with("model.safetensors", WEIGHTS);
        Beginnings.Need need = (path, known) -> switch (path) {
            case "model.safetensors" -> 300_000;
            case "config.json" -> Long.MAX_VALUE;
            default -> 0;
        };
        Path begun = new Hub(settings()).beginnings("org/model", MEMORY, need, folder);
        assertThat(begun).isEqualTo(folder);
        byte[] file = Files.readAllBytes(folder.resolve("model.safetensors"));
        assertThat(file).hasSize(WEIGHTS.length).startsWith(Arrays.copyOf(WEIGHTS, 300_000));
        assertThat(file[WEIGHTS.length - 1]).isZero();
        assertThat(folder.resolve("config.json")).hasBinaryContent(bytes(2, 300_000));
        assertThat(folder.resolve("tokenizer.json")).doesNotExist();
        assertThat(server.sent("model.safetensors")).isLessThan(600_000);
        assertThat(visible()).isEmpty();
    }

    @Test
    void beginningsWithoutEndAreGivenUp(@TempDir Path folder) {
        server.with("model-Q8_0.gguf", new byte[70 << 20]);
        assertThatThrownBy(() ->
                        new Hub(settings()).beginnings("org/model", MEMORY, (path, known) -> known.length + 1L, folder))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("too many to look at");
    }

    @Test
    void connectionsThatDropGoOnWhereTheyEnded() throws IOException {
        server.with("model-Q8_0.gguf", WEIGHTS);
        server.drops.set(10);
        assertThat(pull("org/model")).hasBinaryContent(WEIGHTS);
        assertThat(server.sent("model-Q8_0.gguf")) // what was on its way when a connection ended is sent again
                .isBetween((long) WEIGHTS.length, (long) WEIGHTS.length + CHUNK);
    }

    @Test
    void aSimpleMirrorIsEnough() {
        server.with("model-Q8_0.gguf", WEIGHTS);
        server.simple = true;
        assertThat(pull("org/model")).hasBinaryContent(WEIGHTS);
        assertThatThrownBy(() -> pull("org/model@branch")).hasMessageContaining("no such repository or revision");
    }

    @Test
    void aServerWithoutRangesIsReadFromTheBeginning() {
        server.with("model-Q8_0.gguf", WEIGHTS);
        server.ignoresRanges = true;
        assertThat(pull("org/model")).hasBinaryContent(WEIGHTS);
    }

    @Test
    void aServerThatIsBusyIsAskedAgain() {
        server.with("model-Q8_0.gguf", WEIGHTS);
        server.refusal = 429;
        server.refusals.set(5);
        assertThat(pull("org/model")).hasBinaryContent(WEIGHTS);
    }

    @Test
    void anAddressThatIsNoLongerGoodIsAskedForAnew() {
        server.with("model-Q8_0.gguf", WEIGHTS);
        server.refusal = 403;
        server.refusals.set(3);
        assertThat(pull("org/model")).hasBinaryContent(WEIGHTS);
        assertThat(server.requests.stream().filter(line -> line.startsWith("hub HEAD")))
                .hasSizeGreaterThan(1);
    }

    @Test
    void aFileThatWasDamagedOnTheWayIsFetchedAgain() {
        server.with("model-Q8_0.gguf", WEIGHTS);
        server.corruptions.set(1);
        assertThat(pull("org/model")).hasBinaryContent(WEIGHTS);
    }

    @Test
    void aDamagedFileNeverBecomesVisible() throws IOException {
        server.with("model-Q8_0.gguf", WEIGHTS);
        server.corruptions.set(1000);
        assertThatThrownBy(() -> pull("org/model"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("damaged")
                .hasMessageContaining(TestHub.sha256(WEIGHTS));
        assertThat(visible()).isEmpty();
        assertThat(new Hub(settings()).find("org/model", MEMORY)).isEmpty();
        server.corruptions.set(0);
        assertThat(pull("org/model")).hasBinaryContent(WEIGHTS);
    }

    @Test
    void aLieAboutTheLengthIsSaid() throws IOException {
        server.with("model-Q8_0.gguf", WEIGHTS);
        server.announcedMore = 1000;
        assertThatThrownBy(() -> new Hub(settings(Optional.empty(), Duration.ofMillis(100)))
                        .pull("org/model", MEMORY, ANY, PullProgress.NONE))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("model-Q8_0.gguf");
        assertThat(visible()).isEmpty();
    }

    @Test
    void aSilentConnectionIsGivenUp() {
        server.with("model-Q8_0.gguf", WEIGHTS);
        server.silent = true;
        Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(600);
            } catch (InterruptedException e) {
                return;
            }
            server.silent = false;
        });
        assertThat(new Hub(settings(Optional.empty(), Duration.ofMillis(400)))
                        .pull("org/model", MEMORY, ANY, PullProgress.NONE)
                        .path())
                .hasBinaryContent(WEIGHTS);
    }

    @Test
    void theTokenGoesToTheHubOnly() {
        server.with("model-Q8_0.gguf", WEIGHTS);
        server.needsToken = Optional.of("secret");
        assertThatThrownBy(() -> pull("org/model"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("HF_TOKEN");
        Path path = new Hub(settings(Optional.of("secret"), Duration.ofSeconds(5)))
                .pull("org/model", MEMORY, ANY, PullProgress.NONE)
                .path();
        assertThat(path).hasBinaryContent(WEIGHTS);
        assertThat(server.storeAuthorizations).isEmpty();
        assertThat(settings(Optional.of("secret"), Duration.ofSeconds(5)).toString())
                .doesNotContain("secret");
    }

    @Test
    void namesThatLeaveTheCacheAreLeftOut() throws IOException {
        server.with("model-Q8_0.gguf", WEIGHTS)
                .with("../../../evil-Q8_0.gguf", bytes(2, 10))
                .with("/etc/evil-Q4_K_M.gguf", bytes(3, 10));
        assertThat(pull("org/model").getFileName()).hasToString("model-Q8_0.gguf");
        assertThatThrownBy(() -> pull("../model")).isInstanceOf(HubException.class);
        assertThatThrownBy(() -> pull("org/..")).isInstanceOf(HubException.class);
        assertThatThrownBy(() -> pull("org/model@../../x")).isInstanceOf(HubException.class);
    }

    @Test
    void whatThereIsNotIsSaid() {
        assertThatThrownBy(() -> pull("org/other"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("no such repository or revision");
        assertThatThrownBy(() -> pull("qwen33"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("qwen3");
        assertThatThrownBy(() -> new Hub(offline()).pull("org/model", MEMORY, ANY, PullProgress.NONE))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("HF_HUB_OFFLINE");
        assertThatThrownBy(() -> new Hub(HubSettings.of(Map.of("HF_HUB_CACHE", cache.toString()), cache))
                        .pull("org/model", MEMORY, ANY, PullProgress.NONE))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("HF_ENDPOINT");
    }

    @Test
    void whatIsHereIsListedAndRemoved() throws IOException {
        server.with("model-Q4_K_M.gguf", bytes(1, 100)).with("model-Q8_0.gguf", WEIGHTS);
        Path small = pull("org/model:Q4_K_M");
        Path large = pull("org/model:Q8_0");
        Hub hub = new Hub(settings());
        assertThat(hub.cache().entries()).singleElement().satisfies(entry -> {
            assertThat(entry.bytes()).isEqualTo(WEIGHTS.length + 100);
            assertThat(entry.partial()).isFalse();
        });
        assertThat(hub.cache().remove(hub.catalog().resolve("org/model:Q8_0"))).isEqualTo(WEIGHTS.length);
        assertThat(large).doesNotExist();
        assertThat(small).exists();
        assertThat(hub.cache().remove(hub.catalog().resolve("org/model"))).isEqualTo(100);
        assertThat(hub.cache().entries()).isEmpty();
        assertThatThrownBy(() -> hub.cache().remove(hub.catalog().resolve("org/model")))
                .hasMessageContaining("not on this machine");
    }

    @Test
    void whatIsRemovedIsWhatTheSameNameFetches() throws IOException {
        server.with("model-Q4_K.gguf", bytes(1, 100)).with("model-Q4_K_M.gguf", bytes(2, 100));
        Path plain = pull("org/model:Q4_K");
        Path mixed = pull("org/model:Q4_K_M");
        Path coming = cache.resolve("models--org--model/blobs/" + TestHub.sha256(WEIGHTS) + ".jerboa");
        Files.write(coming, WEIGHTS);
        HubCache files = new Hub(settings()).cache();
        assertThat(files.remove(ModelName.of("org/model:Q4_K"))).isEqualTo(100);
        assertThat(plain).doesNotExist();
        assertThat(mixed).exists();
        assertThat(coming).as("what has come of another file").exists();
        files.remove(ModelName.of("org/model"));
        assertThat(coming).doesNotExist();
    }

    @Test
    void twoPullsOfOneModelWaitForEachOther() throws Exception {
        server.with("model-Q8_0.gguf", WEIGHTS);
        List<Thread> threads = new ArrayList<>();
        List<Path> paths = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 3; i++) {
            threads.add(Thread.ofVirtual().start(() -> paths.add(pull("org/model"))));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(paths).hasSize(3);
        assertThat(server.sent("model-Q8_0.gguf")).isEqualTo(WEIGHTS.length);
    }

    /** The mark of the issue: killed ten times at random points, right in the end, and no byte fetched twice beyond one chunk. */
    @Test
    void aPullThatIsKilledTenTimesCompletes() throws Exception {
        byte[] large = bytes(7, 24 << 20);
        int chunk = 4 << 20;
        server.with("model-Q8_0.gguf", large);
        server.pausePerBufferNanos = 2_000_000; // four connections: about 30 MB/s
        Random random = new Random(11);
        int killed = 0;
        for (int i = 0; i < 10; i++) {
            Process process = process(chunk);
            long goal = server.sent("model-Q8_0.gguf") + 200_000 + random.nextInt(1_500_000);
            while (server.sent("model-Q8_0.gguf") < goal && process.isAlive()) {
                Thread.sleep(1);
            }
            assertThat(process.isAlive()).as("the pull is still going on").isTrue();
            process.destroyForcibly().waitFor();
            killed++;
            assertThat(visible()).isEmpty();
        }
        server.pausePerBufferNanos = 0;
        Process last = process(chunk);
        assertThat(last.waitFor()).isZero();
        assertThat(killed).isEqualTo(10);
        assertThat(visible()).singleElement().satisfies(path -> assertThat(path).hasBinaryContent(large));
        long twice = server.sent("model-Q8_0.gguf") - large.length;
        System.out.println("killed ten times: " + twice + " of " + large.length + " bytes came twice");
        assertThat(twice).isBetween(0L, 10L * 4 * (256 << 10)); // what four connections had on their way, ten times
    }

    private Process process(int chunk) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PullProcess.class.getName(),
                        server.address(),
                        cache.toString(),
                        Integer.toString(chunk))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
