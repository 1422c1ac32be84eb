package dev.jerboa.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pages of a gateway: usage, prices, keys and budgets. */
class GatewayPagesTest extends BrowserTest {
    @BeforeEach
    void begin() {
        scopes("\"inference\", \"usage\", \"admin\"");
    }

    private void scopes(String scopes) {
        mock().set("{\"scopes\": [" + scopes + "]}");
    }

    private Visit at(String place) {
        Visit visit = visit();
        visit.page.navigate(mock().address() + "#/" + place);
        return visit;
    }

    private static Locator chart(Visit visit, String id) {
        return visit.page.locator("[data-chart='" + id + "']");
    }

    @Test
    void theMenuHasWhatTheKeyMayDo() {
        try (Visit visit = visit()) {
            assertThat(visit.page.locator(".places")).containsText("Keys and budgets");
        }
        scopes("\"inference\", \"usage\"");
        try (Visit visit = visit()) {
            assertThat(visit.page.locator(".places")).containsText("Usage");
            assertThat(visit.page.locator(".places")).not().containsText("Keys and budgets");
            visit.page.navigate(mock().address() + "#/keys");
            assertThat(visit.page.locator(".failure")).containsText("scope of administration");
        }
        scopes("");
        try (Visit visit = visit()) {
            assertThat(visit.page.locator(".places")).not().containsText("Usage");
        }
    }

    @Test
    void aChartHasItsFiguresItsTablesItsNotesAndItsFiles() throws IOException {
        try (Visit visit = at("usage")) {
            Locator chart = chart(visit, "open-closed");
            assertThat(chart.locator("canvas")).hasCount(1);
            Locator last = chart.locator(".plot-keys li");
            assertThat(last).hasCount(3);
            assertThat(last.nth(1)).hasText("Open, labs in China29.2%");
            chart.locator("input[type=range]").focus();
            visit.page.keyboard().press("Home");
            assertThat(last.nth(1)).hasText("Open, labs in China16%");
            assertThat(chart.locator(".looker")).containsText("8 Sept 2025");
            assertThat(chart.locator("[data-table=summary] tbody tr").nth(1)).containsText("3,500,000,000,000");
            assertThat(chart.locator("[data-note=coverage]"))
                    .hasText("Of 12,000 requests, 97.5% have counts from the endpoint itself;"
                            + " the others’ are estimated, partial or missing.");
            chart.locator("summary").first().click();
            assertThat(chart.locator("[data-table=shares] tbody tr")).hasCount(36);
            Download csv = visit.page.waitForDownload(
                    () -> visit.button(chart, "CSV: Open and closed models").click());
            assertThat(csv.suggestedFilename()).isEqualTo("open-closed-shares.csv");
            assertThat(Files.readString(csv.path())).startsWith("period,group,amount,share\r\n2025-09-08,closed,");
        }
    }

    @Test
    void whatIsAskedIsSentAndRefusalsAreSaid() {
        try (Visit visit = at("usage")) {
            Locator chart = chart(visit, "open-closed");
            assertThat(chart.locator("canvas")).hasCount(1);
            visit.page.waitForRequest(
                    request -> request.url().contains("open-closed")
                            && request.url().contains("measure=bytes"),
                    () -> visit.page.getByLabel("Measure").selectOption("bytes"));
            visit.page
                    .getByLabel("From", new Page.GetByLabelOptions().setExact(true))
                    .fill("2026-01-01");
            visit.page.getByLabel("Up to and including").fill("2025-01-01");
            assertThat(chart.locator(".failure")).containsText("expected a beginning before the end");
        }
    }

    /** Where rankings are published, the operator's money is not: what would be refused is not offered. */
    @Test
    void moneyIsOfferedToThoseWhoMaySeeIt() {
        try (Visit visit = at("usage")) {
            assertThat(chart(visit, "open-closed").locator("canvas")).hasCount(1);
            assertThat(visit.page.getByLabel("Measure").locator("option"))
                    .hasText(new String[] {"Tokens", "Bytes", "Requests", "Cost"});
            visit.page.getByLabel("Measure").selectOption("cost");
        }
        scopes("\"inference\"");
        try (Visit visit = at("usage")) {
            assertThat(chart(visit, "open-closed").locator("canvas")).hasCount(1);
            assertThat(visit.page.getByLabel("Measure").locator("option"))
                    .hasText(new String[] {"Tokens", "Bytes", "Requests"});
        }
    }

    @Test
    void sectionsAreAddresses() {
        try (Visit visit = at("usage/money")) {
            assertThat(chart(visit, "cost").locator("canvas")).hasCount(1);
            assertThat(chart(visit, "elasticity").locator("canvas")).hasCount(1);
            visit.page.getByText("Pulls and world").click();
            assertThat(chart(visit, "pulls").locator(".plot-keys li").first()).hasText("China550,000,000");
            assertThat(visit.page.url()).endsWith("#/usage/world");
        }
    }

    @Test
    void aChartHasSeveralDrawingsAndSaysWhatTheirValuesAre() {
        try (Visit visit = at("usage")) {
            Locator chart = chart(visit, "models");
            chart.scrollIntoViewIfNeeded();
            assertThat(chart.locator(".axis-name")).hasText("Share of tokens");
            assertThat(chart.locator("[data-table=trending] thead"))
                    .hasText("ModelAmount (tokens)More than that (tokens)");
            visit.button(chart, "Ranks").click();
            assertThat(visit.button(chart, "Ranks")).hasAttribute("aria-pressed", "true");
            assertThat(chart.locator(".axis-name")).hasText("Rank, the first at the top");
            assertThat(chart.locator(".plot-keys li")).hasCount(8);
            assertThat(chart.locator(".plot-keys li").first()).hasText("deepseek/v41");
            chart.locator("input[type=range]").focus();
            visit.page.keyboard().press("Home");
            assertThat(chart.locator(".plot-keys li").first()).hasText("deepseek/v48");
            assertThat(chart.locator("input[type=range]"))
                    .hasAttribute(
                            "aria-valuetext",
                            java.util.regex.Pattern.compile("8 Sept 2025: deepseek/v4 8, qwen/qwen4 7, .*"));
        }
    }

    @Test
    void cohortsAreAGrid() {
        try (Visit visit = at("usage/use")) {
            Locator grid = chart(visit, "retention").locator(".cohorts");
            assertThat(grid.locator("tbody tr")).hasCount(4);
            assertThat(grid.locator("tbody tr").first()).hasText("8 Sept 202520100%80%65%50%40%35%");
            chart(visit, "retention").locator("select").selectOption("openai/gpt");
            assertThat(grid.locator("tbody tr").first()).containsText("15100%80%");
        }
    }

    @Test
    void anInvoiceIsHeldAgainstTheLedger() throws IOException {
        try (Visit visit = at("usage/operations")) {
            Locator card = chart(visit, "reconciliation");
            Locator file = card.getByLabel("Invoice (CSV)");
            assertThat(visit.button(card, "Compare")).isDisabled();
            file.setInputFiles(csv("x".repeat(5000)));
            assertThat(card.locator(".fault")).containsText("cut it by month");
            assertThat(visit.button(card, "Compare")).isDisabled();
            file.setInputFiles(csv("day,what\n"));
            visit.button(card, "Compare").click();
            assertThat(card.locator(".failure")).containsText("expected one for the date");
            file.setInputFiles(csv("date,model,token_type,tokens,cost\n2025-10-03,v4,input,1000,0.5\n"
                    + "2025-10-04,v4,output,1200,0.75\n"));
            visit.page.waitForRequest(
                    request -> request.url().contains("provider=together")
                            && request.url().contains("from=2025-10-01")
                            && request.url().contains("to=2025-11-01"),
                    () -> {
                        card.getByLabel("Provider").selectOption("together");
                        card.getByLabel("From", new Locator.GetByLabelOptions().setExact(true))
                                .fill("2025-10-01");
                        card.getByLabel("Up to and including").fill("2025-10-31");
                        visit.button(card, "Compare").click();
                    });
            Locator differences = card.locator("[data-table=differences] tbody tr");
            assertThat(differences).hasCount(1);
            assertThat(differences.first()).hasText("4 Oct 2025v4outputboth1,2001,000200$0.75$0.50$0.25");
            assertThat(card.locator("[data-table=whole] tbody tr")).containsText("$0.25");
            assertThat(card.locator(".notes")).containsText("is not kept");
            Download saved = visit.page.waitForDownload(
                    () -> card.getByLabel("CSV: What differs, by day").click());
            assertThat(Files.readString(saved.path())).contains("2025-10-04,v4,output,both,1200,1000,200");
        }
    }

    private static FilePayload csv(String text) {
        return new FilePayload("invoice.csv", "text/csv", text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aDrawingAndItsSliderRunTheSameWay() {
        try (Visit visit = at("usage")) {
            visit.page.locator("#language").selectOption("ar");
            Locator slider = chart(visit, "open-closed").locator("input[type=range]");
            slider.focus();
            visit.page.keyboard().press("Home");
            visit.page.keyboard().press("ArrowRight");
            assertThat(slider).hasValue("1");
        }
    }

    @Test
    void pricesAreReckonedByTheServer() {
        try (Visit visit = at("prices")) {
            Locator rows = visit.page.locator("[data-table=workload] tbody tr");
            assertThat(rows).hasCount(2);
            // 1000 × (10000 − 0.9 × 5000 + 4 × 1000) tokens at 0.15 and 1.25 dollars a million.
            assertThat(rows.first().locator("td").first()).hasText("$1.425");
            assertThat(visit.page.locator(".bars li").nth(1)).containsText("$11.875");
            visit.page.getByLabel("Requests").fill("2000");
            assertThat(rows.first()).containsText("$2.85");
            visit.page.getByLabel("Of which cached (%)").fill("101");
            assertThat(visit.page.locator(".fault")).hasText("From 0 to 100");
            visit.page.getByLabel("Open-weight models only").check();
            assertThat(rows).hasCount(1);
        }
    }

    @Test
    void aKeyIsMadeShownOnceChangedAndDeleted() {
        try (Visit visit = at("keys")) {
            Locator editor = visit.page.locator("[data-key=k-editor]");
            assertThat(editor).containsText("$7.50 / $20.00");
            assertThat(visit.page.locator("[data-key=k-file]")).containsText("in the gateway’s file");
            assertThat(visit.page.locator("[data-key=k-file] button")).hasCount(0);
            visit.page
                    .getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("New key"))
                    .click();
            Locator dialog = visit.page.getByRole(AriaRole.DIALOG);
            Locator create = visit.button(dialog, "Create");
            assertThat(create).isDisabled();
            visit.page.keyboard().type("batch");
            dialog.getByLabel("Limit in dollars").fill("12,50");
            assertThat(dialog.locator(".fault")).isVisible();
            dialog.getByLabel("Limit in dollars").fill("12.50");
            create.click();
            Locator secret = visit.page.getByLabel("Secret", new Page.GetByLabelOptions().setExact(true));
            assertThat(secret).hasValue(java.util.regex.Pattern.compile("sk-mock-secret-\\d+"));
            visit.button(dialog, "Done").click();
            assertThat(visit.page.locator("body")).not().containsText("sk-mock-secret");
            Locator made = visit.page.locator(".keys-table tbody tr").last();
            assertThat(made).containsText("batch");
            assertThat(made).containsText("$12.50");
            visit.page.getByLabel("Disable: batch").click();
            assertThat(made).containsText("disabled");
            visit.page.getByLabel("New secret: batch").click();
            visit.button(dialog, "New secret").click();
            assertThat(secret).hasValue(java.util.regex.Pattern.compile("sk-mock-turned-\\d+"));
            visit.button(dialog, "Done").click();
            visit.page.getByLabel("Delete: batch").click();
            visit.button(dialog, "Delete").click();
            assertThat(visit.page.locator(".keys-table tbody tr")).hasCount(2);
        }
    }

    @Test
    void errorsAndTheGatewaysOwnTimeAreDrawn() {
        try (Visit visit = at("usage/operations")) {
            Locator chart = chart(visit, "operations");
            visit.button(chart, "Errors").click();
            assertThat(chart.locator(".axis-name")).hasText("Share of all attempts at endpoints");
            assertThat(chart.locator(".plot-keys li"))
                    .hasText(new String[] {"provider’s rate limit2%", "endpoint’s error1%", "no first token in time0.2%"
                    });
            visit.button(chart, "The gateway’s own time").click();
            assertThat(chart.locator(".axis-name")).hasText("Milliseconds");
            assertThat(chart.locator(".plot-keys li"))
                    .hasText(new String[] {"Own time, median0.215", "Own time, 99th percentile1.72"});
            assertThat(chart.locator("[data-table=endpoints] tbody td").nth(3)).hasAttribute("title", "640.511");
            // a table without rows is not offered
            assertThat(chart.locator("[data-folded=outcomes]")).hasCount(1);
            assertThat(chart.locator("[data-folded=told_costs]")).hasCount(0);
        }
    }

    /** An admin sees the names of keys; who may only read usage sees ids. */
    @Test
    void whoIsRefusedAndWhyIsBesideErrors() {
        try (Visit visit = at("usage/operations")) {
            Locator chart = chart(visit, "refusals");
            assertThat(chart.locator(".plot-keys li").first()).hasText("budget used up2.51%");
            assertThat(chart.locator("[data-table=refused_keys] tbody tr")).hasText(new String[] {
                "editor (k-editor)budget used up40260116 Sept 2025, 14:00",
                "no known keyunknown key40112016 Sept 2025, 11:00"
            });
            visit.button(chart, "Amounts").click();
            assertThat(chart.locator(".plot-keys li").first()).hasText("budget used up301");
        }
        scopes("\"usage\"");
        try (Visit visit = at("usage/operations")) {
            assertThat(chart(visit, "refusals")
                            .locator("[data-table=refused_keys] tbody tr")
                            .first())
                    .containsText("k-editorbudget used up");
        }
    }

    /** Where there is nothing, nothing is offered to be drawn, unfolded or saved. */
    @Test
    void aChartOfNothingSaysSo() {
        try (Visit visit = at("usage")) {
            Locator chart = chart(visit, "open-closed");
            assertThat(chart.locator("canvas")).hasCount(1);
            visit.page.getByLabel("Up to and including").fill("2020-01-01");
            assertThat(chart.locator(".nothing")).containsText("Nothing in this time.");
            assertThat(chart.locator("button, select, canvas, summary")).hasCount(0);
            visit.page.getByLabel("Up to and including").fill("2026-01-01");
            assertThat(chart.locator("canvas")).hasCount(1);
        }
    }

    @Test
    void usualTimesAreOneChoiceAndDatesAreAnother() {
        try (Visit visit = at("usage")) {
            assertThat(chart(visit, "open-closed").locator("canvas")).hasCount(1);
            Locator time = visit.page.locator(".controls select").first();
            assertThat(time).hasValue("weeks");
            visit.page.waitForRequest(
                    request -> request.url().contains("bucket=day")
                            && request.url().contains("from=")
                            && request.url().contains("to="),
                    () -> time.selectOption("week"));
            assertThat(visit.page.getByLabel("Periods")).hasValue("day");
            visit.page
                    .getByLabel("From", new Page.GetByLabelOptions().setExact(true))
                    .fill("2025-01-01");
            assertThat(time).hasValue("own");
        }
    }

    /** Of numbers of different lengths the last digits stand under one another, in a page of either direction. */
    @ParameterizedTest
    @CsvSource({"en", "ar"})
    void figuresEndUnderOneAnother(String language) {
        try (Visit visit = at("usage")) {
            visit.page.locator("#language").selectOption(language);
            String ends = """
                    (all, of) => {
                      const right = e => { const r = document.createRange(); r.selectNodeContents(e); return Math.round(r.getBoundingClientRect().right); };
                      return new Set(all.map(right)).size;
                    }""";
            Locator amounts = chart(visit, "open-closed").locator("[data-table=summary] tbody td:nth-child(2)");
            assertThat(amounts).hasCount(3);
            assertThat(amounts.evaluateAll(ends)).isEqualTo(1);
            Locator bars = chart(visit, "lab-volume").locator(".bars b");
            assertThat(bars).hasCount(3);
            assertThat(bars.evaluateAll(ends)).isEqualTo(1);
        }
    }

    /** On a narrow screen what can be done with a key is in sight without looking sideways. */
    @Test
    void keysAreCardsOnANarrowScreen() {
        try (Visit visit = Visit.begin(browser(), mock(), 390, 844, ColorScheme.LIGHT)) {
            visit.page.navigate(mock().address() + "#/keys");
            Locator editor = visit.page.locator("[data-key=k-editor]");
            for (String what : List.of("Disable: editor", "Limit…: editor", "New secret: editor", "Delete: editor")) {
                var box = editor.getByLabel(what).boundingBox();
                assertThat(box.x).as(what).isGreaterThanOrEqualTo(0);
                assertThat(box.x + box.width).as(what).isLessThanOrEqualTo(390);
            }
            assertThat(visit.page.locator(".keys-table").evaluate("e => e.scrollWidth <= e.clientWidth"))
                    .isEqualTo(true);
        }
    }

    @Test
    void budgetsAreMadeAndBurnDown() {
        try (Visit visit = at("keys")) {
            Locator meter = visit.page.locator("[data-budget=team-month] [role=meter]");
            assertThat(meter).hasAttribute("aria-valuenow", "82");
            visit.page
                    .getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("New budget"))
                    .click();
            Locator dialog = visit.page.getByRole(AriaRole.DIALOG);
            visit.page.keyboard().type("team-day");
            dialog.getByLabel("Limit in dollars").fill("5");
            dialog.getByLabel("For each").selectOption("day");
            visit.button(dialog, "Create").click();
            assertThat(visit.page.locator("[data-budget=team-day]")).containsText("$5.00");
        }
    }

    /** Rules of axe-core, WCAG 2.1 A and AA, contrast included. */
    @ParameterizedTest
    @CsvSource({"LIGHT, en", "DARK, en", "LIGHT, ar", "DARK, ar"})
    void noRuleIsBroken(ColorScheme scheme, String language) throws IOException {
        String axe = Files.readString(Path.of("node_modules", "axe-core", "axe.min.js"));
        try (Visit visit = Visit.begin(browser(), mock(), 1280, 860, scheme)) {
            visit.page.locator("#language").selectOption(language);
            visit.page.evaluate(axe);
            for (String place :
                    List.of("usage", "usage/use", "usage/money", "usage/world", "usage/operations", "prices", "keys")) {
                visit.page.navigate(mock().address() + "#/" + place);
                assertThat(visit.page.locator(".usage-table, summary").first()).isVisible();
                AccessTest.check(visit, place);
            }
        }
    }

    /** Whatever stands at the head of a chart, a table or a column is in the page's language. */
    @Test
    void headsAreInThePagesLanguage() {
        try (Visit visit = at("usage")) {
            visit.page.locator("#language").selectOption("ar");
            for (String section : List.of("shares", "use", "money", "world", "operations")) {
                visit.page.navigate(mock().address() + "#/usage/" + section);
                assertThat(visit.page.locator("summary, .usage-table").first()).isVisible();
                visit.page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)");
                visit.page.waitForTimeout(300);
                assertThat(visit.page.evaluate("""
                        () => [...document.querySelectorAll('main :is(h1, h2, caption, thead th, summary, .notes li, .controls span)')]
                          .map(e => e.textContent.trim()).filter(t => /\\p{L}/u.test(t) && !/\\p{Script=Arabic}/u.test(t))""")).as(section).isEqualTo(List.of());
            }
        }
    }

    @Test
    void aNarrowScreenHasNothingBesideIt() {
        try (Visit visit = Visit.begin(browser(), mock(), 360, 700, ColorScheme.LIGHT)) {
            for (String place : List.of("usage", "usage/use", "usage/money", "usage/operations", "prices", "keys")) {
                visit.page.navigate(mock().address() + "#/" + place);
                assertThat(visit.page.locator(".usage-table, summary").first()).isVisible();
                assertThat(
                                visit.page.evaluate(
                                        "() => { const m = document.querySelector('main'); return m.scrollWidth <= m.clientWidth; }"))
                        .as(place)
                        .isEqualTo(true);
            }
        }
    }
}
