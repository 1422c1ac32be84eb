package dev.jerboa.train.loop;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A run on one page: metrics.jsonl as line charts, in one HTML file that needs nothing else.
 *
 * <pre>
 * metrics.jsonl → series by name (step, value) → at most {@value #POINTS} points each → SVG
 * </pre>
 */
public final class RunReport {
    private static final int POINTS = 600;
    private static final int WIDTH = 560;
    private static final int HEIGHT = 220;
    private static final int LEFT = 64;
    private static final int BOTTOM = 28;
    private static final int TOP = 12;

    /** What the charts are called and measured in; other series go under their own names. */
    private static final Map<String, String> TITLES = titles();

    private record Point(double step, double value) {}

    private RunReport() {}

    private static Map<String, String> titles() {
        Map<String, String> titles = new LinkedHashMap<>();
        titles.put("loss", "Loss (nats a token)");
        titles.put("teacher_divergence", "Divergence from the teacher (nats a token)");
        titles.put("cross_entropy", "Cross entropy of the targets (nats a token)");
        titles.put("ahead_loss", "Loss of the token after the next (nats)");
        titles.put("balance_loss", "Loss of balance");
        titles.put("gradient_norm", "Norm of all gradients, before clipping");
        titles.put("learning_rate", "Learning rate");
        titles.put("expert_load", "Largest load of an expert over the mean");
        titles.put("gain_forward", "Composite gain of the streams, forward");
        titles.put("gain_backward", "Composite gain of the streams, backward");
        titles.put("least_column", "Smallest column sum of the composite");
        titles.put("gain_site", "Largest gain of a single site, forward");
        titles.put("tokens_per_second", "Tokens a second");
        titles.put("utilisation", "Share of the multiply-add peak");
        return titles;
    }

    /**
     * Writes the page of a run.
     *
     * @param metrics metrics.jsonl
     * @param page the file to write
     */
    public static void write(Path metrics, Path page) {
        try {
            Map<String, List<Point>> series = series(metrics);
            Files.writeString(page, html(series, page), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(page + ": the report cannot be written: " + e.getMessage(), e);
        }
    }

    private static Map<String, List<Point>> series(Path metrics) throws IOException {
        Map<String, List<Point>> series = new LinkedHashMap<>();
        TITLES.keySet().forEach(name -> series.put(name, new ArrayList<>()));
        try (var lines = Files.lines(metrics, StandardCharsets.UTF_8)) {
            lines.filter(line -> !line.isBlank()).forEach(line -> {
                Map<String, @Nullable Object> fields =
                        Json.asObject(Json.parse(line, metrics.toString()), metrics.toString());
                if (!(fields.get("step") instanceof Number step)) {
                    throw new ModelException(metrics + ": a line without a step");
                }
                fields.forEach((name, value) -> {
                    if (value instanceof Number number && !name.equals("step") && !name.equals("tokens")) {
                        series.computeIfAbsent(name, n -> new ArrayList<>())
                                .add(new Point(step.doubleValue(), number.doubleValue()));
                    }
                });
            });
        }
        series.values().removeIf(List::isEmpty);
        return series;
    }

    private static String html(Map<String, List<Point>> series, Path page) {
        StringBuilder out = new StringBuilder();
        Path folder = page.toAbsolutePath().getParent();
        String title = escape(folder == null ? "run" : String.valueOf(folder.getFileName()));
        out.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
                .append(title)
                .append(
                        "</title>\n<style>body{font:14px/1.4 system-ui,sans-serif;margin:2rem;color:#222;background:#fff}")
                .append("main{display:flex;flex-wrap:wrap;gap:1.5rem}figure{margin:0}figcaption{font-weight:600}")
                .append("svg{display:block}path{fill:none;stroke:#b5651d;stroke-width:1.5}")
                .append("line{stroke:#ddd}text{font-size:11px;fill:#555}")
                .append("@media(prefers-color-scheme:dark){body{background:#181614;color:#eee}line{stroke:#444}")
                .append("text{fill:#aaa}path{stroke:#e8a45c}}</style></head>\n<body><h1>")
                .append(title)
                .append("</h1>\n<main>\n");
        series.forEach((name, points) -> chart(TITLES.getOrDefault(name, name), points, out));
        return out.append("</main></body></html>\n").toString();
    }

    private static void chart(String title, List<Point> all, StringBuilder out) {
        List<Point> points = thinned(all);
        double low = points.stream().mapToDouble(Point::value).min().orElse(0);
        double high = points.stream().mapToDouble(Point::value).max().orElse(1);
        if (high - low < 1e-12 * Math.max(1, Math.abs(high))) {
            low -= 0.5;
            high += 0.5;
        }
        double first = points.getFirst().step;
        double last = Math.max(points.getLast().step, first + 1);
        out.append("<figure><figcaption>")
                .append(escape(title))
                .append("</figcaption><svg role=\"img\" width=\"")
                .append(WIDTH)
                .append("\" height=\"")
                .append(HEIGHT)
                .append("\">");
        for (int i = 0; i <= 4; i++) {
            double value = low + (high - low) * i / 4;
            double y = y(value, low, high);
            out.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.4g</text>",
                    LEFT,
                    WIDTH,
                    y,
                    y,
                    LEFT - 6,
                    y + 4,
                    value));
        }
        out.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\">%.0f</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">step %.0f</text><path d=\"",
                LEFT,
                HEIGHT - 8,
                first,
                WIDTH,
                HEIGHT - 8,
                last));
        char pen = 'M';
        for (Point point : points) {
            double x = LEFT + (point.step - first) / (last - first) * (WIDTH - LEFT);
            out.append(String.format(Locale.ROOT, "%c%.1f %.1f", pen, x, y(point.value, low, high)));
            pen = 'L';
        }
        out.append("\"/></svg></figure>\n");
    }

    private static double y(double value, double low, double high) {
        return TOP + (high - value) / (high - low) * (HEIGHT - BOTTOM - TOP);
    }

    /** As many points as can be told apart: means of neighbours. */
    private static List<Point> thinned(List<Point> all) {
        List<Point> finite = all.stream().filter(p -> Double.isFinite(p.value)).toList();
        if (finite.size() <= POINTS) {
            return finite.isEmpty() ? List.of(new Point(0, 0)) : finite;
        }
        List<Point> few = new ArrayList<>();
        for (int i = 0; i < POINTS; i++) {
            List<Point> part = finite.subList(
                    (int) ((long) finite.size() * i / POINTS), (int) ((long) finite.size() * (i + 1) / POINTS));
            few.add(new Point(
                    part.stream().mapToDouble(Point::step).average().orElse(0),
                    part.stream().mapToDouble(Point::value).average().orElse(0)));
        }
        return few;
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
