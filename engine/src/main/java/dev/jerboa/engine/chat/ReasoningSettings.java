package dev.jerboa.engine.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request about thinking in the words of one chat template, which are the variables that it reads.
 *
 * @param variables what to render the template with
 * @param ignored what of the request the template cannot express, each with the reason, for the caller to read
 */
public record ReasoningSettings(Map<String, @Nullable Object> variables, List<String> ignored) {
    public ReasoningSettings {
        variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
        ignored = List.copyOf(ignored);
    }

    /**
     * Finds the settings.
     *
     * @param names the variables that the template reads
     * @param source the template's source, which says which efforts it knows
     * @param thinks whether the template speaks of thinking at all
     */
    static ReasoningSettings of(Set<String> names, String source, boolean thinks, ReasoningRequest request) {
        Finder finder = new Finder(names, source, thinks);
        finder.find(request);
        return new ReasoningSettings(finder.variables, finder.ignored);
    }

    private static final class Finder {
        private static final Pattern LEVEL = Pattern.compile("['\"](minimal|low|medium|high|max)['\"]");
        private static final List<String> SWITCHES = List.of("enable_thinking", "thinking", "reasoning");
        private static final List<String> EFFORTS = List.of("reasoning_effort", "thinking_effort");

        private final Set<String> names;
        private final String source;
        private final boolean thinks;
        private final Map<String, @Nullable Object> variables = new LinkedHashMap<>();
        private final List<String> ignored = new ArrayList<>();

        Finder(Set<String> names, String source, boolean thinks) {
            this.names = names;
            this.source = source;
            this.thinks = thinks;
        }

        void find(ReasoningRequest request) {
            ReasoningEffort effort = request.effort();
            Boolean on = request.thinking();
            if (on == null && effort != null) {
                on = effort != ReasoningEffort.NONE;
            }
            if (on != null) {
                thinking(on);
            }
            if (effort != null && effort != ReasoningEffort.NONE && !Boolean.FALSE.equals(on)) {
                effort(effort);
            }
            Integer budget = request.budgetTokens();
            if (budget != null && names.contains("thinking_budget")) {
                variables.put("thinking_budget", budget);
            } else if (budget != null) {
                ignored.add("a thinking budget of " + budget + " tokens: the model's chat template has none");
            }
        }

        private void thinking(boolean on) {
            for (String name : SWITCHES) {
                if (names.contains(name)) {
                    variables.put(name, on);
                    return;
                }
            }
            if (names.contains("thinking_mode")) {
                variables.put("thinking_mode", on ? "enabled" : "disabled");
            } else if (!on) {
                off();
            } else if (!thinks && effortName() == null) {
                ignored.add("thinking: the model's chat template does not speak of any");
            }
        }

        /** Off, without a switch. */
        private void off() {
            String effort = effortName();
            if (names.contains("thinking_budget")) {
                variables.put("thinking_budget", 0);
            } else if (effort != null && knows("no_think")) {
                variables.put(effort, "no_think");
            } else if (effort != null && knows("none")) {
                variables.put(effort, "none");
            } else if (effort != null && !levels().isEmpty()) {
                ReasoningEffort least = Collections.min(levels());
                variables.put(effort, word(least));
                ignored.add("thinking off: the model's chat template cannot switch it off; its least effort, "
                        + word(least) + ", is used");
            } else if (thinks) {
                ignored.add("thinking off: the model's chat template cannot switch it off");
            }
        }

        private void effort(ReasoningEffort effort) {
            String name = effortName();
            if (name != null && !levels().isEmpty()) {
                level(name, effort);
            } else if (names.contains("thinking_budget")) {
                variables.put("thinking_budget", budget(effort));
            } else {
                ignored.add("the effort " + word(effort) + ": the model's chat template knows no efforts");
            }
        }

        /**
         * The greatest level that the template knows and that is not above the wish. Below all of them, the least one, unless
         * the template's levels are only ways to think more than usual.
         */
        private void level(String name, ReasoningEffort wish) {
            Set<ReasoningEffort> levels = levels();
            ReasoningEffort best = null;
            for (ReasoningEffort level : levels) {
                best = level.compareTo(wish) <= 0 ? level : best;
            }
            ReasoningEffort least = Collections.min(levels);
            if (best == null && least.compareTo(ReasoningEffort.MEDIUM) <= 0) {
                best = least;
            }
            if (best != null) {
                variables.put(name, word(best));
            }
            if (best != wish) {
                ignored.add("the effort " + word(wish) + ": the model's chat template knows " + words(levels) + "; "
                        + (best == null ? "its usual effort" : word(best)) + " is used");
            }
        }

        private @Nullable String effortName() {
            for (String name : EFFORTS) {
                if (names.contains(name)) {
                    return name;
                }
            }
            return null;
        }

        /** The levels that the template names; one that names a default only takes the usual three. */
        private Set<ReasoningEffort> levels() {
            Set<ReasoningEffort> levels = EnumSet.noneOf(ReasoningEffort.class);
            Matcher matcher = LEVEL.matcher(source);
            while (matcher.find()) {
                levels.add(ReasoningEffort.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)));
            }
            return levels.equals(EnumSet.of(ReasoningEffort.MEDIUM))
                    ? EnumSet.of(ReasoningEffort.LOW, ReasoningEffort.MEDIUM, ReasoningEffort.HIGH)
                    : levels;
        }

        private boolean knows(String word) {
            return source.contains("'" + word + "'") || source.contains("\"" + word + "\"");
        }

        private static int budget(ReasoningEffort effort) {
            return switch (effort) {
                case NONE -> 0;
                case MINIMAL -> 512;
                case LOW -> 1024;
                case MEDIUM -> 4096;
                case HIGH -> 16384;
                case MAX -> -1;
            };
        }

        private static String words(Set<ReasoningEffort> levels) {
            return String.join(", ", levels.stream().map(Finder::word).toList());
        }

        private static String word(ReasoningEffort effort) {
            return effort.name().toLowerCase(Locale.ROOT);
        }
    }
}
