package dev.jerboa.server.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import dev.jerboa.web.Visit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Asking the model inside: answers, thinking, figures, stopping, branches, settings. */
class ServedChatTest extends ServedPage {
    private static long usage(String stream, String name) {
        Matcher found = Pattern.compile("\"" + name + "\": (\\d+)").matcher(stream);
        return found.results()
                .mapToLong(one -> Long.parseLong(one.group(1)))
                .reduce((_, last) -> last)
                .orElseThrow(() -> new AssertionError("the stream has no " + name));
    }

    private static long firstNumber(Locator text) {
        return Pattern.compile("\\d+")
                .matcher(text.textContent().replace(",", ""))
                .results()
                .map(MatchResult::group)
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no number in " + text.textContent()));
    }

    @Test
    void aNewReaderTriesASuggestionAndFiguresAreTheServers() {
        try (Visit visit = visit()) {
            assertThat(visit.page.locator(".welcome")).containsText("It reckons, step by step");
            visit.page.evaluate("""
                    () => {
                      const real = fetch;
                      window.fetch = async (...call) => {
                        const response = await real(...call);
                        window.stream = response.clone().text();
                        return response;
                      };
                    }""");
            visit.page.getByText("What is 348 + 275?").click();
            assertThat(visit.answer()).hasAttribute("data-state", "done");
            assertThat(prose(visit)).hasText("623");
            Locator thinking = visit.answer().locator(".thinking");
            assertThat(thinking).not().hasAttribute("open", "");
            assertThat(thinking.locator("summary")).containsText("Thought for");
            thinking.locator("summary").click();
            assertThat(thinking.locator(".prose")).containsText("348+275");
            thinking.locator("summary").click();
            assertThat(thinking.locator(".prose")).hasCount(0);
            String stream = (String) visit.page.evaluate("() => window.stream");
            long prompt = usage(stream, "prompt_tokens");
            long generated = usage(stream, "completion_tokens");
            assertThat(firstNumber(visit.answer().locator("[data-figure=prompt]")))
                    .isEqualTo(prompt);
            assertThat(firstNumber(visit.answer().locator("[data-figure=generated]")))
                    .isEqualTo(generated);
            assertThat(visit.answer().locator(".context-bar"))
                    .hasAttribute("aria-valuenow", Long.toString(prompt + generated));
            assertThat(visit.answer().locator(".context-bar"))
                    .hasAttribute(
                            "aria-label",
                            Pattern.compile("Context used: " + (prompt + generated) + " of 1,024 tokens"));
            assertThat(visit.answer().locator("[data-figure=speed]")).hasText(Pattern.compile("[\\d.,]+ tokens/s"));
            assertThat(visit.answer().locator("[data-figure=first]"))
                    .hasText(Pattern.compile("first token [\\d.]+ \\w+"));
        }
    }

    @Test
    void aLongAnswerStreamsWhileThePageStaysInUseAndIsStopped() {
        try (Visit visit = visit()) {
            answerAtLength(visit);
            visit.begin("What is 348 + 275?");
            assertThat(prose(visit)).containsText("623,");
            int early = prose(visit).textContent().length();
            visit.page.locator("#composer").fill("written meanwhile");
            visit.page.waitForFunction(
                    "n => document.querySelector('.message.assistant:last-child > .prose').textContent.length > n",
                    early + 20);
            assertThat(visit.answer()).hasAttribute("aria-busy", "true");
            assertThat(visit.page.locator("#composer")).hasValue("written meanwhile");
            assertThat(server().figure(RealServer.INSIDE, "running")).isEqualTo(1);
            visit.page.keyboard().press("Escape");
            assertThat(visit.answer()).hasAttribute("data-state", "stopped");
            await("nothing runs after a stop", () -> server().figure(RealServer.INSIDE, "running") == 0);
            assertThat(server().figure(RealServer.INSIDE, "in_use")).isZero();
            String kept = prose(visit).textContent();
            assertThat(kept).startsWith("[623");
            visit.page.reload();
            assertThat(visit.answer()).hasAttribute("data-state", "stopped");
            assertThat(prose(visit)).hasText(kept.strip());
        }
    }

    @Test
    void aStoppedAnswerIsContinuedWhereItStood() {
        try (Visit visit = visit()) {
            answerAtLength(visit);
            visit.begin("What is 12 + 30?");
            assertThat(prose(visit)).containsText("42,");
            visit.page.locator(".send.stop").click();
            assertThat(visit.answer()).hasAttribute("data-state", "stopped");
            String before = prose(visit).textContent().strip();
            openSettings(visit.page.locator("main"));
            visit.page.getByLabel("Form of the answer").selectOption("text");
            visit.page.getByLabel("Longest answer (tokens)").fill("4");
            visit.page.getByText("Done").click();
            visit.button(visit.answer(), "Continue").click();
            visit.settled();
            assertThat(visit.answer()).hasAttribute("data-state", "done");
            assertThat(prose(visit).textContent()).startsWith(before);
        }
    }

    @Test
    void editsAndAnswersMadeAgainAreBranches() {
        try (Visit visit = visit()) {
            visit.ask("What is 12 + 30?");
            assertThat(prose(visit)).hasText("42");
            visit.page.locator("#composer").press("ArrowUp");
            visit.page.locator(".editing textarea").fill("What is 12 + 31?");
            visit.page.keyboard().press("Enter");
            visit.settled();
            assertThat(prose(visit)).hasText("43");
            assertThat(visit.question().locator(".branch-place")).hasText("2/2");
            visit.button(visit.answer(), "Answer again").click();
            visit.settled();
            assertThat(visit.answer().locator(".branch-place")).hasText("2/2");
            assertThat(prose(visit)).hasText("43");
            visit.button(visit.question(), "Previous branch").click();
            assertThat(prose(visit)).hasText("42");
            visit.page.reload();
            assertThat(prose(visit)).hasText("42");
            assertThat(visit.question().locator(".branch-place")).hasText("1/2");
        }
    }

    @Test
    void settingsReachTheServer() {
        try (Visit visit = visit()) {
            visit.page.locator(".lane-head select").selectOption("creative");
            set(visit, "Temperature", "2", "Top p", "1", "Min p", "0", "Seed", "7", "Longest answer (tokens)", "40");
            visit.ask("Who are you?");
            String first = said(visit);
            visit.button(visit.answer(), "Answer again").click();
            visit.settled();
            assertThat(visit.answer().locator(".branch-place")).hasText("2/2");
            assertThat(said(visit)).as("the same seed").isEqualTo(first);
            set(visit, "Seed", "8");
            visit.button(visit.answer(), "Answer again").click();
            visit.settled();
            assertThat(visit.answer().locator(".branch-place")).hasText("3/3");
            assertThat(said(visit)).as("another seed").isNotEqualTo(first);
            set(visit, "Longest answer (tokens)", "3");
            visit.ask("What is 348 + 275?");
            assertThat(visit.answer()).containsText("Stopped at the token limit");
            assertThat(visit.answer().locator("[data-figure=generated]")).hasText("3 generated");
        }
    }

    /** The thinking and the answer. */
    private static String said(Visit visit) {
        Locator thinking = visit.answer().locator(".thinking");
        if (thinking.count() > 0 && thinking.locator(".prose").count() == 0) {
            thinking.locator("summary").click();
        }
        return String.join("\n", visit.answer().locator(".prose").allTextContents());
    }

    @Test
    void whatTheServerRefusesIsSaidInItsWords() {
        try (Visit visit = visit()) {
            visit.ask("1 + ".repeat(2000) + "1");
            assertThat(visit.answer()).containsText("longer than the model’s context");
            assertThat(visit.answer()).containsText("The server says:");
            visit.page.locator("#composer").press("ArrowUp");
            visit.page.locator(".editing textarea").fill("What is 12 + 30?");
            visit.page.keyboard().press("Enter");
            visit.settled();
            assertThat(prose(visit)).hasText("42");
        }
    }

    @Test
    void theInterfaceAndTheModelInArabic() {
        try (Visit visit = visit()) {
            visit.page.locator("#language").selectOption("ar");
            assertThat(visit.page.locator("html")).hasAttribute("dir", "rtl");
            visit.page.getByText("ما ناتج 348 + 275؟").click();
            visit.settled();
            assertThat(prose(visit)).hasText("623");
            // The figure alone stands at the right, as the question does.
            var line = visit.answer().boundingBox();
            double right = ((Number) prose(visit).locator("p").evaluate("""
                            p => { const r = document.createRange(); r.selectNodeContents(p); return r.getBoundingClientRect().right; }""")).doubleValue();
            assertThat(line.x + line.width - right).isLessThan(20);
            visit.ask("من أنت؟");
            assertThat(prose(visit)).containsText("النموذج");
            assertThat(visit.answer().locator("[data-figure=speed]")).containsText("رمز/ث");
        }
    }
}
