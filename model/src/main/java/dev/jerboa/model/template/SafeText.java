package dev.jerboa.model.template;

/** A text marked as safe HTML (markupsafe's Markup): what is joined to it is escaped. */
record SafeText(String text) {
    static SafeText escape(String text, Budget budget) {
        budget.scan(text.length());
        StringBuilder out = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&#34;");
                case '\'' -> out.append("&#39;");
                default -> out.append(c);
            }
        }
        return new SafeText(budget.made(out.toString()));
    }

    @Override
    public String toString() {
        return text;
    }
}
