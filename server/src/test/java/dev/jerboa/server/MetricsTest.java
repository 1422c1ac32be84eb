package dev.jerboa.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Names and labels of metrics are a contract with routers and dashboards: they stay. */
@Timeout(120)
class MetricsTest {
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:0-9]+)(?:\\{(.*)\\})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    private static final Running RUNNING = Running.open();

    @AfterAll
    static void close() {
        RUNNING.close();
    }

    /** Of each type, the families with the labels of their samples, as the server has had them since it has metrics. */
    private static final Map<String, Set<String>> CONTRACT = Map.of(
            "gauge",
            Set.of(
                    "vllm:num_requests_waiting model_name",
                    "vllm:num_requests_running model_name",
                    "vllm:kv_cache_usage_perc model_name",
                    "vllm:cache_config_info block_size,model_name,num_gpu_blocks",
                    "vllm:lora_requests_info max_lora,model_name,running_lora_adapters,waiting_lora_adapters"),
            "counter",
            Set.of(
                    "vllm:num_preemptions_total model_name",
                    "vllm:prefix_cache_hits_total model_name",
                    "vllm:prefix_cache_queries_total model_name",
                    "vllm:prompt_tokens_total model_name",
                    "vllm:generation_tokens_total model_name",
                    "vllm:spec_decode_num_draft_tokens_total model_name",
                    "vllm:spec_decode_num_accepted_tokens_total model_name",
                    "jerboa:guesses_without_pages_total model_name",
                    "vllm:request_success_total model_name",
                    "jerboa:request_failure_total model_name"),
            "histogram",
            Set.of(
                    "vllm:time_to_first_token_seconds le,model_name",
                    "vllm:time_per_output_token_seconds le,model_name",
                    "vllm:e2e_request_latency_seconds le,model_name",
                    "gen_ai_server_time_to_first_token_seconds le,model_name",
                    "gen_ai_server_time_per_output_token_seconds le,model_name",
                    "gen_ai_server_request_duration_seconds le,model_name"));

    private static String scrape() {
        return RUNNING.get("/metrics").body();
    }

    /** Samples by name and labels, without what they count. */
    private static Map<String, Double> samples(String text) {
        Map<String, Double> samples = new TreeMap<>();
        for (String line : text.split("\n")) {
            Matcher sample = SAMPLE.matcher(line);
            if (!line.startsWith("#")) {
                assertThat(sample.matches()).as(line).isTrue();
                samples.put(line.substring(0, sample.start(3) - 1), Double.parseDouble(sample.group(3)));
            }
        }
        return samples;
    }

    @Test
    void namesTypesAndLabelsStay() {
        String text = scrape();
        Map<String, String> types = new TreeMap<>();
        for (String line : text.split("\n")) {
            if (line.startsWith("# TYPE ")) {
                String[] words = line.split(" ");
                types.put(words[2], words[3]);
            }
        }
        Map<String, Set<String>> found = new TreeMap<>();
        for (Map.Entry<String, String> type : types.entrySet()) {
            String name = type.getKey();
            if (name.contains(":") || name.startsWith("gen_ai_")) {
                found.computeIfAbsent(type.getValue(), key -> new TreeSet<>()).add(name + " " + labels(text, name));
            }
        }
        assertThat(found).isEqualTo(CONTRACT);
        assertThat(RUNNING.get("/metrics").headers().firstValue("content-type"))
                .hasValue("text/plain; version=0.0.4; charset=utf-8");
    }

    private static String labels(String text, String family) {
        Set<String> labels = new TreeSet<>();
        for (String sample : samples(text).keySet()) {
            Matcher of = Pattern.compile("\\Q" + family + "\\E(_bucket|_sum|_count)?\\{(.*)\\}")
                    .matcher(sample);
            if (of.matches()) {
                Matcher label = LABEL.matcher(of.group(2));
                while (label.find()) {
                    labels.add(label.group(1));
                }
            }
        }
        return String.join(",", labels);
    }

    @Test
    void figuresFollowWhatIsServed() {
        Map<String, Double> before = samples(scrape());
        RUNNING.post("/v1/completions", "{\"prompt\": [5, 6], \"max_tokens\": 7, \"ignore_eos\": true}");
        Map<String, Double> after = samples(scrape());
        assertThat(grown("vllm:generation_tokens_total{model_name=\"inside\"}", before, after))
                .isEqualTo(7);
        assertThat(grown("vllm:request_success_total{model_name=\"inside\"}", before, after))
                .isEqualTo(1);
        for (String name : Set.of("vllm:e2e_request_latency_seconds", "gen_ai_server_request_duration_seconds")) {
            assertThat(grown(name + "_count{model_name=\"inside\"}", before, after))
                    .isEqualTo(1);
            assertThat(grown(name + "_bucket{model_name=\"inside\",le=\"+Inf\"}", before, after))
                    .isEqualTo(1);
            assertThat(grown(name + "_sum{model_name=\"inside\"}", before, after))
                    .isPositive();
        }
        assertThat(after.get("vllm:lora_requests_info{max_lora=\"0\",model_name=\"inside\",running_lora_adapters=\"\","
                        + "waiting_lora_adapters=\"\"}"))
                .isGreaterThan(1e9);
    }

    private static double grown(String sample, Map<String, Double> before, Map<String, Double> after) {
        assertThat(after).containsKey(sample);
        return after.getOrDefault(sample, 0.0) - before.getOrDefault(sample, 0.0);
    }

    @Test
    void theProcessAndTheVirtualMachineAreThere() {
        assertThat(samples(scrape()))
                .containsKeys(
                        "process_cpu_seconds_total",
                        "process_start_time_seconds",
                        "jvm_memory_used_bytes{area=\"heap\"}",
                        "jvm_threads_current");
    }
}
