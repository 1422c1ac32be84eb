package dev.jerboa.gateway.share.seed;

import dev.jerboa.gateway.ledger.CatalogRows;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.OutsideRows;
import dev.jerboa.gateway.ledger.RollupRow;
import dev.jerboa.gateway.ledger.Sums;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.store.Database;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A ledger of 56 weeks whose true figures are the studies' headline figures, as sums by hour: about twenty thousand rows. Each lab's tokens
 * of a week are split over its models, each model's over the days of the week, and those over endpoints, keys, apps and payers, so that no
 * two dimensions say the same.
 */
public final class SeededLedger {
    /** The first day of the first week, and the day after the last. */
    public static final LocalDate FROM = Weeks.FIRST;

    public static final LocalDate TO = Weeks.FIRST.plusWeeks(Weeks.COUNT);
    /** The day after the last pull. */
    public static final LocalDate PULLS_TO = LocalDate.of(2026, 4, 1);

    /** An app whose name a spreadsheet would run. */
    public static final String EVIL_APP = "=HYPERLINK(\"http://evil.example\",\"look\")";

    private static final String[] PAYERS = {"US", "DE", "SG", "CN", "EG", "BR", "IN"};
    private static final String[] APPS = {"editor", "terminal", "", EVIL_APP, "محادثة", "batch"};
    private static final long[] DAYS = {17, 16, 15, 15, 14, 12, 11};
    private static final int KEYS = 40;

    private final List<Model> models = new ArrayList<>();
    private final Map<String, Lineup> lineups = new LinkedHashMap<>();
    private final List<RollupRow> rollups = new ArrayList<>();
    private final Pulled pulled;

    public SeededLedger() {
        declareOpen();
        declareClosed();
        Labs.tokens().forEach((lineup, weeks) -> {
            for (int week = 0; week < weeks.length; week++) {
                seed(lineup(lineup), week, weeks[week]);
            }
        });
        pulled = new Pulled();
    }

    private Lineup lineup(String name) {
        Lineup lineup = lineups.get(name);
        if (lineup == null) {
            throw new AssertionError("no lineup " + name);
        }
        return lineup;
    }

    /** The sums by hour. */
    public List<RollupRow> rollups() {
        return List.copyOf(rollups);
    }

    public List<OutsideRows.Pull> pulls() {
        return pulled.pulls();
    }

    /** Everything that charts read, but for sums that nobody seeded: latencies, outcomes, budgets. */
    public void writeTo(Database database) {
        List<CatalogRows.LabRow> labs = new ArrayList<>();
        String[][] known = {
            {"deepseek", "DeepSeek", "CN"}, {"qwen", "Alibaba (Qwen)", "CN"}, {"01-ai", "01.AI", "CN"},
            {"z-ai", "Z.ai", "CN"}, {"minimax", "MiniMax", "CN"}, {"moonshotai", "Moonshot AI", "CN"},
            {"meta-llama", "Meta", "US"}, {"mistralai", "Mistral AI", "FR"}, {"openai", "OpenAI", "US"},
            {"google", "Google", "US"}, {"nvidia", "NVIDIA", "US"}, {"microsoft", "Microsoft", "US"},
            {"tngtech", "TNG Technology Consulting", "DE"}, {"anthropic", "Anthropic", "US"}, {"x-ai", "xAI", "US"},
            {"tiiuae", "TII", "AE"}
        };
        for (String[] lab : known) {
            labs.add(new CatalogRows.LabRow(lab[0], lab[1], lab[2]));
        }
        List<CatalogRows.ModelRow> rows = new ArrayList<>();
        List<CatalogRows.EndpointRow> endpoints = new ArrayList<>();
        for (Model model : models) {
            rows.add(row(model));
            endpoints.add(endpoint(model, model.provider()));
            if (model.open()) {
                endpoints.add(endpoint(model, "together"));
                endpoints.add(endpoint(model, "local"));
            }
        }
        rows.addAll(pulled.models());
        String[][] providers = {
            {"deepseek", "DeepSeek", "CN", "openai"},
            {"alibaba", "Alibaba Cloud", "SG", "openai"},
            {"together", "Together", "US", "openai"},
            {"mistral", "Mistral AI", "FR", "openai"},
            {"openai", "OpenAI", "US", "openai"},
            {"anthropic", "Anthropic", "US", "anthropic"},
            {"google", "Google", "US", "openai"},
            {"x-ai", "xAI", "US", "openai"},
            {"local", "This machine", "DE", "local"}
        };
        List<CatalogRows.ProviderRow> offering = new ArrayList<>();
        for (String[] one : providers) {
            offering.add(new CatalogRows.ProviderRow(one[0], one[1], one[2], one[3], false, false));
        }
        new CatalogRows(database).add(Instant.EPOCH, labs, rows, offering, endpoints, Map.of());
        new LedgerStore(database).addRollups(rollups);
        OutsideRows outside = new OutsideRows(database);
        outside.addPulls(pulled.pulls());
        outside.addFigures(pulled.figures());
    }

    private static CatalogRows.ModelRow row(Model model) {
        return new CatalogRows.ModelRow(
                model.id(),
                model.lab(),
                model.id().substring(model.id().indexOf('/') + 1),
                model.lab(),
                model.open() ? "open-weight" : "closed",
                "",
                billions(model.parameters()),
                billions(model.active()),
                131_072,
                model.lab(),
                model.reasoning(),
                true,
                Optional.of(LocalDate.parse(model.released())));
    }

    private static OptionalLong billions(int count) {
        return count == 0 ? OptionalLong.empty() : OptionalLong.of(count * 1_000_000_000L);
    }

    private static CatalogRows.EndpointRow endpoint(Model model, String provider) {
        return new CatalogRows.EndpointRow(
                provider + ":" + model.id(), model.id(), provider, "", "unknown", 131_072, 32_768, "seed");
    }

    private Model model(String id) {
        return models.stream()
                .filter(model -> model.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private void seed(Lineup lineup, int week, long tokens) {
        if (tokens == 0) {
            return;
        }
        long[] parts = Parts.of(tokens, lineup.weights(week));
        for (int i = 0; i < parts.length; i++) {
            if (parts[i] > 0) {
                Model model = model(lineup.models().get(i));
                long[] days = Parts.of(parts[i], DAYS);
                for (int day = 0; day < days.length; day++) {
                    rollups.add(row(model, models.indexOf(model), week, day, days[day]));
                }
            }
        }
    }

    private static RollupRow row(Model model, int index, int week, int day, long tokens) {
        String provider = !model.open() || day < 4 ? model.provider() : day < 6 ? "together" : "local";
        int key = (index * 3 + day * 5 + (week / (1 + index % 4)) * 7) % KEYS;
        boolean anonymous = key == 0;
        return new RollupRow(
                Weeks.hour(week) + day * 24L + (index * 5L + week) % 24,
                provider + ":" + model.id(),
                anonymous ? "" : String.format("key%02d", key),
                APPS[(index + day) % APPS.length],
                PAYERS[(day + index) % PAYERS.length],
                sums(model, week, tokens, provider));
    }

    private static Sums sums(Model model, int week, long tokens, String provider) {
        long[] buckets = model.reasoning()
                ? Parts.of(tokens, 40 + week / 4, 18, 2, 0, 18, 22)
                : Parts.of(tokens, 55 + week / 4, 20, 3, 1, 20, 1);
        Usage usage = new Usage(buckets[0], buckets[1], buckets[2], buckets[3], buckets[4], buckets[5]);
        Rates rates = rates(model, week, provider);
        long requests = Math.max(1, tokens / (3000 + 60L * week));
        long cost = rates.costNanos(usage);
        Usage uncached = new Usage(usage.prompt(), 0, 0, 0, usage.output(), usage.reasoning());
        long dearest = provider.equals("deepseek") ? 2 * cost : cost;
        long failed = requests / 200;
        long estimated = requests / 50;
        long partial = requests / 100;
        return new Sums(
                requests,
                failed,
                requests / 80,
                requests * 3 / 4,
                usage,
                usage.prompt() * (3 + model.lab().length() % 3),
                usage.completion() * (3 + model.id().length() % 2),
                cost,
                provider.equals("together") ? cost + cost / 50 : 0,
                rates.costNanos(uncached),
                dearest,
                requests / 5,
                requests / 2,
                model.reasoning() ? requests * 9 / 10 : requests / 20,
                requests - estimated - partial - failed,
                estimated,
                partial,
                failed,
                requests * 4_000_000L,
                requests - failed,
                (requests - failed) * 420_000L);
    }

    /** Prices fall by a fifth in the middle of the time; a local token costs a twentieth of a dollar a million. */
    private static Rates rates(Model model, int week, String provider) {
        if (provider.equals("local")) {
            return new Rates(50_000, 50_000, 50_000, 50_000, 50_000, 50_000, 0);
        }
        long input = new BigDecimal(model.dollarsPerMillion()).movePointRight(6).longValueExact();
        if (provider.equals("together")) {
            input = input * 6 / 5;
        }
        if (week >= Weeks.COUNT / 2) {
            input = input * 4 / 5;
        }
        return new Rates(input, input / 10, input, input * 2, input * 4, input * 4, 0);
    }

    private void open(
            String id, int parameters, int active, boolean reasoning, String released, String provider, String price) {
        models.add(new Model(
                id, id.substring(0, id.indexOf('/')), true, parameters, active, reasoning, released, provider, price));
    }

    private void closed(String id, boolean reasoning, String released, String provider, String price) {
        models.add(new Model(id, id.substring(0, id.indexOf('/')), false, 0, 0, reasoning, released, provider, price));
    }

    private void declareOpen() {
        open("deepseek/deepseek-v2.5", 236, 21, false, "2024-09-05", "deepseek", "0.14");
        open("deepseek/deepseek-v3", 671, 37, false, "2024-12-26", "deepseek", "0.27");
        open("deepseek/deepseek-r1", 671, 37, true, "2025-01-20", "deepseek", "0.55");
        open("deepseek/deepseek-v3-0324", 671, 37, false, "2025-03-24", "deepseek", "0.27");
        open("deepseek/deepseek-r1-0528", 671, 37, true, "2025-05-28", "deepseek", "0.50");
        open("deepseek/deepseek-v3.1", 671, 37, true, "2025-08-21", "deepseek", "0.25");
        open("deepseek/deepseek-v3.2", 671, 37, true, "2025-09-29", "deepseek", "0.20");
        lineups.put(
                "deepseek",
                new Lineup()
                        .from(0, "deepseek/deepseek-v2.5", 100)
                        .from(8, "deepseek/deepseek-v2.5", 5, "deepseek/deepseek-v3", 95)
                        .from(11, "deepseek/deepseek-v2.5", 2, "deepseek/deepseek-v3", 49, "deepseek/deepseek-r1", 49)
                        .from(13, "deepseek/deepseek-v2.5", 0)
                        .from(
                                20,
                                "deepseek/deepseek-v3",
                                35,
                                "deepseek/deepseek-r1",
                                37,
                                "deepseek/deepseek-v3-0324",
                                28)
                        .from(
                                29,
                                "deepseek/deepseek-v3",
                                22,
                                "deepseek/deepseek-r1",
                                20,
                                "deepseek/deepseek-v3-0324",
                                32,
                                "deepseek/deepseek-r1-0528",
                                26)
                        .from(
                                41,
                                "deepseek/deepseek-v3",
                                10,
                                "deepseek/deepseek-r1",
                                12,
                                "deepseek/deepseek-v3-0324",
                                24,
                                "deepseek/deepseek-r1-0528",
                                26,
                                "deepseek/deepseek-v3.1",
                                28)
                        .from(47, "deepseek/deepseek-v3.2", 20));
        open("qwen/qwen2.5-72b-instruct", 73, 73, false, "2024-09-19", "alibaba", "0.35");
        open("qwen/qwen2.5-7b-instruct", 8, 8, false, "2024-09-19", "alibaba", "0.05");
        open("qwen/qwq-32b", 33, 33, true, "2025-03-06", "alibaba", "0.15");
        open("qwen/qwen3-235b-a22b", 235, 22, true, "2025-04-28", "alibaba", "0.22");
        open("qwen/qwen3-30b-a3b", 31, 3, true, "2025-04-28", "alibaba", "0.08");
        open("qwen/qwen3-coder-480b-a35b", 480, 35, false, "2025-07-22", "alibaba", "0.30");
        lineups.put(
                "qwen",
                new Lineup()
                        .from(0, "qwen/qwen2.5-72b-instruct", 70, "qwen/qwen2.5-7b-instruct", 30)
                        .from(17, "qwen/qwen2.5-72b-instruct", 40, "qwen/qwen2.5-7b-instruct", 20, "qwen/qwq-32b", 40)
                        .from(
                                25,
                                "qwen/qwen2.5-72b-instruct",
                                15,
                                "qwen/qwen2.5-7b-instruct",
                                10,
                                "qwen/qwq-32b",
                                10,
                                "qwen/qwen3-235b-a22b",
                                40,
                                "qwen/qwen3-30b-a3b",
                                25)
                        .from(
                                37,
                                "qwen/qwen2.5-72b-instruct",
                                4,
                                "qwen/qwen2.5-7b-instruct",
                                4,
                                "qwen/qwq-32b",
                                4,
                                "qwen/qwen3-235b-a22b",
                                33,
                                "qwen/qwen3-30b-a3b",
                                20,
                                "qwen/qwen3-coder-480b-a35b",
                                35));
        open("01-ai/yi-34b-chat", 34, 34, false, "2023-11-23", "together", "0.60");
        lineups.put("01-ai", new Lineup().from(0, "01-ai/yi-34b-chat", 1));
        open("z-ai/glm-4-9b", 9, 9, false, "2024-06-05", "together", "0.06");
        open("z-ai/glm-4.5", 355, 32, true, "2025-07-28", "together", "0.35");
        lineups.put("z-ai", new Lineup().from(0, "z-ai/glm-4-9b", 1).from(38, "z-ai/glm-4-9b", 1, "z-ai/glm-4.5", 9));
        open("minimax/minimax-m1", 456, 46, true, "2025-06-17", "together", "0.30");
        open("minimax/minimax-m2", 230, 10, true, "2025-10-27", "together", "0.15");
        lineups.put(
                "minimax",
                new Lineup()
                        .from(0, "minimax/minimax-m1", 1)
                        .from(51, "minimax/minimax-m1", 1, "minimax/minimax-m2", 4));
        open("moonshotai/kimi-k2", 1000, 32, false, "2025-07-11", "together", "0.40");
        lineups.put("moonshotai", new Lineup().from(0, "moonshotai/kimi-k2", 1));
        open("meta-llama/llama-3.1-70b-instruct", 70, 70, false, "2024-07-23", "together", "0.30");
        open("meta-llama/llama-3.1-8b-instruct", 8, 8, false, "2024-07-23", "together", "0.05");
        open("meta-llama/llama-3.3-70b-instruct", 70, 70, false, "2024-12-06", "together", "0.20");
        open("meta-llama/llama-4-maverick", 400, 17, false, "2025-04-05", "together", "0.17");
        lineups.put(
                "meta-llama",
                new Lineup()
                        .from(0, "meta-llama/llama-3.1-70b-instruct", 65, "meta-llama/llama-3.1-8b-instruct", 35)
                        .from(5, "meta-llama/llama-3.1-70b-instruct", 30, "meta-llama/llama-3.3-70b-instruct", 40)
                        .from(
                                22,
                                "meta-llama/llama-3.1-70b-instruct",
                                10,
                                "meta-llama/llama-3.3-70b-instruct",
                                50,
                                "meta-llama/llama-4-maverick",
                                20));
        open("mistralai/mistral-nemo", 12, 12, false, "2024-07-18", "mistral", "0.10");
        open("mistralai/mixtral-8x22b", 141, 39, false, "2024-04-17", "mistral", "0.90");
        open("mistralai/mistral-small-3.2", 24, 24, false, "2025-06-20", "mistral", "0.10");
        lineups.put(
                "mistralai",
                new Lineup()
                        .from(0, "mistralai/mistral-nemo", 70, "mistralai/mixtral-8x22b", 30)
                        .from(
                                33,
                                "mistralai/mistral-nemo",
                                40,
                                "mistralai/mixtral-8x22b",
                                5,
                                "mistralai/mistral-small-3.2",
                                55));
        open("openai/gpt-oss-120b", 117, 5, true, "2025-08-05", "together", "0.10");
        open("openai/gpt-oss-20b", 21, 4, true, "2025-08-05", "together", "0.05");
        lineups.put("openai-open", new Lineup().from(0, "openai/gpt-oss-120b", 7, "openai/gpt-oss-20b", 3));
        open("google/gemma-2-27b-it", 27, 27, false, "2024-06-27", "together", "0.25");
        open("google/gemma-3-27b-it", 27, 27, false, "2025-03-12", "together", "0.10");
        lineups.put(
                "google-open",
                new Lineup()
                        .from(0, "google/gemma-2-27b-it", 1)
                        .from(18, "google/gemma-2-27b-it", 1, "google/gemma-3-27b-it", 4));
        open("nvidia/llama-3.1-nemotron-70b", 70, 70, false, "2024-10-15", "together", "0.35");
        lineups.put("nvidia", new Lineup().from(0, "nvidia/llama-3.1-nemotron-70b", 1));
        open("microsoft/wizardlm-2-8x22b", 141, 39, false, "2024-04-15", "together", "0.50");
        lineups.put("microsoft", new Lineup().from(0, "microsoft/wizardlm-2-8x22b", 1));
        open("tngtech/deepseek-r1t-chimera", 671, 37, true, "2025-04-26", "together", "0.30");
        lineups.put("tngtech", new Lineup().from(0, "tngtech/deepseek-r1t-chimera", 1));
    }

    private void declareClosed() {
        closed("openai/gpt-4o", false, "2024-05-13", "openai", "2.50");
        closed("openai/gpt-4o-mini", false, "2024-07-18", "openai", "0.15");
        closed("openai/gpt-5", true, "2025-08-07", "openai", "1.25");
        lineups.put(
                "openai",
                new Lineup()
                        .from(0, "openai/gpt-4o", 45, "openai/gpt-4o-mini", 55)
                        .from(40, "openai/gpt-4o", 15, "openai/gpt-4o-mini", 30, "openai/gpt-5", 55));
        closed("anthropic/claude-3.5-sonnet", false, "2024-06-20", "anthropic", "3.00");
        closed("anthropic/claude-sonnet-4", true, "2025-05-22", "anthropic", "3.00");
        lineups.put(
                "anthropic",
                new Lineup()
                        .from(0, "anthropic/claude-3.5-sonnet", 1)
                        .from(29, "anthropic/claude-3.5-sonnet", 2, "anthropic/claude-sonnet-4", 8));
        closed("google/gemini-1.5-flash", false, "2024-05-14", "google", "0.08");
        closed("google/gemini-2.5-flash", true, "2025-04-17", "google", "0.30");
        lineups.put(
                "google",
                new Lineup()
                        .from(0, "google/gemini-1.5-flash", 1)
                        .from(24, "google/gemini-1.5-flash", 1, "google/gemini-2.5-flash", 6));
        closed("x-ai/grok-3", false, "2025-02-17", "x-ai", "3.00");
        closed("x-ai/grok-code-fast-1", true, "2025-08-28", "x-ai", "0.20");
        lineups.put(
                "x-ai", new Lineup().from(0, "x-ai/grok-3", 1).from(42, "x-ai/grok-3", 1, "x-ai/grok-code-fast-1", 7));
        closed("qwen/qwen-max", false, "2025-01-28", "alibaba", "1.60");
        lineups.put("qwen-closed", new Lineup().from(0, "qwen/qwen-max", 1));
        closed("mistralai/mistral-medium-3", false, "2025-05-07", "mistral", "0.40");
        lineups.put("mistral-closed", new Lineup().from(0, "mistralai/mistral-medium-3", 1));
    }
}
