package dev.jerboa.server.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import dev.jerboa.web.Visit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Several models: what the picker says of them, texts that are continued, and answers side by side. */
class ServedModelsTest extends ServedPage {
    @Test
    void thePickerFollowsWhatIsLoaded() {
        try (Visit visit = visit()) {
            visit.page.keyboard().press("Control+k");
            Locator inside = option(visit, RealServer.INSIDE);
            assertThat(inside.locator(".option-facts"))
                    .hasText(Pattern.compile("Ready · 12\\.8M parameters · 1,024 context · thinks.*"));
            Locator later = option(visit, RealServer.LATER);
            assertThat(later.locator(".option-facts")).hasText("Not loaded");
            later.click();
            assertThat(visit.page.locator(".model-button")).containsText("Not loaded");
            visit.ask("What is 12 + 30?");
            assertThat(visit.answer().locator(".failure")).containsText("The server says:");
            server().load(RealServer.LATER);
            visit.button(visit.answer(), "Try again").click();
            visit.settled();
            assertThat(prose(visit)).hasText("42");
            assertThat(visit.page.locator(".model-button")).not().containsText("Not loaded");
            server().unload(RealServer.LATER);
            visit.page.keyboard().press("Control+k");
            assertThat(option(visit, RealServer.LATER).locator(".option-facts")).hasText("Not loaded");
        }
    }

    private static Locator option(Visit visit, String model) {
        return visit.page.locator(".option").filter(new Locator.FilterOptions().setHasText(model));
    }

    @Test
    void aModelWithoutAChatTemplateContinuesTexts() {
        RealServer.requireStories();
        try (Visit visit = visit()) {
            choose(visit, RealServer.STORIES);
            assertThat(visit.page.locator(".welcome")).containsText("it continues texts");
            set(visit, "Longest answer (tokens)", "30", "Temperature", "0");
            visit.ask("Once upon a time, there was a little girl");
            assertThat(visit.answer()).hasAttribute("data-state", "done");
            assertThat(visit.answer().locator("[data-figure=generated]")).hasText("30 generated");
            String before = prose(visit).textContent().strip();
            visit.button(visit.answer(), "Continue").click();
            visit.settled();
            assertThat(prose(visit).textContent()).startsWith(before);
            assertThat(prose(visit).textContent().length()).isGreaterThan(before.length());
        }
    }

    @Test
    void twoModelsSideBySide() {
        RealServer.requireStories();
        try (Visit visit = visit()) {
            visit.page.getByText("Compare models").click();
            Locator columns = visit.page.locator(".column");
            assertThat(columns.nth(0).locator(".model-name")).hasText(RealServer.INSIDE);
            assertThat(columns.nth(1).locator(".model-name")).hasText(RealServer.STORIES);
            visit.ask("What is 348 + 275?");
            assertThat(columns.nth(0).locator("> .lane-box .message.assistant > .prose"))
                    .hasText("623");
            for (int i = 0; i < 2; i++) {
                assertThat(columns.nth(i).locator("[data-state]")).hasAttribute("data-state", "done");
                assertThat(columns.nth(i).locator("[data-figure=generated]"))
                        .hasText(Pattern.compile("\\d+ generated"));
            }
            visit.page.reload();
            assertThat(columns.nth(1).locator(".message")).hasCount(2);
        }
    }

    @Test
    void columnsAreStoppedTogether() {
        RealServer.requireStories();
        try (Visit visit = visit()) {
            visit.page.getByText("Compare models").click();
            Locator columns = visit.page.locator(".column");
            choose(columns.nth(1), visit, RealServer.INSIDE);
            for (int i = 0; i < 2; i++) {
                answerAtLength(visit, columns.nth(i));
            }
            visit.begin("What is 348 + 275?");
            await("both run", () -> server().figure(RealServer.INSIDE, "running") == 2);
            visit.page.keyboard().press("Escape");
            visit.settled();
            assertThat(visit.page.locator("[data-state=stopped]")).hasCount(2);
            await("nothing runs after a stop", () -> server().figure(RealServer.INSIDE, "running") == 0);
        }
    }

    private static void choose(Locator column, Visit visit, String model) {
        column.locator(".model-button").click();
        option(visit, model).click();
        assertThat(column.locator(".model-name")).hasText(model);
    }
}
