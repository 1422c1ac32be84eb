package dev.jerboa.gateway.share;

import dev.jerboa.gateway.share.chart.BurnDown;
import dev.jerboa.gateway.share.chart.Concentration;
import dev.jerboa.gateway.share.chart.Costs;
import dev.jerboa.gateway.share.chart.Elasticity;
import dev.jerboa.gateway.share.chart.Habits;
import dev.jerboa.gateway.share.chart.Movers;
import dev.jerboa.gateway.share.chart.Operations;
import dev.jerboa.gateway.share.chart.Overlay;
import dev.jerboa.gateway.share.chart.PriceIndex;
import dev.jerboa.gateway.share.chart.Pulls;
import dev.jerboa.gateway.share.chart.Refusals;
import dev.jerboa.gateway.share.chart.Retention;
import dev.jerboa.gateway.share.chart.Shares;
import dev.jerboa.gateway.share.chart.Volumes;
import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.fact.GroupBy;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Note;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The charts that there are. */
public enum Chart {
    OPEN_CLOSED(
            GroupBy.BAND,
            "Open and closed models",
            "Weekly shares of a platform: this one. Open models of labs in one country, other open models, and closed models sum to 1 in each week; the open share of a country is the cross product of openness and lab country, and closed is what is not open."),
    LAB_VOLUME("Volume by lab", Volumes::draw),
    LAB_COUNTRY(
            GroupBy.LAB_COUNTRY,
            "Lab countries",
            "Countries are those of the labs that published the models, wherever they are run and whoever pays."),
    PAYER_COUNTRY(
            GroupBy.PAYER_COUNTRY,
            "Payer countries",
            "Countries are those of the accounts that pay, not of the users."),
    PROVIDER_COUNTRY(
            GroupBy.PROVIDER_COUNTRY,
            "Provider countries",
            "Countries are those in which the providers compute, wherever the labs are."),
    CONCENTRATION("Concentration among open models", Concentration::draw),
    MODELS("Models", Movers::draw),
    SIZE_CLASS(
            GroupBy.SIZE,
            "Size classes, by all parameters",
            "Classes are under 15, 15 to 70 and over 70 thousand million parameters, all of them; sizes that labs do not publish are unknown."),
    ACTIVE_SIZE_CLASS(
            GroupBy.ACTIVE_SIZE,
            "Size classes, by active parameters",
            "Classes are under 15, 15 to 70 and over 70 thousand million parameters of those that a token uses."),
    REASONING("Reasoning", Habits::reasoning),
    LENGTHS("Length of requests", Habits::lengths),
    TOOL_CALLS("Requests that call tools", Habits::tools),
    /** Of everybody, as samples do not say whose they are. */
    CATEGORIES("What requests are about", Overlay::categories),
    COST("What tokens cost", Costs::paid),
    PRICE_INDEX("Prices, and the choice among them", PriceIndex::draw),
    LOCAL_COST("A million tokens on this machine", Costs::onThisMachine),
    ELASTICITY("Price against use", Elasticity::draw),
    RETENTION("Keys that stay with a model", Retention::draw),
    /** Of everybody, whatever the keys. */
    PULLS("Pulls by lab country", Pulls::draw),
    OPERATIONS("Operations", Operations::draw),
    REFUSALS("Refused requests", Refusals::draw),
    /** Of everybody, whatever the keys. */
    BUDGETS("Budgets", BurnDown::draw),
    WORLD("Shares here and in the world", Overlay::world),
    APPS(GroupBy.APP, "Apps", "Apps are what clients call themselves."),
    KEYS(GroupBy.KEY, "Keys", "Keys are named by their public halves.");

    private static final Set<Chart> SHARES = EnumSet.of(
            OPEN_CLOSED,
            LAB_VOLUME,
            LAB_COUNTRY,
            PAYER_COUNTRY,
            PROVIDER_COUNTRY,
            CONCENTRATION,
            MODELS,
            SIZE_CLASS,
            ACTIVE_SIZE_CLASS,
            REASONING,
            PULLS);

    private final String title;
    private final Function<FactReader, Drawn> drawing;

    Chart(String title, Function<FactReader, Drawn> drawing) {
        this.title = title;
        this.drawing = drawing;
    }

    Chart(GroupBy by, String title, String definition) {
        this.title = title;
        this.drawing = reader -> Shares.draw(id(), title, by, Note.of(id(), definition), reader);
    }

    /** As addresses have it: {@code open-closed}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public String title() {
        return title;
    }

    /** Whether it is about more than the keys of whoever asks, so that only an admin may see it. */
    public boolean isOfEverybody() {
        return this == BUDGETS || this == OPERATIONS || this == CATEGORIES;
    }

    /** Whether it is about shares of labs, models and countries only, and may be published. */
    public boolean isShare() {
        return SHARES.contains(this);
    }

    public static Optional<Chart> of(String id) {
        for (Chart chart : values()) {
            if (chart.id().equals(id)) {
                return Optional.of(chart);
            }
        }
        return Optional.empty();
    }

    Drawn draw(FactReader reader) {
        return drawing.apply(reader);
    }
}
