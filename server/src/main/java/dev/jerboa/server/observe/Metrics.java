package dev.jerboa.server.observe;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.schedule.SchedulerStatus;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Served;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * The figures of a server in Prometheus' text format, under the names that inference routers for Kubernetes scrape (those of vLLM) and
 * of OpenTelemetry's conventions for generative AI. All names are here.
 */
final class Metrics {
    private final Models models;
    private final Traffic traffic;
    private final StringBuilder out = new StringBuilder();

    Metrics(Models models, Traffic traffic) {
        this.models = models;
        this.traffic = traffic;
    }

    String text() {
        gauge("vllm:num_requests_waiting", "Requests that wait for a place.", status -> status.waiting());
        gauge("vllm:num_requests_running", "Requests that are being written.", status -> status.running());
        gauge(
                "vllm:kv_cache_usage_perc",
                "Share of the key-value cache in use, 0 to 1.",
                status -> 1 - (double) status.freeTokens() / status.cacheTokens());
        counter("vllm:num_preemptions_total", "Requests set back for want of memory.", SchedulerStatus::preemptions);
        counter("vllm:prefix_cache_hits_total", "Prompt tokens taken over.", SchedulerStatus::sharedTokens);
        counter(
                "vllm:prefix_cache_queries_total",
                "Prompt tokens taken over or computed.",
                status -> status.sharedTokens() + status.promptTokens());
        counter("vllm:prompt_tokens_total", "Prompt tokens computed.", SchedulerStatus::promptTokens);
        counter("vllm:generation_tokens_total", "Tokens generated.", SchedulerStatus::pickedTokens);
        counter("vllm:spec_decode_num_draft_tokens_total", "Tokens guessed.", SchedulerStatus::guessedTokens);
        counter("vllm:spec_decode_num_accepted_tokens_total", "Guesses confirmed.", SchedulerStatus::confirmedTokens);
        counter(
                "jerboa:guesses_without_pages_total",
                "Guesses given up as the cache of guesses was full.",
                SchedulerStatus::draftShortages);
        configuration();
        adapters();
        served();
        histograms("vllm:time_to_first_token_seconds", "Time to the first token.", 0);
        histograms("vllm:time_per_output_token_seconds", "Time of a token after the first.", 1);
        histograms("vllm:e2e_request_latency_seconds", "Time of a whole reply.", 2);
        histograms("gen_ai_server_time_to_first_token_seconds", "Time to the first token.", 0);
        histograms("gen_ai_server_time_per_output_token_seconds", "Time of a token after the first.", 1);
        histograms("gen_ai_server_request_duration_seconds", "Time of a whole reply.", 2);
        return out.toString();
    }

    private void head(String name, String type, String help) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private void gauge(String name, String help, ToDoubleFunction<SchedulerStatus> value) {
        each(name, "gauge", help, value);
    }

    private void counter(String name, String help, ToDoubleFunction<SchedulerStatus> value) {
        each(name, "counter", help, value);
    }

    private void each(String name, String type, String help, ToDoubleFunction<SchedulerStatus> value) {
        head(name, type, help);
        for (Served served : models.all()) {
            line(name, label(served), value.applyAsDouble(served.model().status()));
        }
    }

    private void configuration() {
        head("vllm:cache_config_info", "gauge", "The cache's pages.");
        for (Served served : models.all()) {
            int page = KvCache.PAGE_TOKENS;
            line(
                    "vllm:cache_config_info",
                    label(served) + ",block_size=\"" + page + "\",num_gpu_blocks=\""
                            + served.model().status().cacheTokens() / page + "\"",
                    1);
        }
    }

    private void adapters() {
        head("vllm:lora_requests_info", "gauge", "Adapters that are being asked for; the time in seconds since 1970.");
        for (Served served : models.all()) {
            String names = escaped(served.adapters().stream()
                    .filter(name -> traffic.inFlight(name) > 0)
                    .collect(Collectors.joining(",")));
            line(
                    "vllm:lora_requests_info",
                    label(served) + ",max_lora=\"" + served.adapters().size() + "\",running_lora_adapters=\"" + names
                            + "\",waiting_lora_adapters=\"\"",
                    Http.now());
        }
    }

    private void served() {
        head("vllm:request_success_total", "counter", "Replies that ended.");
        for (Served served : models.all()) {
            line(
                    "vllm:request_success_total",
                    label(served),
                    traffic.of(served.id()).succeeded());
        }
        head("jerboa:request_failure_total", "counter", "Requests that were not served to their ends.");
        for (Served served : models.all()) {
            line(
                    "jerboa:request_failure_total",
                    label(served),
                    traffic.of(served.id()).failures());
        }
    }

    private void histograms(String name, String help, int which) {
        head(name, "histogram", help);
        for (Served served : models.all()) {
            ModelTraffic of = traffic.of(served.id());
            Histogram histogram = switch (which) {
                case 0 -> of.firstToken();
                case 1 -> of.perToken();
                default -> of.whole();
            };
            String label = label(served);
            double[] bounds = histogram.bounds();
            for (int i = 0; i < bounds.length; i++) {
                line(name + "_bucket", label + ",le=\"" + bounds[i] + "\"", histogram.upTo(i));
            }
            line(name + "_bucket", label + ",le=\"+Inf\"", histogram.count());
            line(name + "_sum", label, histogram.sum());
            line(name + "_count", label, histogram.count());
        }
    }

    private static String label(Served served) {
        return "model_name=\"" + escaped(served.id()) + "\"";
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private void line(String name, String labels, double value) {
        out.append(name).append('{').append(labels).append("} ");
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            out.append((long) value);
        } else {
            out.append(String.format(Locale.ROOT, "%.6g", value));
        }
        out.append('\n');
    }
}
