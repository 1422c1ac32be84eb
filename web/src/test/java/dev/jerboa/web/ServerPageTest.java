package dev.jerboa.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The live page of the server's state. */
class ServerPageTest extends BrowserTest {
    @Test
    void theStateIsLiveAndEachPlotIsATableToo() {
        try (Visit visit = visit()) {
            visit.page.getByText("Server state").click();
            assertThat(visit.page.locator(".facts")).containsText("0.1.0-mock");
            assertThat(visit.page.locator(".plot canvas")).hasCount(4);
            assertThat(visit.page.locator(".model-card").first()).containsText("support-lora");
            assertThat(visit.page.locator(".model-card").first()).containsText("1.18 s".replace("1.18", "1.2"));
            Locator speed = visit.page.locator(".plot").nth(1);
            assertThat(speed.locator(".plot-keys b").last()).hasText(Pattern.compile("\\d+"));
            speed.locator(".quiet-button").click();
            assertThat(speed.locator("canvas")).hasCount(0);
            assertThat(speed.locator("thead")).containsText("Generated");
            assertThat(speed.locator("tbody tr").nth(2)).isVisible();
            int rows = speed.locator("tbody tr").count();
            visit.page.waitForTimeout(2500);
            assertThat(speed.locator("tbody tr").count()).isGreaterThan(rows);
            speed.locator(".quiet-button").click();
            assertThat(speed.locator("canvas")).hasCount(1);
        }
    }
}
