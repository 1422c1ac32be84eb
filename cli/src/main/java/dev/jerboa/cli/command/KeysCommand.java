package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.gateway.key.Key;
import dev.jerboa.gateway.key.KeyDraft;
import dev.jerboa.gateway.key.NewKey;
import dev.jerboa.gateway.key.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keys}: the keys of a gateway, one command a deed. */
@Command(
        name = "keys",
        description = "Makes, lists, disables and rotates the keys of a gateway, also while it runs.",
        synopsisSubcommandLabel = "DEED")
public final class KeysCommand {
    @Mixin
    HelpOptions help = new HelpOptions();

    private KeysCommand() {}

    /** The command with its deeds. */
    public static CommandLine line(Console console) {
        return new CommandLine(new KeysCommand())
                .addSubcommand("create", new Create(console))
                .addSubcommand("list", new ListKeys(console))
                .addSubcommand("disable", new Disable(console))
                .addSubcommand("rotate", new Rotate(console));
    }

    @Command(
            name = "create",
            description = "Makes a key and prints it: it is kept nowhere else, and cannot be printed again.")
    private static final class Create implements Callable<Integer> {
        private final Console console;

        @Mixin
        HelpOptions help = new HelpOptions();

        @Mixin
        private GatewayFiles files = new GatewayFiles();

        @Option(names = "--account", paramLabel = "ID", required = true, description = "whom it belongs to")
        private String account = "";

        @Option(names = "--name", paramLabel = "TEXT", description = "for people")
        private String name = "";

        @Option(
                names = "--scope",
                paramLabel = "S",
                description = "inference, usage or admin; may be repeated (default: inference and usage)")
        private List<String> scopes = List.of("inference", "usage");

        @Option(
                names = "--model",
                paramLabel = "NAME",
                description = "a model that it may ask for, * for any characters; may be repeated (default: all)")
        private List<String> models = List.of();

        @Option(names = "--app", paramLabel = "TEXT", description = "what its requests count as")
        private String app = "";

        @Option(
                names = "--category",
                paramLabel = "NAME",
                description = "what its requests are about where they do not say: one of analytics.categories")
        private String category = "";

        @Option(names = "--requests-per-minute", paramLabel = "N", description = "the most requests a minute")
        private @Nullable Long requests;

        @Option(names = "--tokens-per-minute", paramLabel = "N", description = "the most tokens a minute")
        private @Nullable Long tokens;

        @Option(names = "--concurrent", paramLabel = "N", description = "the most requests at a time")
        private @Nullable Integer concurrent;

        @Option(names = "--days", paramLabel = "N", description = "how long it is good for (default: for ever)")
        private @Nullable Integer days;

        Create(Console console) {
            this.console = console;
        }

        @Override
        public Integer call() {
            NewKey made;
            try (GatewayFiles.Opened opened = files.open()) {
                made = Arguments.checked(() -> opened.keys().create(draft()));
            }
            console.say("jerboa: the key " + made.key().id() + " of " + account + "; it is not shown again");
            console.out().println(made.secret());
            return ExitCode.OK;
        }

        private KeyDraft draft() {
            Set<Scope> of = new TreeSet<>();
            scopes.forEach(scope -> of.add(Scope.of(scope)));
            Long perMinute = requests;
            Long tokensPerMinute = tokens;
            Integer atATime = concurrent;
            Integer good = days;
            if (good != null && good < 1) {
                throw new IllegalArgumentException("--days " + good + ": expected 1 or more");
            }
            return new KeyDraft(
                    account,
                    name,
                    of,
                    models,
                    app,
                    new Key.RateLimits(
                            perMinute == null ? OptionalLong.empty() : OptionalLong.of(perMinute),
                            tokensPerMinute == null ? OptionalLong.empty() : OptionalLong.of(tokensPerMinute),
                            atATime == null ? OptionalInt.empty() : OptionalInt.of(atATime)),
                    good == null ? Optional.empty() : Optional.of(Instant.now().plus(Duration.ofDays(good))),
                    category);
        }
    }

    @Command(name = "list", description = "Lists the keys, those of the file first.")
    private static final class ListKeys implements Callable<Integer> {
        private final Console console;

        @Mixin
        HelpOptions help = new HelpOptions();

        @Mixin
        private GatewayFiles files = new GatewayFiles();

        ListKeys(Console console) {
            this.console = console;
        }

        @Override
        public Integer call() {
            Instant now = Instant.now();
            try (GatewayFiles.Opened opened = files.open()) {
                for (Key key : opened.keys().keys()) {
                    console.out()
                            .println(String.join(
                                    "\t",
                                    key.id(),
                                    key.account(),
                                    key.name(),
                                    key.scopes().stream()
                                            .map(Scope::text)
                                            .sorted()
                                            .collect(Collectors.joining(",")),
                                    key.models().isEmpty() ? "*" : String.join(",", key.models()),
                                    state(key, now)));
                }
            }
            return ExitCode.OK;
        }
    }

    /** Whether it is refused, and why; else where it is kept. */
    private static String state(Key key, Instant now) {
        boolean over = key.expires().isPresent() && !now.isBefore(key.expires().get());
        return key.disabled() ? "disabled" : over ? "expired" : key.declared() ? "file" : "store";
    }

    @Command(name = "disable", description = "Refuses a key from now on; a running gateway knows within seconds.")
    private static final class Disable implements Callable<Integer> {
        private final Console console;

        @Mixin
        HelpOptions help = new HelpOptions();

        @Mixin
        private GatewayFiles files = new GatewayFiles();

        @Parameters(paramLabel = "ID", description = "the key, as list names it")
        private String id = "";

        Disable(Console console) {
            this.console = console;
        }

        @Override
        public Integer call() {
            try (GatewayFiles.Opened opened = files.open()) {
                var keys = opened.keys();
                Key key = keys.key(id).orElseThrow(() -> new CommandException("there is no key '" + id + "'"));
                Arguments.checked(() -> keys.update(
                        id,
                        new KeyDraft(
                                key.account(),
                                key.name(),
                                key.scopes(),
                                key.models(),
                                key.app(),
                                key.limits(),
                                key.expires(),
                                key.category()),
                        true));
            }
            console.say("jerboa: the key " + id + " is disabled");
            return ExitCode.OK;
        }
    }

    @Command(name = "rotate", description = "Gives a key another secret and prints it; the one before ends at once.")
    private static final class Rotate implements Callable<Integer> {
        private final Console console;

        @Mixin
        HelpOptions help = new HelpOptions();

        @Mixin
        private GatewayFiles files = new GatewayFiles();

        @Parameters(paramLabel = "ID", description = "the key, as list names it")
        private String id = "";

        Rotate(Console console) {
            this.console = console;
        }

        @Override
        public Integer call() {
            NewKey made;
            try (GatewayFiles.Opened opened = files.open()) {
                made = Arguments.checked(() -> opened.keys().rotate(id));
            }
            console.say("jerboa: the key " + id + " has another secret; it is not shown again");
            console.out().println(made.secret());
            return ExitCode.OK;
        }
    }
}
