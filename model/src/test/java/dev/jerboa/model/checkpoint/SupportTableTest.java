package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The table of families in README.md says what the tests run over: {@link OracleTest}, {@link GgufTwinTest}, {@link QuantisedTest},
 * {@link GrokTest}, {@link PublishedEncoding}. {@code -Djerboa.readme=write} rewrites it.
 */
class SupportTableTest {
    private static final String START = "<!-- families: written by SupportTableTest -->\n";
    private static final String END = "<!-- end of families -->\n";

    /**
     * A line of the table.
     *
     * @param title the models that people know
     * @param gguf what to say of their GGUF files; empty for nothing
     * @param folders those of {@code oracle/hf}; empty for Grok, which has none
     */
    private record Line(String title, String gguf, List<String> folders) {}

    private static final List<Line> LINES = List.of(
            line("Llama 2, 3, 3.1, 3.2, R1-Distill-Llama", "", "llama3", "llama_tied"),
            line("Llama 4 (text)", "", "llama4_text", "llama4_text_wrap"),
            line("Mistral 7B, Nemo, Small; Ministral 8B", "as llama", "mistral", "mistral_nemo", "ministral"),
            line("Ministral 3", "", "ministral3", "ministral3_mistral3wrap"),
            line("Mistral Small 4, Large 3", "", "mistral4", "mistral4_mistral3wrap"),
            line("Mixtral", "as llama", "mixtral"),
            line("Qwen2, Qwen2.5, R1-Distill-Qwen", "", "qwen2", "qwen2_swa"),
            line("Qwen2-MoE", "", "qwen2_moe"),
            line("Qwen3, Qwen3-MoE", "", "qwen3", "qwen3_moe"),
            line("Qwen3-Next", "", "qwen3_next"),
            line("Qwen3.5", "", "qwen3_5", "qwen3_5_moe", "qwen3_5_moe_wrap"),
            line("Kimi Linear", "", "kimi_linear"),
            line("MiniMax-Text-01, M1", "", "minimax"),
            line("GLM-5.3-Flash", "", "glm5_next"),
            line(
                    "DeepSeek V2, V2-Lite, V3, V3.1, R1",
                    "",
                    "deepseek_v2_group",
                    "deepseek_v2_lite",
                    "deepseek_v3",
                    "deepseek_v3_noq"),
            line("DeepSeek V3.2, GLM-5", "", "deepseek_v32", "glm_moe_dsa", "glm_moe_dsa_shared"),
            line("DeepSeek V4", "", "deepseek_v4", "deepseek_v4_hfcfg"),
            line("Kimi K2, GLM-4.7-Flash", "as deepseek2", "kimi_k2", "kimi_k2_k25wrap", "glm4_moe_lite"),
            line("GLM-4-9B, GLM-4-0414, GLM-4.5, 4.6, 4.7", "", "glm", "glm4", "glm4_moe", "glm4_moe_qknorm"),
            line("MiniMax-M2, M3", "", "minimax_m2", "minimax_m3", "minimax_m3_wrap"),
            line("Seed-OSS", "", "seed_oss"),
            line("ERNIE 4.5, dense and mixtures", "", "ernie4_5", "ernie4_5_moe"),
            line("gpt-oss", "", "gpt_oss", "gpt_oss_bf16", "gpt_oss_gguf"));

    private static Line line(String title, String gguf, String... folders) {
        return new Line(title, gguf, List.of(folders));
    }

    @Test
    void everyFolderHasALine() {
        List<String> named = new ArrayList<>();
        LINES.forEach(line -> named.addAll(line.folders));
        assertThat(named).containsExactlyInAnyOrderElementsOf(OracleTest.FAMILIES);
    }

    @Test
    void readmeSaysWhatIsTested() throws IOException {
        Path readme = readme();
        String text = Files.readString(readme);
        int start = text.indexOf(START);
        int end = text.indexOf(END);
        assertThat(start).as("marker %s in %s", START.strip(), readme).isNotNegative();
        assertThat(end).as("marker %s in %s", END.strip(), readme).isGreaterThan(start);
        if (System.getProperty("jerboa.readme", "").equals("write")) {
            Files.writeString(readme, text.substring(0, start + START.length()) + table() + text.substring(end));
        } else {
            assertThat(text.substring(start + START.length(), end))
                    .as("the table in README.md; -Djerboa.readme=write rewrites it")
                    .isEqualTo(table());
        }
    }

    private static Path readme() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("ARCHITECTURE.md"))) {
                return folder.resolve("README.md");
            }
        }
        throw new AssertionError("expected ARCHITECTURE.md in a folder above the working folder");
    }

    private static String table() {
        StringBuilder table =
                new StringBuilder("\n| family | Hugging Face folder | GGUF | in Q8_0 | checked against |\n");
        table.append("|---|---|---|---|---|\n");
        for (Line line : LINES) {
            row(table, line.title, folder(line), gguf(line), quantised(line), references(line));
        }
        row(table, "Grok-1, Grok-2", "–", "yes", "–", GrokTest.REFERENCE);
        return table.append("\n").toString();
    }

    private static void row(StringBuilder table, String... cells) {
        table.append(Arrays.stream(cells).collect(Collectors.joining(" | ", "| ", " |\n")));
    }

    /** Yes, since {@link #everyFolderHasALine}; and the published encodings that are tested besides. */
    private static String folder(Line line) {
        String encodings = Arrays.stream(PublishedEncoding.values())
                .filter(encoding -> line.folders.contains(encoding.folder()))
                .map(PublishedEncoding::title)
                .distinct()
                .sorted()
                .collect(Collectors.joining(", "));
        return encodings.isEmpty() ? "yes" : "yes, also in " + encodings;
    }

    private static String gguf(Line line) {
        Set<String> said = new LinkedHashSet<>(GgufTwinTest.FOLDERS);
        said.retainAll(line.folders);
        if (said.isEmpty()) {
            return "–";
        }
        String all = said.size() == line.folders.size() ? "" : "without windows on some layers only";
        String notes = Stream.of(line.gguf, all).filter(note -> !note.isEmpty()).collect(Collectors.joining("; "));
        return notes.isEmpty() ? "yes" : "yes (" + notes + ")";
    }

    private static String quantised(Line line) {
        if (!QuantisedTest.FOLDERS.containsAll(line.folders)) {
            return "–";
        }
        return line.folders.stream().allMatch(QuantisedTest::packed) ? "yes (`jerboa pack`)" : "yes";
    }

    /** Reference files of an engine are kept where it agrees with the other one. */
    private static String references(Line line) {
        boolean both = line.folders.stream()
                .anyMatch(folder -> Files.exists(SharedFolder.path("oracle/hf/" + folder + "/model.gguf")));
        return both ? "transformers, llama.cpp" : "transformers";
    }
}
