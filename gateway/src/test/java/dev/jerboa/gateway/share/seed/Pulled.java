package dev.jerboa.gateway.share.seed;

import dev.jerboa.gateway.ledger.CatalogRows;
import dev.jerboa.gateway.ledger.OutsideRows;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Pulls of models by day: 550 million of Chinese labs' against 475 million of American labs' by the end of October 2025; in 2023 a quarter
 * against three fifths; more than 400 open models of Alibaba's, and more than a thousand million pulls of them by March 2026.
 */
final class Pulled {
    private static final long MILLION = 1_000_000;
    private static final String[] QUANTIZATIONS = {"bf16", "q4_k_m", "q8_0", "fp8", "awq"};
    /** Bytes of a pull: a model of a few thousand million parameters. */
    private static final long BYTES = 4_800_000_000L;

    private static final String SOURCE = "project sources";

    /** Millions of pulls of a lab in 2022, 2023, 2024, January to October 2025, and from then to March 2026. */
    private record LabPulls(String lab, int... millions) {}

    private static final List<LabPulls> LABS = List.of(
            new LabPulls("qwen", 0, 15, 110, 330, 555),
            new LabPulls("deepseek", 0, 4, 20, 35, 30),
            new LabPulls("01-ai", 0, 6, 15, 15, 15),
            new LabPulls("meta-llama", 2, 30, 110, 130, 118),
            new LabPulls("google", 2, 15, 30, 45, 60),
            new LabPulls("microsoft", 1, 15, 20, 25, 20),
            new LabPulls("openai", 0, 0, 10, 40, 50),
            new LabPulls("mistralai", 0, 9, 20, 25, 20),
            new LabPulls("tiiuae", 2, 6, 5, 5, 2));

    private final Map<String, List<CatalogRows.ModelRow>> models = new LinkedHashMap<>();
    private final List<OutsideRows.Pull> pulls = new ArrayList<>();

    Pulled() {
        family("qwen", 400, LocalDate.of(2022, 6, 1));
        for (LabPulls lab : LABS) {
            if (!lab.lab().equals("qwen")) {
                family(lab.lab(), 12, LocalDate.of(2022, 3, 1));
            }
            seed(lab);
        }
    }

    /** Open models of a lab, released one after another. */
    private void family(String lab, int count, LocalDate first) {
        List<CatalogRows.ModelRow> family = new ArrayList<>();
        long days = LocalDate.of(2025, 9, 30).toEpochDay() - first.toEpochDay();
        for (int i = 0; i < count; i++) {
            LocalDate released = first.plusDays(days * i / count);
            String id = String.format("%s/open-%03d", lab, i + 1);
            family.add(new CatalogRows.ModelRow(
                    id,
                    lab,
                    "Open " + (i + 1),
                    lab,
                    "open-weight",
                    "Apache-2.0",
                    OptionalLong.of(7_000_000_000L + i),
                    OptionalLong.empty(),
                    32_768,
                    lab,
                    false,
                    false,
                    Optional.of(released)));
        }
        models.put(lab, family);
    }

    private void seed(LabPulls lab) {
        LocalDate[] starts = {
            LocalDate.of(2022, 7, 1),
            LocalDate.of(2023, 1, 1),
            LocalDate.of(2024, 1, 1),
            LocalDate.of(2025, 1, 1),
            LocalDate.of(2025, 11, 1),
            LocalDate.of(2026, 4, 1)
        };
        for (int i = 0; i < lab.millions().length; i++) {
            int months = (int) starts[i].until(starts[i + 1]).toTotalMonths();
            long[] weights = new long[months];
            for (int m = 0; m < months; m++) {
                weights[m] = 10 + m;
            }
            long[] monthly = Parts.of(lab.millions()[i] * MILLION, weights);
            for (int m = 0; m < months; m++) {
                // The last day of a month counts as much as its middle.
                month(lab.lab(), starts[i].plusMonths(m), monthly[m]);
            }
        }
    }

    private void month(String lab, LocalDate month, long amount) {
        if (amount == 0) {
            return;
        }
        LocalDate last = month.plusMonths(1).minusDays(1);
        List<CatalogRows.ModelRow> there = models.getOrDefault(lab, List.of()).stream()
                .filter(model -> model.released().orElseThrow().isBefore(month))
                .toList();
        int taken = Math.min(there.size(), 40);
        long[] parts = Parts.of(amount, weights(taken * 2));
        for (int i = 0; i < parts.length; i++) {
            CatalogRows.ModelRow model = there.get(there.size() - 1 - i / 2);
            pulls.add(new OutsideRows.Pull(
                    i % 2 == 0 ? last : month.plusDays(14),
                    model.id() + "-GGUF",
                    model.id(),
                    lab,
                    QUANTIZATIONS[(i + month.getMonthValue()) % QUANTIZATIONS.length],
                    parts[i],
                    parts[i] * BYTES));
        }
    }

    private static long[] weights(int count) {
        long[] weights = new long[count];
        for (int i = 0; i < count; i++) {
            weights[i] = 5 + i % 11;
        }
        return weights;
    }

    List<OutsideRows.Pull> pulls() {
        return pulls;
    }

    List<CatalogRows.ModelRow> models() {
        return models.values().stream().flatMap(List::stream).toList();
    }

    /** The same figures as the sources say them, and a few days of the world's rankings. */
    List<OutsideRows.Figure> figures() {
        LocalDate october = LocalDate.of(2025, 10, 31);
        LocalDate year = LocalDate.of(2023, 12, 31);
        String cumulative = "cumulative downloads by country of the lab that published";
        String share =
                "share of downloads by country of the lab, of 2023; made in it or of models released in it is not said";
        List<OutsideRows.Figure> figures = new ArrayList<>(List.of(
                new OutsideRows.Figure(SOURCE, "downloads-cumulative", october, "CN", 550e6, cumulative),
                new OutsideRows.Figure(SOURCE, "downloads-cumulative", october, "US", 475e6, cumulative),
                new OutsideRows.Figure(SOURCE, "downloads-share", year, "US", 0.6, share),
                new OutsideRows.Figure(SOURCE, "downloads-share", year, "CN", 0.25, share)));
        for (int day = 0; day < 14; day++) {
            LocalDate date = SeededLedger.TO.minusDays(14 - day);
            figures.add(new OutsideRows.Figure(
                    "OpenRouter", "rankings-daily", date, "deepseek/deepseek-v3.1", 30e9, "tokens"));
            figures.add(new OutsideRows.Figure(
                    "OpenRouter", "rankings-daily", date, "x-ai/grok-code-fast-1", 90e9, "tokens"));
        }
        return figures;
    }
}
