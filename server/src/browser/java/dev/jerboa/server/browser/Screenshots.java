package dev.jerboa.server.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.jerboa.web.Visit;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Pictures of the page for the documentation: {@code -Dtest=Screenshots}; they are not taken with the tests. */
class Screenshots extends ServedPage {
    private static final Path FOLDER = Path.of(System.getProperty("jerboa.root", ".."), "docs", "screenshots");

    private Visit open(ColorScheme scheme) {
        return Visit.begin(browser(), server().address(), 1200, 800, scheme);
    }

    private static void take(Visit visit, String name) {
        visit.page.mouse().move(700, 5);
        visit.page.waitForTimeout(400);
        visit.page.screenshot(new Page.ScreenshotOptions().setPath(FOLDER.resolve(name)));
    }

    private static void unfold(Visit visit) {
        visit.answer().locator(".thinking summary").click();
    }

    @Test
    void chatLight() {
        try (Visit visit = open(ColorScheme.LIGHT)) {
            visit.ask("What is 15% of 240?");
            unfold(visit);
            visit.ask("How many minutes are there in 3 hours?");
            take(visit, "chat-light.png");
        }
    }

    @Test
    void chatDark() {
        try (Visit visit = open(ColorScheme.DARK)) {
            visit.ask("Who are you?");
            visit.ask("Use 3, 5 and 7 to make 22.");
            unfold(visit);
            take(visit, "chat-dark.png");
        }
    }

    @Test
    void arabic() {
        try (Visit visit = open(ColorScheme.LIGHT)) {
            visit.page.locator("#language").selectOption("ar");
            visit.ask("من أنت؟");
            visit.ask("كم دقيقة في 3 ساعات؟");
            unfold(visit);
            take(visit, "arabic.png");
        }
    }

    @Test
    void compare() {
        RealServer.requireStories();
        try (Visit visit = open(ColorScheme.LIGHT)) {
            visit.page.getByText("Compare models").click();
            Locator columns = visit.page.locator(".column");
            assertThat(columns.nth(1).locator(".model-name")).hasText(RealServer.STORIES);
            visit.ask("Once upon a time there was a small dog");
            take(visit, "compare.png");
        }
    }

    @Test
    void state() {
        try (Visit visit = open(ColorScheme.DARK)) {
            visit.page.getByText("Server state").click();
            assertThat(visit.page.locator(".plot canvas")).hasCount(4);
            Page asking = visit.page.context().newPage();
            asking.navigate(server().address());
            assertThat(asking.locator(".model-button .lamp.ready")).isVisible();
            for (int i = 0; i < 14; i++) {
                asking.fill("#composer", "What is " + (348 + 37 * i) + " + 275?");
                asking.keyboard().press("Enter");
                assertThat(asking.locator("[data-state=done]")).hasCount(i + 1);
                asking.waitForTimeout(300 + 2000 * (i % 3));
            }
            asking.close();
            take(visit, "server.png");
        }
    }
}
