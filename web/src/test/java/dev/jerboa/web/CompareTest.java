package dev.jerboa.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** One question to several models, side by side. */
class CompareTest extends BrowserTest {
    @Test
    void twoModelsAnswerTheSameQuestionAtOnce() {
        mock().set("{\"pace\": 15}");
        try (Visit visit = visit()) {
            visit.page.getByText("Compare models").click();
            Locator columns = visit.page.locator(".column");
            assertThat(columns).hasCount(2);
            assertThat(columns.nth(0).locator(".model-name")).hasText("jerboa-inside");
            assertThat(columns.nth(1).locator(".model-name")).hasText("qwen3-8b");
            assertThat(columns.nth(1).locator(".empty-note")).isVisible();
            columns.nth(1).locator(".lane-head select").selectOption("creative");
            visit.begin("Why does hopping pay?");
            assertThat(visit.page.locator("[data-state=streaming]")).hasCount(2);
            visit.settled();
            for (int i = 0; i < 2; i++) {
                assertThat(columns.nth(i).locator(".prose").last()).containsText("The leap is a trade");
                assertThat(columns.nth(i).locator("[data-figure=speed]")).hasText(Pattern.compile("tokens/s"));
            }
            assertThat(mock().requests()).contains("\"model\":\"qwen3-8b\"").contains("\"temperature\":1.1");
            var left = columns.nth(0).boundingBox();
            var right = columns.nth(1).boundingBox();
            assertThat(left.x + left.width).isLessThanOrEqualTo(right.x + 1);
            visit.page.reload();
            assertThat(columns).hasCount(2);
            assertThat(columns.nth(1).locator(".message")).hasCount(2);
            assertThat(columns.nth(1).locator(".lane-head select")).hasValue("creative");
            visit.button(columns.nth(1), "Answer again").click();
            assertThat(columns.nth(1).locator(".branch-place")).hasText("2/2");
            assertThat(columns.nth(0).locator(".branch-place")).hasCount(0);
            visit.settled();
            visit.page
                    .getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Add a column"))
                    .click();
            assertThat(columns).hasCount(3);
            visit.page
                    .getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Remove the last column"))
                    .click();
            assertThat(columns).hasCount(2);
        }
    }
}
