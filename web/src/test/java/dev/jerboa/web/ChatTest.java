package dev.jerboa.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Asking, stopping, editing, branching, and what is shown of an answer. */
class ChatTest extends BrowserTest {
    private static void choose(Visit visit, String model) {
        visit.page.keyboard().press("Control+k");
        visit.page
                .getByRole(
                        com.microsoft.playwright.options.AriaRole.COMBOBOX,
                        new Page.GetByRoleOptions().setName("Find a model"))
                .fill(model);
        visit.page.keyboard().press("Enter");
        assertThat(visit.page.locator(".model-name").first()).hasText(model);
    }

    @Test
    void anAnswerStreams() {
        mock().set("{\"pace\": 25}");
        try (Visit visit = visit()) {
            choose(visit, "qwen3-8b");
            visit.begin("Why does hopping pay?");
            assertThat(visit.answer().locator(".thinking[open]")).isVisible();
            Locator prose = visit.answer().locator("> .prose");
            assertThat(prose).containsText("The leap");
            int early = prose.textContent().length();
            assertThat(prose).containsText("cannot walk");
            assertThat(prose.textContent().length()).isGreaterThan(early);
            assertThat(visit.answer()).hasAttribute("aria-busy", "true");
            assertThat(visit.page.locator("#announcer")).isEmpty();
            visit.settled();
            assertThat(visit.answer().locator(".thinking")).not().hasAttribute("open", "");
            assertThat(visit.answer().locator(".thinking summary")).containsText("Thought for");
            assertThat(prose.locator("ol > li")).hasCount(3);
            assertThat(prose.locator("strong")).hasText("four times");
            assertThat(visit.answer().locator(".who")).hasText("qwen3-8b");
            assertThat(visit.answer().locator("[data-figure=speed]")).hasText(Pattern.compile("[\\d.]+ tokens/s"));
            assertThat(visit.answer().locator("[data-figure=first]"))
                    .hasText(Pattern.compile("first token [\\d.]+ m?s"));
            assertThat(visit.answer().locator("[data-figure=prompt]")).hasText(Pattern.compile("\\d+ prompt"));
            assertThat(visit.answer().locator(".context-bar"))
                    .hasAttribute("aria-label", Pattern.compile("Context used: \\d+ of 40,960 tokens"));
            assertThat(visit.page.locator("#announcer")).containsText("Answer finished: The leap is a trade.");
            mock().set("{\"pace\": 2}");
            visit.ask("Again, please");
            assertThat(visit.answer().locator("[data-figure=prompt]"))
                    .hasText(Pattern.compile("\\d+ prompt \\(\\d+ cached\\)"));
        }
    }

    @Test
    void aTokenDrawsTheTailOnly() {
        mock().set("{\"pace\": 15}");
        try (Visit visit = visit()) {
            visit.begin("Show me some Java code");
            assertThat(visit.answer().locator(".prose.growing .block")).hasCount(2);
            visit.page.evaluate(
                    "() => { window.first = document.querySelector('.prose .block'); window.changes = 0;"
                            + " new MutationObserver(l => window.changes += l.length).observe(window.first, {subtree: true, childList: true, characterData: true});"
                            + " window.question = document.querySelector('.message.user');"
                            + " new MutationObserver(l => window.changes += l.filter(m => m.type !== 'attributes').length).observe(window.question, {subtree: true, childList: true, characterData: true}); }");
            visit.settled();
            assertThat(visit.page.evaluate("() => window.changes")).isEqualTo(0);
            assertThat(
                            visit.page.evaluate(
                                    "() => window.first === document.querySelector('.prose .block') && window.first.isConnected"))
                    .isEqualTo(true);
            assertThat(visit.answer().locator(".tok-keyword").first()).hasText("public");
        }
    }

    @Test
    void anAnswerIsStoppedAndContinued() {
        mock().set("{\"pace\": 40}");
        try (Visit visit = visit()) {
            visit.begin("Why does hopping pay?");
            assertThat(visit.answer().locator(".prose")).containsText("The leap");
            visit.page.keyboard().press("Escape");
            assertThat(visit.answer()).hasAttribute("data-state", "stopped");
            assertThat(visit.answer()).containsText("Stopped");
            mock().set("{\"pace\": 2}");
            String before = visit.answer().locator(".prose").textContent().strip();
            visit.button(visit.answer(), "Continue").click();
            assertThat(visit.answer()).hasAttribute("data-state", "done");
            assertThat(visit.answer().locator(".prose").textContent())
                    .startsWith(before)
                    .contains("And so it goes on");
            assertThat(mock().requests()).contains("\"continue_final_message\":true");
            // The button stops too.
            mock().set("{\"pace\": 40}");
            visit.begin("And then?");
            visit.page.locator(".send.stop").click();
            assertThat(visit.answer()).hasAttribute("data-state", "stopped");
        }
    }

    @Test
    void anEditAndAnAnswerMadeAgainAreBranches() {
        try (Visit visit = visit()) {
            visit.ask("say one");
            visit.ask("say two");
            visit.page.locator("#composer").press("ArrowUp");
            Locator editor = visit.page.locator(".editing textarea");
            assertThat(editor).hasValue("say two");
            assertThat(editor).isFocused();
            editor.fill("say three");
            editor.press("Enter");
            assertThat(visit.answer().locator(".prose")).hasText("three");
            visit.settled();
            assertThat(visit.question().locator(".branch-place")).hasText("2/2");
            visit.button(visit.question(), "Previous branch").click();
            assertThat(visit.answer().locator(".prose")).hasText("two");
            visit.button(visit.answer(), "Answer again").click();
            assertThat(visit.answer().locator(".branch-place")).hasText("2/2");
            visit.settled();
            assertThat(visit.page.locator(".message")).hasCount(4);
            visit.page.reload();
            assertThat(visit.answer().locator(".branch-place")).hasText("2/2");
            assertThat(visit.question().locator(".branch-place")).hasText("1/2");
            visit.button(visit.question(), "Next branch").click();
            assertThat(visit.answer().locator(".prose")).hasText("three");
            // What is asked next follows the branch that is shown.
            visit.ask("say four");
            assertThat(mock().requests())
                    .contains("three")
                    .doesNotContain(
                            "\"say two\"},{\"role\":\"assistant\",\"content\":\"two\"},{\"role\":\"user\",\"content\":\"say four");
        }
    }

    @Test
    void aNewChatBeginsFromAMessage() {
        try (Visit visit = visit()) {
            visit.ask("say one");
            visit.ask("say two");
            visit.button(visit.page.locator(".message.assistant").first(), "New chat from here")
                    .click();
            assertThat(visit.page.locator(".message")).hasCount(2);
            assertThat(visit.page.locator(".chat-row")).hasCount(2);
        }
    }

    @Test
    void callsOfToolsAreShown() {
        try (Visit visit = visit()) {
            visit.ask("What is the weather?");
            assertThat(visit.answer().locator(".tool")).hasCount(2);
            assertThat(visit.answer().locator(".tool").first()).containsText("get_weather");
            assertThat(visit.answer().locator(".tool pre").first()).hasText(Pattern.compile("\"city\": \"Riyadh\""));
        }
    }

    @Test
    void mathsAndTablesAreSet() {
        try (Visit visit = visit()) {
            visit.ask("Explain attention with maths");
            assertThat(visit.answer().locator("math")).hasCount(6);
            assertThat(visit.answer().locator("math mfrac").first()).isVisible();
            assertThat(visit.answer()).containsText("between $5 and $10");
            visit.ask("Show me some Java code");
            assertThat(visit.answer().locator("table td").nth(1)).hasCSS("text-align", "right");
        }
    }

    @Test
    void codeIsCopied() {
        try (Visit visit = visit()) {
            visit.page.context().grantPermissions(java.util.List.of("clipboard-read", "clipboard-write"));
            visit.ask("Show me some Java code");
            visit.answer().locator(".copy").click();
            assertThat(visit.answer().locator(".copy")).hasText("Copied");
            assertThat((String) visit.page.evaluate("() => navigator.clipboard.readText()"))
                    .startsWith("/** Sums the squares")
                    .endsWith("}");
        }
    }

    @Test
    void failuresAreWordsAndCanBeTriedAgain() {
        try (Visit visit = visit()) {
            visit.ask("busy");
            assertThat(visit.answer().getByRole(com.microsoft.playwright.options.AriaRole.ALERT))
                    .containsText("The server is busy");
            assertThat(visit.answer()).containsText("The server says: All 8 sequences are taken");
            visit.button(visit.answer(), "Try again").click();
            visit.settled();
            assertThat(visit.page.locator(".message")).hasCount(2);
            visit.ask("break off");
            assertThat(visit.answer()).containsText("The answer broke off");
            assertThat(visit.answer()).containsText("The leap");
            visit.ask("fail midway");
            assertThat(visit.answer()).containsText("The cache ran out of pages");
            visit.ask("too long");
            assertThat(visit.answer()).containsText("longer than the model’s context");
            visit.ask("say fine");
            assertThat(visit.answer().locator(".prose")).hasText("fine");
        }
    }

    @Test
    void aKeyIsAskedForAndKeptInTheTab() {
        mock().set("{\"key\": \"sesame\"}");
        try (Visit visit = Visit.locked(browser(), mock())) {
            Locator dialog = visit.page.getByRole(com.microsoft.playwright.options.AriaRole.DIALOG);
            assertThat(dialog).containsText("The server asks for a key");
            dialog.locator("input[type=password]").fill("sesame");
            visit.button(dialog, "Use key").click();
            assertThat(dialog).hasCount(0);
            assertThat(visit.page.locator(".model-button .lamp").first()).isVisible();
            visit.ask("say open");
            assertThat(visit.answer().locator(".prose")).hasText("open");
            visit.page.reload();
            assertThat(visit.page.locator(".model-button .lamp").first()).isVisible();
            assertThat(visit.page.evaluate(
                            "() => sessionStorage.getItem('jerboa.key') + localStorage.getItem('jerboa.key')"))
                    .isEqualTo("sesamenull");
        }
    }

    @Test
    void hostileTextDoesNothing() {
        try (Visit visit = visit()) {
            visit.ask("html");
            Locator prose = visit.answer().locator(".prose");
            assertThat(prose).containsText("<img src=x");
            assertThat(prose.locator("img, script, [onerror]")).hasCount(0);
            assertThat(prose.locator("a")).hasCount(0);
            visit.ask("Show me some Java code");
            assertThat(visit.answer().locator("img")).hasCount(0);
            assertThat(visit.answer().locator("a.image-link")).hasAttribute("rel", "noopener noreferrer nofollow");
        }
    }

    @Test
    void aReaderWhoScrolledUpIsLeftAlone() {
        mock().set("{\"pace\": 3}");
        try (Visit visit = visit()) {
            visit.begin("a long one");
            Locator box = visit.page.locator(".lane-scroll");
            visit.page.waitForFunction(
                    "() => { const b = document.querySelector('.lane-scroll'); return b.scrollHeight > b.clientHeight * 2; }");
            assertThat((Boolean) box.evaluate("b => b.scrollHeight - b.scrollTop - b.clientHeight < 40"))
                    .as("it follows")
                    .isTrue();
            box.evaluate("b => b.scrollTop -= 400");
            visit.page.waitForTimeout(100);
            double top = ((Number) box.evaluate("b => b.scrollTop")).doubleValue();
            visit.page.waitForTimeout(600);
            assertThat(((Number) box.evaluate("b => b.scrollTop")).doubleValue())
                    .isEqualTo(top);
            visit.page.getByText("To the latest").click();
            visit.page.waitForTimeout(300);
            assertThat((Boolean) box.evaluate("b => b.scrollHeight - b.scrollTop - b.clientHeight < 40"))
                    .as("it follows again")
                    .isTrue();
            visit.page.keyboard().press("Escape");
            visit.settled();
        }
    }

    @Test
    void anyServerOfOpenAisDialectWillDo() {
        mock().set("{\"bare\": true}");
        try (Visit visit = Visit.locked(browser(), mock())) {
            assertThat(visit.page.locator(".model-name")).hasText("jerboa-inside");
            visit.ask("say yes");
            assertThat(visit.answer().locator(".prose")).hasText("yes");
            assertThat(visit.answer().locator(".context-bar")).hasCount(0);
            visit.page.navigate(mock().address() + "#/server");
            assertThat(visit.page.locator("main")).containsText("tells nothing about its state");
        }
    }

    @Test
    void settingsGoWithTheRequest() {
        try (Visit visit = visit()) {
            visit.page
                    .getByRole(
                            com.microsoft.playwright.options.AriaRole.BUTTON,
                            new Page.GetByRoleOptions().setName("Settings"))
                    .click();
            visit.page.getByLabel("System prompt").fill("Be brief.");
            visit.page.getByLabel("Temperature").fill("9");
            visit.page.getByLabel("Temperature").blur();
            assertThat(visit.page.locator(".fault")).hasText("From 0 to 2");
            visit.page.getByLabel("Temperature").fill("0.3");
            visit.page.getByLabel("Longest answer (tokens)").fill("5");
            visit.page.getByLabel("Name of the preset").fill("mine");
            visit.page.getByText("Save as preset").click();
            visit.page.getByLabel("Form of the answer").selectOption("schema");
            visit.page.getByLabel("JSON schema").fill("{");
            assertThat(visit.page.locator(".fault")).containsText("Not valid");
            visit.page.getByLabel("Form of the answer").selectOption("text");
            visit.page.getByText("Use for new chats").click();
            visit.page.getByText("Done").click();
            assertThat(visit.page.locator(".lane-head select")).hasValue("mine");
            visit.ask("Why does hopping pay?");
            assertThat(mock().requests())
                    .contains("\"temperature\":0.3")
                    .contains("\"max_tokens\":5")
                    .contains("{\"role\":\"system\",\"content\":\"Be brief.\"}")
                    .doesNotContain("top_k");
            assertThat(visit.answer()).containsText("Stopped at the token limit");
            visit.page.reload();
            assertThat(visit.page.locator(".lane-head select")).hasValue("mine");
        }
    }
}
