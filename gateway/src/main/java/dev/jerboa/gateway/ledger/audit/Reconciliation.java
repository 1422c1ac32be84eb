package dev.jerboa.gateway.ledger.audit;

import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.Rater;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Rates;
import java.io.Reader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A provider's invoice against the ledger, by day (UTC), model and class of tokens: what differs, and what only one of them has.
 *
 * <p>Money of the ledger is by class what the prices of the time say, without prices of requests as such, and rounded once for each line.
 */
public final class Reconciliation {
    /** Who has a line. */
    public enum Side {
        BOTH,
        INVOICE,
        LEDGER
    }

    /**
     * One line of the comparison.
     *
     * @param model as the ledger calls it; as the invoice does where the ledger has none like it
     * @param classes kinds of tokens that the invoice counts together
     */
    public record Line(
            LocalDate day,
            String model,
            Set<TokenClass> classes,
            Side side,
            long invoiceTokens,
            long ledgerTokens,
            long invoiceNanos,
            long ledgerNanos) {
        /** More tokens in the invoice, or fewer where it is negative. */
        public long deltaTokens() {
            return invoiceTokens - ledgerTokens;
        }

        /** More money in the invoice, or less where it is negative. */
        public long deltaNanos() {
            return invoiceNanos - ledgerNanos;
        }
    }

    /**
     * Attempts that did not answer, and that the provider may have charged for all the same. They are in no line, as nobody was charged for
     * them here: an invoice that is above the ledger may be so because of them.
     *
     * @param attempts how many
     * @param nanos the most that they may have cost, an estimate
     */
    public record Possible(LocalDate day, String model, long attempts, long nanos) {
        private Possible plus(Possible other) {
            return new Possible(day, model, attempts + other.attempts, Math.addExact(nanos, other.nanos));
        }
    }

    /**
     * What came out.
     *
     * @param lines by day, model and class
     * @param unpriced requests whose version of prices is not known: their tokens are counted and their money is not
     * @param unsaid requests with a service tier or a tool that has no price: the one counts at usual prices, the other without money
     * @param possible by day and model
     */
    public record Report(List<Line> lines, long unpriced, long unsaid, List<Possible> possible) {
        /** Those that differ. */
        public List<Line> differences() {
            return lines.stream()
                    .filter(line -> line.deltaTokens() != 0 || line.deltaNanos() != 0)
                    .toList();
        }

        public long deltaNanos() {
            return lines.stream().mapToLong(Line::deltaNanos).sum();
        }

        /** The most that attempts without an answer may have cost, an estimate. */
        public long possibleNanos() {
            return possible.stream().mapToLong(Possible::nanos).reduce(0, Math::addExact);
        }

        public long possibleAttempts() {
            return possible.stream().mapToLong(Possible::attempts).sum();
        }
    }

    /** A model on a day. */
    private record Place(LocalDate day, String model) {}

    /** Tokens of a class and their cost in pico-dollars. */
    private record Amount(long tokens, BigInteger pico) {
        private static final Amount NONE = new Amount(0, BigInteger.ZERO);

        Amount plus(Amount other) {
            return new Amount(Math.addExact(tokens, other.tokens), pico.add(other.pico));
        }

        long nanos() {
            return new BigDecimal(pico, 3).setScale(0, RoundingMode.HALF_EVEN).longValueExact();
        }
    }

    private final Map<Place, EnumMap<TokenClass, Amount>> ledger = new HashMap<>();
    private final Map<String, String> names = new HashMap<>();
    private final Map<Place, Possible> possible = new HashMap<>();
    private long unpriced;
    private long unsaid;

    private Reconciliation() {}

    /**
     * Compares.
     *
     * @param provider whose invoice it is: only its endpoints' events count
     * @param from the first day, and {@code to} the day behind the last; lines of other days are left out
     * @param source names the invoice in messages
     * @throws dev.jerboa.gateway.GatewayException where the invoice is not readable; the message names the line
     */
    public static Report run(
            LedgerStore store,
            Rater rater,
            String provider,
            LocalDate from,
            LocalDate to,
            Reader invoice,
            String source,
            InvoiceForm form) {
        List<InvoiceLine> lines = new InvoiceReader(invoice, source, form).read();
        Reconciliation reconciliation = new Reconciliation();
        store.eachEvent(start(from), start(to), event -> {
            if (event.offer().provider().equals(provider)) {
                reconciliation.add(event, rater);
            }
            for (Attempt attempt : event.attempts()) {
                if (attempt.possibleCostNanos() > 0 && attempt.endpoint().startsWith(provider + ":")) {
                    reconciliation.addPossible(event, attempt);
                }
            }
        });
        List<InvoiceLine> within = lines.stream()
                .filter(line -> !line.day().isBefore(from) && line.day().isBefore(to))
                .toList();
        return reconciliation.compare(within, form);
    }

    private static Instant start(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /** An attempt at one of the provider's endpoints, which another one may have answered in the place of. */
    private void addPossible(UsageEvent event, Attempt attempt) {
        String[] parts = attempt.endpoint().split(":", -1); // provider:lab/model, and a variant
        Place place = new Place(LocalDate.ofInstant(event.at(), ZoneOffset.UTC), parts[1]);
        possible.merge(place, new Possible(place.day(), place.model(), 1, attempt.possibleCostNanos()), Possible::plus);
    }

    private void add(UsageEvent event, Rater rater) {
        if (event.used().isNothing()) {
            return;
        }
        Optional<Rates> rates = rater.rates(event);
        if (!event.cost().unpriced().isEmpty()) {
            unsaid++;
        }
        if (rates.isEmpty()) {
            unpriced++;
        }
        String model = event.offer().model();
        Place place = new Place(LocalDate.ofInstant(event.at(), ZoneOffset.UTC), model);
        names.putIfAbsent(model, model);
        names.putIfAbsent(model.substring(model.indexOf('/') + 1), model);
        EnumMap<TokenClass, Amount> amounts = ledger.computeIfAbsent(place, p -> new EnumMap<>(TokenClass.class));
        for (TokenClass kind : TokenClass.values()) {
            long tokens = kind.count(event.used());
            if (tokens > 0) {
                long price = rates.map(kind::price).orElse(0L);
                BigInteger pico = BigInteger.valueOf(price).multiply(BigInteger.valueOf(tokens));
                amounts.merge(kind, new Amount(tokens, pico), Amount::plus);
            }
        }
    }

    private Report compare(List<InvoiceLine> invoice, InvoiceForm form) {
        // an invoice that tells reasoning apart means the rest where it says output
        Set<TokenClass> reasoning = EnumSet.of(TokenClass.REASONING);
        boolean apart = invoice.stream().anyMatch(line -> line.classes().equals(reasoning));
        Map<Place, Map<Set<TokenClass>, InvoiceLine>> sums = new HashMap<>();
        for (InvoiceLine line : invoice) {
            Set<TokenClass> classes = EnumSet.copyOf(line.classes());
            if (apart && classes.size() > 1) {
                classes.remove(TokenClass.REASONING);
            }
            String wanted = form.models().getOrDefault(line.model(), line.model());
            String model = names.getOrDefault(wanted, wanted);
            sums.computeIfAbsent(new Place(line.day(), model), p -> new HashMap<>())
                    .merge(
                            classes,
                            new InvoiceLine(line.day(), model, classes, line.tokens(), line.nanos()),
                            (a, b) -> new InvoiceLine(
                                    a.day(),
                                    a.model(),
                                    classes,
                                    Math.addExact(a.tokens(), b.tokens()),
                                    Math.addExact(a.nanos(), b.nanos())));
        }
        List<Line> lines = new ArrayList<>();
        sums.forEach((place, byClass) -> byClass.values().forEach(line -> lines.add(taken(place, line))));
        ledger.forEach((place, amounts) -> amounts.forEach((kind, amount) -> lines.add(new Line(
                place.day(), place.model(), EnumSet.of(kind), Side.LEDGER, 0, amount.tokens(), 0, amount.nanos()))));
        lines.sort(Comparator.comparing(Line::day)
                .thenComparing(Line::model)
                .thenComparing(line -> line.classes().iterator().next()));
        return new Report(
                List.copyOf(lines),
                unpriced,
                unsaid,
                possible.values().stream()
                        .sorted(Comparator.comparing(Possible::day).thenComparing(Possible::model))
                        .toList());
    }

    /** A line of the invoice beside what the ledger has, which is taken out of it. */
    private Line taken(Place place, InvoiceLine line) {
        Map<TokenClass, Amount> amounts = ledger.getOrDefault(place, new EnumMap<>(TokenClass.class));
        Amount sum = Amount.NONE;
        boolean any = false;
        for (TokenClass kind : new TreeMap<>(Map.copyOf(amounts)).keySet()) {
            if (line.classes().contains(kind)) {
                sum = sum.plus(amounts.getOrDefault(kind, Amount.NONE));
                amounts.remove(kind);
                any = true;
            }
        }
        return new Line(
                place.day(),
                place.model(),
                line.classes(),
                any ? Side.BOTH : Side.INVOICE,
                line.tokens(),
                sum.tokens(),
                line.nanos(),
                sum.nanos());
    }
}
