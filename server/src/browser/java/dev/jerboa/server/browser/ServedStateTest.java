package dev.jerboa.server.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import dev.jerboa.model.json.Json;
import dev.jerboa.web.Visit;
import java.text.NumberFormat;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page of the server's state: its figures are those of {@code /jerboa/status}. */
class ServedStateTest extends ServedPage {
    private static String shown(long number) {
        return NumberFormat.getIntegerInstance(Locale.UK).format(number);
    }

    private static Locator fact(Locator card, String name) {
        return card.locator(".card-facts > div")
                .filter(new Locator.FilterOptions().setHasText(Pattern.compile("^" + name)))
                .locator("dd");
    }

    @Test
    void figuresAreThoseOfTheStateAndPlotsFollowThem() {
        try (Visit visit = visit()) {
            Page asking = visit.page.context().newPage();
            asking.navigate(server().address());
            assertThat(asking.locator(".model-button .lamp.ready")).isVisible();
            visit.page.getByText("Server state").click();
            assertThat(visit.page.locator(".plot canvas")).hasCount(4);
            Locator running = visit.page.locator(".plot").nth(0);
            Locator speed = visit.page.locator(".plot").nth(1);
            assertThat(running.locator(".plot-keys b").first()).hasText("0");
            speed.locator(".quiet-button").click();
            long before = server().figure(RealServer.INSIDE, "generated_tokens_total");
            asking.fill("#composer", "What is 348 + 275?");
            asking.keyboard().press("Enter");
            assertThat(asking.locator("[data-state=done]")).hasCount(1);
            long generated = server().figure(RealServer.INSIDE, "generated_tokens_total") - before;
            assertThat(generated).isGreaterThan(20);
            // The reading that has the answer, and one after it.
            visit.page.waitForFunction(
                    "() => [...document.querySelectorAll('.plot-table tbody td:last-child')].some(td => parseFloat(td.textContent) > 0)");
            assertThat(speed.locator(".plot-keys b").last()).hasText("0");
            double plotted = ((Number) visit.page.evaluate("""
                            () => [...document.querySelectorAll('.plot-table tbody td:last-child')]
                              .map(td => parseFloat(td.textContent.replace(',', '')) || 0).reduce((a, b) => a + b, 0)""")).doubleValue();
            assertThat(plotted).as("readings a second, summed").isBetween(generated * 0.4, generated * 1.3);
            Locator card =
                    visit.page.locator(".model-card").filter(new Locator.FilterOptions().setHasText(RealServer.INSIDE));
            assertThat(fact(card, "Tokens generated"))
                    .hasText(shown(server().figure(RealServer.INSIDE, "generated_tokens_total")));
            assertThat(fact(card, "Prompt tokens"))
                    .hasText(shown(server().figure(RealServer.INSIDE, "prompt_tokens_total")));
            assertThat(fact(card, "Running")).hasText("0");
            assertThat(card.locator(".kv-line"))
                    .containsText(shown(server().figure(RealServer.INSIDE, "kv", "pages_used")) + " / "
                            + shown(server().figure(RealServer.INSIDE, "kv", "pages")));
            assertThat(card.locator(".kv .hint"))
                    .hasText("Kept for reuse: " + shown(server().figure(RealServer.INSIDE, "kv", "pages_cached")));
            assertThat(card.locator(".latency tbody tr").first()).hasText(Pattern.compile("First token.*\\d.*"));
            Object total =
                    Json.asObject(server().status().get("requests"), "requests").get("total");
            assertThat(visit.page.locator(".fact").nth(1)).containsText("Requests" + total);
            Locator later =
                    visit.page.locator(".model-card").filter(new Locator.FilterOptions().setHasText(RealServer.LATER));
            assertThat(later).containsText("Not loaded");
            asking.close();
        }
    }

    @Test
    void whatRunsIsShownWhileItRuns() {
        try (Visit visit = visit()) {
            answerAtLength(visit);
            visit.begin("What is 348 + 275?");
            visit.page.getByText("Server state").click();
            assertThat(visit.page
                            .locator(".plot")
                            .nth(0)
                            .locator(".plot-keys b")
                            .first())
                    .hasText("1");
            visit.page.goBack();
            assertThat(visit.answer()).hasAttribute("aria-busy", "true");
            visit.page.keyboard().press("Escape");
            visit.settled();
        }
    }
}
