package dev.jerboa.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Text that reads from the right, in an interface of either direction. Positions are those that the browser laid out. */
class DirectionTest extends BrowserTest {
    /** The sides of the text itself (not of its box), and of the message that it is in: left, right, left, right. */
    private static final String SIDES = """
            e => {
              const range = document.createRange();
              range.selectNodeContents(e);
              const boxes = [...range.getClientRects()].filter(r => r.width > 0);
              const outer = (e.closest('.said') ?? e.closest('.message')).getBoundingClientRect();
              return [Math.min(...boxes.map(b => b.left)), Math.max(...boxes.map(b => b.right)), outer.left, outer.right];
            }""";

    @SuppressWarnings("unchecked")
    private static double[] sides(Locator text) {
        return ((List<Number>) text.evaluate(SIDES))
                .stream().mapToDouble(Number::doubleValue).toArray();
    }

    private static void standsRight(Locator text) {
        double[] at = sides(text);
        assertThat(at[3] - at[1]).as("from the right side: %s", text).isLessThan(30);
        assertThat(at[0] - at[2]).as("from the left side: %s", text).isGreaterThan(30);
    }

    private static void standsLeft(Locator text) {
        double[] at = sides(text);
        assertThat(at[0] - at[2]).as("from the left side: %s", text).isLessThan(30);
        assertThat(at[3] - at[1]).as("from the right side: %s", text).isGreaterThan(30);
    }

    @Test
    void anArabicAnswerReadsFromTheRightInAnEnglishPage() {
        try (Visit visit = visit()) {
            visit.ask("لماذا يقفز اليربوع؟");
            check(visit);
            standsRight(visit.question().locator(".said"));
            visit.ask("say plain English");
            standsLeft(visit.question().locator(".said"));
        }
    }

    @Test
    void theWholeInterfaceIsMirroredInArabic() {
        try (Visit visit = visit()) {
            visit.page.locator("#language").selectOption("ar");
            assertThat(visit.page.locator("html")).hasAttribute("dir", "rtl");
            assertThat(visit.page.locator("html")).hasAttribute("lang", "ar");
            var side = visit.page.locator(".sidebar").boundingBox();
            assertThat(side.x).isGreaterThan(900);
            assertThat(visit.page.locator(".place").first()).hasText("محادثة جديدة");
            visit.ask("لماذا يقفز اليربوع؟");
            check(visit);
            // The line at a question's side, the model's name and the send button change sides.
            assertThat(visit.style(".message.user", "borderRightWidth")).isEqualTo("3px");
            assertThat(visit.page.locator(".model-button").boundingBox().x).isGreaterThan(500);
            var send = visit.page.locator(".send").boundingBox();
            var field = visit.page.locator("#composer").boundingBox();
            assertThat(send.x).isLessThan(field.x);
            // An English chat in an Arabic interface.
            visit.ask("Why does hopping pay?");
            standsLeft(visit.answer().locator(".prose ol .line").last());
            standsLeft(visit.question().locator(".said"));
            visit.page.reload();
            assertThat(visit.page.locator("html")).hasAttribute("dir", "rtl");
        }
    }

    /** The mock's Arabic answer, block by block. */
    private static void check(Visit visit) {
        Locator prose = visit.answer().locator("> .prose");
        Locator paragraphs = prose.locator(".block > p");
        assertThat(paragraphs.nth(0)).hasCSS("direction", "rtl");
        standsRight(paragraphs.nth(0));
        assertThat(paragraphs.nth(1)).containsText("Jerboa هو");
        assertThat(paragraphs.nth(1)).hasCSS("direction", "rtl");
        standsRight(prose.locator("h3"));
        Locator items = prose.locator("ol > li");
        assertThat(prose.locator("ol")).hasCSS("direction", "rtl");
        assertThat(prose.locator("ol")).hasCSS("padding-left", "0px");
        standsRight(items.nth(0).locator(".line"));
        // In a line that ends in "O(n)." the full stop comes last, at the left.
        Locator mixed = items.nth(2).locator(".line");
        assertThat(mixed).hasCSS("direction", "rtl");
        double[] stop = place(mixed, "last");
        double[] all = sides(mixed);
        assertThat(stop[0]).as("the full stop of a mixed line").isLessThanOrEqualTo(all[0] + 1);
        // The first column of a table stands at its right.
        Locator cells = prose.locator("tbody tr").first().locator("td");
        assertThat(cells.nth(0).boundingBox().x).isGreaterThan(cells.nth(1).boundingBox().x);
        standsRight(prose.locator("thead th").first());
        // Code, maths and an English paragraph read from the left.
        assertThat(prose.locator("pre")).hasCSS("direction", "ltr");
        standsLeft(prose.locator("pre code .tok-keyword").first());
        assertThat(prose.locator("li code")).hasCSS("direction", "ltr");
        assertThat(prose.locator("math")).hasCSS("direction", "ltr");
        Locator english = paragraphs.filter(new Locator.FilterOptions().setHasText("This paragraph"));
        assertThat(english).hasCSS("direction", "ltr");
        standsLeft(english);
    }

    /** Where the last character of an element is: left, right. */
    @SuppressWarnings("unchecked")
    private static double[] place(Locator text, String which) {
        assertThat(which).isEqualTo("last");
        Object found = text.evaluate("""
                e => {
                  const walker = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
                  let node = null;
                  while (walker.nextNode()) node = walker.currentNode;
                  const range = document.createRange();
                  range.setStart(node, node.data.trimEnd().length - 1);
                  range.setEnd(node, node.data.trimEnd().length);
                  const box = range.getBoundingClientRect();
                  return [box.left, box.right];
                }""");
        return ((List<Number>) found).stream().mapToDouble(Number::doubleValue).toArray();
    }

    @Test
    void whatIsTypedReadsAsItIs() {
        try (Visit visit = visit()) {
            Locator field = visit.page.locator("#composer");
            field.fill("مرحبا بكم");
            assertThat(field).hasCSS("direction", "rtl");
            field.fill("Hello");
            assertThat(field).hasCSS("direction", "ltr");
            visit.page.locator("#language").selectOption("ar");
            field.fill("Hello");
            assertThat(field).hasCSS("direction", "ltr");
        }
    }
}
