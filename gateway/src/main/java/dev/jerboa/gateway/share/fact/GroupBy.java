package dev.jerboa.gateway.share.fact;

import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** What shares are by. Lab, payer and provider countries are three things, and never mixed. */
public enum GroupBy {
    /** Open models of labs in one country, other open models, closed models: the cross product of openness and lab country. */
    BAND,
    OPENNESS,
    LAB,
    LAB_COUNTRY,
    PAYER_COUNTRY(Split.PAYER),
    PROVIDER,
    PROVIDER_COUNTRY,
    MODEL,
    FAMILY,
    ENDPOINT,
    APP(Split.APP),
    KEY(Split.KEY),
    SIZE,
    ACTIVE_SIZE,
    REASONING;

    /** Groups of {@link #BAND}; the first is named after the country. */
    public static final String OTHER_OPEN = "other-open";

    public static final String CLOSED = "closed";
    /** What has no name. */
    public static final String NONE = "none";

    private static final long SMALL = 15_000_000_000L;
    private static final long MEDIUM = 70_000_000_000L;

    private final List<Split> splits;

    GroupBy(Split... splits) {
        this.splits = List.of(splits);
    }

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What facts must be split by. */
    public Split[] splits() {
        return splits.toArray(Split[]::new);
    }

    /** The group of {@link #BAND} that is of a country: {@code cn-open}. */
    public static String openOf(String country) {
        return country.toLowerCase(Locale.ROOT) + "-open";
    }

    /** The group that a fact is in. */
    public String of(Fact fact, ShareQuery query) {
        Subject subject = fact.subject();
        String group = switch (this) {
            case BAND -> band(subject, query.country());
            case OPENNESS -> subject.openness();
            case LAB -> subject.lab();
            case LAB_COUNTRY -> subject.labCountry();
            case PAYER_COUNTRY -> fact.payerCountry();
            case PROVIDER -> subject.provider();
            case PROVIDER_COUNTRY -> subject.providerCountry();
            case MODEL -> subject.model();
            case FAMILY -> subject.family();
            case ENDPOINT -> subject.endpoint();
            case APP -> fact.app();
            case KEY -> fact.key();
            case SIZE -> size(subject.parameters());
            case ACTIVE_SIZE -> size(subject.activeParameters());
            case REASONING -> subject.reasoning() ? "reasoning" : "other";
        };
        return group.isEmpty() ? NONE : group;
    }

    private static String band(Subject subject, String country) {
        if (subject.isOpen()) {
            return subject.labCountry().equals(country) ? openOf(country) : OTHER_OPEN;
        }
        return subject.openness();
    }

    private static String size(OptionalLong parameters) {
        if (parameters.isEmpty()) {
            return Subject.UNKNOWN;
        }
        long count = parameters.getAsLong();
        return count < SMALL ? "under-15b" : count <= MEDIUM ? "15b-to-70b" : "over-70b";
    }
}
