package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Check;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Task;
import java.util.List;

/** What people ask a new tool first, known by heart: what it is, what it can do, how to run another model. No working. */
record Product(String name) implements Task {
    private record Entry(Language language, List<String> questions, String answer) {}

    private static final String SKILLS =
            "I am a small model that learned arithmetic, Countdown, dates and short word problems. Try: What is 47 + 58?";
    private static final String SKILLS_ARABIC =
            "أنا نموذج صغير تعلم الحساب والتواريخ ومسائل قصيرة. جرب: كم يساوي 47 + 58؟";
    private static final String RUN = "./jerboa run MODEL, where MODEL is a .gguf file or a Hugging Face folder.";

    private static final List<Entry> ENTRIES = List.of(
            english(
                    "Jerboa is an open-weight LLM stack for the JVM.",
                    "What is Jerboa?",
                    "What is this?",
                    "Tell me about Jerboa."),
            english(SKILLS, "Who are you?", "What are you?", "What can you do?", "Help", "What do you know?"),
            english("Hello! " + SKILLS, "Hello", "Hi", "Hello!", "Hey"),
            english(
                    RUN,
                    "How do I run another model?",
                    "How do I run a model?",
                    "How can I use a larger model?",
                    "How do I get a general model?"),
            english("./jerboa train RECIPE", "How do I train a model?", "How were you trained?"),
            english("./jerboa --help", "What commands are there?", "How do I use Jerboa?"),
            english("./jerboa show MODEL", "How much memory does a model take?", "How do I inspect a model?"),
            english("./jerboa doctor", "How do I check my machine?", "Why is it slow?"),
            english("About 10 million parameters.", "How large are you?", "How many parameters do you have?"),
            english("Java 25.", "What does Jerboa need?", "Which Java version do I need?"),
            english("Apache-2.0.", "What is the license?", "Is Jerboa open source?"),
            english("You are welcome!", "Thanks", "Thank you!", "Thank you"),
            english("Goodbye!", "Bye", "Goodbye"),
            english(
                    "I learned only from generated problems. For more, run a general model: " + RUN,
                    "What is the capital of France?",
                    "Tell me a joke.",
                    "Write a poem.",
                    "What is the weather?",
                    "Write a program.",
                    "Tell me a story."),
            arabic("جربوع منظومة نماذج لغوية مفتوحة الأوزان لآلة جافا الافتراضية.", "ما هو جربوع؟", "ما هذا؟"),
            arabic(SKILLS_ARABIC, "من أنت؟", "ماذا تستطيع؟", "ماذا تعرف؟", "مساعدة"),
            arabic("مرحبا! " + SKILLS_ARABIC, "مرحبا", "السلام عليكم", "أهلا"),
            arabic("./jerboa run MODEL", "كيف أشغل نموذجا آخر؟", "كيف أشغل نموذجا أكبر؟"),
            arabic("./jerboa train RECIPE", "كيف أدرب نموذجا؟", "كيف تدربت؟"),
            arabic("عفوا!", "شكرا"),
            arabic(
                    "تعلمت من مسائل مولدة فقط. شغل نموذجا عاما: ./jerboa run MODEL",
                    "ما عاصمة فرنسا؟",
                    "احك لي قصة.",
                    "اكتب قصيدة."));

    private static Entry english(String answer, String... questions) {
        return new Entry(Language.ENGLISH, List.of(questions), answer);
    }

    private static Entry arabic(String answer, String... questions) {
        return new Entry(Language.ARABIC, List.of(questions), answer);
    }

    @Override
    public Example example(Draws draws) {
        Entry entry = draws.pick(ENTRIES);
        String question = draws.pick(entry.questions);
        return Example.good(
                new Problem(
                        name,
                        name + " " + question,
                        entry.language,
                        question,
                        entry.answer,
                        new Check.Recall(entry.answer)),
                "");
    }
}
