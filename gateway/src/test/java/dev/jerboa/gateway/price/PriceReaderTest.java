package dev.jerboa.gateway.price;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.GatewayFile;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.ToolRates;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriceReaderTest {
    private static final Map<String, HolidayCalendar> CALENDARS =
            Map.of("china", new HolidayCalendar("china", Set.of(LocalDate.of(2026, 10, 1), LocalDate.of(2026, 10, 2))));

    private static final String CLOCK = """
            prices:
              - input: 0.15
                cache_read: 0.003
                output: 0.60
                windows:
                  - days: weekdays
                    hours: ["01:00-04:00", "06:00-10:00"]
                    zone: UTC
                    except: china
                    input: 0.30
                    cache_read: 0.006
                    output: 1.20
              - from: 2026-12-01
                input: 0.20
                output: 0.80
                tiers:
                  - {from_tokens: 128001, input: 0.40, output: 1.60}
            """;

    private static Schedule read(String text) {
        return GatewayFile.parse(text, "prices.yaml", section -> {
            Schedule schedule = new PriceReader(CALENDARS).read(section, "prices", MachineCost.NONE);
            section.end();
            return schedule;
        });
    }

    @Test
    void readsPricesWithAClock() {
        Schedule schedule = read(CLOCK);
        Rates usual = new Rates(150_000, 3_000, 150_000, 150_000, 600_000, 600_000, 0);
        Rates peak = new Rates(300_000, 6_000, 300_000, 300_000, 1_200_000, 1_200_000, 0);
        assertThat(at(schedule, "2026-10-05T00:59:59Z")).isEqualTo(usual); // a Monday
        assertThat(at(schedule, "2026-10-05T01:00:00Z")).isEqualTo(peak);
        assertThat(at(schedule, "2026-10-05T03:59:59Z")).isEqualTo(peak);
        assertThat(at(schedule, "2026-10-05T04:00:00Z")).isEqualTo(usual);
        assertThat(at(schedule, "2026-10-05T06:00:00Z")).isEqualTo(peak);
        assertThat(at(schedule, "2026-10-05T10:00:00Z")).isEqualTo(usual);
        assertThat(at(schedule, "2026-10-04T02:00:00Z")).isEqualTo(usual); // a Sunday
        assertThat(at(schedule, "2026-10-01T02:00:00Z")).isEqualTo(usual); // a holiday, on a Thursday
        assertThat(schedule.dearest(Instant.parse("2026-10-01T02:00:00Z"))).isEqualTo(usual);
        assertThat(schedule.dearest(Instant.parse("2026-10-05T02:00:00Z"))).isEqualTo(peak);
        assertThat(schedule.dearestWindow(Instant.parse("2026-10-04T02:00:00Z"), 1, ""))
                .isEqualTo(peak);
        Rates later = new Rates(200_000, 200_000, 200_000, 200_000, 800_000, 800_000, 0);
        assertThat(at(schedule, "2026-12-01T00:00:00Z")).isEqualTo(later);
        assertThat(schedule.at(Instant.parse("2026-12-01T02:00:00Z"), 128_001).input())
                .isEqualTo(400_000);
        assertThat(schedule.dearest(Instant.parse("2026-12-01T02:00:00Z")).output())
                .isEqualTo(1_600_000);
        assertThat(Schedule.parse(schedule.text()).version()).isEqualTo(schedule.version());
    }

    private static Rates at(Schedule schedule, String instant) {
        return schedule.at(Instant.parse(instant), 128_000);
    }

    private static final String SERVICES = """
            prices:
              - input: 1.25
                cache_read: 0.125
                output: 10
                request: 0.001
                tiers:
                  - {from_tokens: 200001, input: 2.5, cache_read: 0.25, output: 15, request: 0.001}
                windows:
                  - {days: daily, hours: "22:00-06:00", input: 1, cache_read: 0.1, output: 8, request: 0.001, tiers: [{from_tokens: 200001, input: 2, cache_read: 0.2, output: 12, request: 0.001}]}
                service_tiers:
                  flex: {factor: 0.5}
                  priority:
                    input: 2.5
                    cache_read: 0.25
                    output: 20
                    request: 0.001
                    tiers:
                      - {from_tokens: 200001, input: 5, cache_read: 0.5, output: 30, request: 0.001}
                    windows:
                      - {days: daily, hours: "22:00-06:00", input: 2.5, cache_read: 0.25, output: 20, request: 0.001, tiers: [{from_tokens: 200001, input: 5, cache_read: 0.5, output: 30, request: 0.001}]}
                tools: {web_search: 10, web_fetch: 0, file_search: 2.5}
              - {from: 2027-01-01, input: 1, output: 8}
            """;

    @Test
    void serviceTiersHavePricesOfTheirOwnOrAFactor() {
        Schedule schedule = read(SERVICES);
        Instant day = Instant.parse("2026-11-30T12:00:00Z");
        Instant night = Instant.parse("2026-11-30T23:00:00Z");
        ToolRates tools = new ToolRates(10_000_000, 0, 2_500_000);
        Rates usual = new Rates(1_250_000, 125_000, 1_250_000, 1_250_000, 10_000_000, 10_000_000, 1_000_000, tools);
        assertThat(schedule.at(day, 1)).isEqualTo(usual);
        for (String same : new String[] {"", "default", "standard", "auto", "scale"}) {
            assertThat(schedule.at(day, 1, same)).as(same).isEqualTo(usual);
        }
        assertThat(schedule.at(day, 1, "flex"))
                .isEqualTo(new Rates(625_000, 62_500, 625_000, 625_000, 5_000_000, 5_000_000, 1_000_000, tools));
        assertThat(schedule.at(night, 200_001, "flex").output()).isEqualTo(6_000_000);
        assertThat(schedule.at(night, 1, "priority").output()).isEqualTo(20_000_000);
        assertThat(schedule.at(day, 200_001, "priority").input()).isEqualTo(5_000_000);
        assertThat(schedule.dearestWindow(night, 1, "flex").output()).isEqualTo(5_000_000);
        assertThat(schedule.has(day, "flex")).isTrue();
        assertThat(schedule.has(day, "standard")).isTrue();
        assertThat(schedule.has(day, "scale")).isFalse();
        Instant later = Instant.parse("2027-01-01T00:00:00Z");
        assertThat(schedule.has(later, "flex")).isFalse();
        assertThat(schedule.at(later, 1, "flex").output()).isEqualTo(8_000_000);
        assertThat(schedule.at(later, 1).tools()).isEqualTo(ToolRates.NONE);
        assertThat(schedule.serviceTiers()).containsExactlyInAnyOrder("flex", "priority");
        assertThat(schedule.dearest(day, tier -> false).output()).isEqualTo(15_000_000);
        assertThat(schedule.dearest(day, tier -> true).output()).isEqualTo(30_000_000);
        assertThat(schedule.dearest(day, "flex"::equals).output()).isEqualTo(15_000_000);
        Schedule again = Schedule.parse(schedule.text());
        assertThat(again.version()).isEqualTo(schedule.version());
        assertThat(again.at(night, 1, "priority")).isEqualTo(schedule.at(night, 1, "priority"));
        assertThat(again.serviceTiers()).isEqualTo(schedule.serviceTiers());
    }

    /** Events of before know their prices by the hash of a text, which must stay what it was. */
    @Test
    void pricesWithoutThemHaveTheVersionThatTheyHad() {
        Schedule schedule = read("prices: [{input: 3, output: 15, cache_write: 3.75, request: 0.001}]");
        assertThat(schedule.text())
                .isEqualTo(
                        "jerboa-prices 1\nperiod always\ntier 0 3000000 3000000 3750000 3750000 15000000 15000000 1000000\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{input: 1, output: 2, service_tiers: {default: {factor: 1}}}|default",
                "{input: 1, output: 2, service_tiers: {Flex: {factor: 1}}}|Flex",
                "{input: 1, output: 2, service_tiers: {flex: {factor: 0}}}|factor",
                "{input: 0.000001, output: 2, service_tiers: {flex: {factor: 0.5}}}|factor",
                "{input: 1, output: 2, service_tiers: {flex: {factor: 0.5, input: 1}}}|input",
                "{input: 1, output: 2, service_tiers: {flex: {input: 1}}}|output",
                "{input: 1, cache_read: 0.1, output: 2, service_tiers: {flex: {input: 1, output: 2}}}|cache_read",
                "{input: 1, output: 2, windows: [{input: 1, output: 3}], service_tiers: {flex: {input: 1, output: 2}}}|windows",
                "{input: 1, output: 2, tools: {web_search: -1}}|web_search",
                "{input: 1, output: 2, tools: {web_search: 0.0000001}}|web_search",
                "{input: 1, output: 2, tools: {hammer: 1}}|hammer"
            })
    void wrongTiersAndToolsAreErrorsThatNameThem(String period, String named) {
        assertThatThrownBy(() -> read("prices: [" + period + "]"))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining(named);
    }

    @Test
    void whatIsNotSaidFollowsTheCustomOfTheField() {
        assertThat(at(
                        read("prices: [{input: 3, output: 15, cache_write: 3.75, request: 0.001}]"),
                        "2026-01-01T00:00:00Z"))
                .isEqualTo(new Rates(3_000_000, 3_000_000, 3_750_000, 3_750_000, 15_000_000, 15_000_000, 1_000_000));
        assertThat(at(
                        read("prices: [{input: 3, output: 15, cache_read: 0.3, cache_write_1h: 6, reasoning: 20}]"),
                        "2026-01-01T00:00:00Z"))
                .isEqualTo(new Rates(3_000_000, 300_000, 3_000_000, 6_000_000, 15_000_000, 20_000_000, 0));
    }

    /** What is written with at most six digits comes out to the last of them; a seventh is refused. */
    @Property
    void decimalsAreExact(
            @ForAll @LongRange(min = 0, max = 1_000_000_000_000L) long picos,
            @ForAll @IntRange(min = 0, max = 3) int zeros) {
        BigDecimal dollars = BigDecimal.valueOf(picos, 6);
        BigDecimal written = dollars.setScale(6 + zeros);
        Schedule schedule = read("prices: [{input: " + written.toPlainString() + ", output: 0}]");
        assertThat(at(schedule, "2026-01-01T00:00:00Z").input()).isEqualTo(picos);
        BigDecimal finer = dollars.add(new BigDecimal("0.0000001"));
        assertThatThrownBy(() -> read("prices:\n  - input: " + finer.toPlainString() + "\n    output: 0"))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("prices.yaml:2:")
                .hasMessageContaining("at most 6 digits");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    output: 0.60 | output: -0.60 | prices.yaml:4: prices[0].output
                    output: 0.60 | output: cheap | prices.yaml:4: prices[0].output
                    output: 0.60 | outputs: 0.60 | prices[0].output is missing
                    output: 0.60 | output: 1e99 | prices.yaml:4: prices[0].output
                    input: 0.15 | input: 0.0000001 | prices.yaml:2: prices[0].input is '0.0000001', expected dollars for a million tokens
                    input: 0.15 | input: 1000000001 | prices.yaml:2: prices[0].input
                    days: weekdays | days: [mon, funday] | prices.yaml:6: prices[0].windows[0].days
                    days: weekdays | days: [] | prices.yaml:6: prices[0].windows[0].days
                    "06:00-10:00" | "06:00" | prices.yaml:7: prices[0].windows[0].hours
                    "06:00-10:00" | "06:00-06:00" | prices.yaml:7: prices[0].windows[0].hours
                    "06:00-10:00" | "06:00-24:01" | prices.yaml:7: prices[0].windows[0].hours
                    "06:00-10:00" | "24:00-06:00" | prices.yaml:7: prices[0].windows[0].hours
                    zone: UTC | zone: Beijing | prices.yaml:8: prices[0].windows[0].zone
                    except: china | except: mars | prices.yaml:9: prices[0].windows[0].except
                    from: 2026-12-01 | from: soon | prices.yaml:13: prices[1].from is 'soon', expected a date
                    from: 2026-12-01 | from: 0001-12-01 | prices.yaml:13: prices[1].from
                    from: 2026-12-01 | reasoning: 1 | begins no later than the period before
                    from_tokens: 128001 | from_tokens: 0 | prices.yaml:17: prices[1].tiers[0].from_tokens
                    cache_read: 0.006 | cache_write: 0.006 | prices[0].windows[0].cache_read is missing, expected as prices[0].cache_read is given
                    days: weekdays | day: monday | prices.yaml:6: unknown key prices[0].windows[0].day
                    """)
    void errorsSayWhere(String good, String bad, String message) {
        String text = CLOCK.replace(good, bad);
        assertThat(text).isNotEqualTo(CLOCK);
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aWindowWithinAPeriodWithTiersHasTiers() {
        assertThatThrownBy(() -> read("""
                        prices:
                          - input: 1
                            output: 2
                            tiers: [{from_tokens: 1000, input: 2, output: 4}]
                            windows:
                              - {hours: 01:00-02:00, input: 3, output: 6}
                        """))
                .hasMessageContaining("prices.yaml:6: prices[0].windows[0].tiers is missing");
    }

    @Test
    void pricesHaveToBeThere() {
        assertThatThrownBy(() -> read("other: 1")).hasMessageContaining("prices.yaml:1: prices is missing");
        assertThatThrownBy(() -> read("prices: []")).hasMessageContaining("missing or empty");
        assertThatThrownBy(() -> read("prices: {input: 1, output: 1}")).hasMessageContaining("a list of mappings");
    }

    @Test
    void readsWhatAMachineCosts() {
        MachineCost cost =
                GatewayFile.parse("{hour: 0.36, watts: 250.5, kwh: 0.30}", "machine.yaml", PriceReader::machine);
        assertThat(cost).isEqualTo(new MachineCost(360_000_000, 250_500, 300_000_000));
        assertThat(GatewayFile.parse("{}", "machine.yaml", PriceReader::machine))
                .isEqualTo(MachineCost.NONE);
        for (String bad : new String[] {"watts: -1", "watts: 1.0001", "hour: 0.0000000001", "kwh: free", "hour: -1"}) {
            assertThatThrownBy(() -> GatewayFile.parse(bad, "machine.yaml", PriceReader::machine))
                    .as(bad)
                    .isInstanceOf(GatewayException.class)
                    .hasMessageContaining("machine.yaml:1: ");
        }
    }
}
