package dev.jerboa.server.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import dev.jerboa.web.Visit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The headline figures of the studies, from the database to what the page shows. With {@code -Dscreenshots} it takes pictures too. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServedChartsTest {
    private static final Path FOLDER = Path.of(System.getProperty("jerboa.root", ".."), "docs", "screenshots");

    private @Nullable Browser browser;
    private @Nullable SeededPage seeded;

    @BeforeAll
    void open() {
        String missing = !Visit.isPossible()
                ? "no Chromium (-Dchromium=PATH says where one is)"
                : dev.jerboa.server.page.Page.isThere() ? "" : "the page is not built (npm is needed)";
        if (!missing.isEmpty()) {
            System.out.println("skipped: " + getClass().getSimpleName() + ": " + missing);
        }
        Assumptions.assumeTrue(missing.isEmpty(), missing);
        PlaywrightAssertions.setDefaultAssertionTimeout(30_000); // machines that test may be busy
        browser = Visit.launch(Visit.playwright());
        seeded = new SeededPage();
    }

    @AfterAll
    void close() {
        if (browser != null) {
            browser.close();
        }
        if (seeded != null) {
            seeded.close();
        }
    }

    private Visit at(String place, String from, String to) {
        Visit visit = Visit.locked(Objects.requireNonNull(browser), address());
        visit.page.navigate(address() + "#/" + place);
        Locator dates = visit.page.locator(".server-body > .controls input[type=date]"); // an invoice has dates too
        dates.nth(0).fill(from);
        dates.nth(1).fill(to);
        return visit;
    }

    private String address() {
        return Objects.requireNonNull(seeded).address();
    }

    private static Locator chart(Visit visit, String id) {
        return visit.page.locator("[data-chart='" + id + "']");
    }

    private static Locator row(Locator chart, String table, String name) {
        return chart.locator("[data-table=" + table + "] tbody tr")
                .filter(new Locator.FilterOptions().setHasText(name));
    }

    @Test
    void openAndClosedShares() {
        try (Visit visit = at("usage", "2024-11-04", "2025-11-30")) {
            Locator chart = chart(visit, "open-closed");
            Locator chinese = row(chart, "summary", "Open, labs in China");
            assertThat(chinese.locator("td"))
                    .containsText(new String[] {"24,466,", "17.4067%", "13%", "30%", "18 Aug 2025", "1.2%", "20%"});
            assertThat(row(chart, "summary", "Open, other labs").locator("td").nth(2))
                    .hasText("13.7%");
            assertThat(row(chart, "summary", "Closed").locator("td").last()).hasText("70%");
            chart.locator("input[type=range]").focus();
            visit.page.keyboard().press("Home");
            assertThat(chart.locator(".plot-keys li")
                            .filter(new Locator.FilterOptions().setHasText("China"))
                            .locator("b"))
                    .hasText("1.2%");
        }
    }

    @Test
    void volumesByLab() {
        try (Visit visit = at("usage", "2024-11-04", "2025-11-30")) {
            visit.page.getByLabel("Open-weight models only").check();
            Locator chart = chart(visit, "lab-volume");
            chart.scrollIntoViewIfNeeded();
            Locator bars = chart.locator(".bars li");
            assertThat(bars.nth(0)).hasText("DeepSeek14,370,000,000,000");
            assertThat(bars.nth(1)).hasText("Alibaba (Qwen)5,590,000,000,000");
            assertThat(bars.nth(2)).hasText("Meta3,960,000,000,000");
            assertThat(row(chart, "lead", "deepseek").locator("td"))
                    .containsText(new String[] {"14,370,000,000,000", "mistralai", "14,120,000,000,000", "yes"});
        }
    }

    @Test
    void filesHaveTheFiguresOfThePage() throws IOException {
        try (Visit visit = at("usage", "2024-11-04", "2025-11-30")) {
            visit.page.getByLabel("Open-weight models only").check();
            Locator chart = chart(visit, "lab-volume");
            chart.scrollIntoViewIfNeeded();
            assertThat(chart.locator(".bars li").nth(0)).hasText("DeepSeek14,370,000,000,000");
            Download csv = visit.page.waitForDownload(
                    () -> visit.button(chart, "CSV: Volume by lab").click());
            assertThat(Files.readString(csv.path()))
                    .startsWith("rank (count),lab,name,country,amount (tokens),share (share)\r\n"
                            + "1,deepseek,DeepSeek,CN,14370000000000,");
            Download json = visit.page.waitForDownload(
                    () -> visit.button(chart, "JSON: Volume by lab").click());
            assertThat(Files.readString(json.path())).contains("14370000000000", "14120000000000");
        }
    }

    @Test
    void eachMeasureHasItsUnit() {
        try (Visit visit = at("usage", "2024-11-04", "2025-11-30")) {
            Locator chart = chart(visit, "open-closed");
            String[][] measures = {
                {"bytes", "Share of bytes", "Amount (bytes)"},
                {"requests", "Share of requests", "Amount (requests)"},
                {"cost", "Share of the cost", "Amount"},
                {"tokens", "Share of tokens", "Amount (tokens)"}
            };
            for (String[] measure : measures) {
                visit.page.getByLabel("Measure").selectOption(measure[0]);
                assertThat(chart.locator(".axis-name")).hasText(measure[1]);
                assertThat(chart.locator("[data-table=summary] thead th").nth(1))
                        .hasText(measure[2]);
                assertThat(chart.locator("[data-table=summary] tbody tr").first())
                        .containsText(measure[0].equals("cost") ? "$" : "Closed");
            }
            visit.button(chart, "Amounts").click();
            assertThat(chart.locator(".axis-name")).hasText("Tokens");
        }
    }

    @Test
    void pullsByCountry() {
        try (Visit visit = at("usage/world", "2022-01-01", "2025-10-31")) {
            visit.page.getByLabel("Periods").selectOption("month");
            Locator chart = chart(visit, "pulls");
            assertThat(row(chart, "countries", "China").locator("td").first()).hasText("550,000,000");
            assertThat(row(chart, "countries", "United States").locator("td").first())
                    .hasText("475,000,000");
            Locator year = row(chart, "years", "2023");
            assertThat(year.nth(0)).containsText("60%");
            assertThat(year.nth(1)).containsText("China");
            assertThat(year.nth(1)).containsText("25%");
            assertThat(chart.locator(".plot-keys li").first()).hasText("China550,000,000");
        }
    }

    /** Errors, the gateway's own time, and who was refused and why: drawn from the store, and exact beside the drawing. */
    @Test
    void operationsAreDrawn() {
        try (Visit visit = at("usage/operations", "2025-09-01", "2025-11-30")) {
            Locator chart = chart(visit, "operations");
            visit.button(chart, "Errors").click();
            assertThat(chart.locator(".plot-keys li").first())
                    .hasText(Pattern.compile("provider’s rate limit\\d[.\\d]*%"));
            assertThat(chart.locator(".plot-keys li")).hasCount(6); // who went away is no error
            visit.button(chart, "The gateway’s own time").click();
            assertThat(chart.locator(".axis-name")).hasText("Milliseconds");
            assertThat(chart.locator(".plot-keys li").first()).hasText(Pattern.compile("Own time, median0\\.\\d+"));
            Locator refusals = chart(visit, "refusals");
            visit.button(refusals, "Amounts").click();
            assertThat(refusals.locator(".plot-keys li").first()).hasText("budget used up4,900,000");
            assertThat(refusals.locator("[data-table=refused_keys] tbody tr").first())
                    .hasText(Pattern.compile("editor \\(\\w+\\)budget used up40266,900,00024 Nov 2025, 09:00"));
        }
    }

    private void picture(String place, String language, ColorScheme scheme, String name) {
        try (Visit visit = at("usage", "2024-11-04", "2025-11-30")) {
            visit.page.setViewportSize(1280, 900);
            visit.page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
            visit.page.locator("#language").selectOption(language);
            if (!place.equals("usage")) {
                visit.page.navigate(address() + "#/" + place);
            }
            assertThat(visit.page.locator(".usage-table").first()).isVisible();
            visit.page.evaluate("() => document.activeElement.blur()");
            visit.page.mouse().move(700, 5);
            visit.page.waitForTimeout(1500);
            visit.page.screenshot(new Page.ScreenshotOptions().setPath(FOLDER.resolve(name)));
        }
    }

    @Test
    @EnabledIfSystemProperty(
            named = "screenshots",
            matches = ".*",
            disabledReason = "pictures are taken with -Dscreenshots")
    void pictures() {
        picture("usage", "en", ColorScheme.LIGHT, "usage-light.png");
        picture("usage/money", "en", ColorScheme.DARK, "usage-dark.png");
        picture("usage", "ar", ColorScheme.DARK, "usage-arabic.png");
        try (Visit visit = at("usage/operations", "2025-09-08", "2025-11-30")) {
            Locator refusals = chart(visit, "refusals");
            assertThat(refusals.locator(".usage-table").first()).isVisible();
            visit.page.mouse().move(700, 5);
            refusals.screenshot(new Locator.ScreenshotOptions().setPath(FOLDER.resolve("refusals.png")));
        }
        picture("keys", "en", ColorScheme.LIGHT, "keys.png");
        picture("prices", "en", ColorScheme.DARK, "prices.png");
    }
}
