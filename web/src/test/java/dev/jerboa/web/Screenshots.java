package dev.jerboa.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Pictures of the page for the documentation: {@code -Dtest=Screenshots}; they are not taken with the tests. */
class Screenshots extends BrowserTest {
    private static final Path FOLDER = Path.of("..", "docs", "screenshots");

    private Visit open(ColorScheme scheme, String language) {
        mock().set("{\"pace\": 7}");
        Visit visit = Visit.begin(browser(), mock(), 1200, 800, scheme);
        visit.page.evaluate(
                "language => localStorage.setItem('jerboa.prefs', JSON.stringify({ language, model: 'qwen3-8b' }))",
                language);
        visit.page.reload();
        assertThat(visit.page.locator(".model-name").first()).hasText("qwen3-8b");
        return visit;
    }

    private static void take(Visit visit, String name) {
        visit.page.mouse().move(700, 5);
        visit.page.waitForTimeout(400);
        visit.page.screenshot(new Page.ScreenshotOptions().setPath(FOLDER.resolve(name)));
    }

    @Test
    void chatLight() {
        try (Visit visit = open(ColorScheme.LIGHT, "en")) {
            visit.ask("Sum the squares of the even numbers, in Java");
            visit.page.locator(".lane-scroll").evaluate("b => b.scrollTop = 0");
            take(visit, "chat-light.png");
        }
    }

    @Test
    void chatDark() {
        try (Visit visit = open(ColorScheme.DARK, "en")) {
            visit.ask("Why does hopping pay?");
            visit.page.keyboard().press("Control+Shift+O");
            visit.ask("Explain attention, with the formula");
            visit.answer().locator(".thinking summary").click();
            take(visit, "chat-dark.png");
        }
    }

    @Test
    void arabic() {
        try (Visit visit = open(ColorScheme.LIGHT, "ar")) {
            visit.ask("لماذا يقفز اليربوع؟");
            visit.page.locator(".lane-scroll").evaluate("b => b.scrollTop = 0");
            take(visit, "arabic.png");
        }
    }

    @Test
    void compare() {
        try (Visit visit = open(ColorScheme.LIGHT, "en")) {
            visit.page.getByText("Compare models").click();
            assertThat(visit.page.locator(".column")).hasCount(2);
            visit.ask("Why does hopping pay?");
            take(visit, "compare.png");
        }
    }

    @Test
    void server() {
        try (Visit visit = open(ColorScheme.DARK, "en")) {
            visit.page.getByText("Server state").click();
            assertThat(visit.page.locator(".plot canvas")).hasCount(4);
            visit.page.waitForTimeout(45_000);
            take(visit, "server.png");
        }
    }
}
