/** What the mock says, chosen by words in the last message. */

const ENGLISH = `The leap is a trade. A jerboa's hind legs are **four times** as long as its front ones, so each bound stores energy in the tendons and gives most of it back.

1. It *cannot walk* in the usual sense: it hops, runs on two legs, or skips.
2. Its path is hard to predict, which is the point. A pursuer has to guess.
3. The tail works as a balance while it is in the air.

> The more irregular the gait, the higher the entropy of the path, and the fewer are caught.

See [the study](https://example.org/jerboa) for measurements.`;

const CODE = `Streams that are read as they come need a parser that can stop anywhere:

\`\`\`java
/** Sums the squares of the even numbers. */
public final class Evens {
    private static final int LIMIT = 1_000;

    public static long sum(int[] values) {
        long total = 0L;
        for (int value : values) {
            if (value % 2 == 0 && value < LIMIT) {
                total += (long) value * value; // no overflow
            }
        }
        return total;
    }
}
\`\`\`

| method | time | space |
|:--|--:|:-:|
| loop | \`O(n)\` | 1 |
| stream | \`O(n)\` | \`O(1)\` |

Call it with \`Evens.sum(values)\`. ![a picture](https://example.org/tracker.png)`;

const MATHS = `Attention weighs values by how well a query fits the keys:

$$\\operatorname{Attention}(Q,K,V)=\\operatorname{softmax}\\!\\left(\\frac{QK^{\\top}}{\\sqrt{d_k}}\\right)V$$

For a query $q \\in \\mathbb{R}^{d}$ the weight of key $k_j$ is $w_j = e^{q\\cdot k_j/\\sqrt d} / \\sum_i e^{q\\cdot k_i/\\sqrt d}$. It costs between $5 and $10.

\\[
\\begin{pmatrix} \\cos\\theta & -\\sin\\theta \\\\ \\sin\\theta & \\cos\\theta \\end{pmatrix}
\\begin{pmatrix} x \\\\ y \\end{pmatrix} = \\begin{cases} x' & \\text{first} \\\\ y' & \\text{second} \\end{cases}
\\]

and so $\\int_0^\\infty e^{-x^2}\\,dx = \\frac{\\sqrt{\\pi}}{2}$.`;

const ARABIC = `اليربوع قارض صحراوي صغير، يقفز على رجليه الخلفيتين كما يقفز الكنغر، ويستعين بذيله الطويل على حفظ توازنه.

Jerboa هو أيضًا اسم مكدّس برمجي مفتوح يعمل على آلة جافا الافتراضية، ويشغّل نماذج مثل Qwen3 و Mistral محليًا.

### لماذا يقفز؟

1. ليهرب من المفترسات: مساره **غير متوقع**.
2. ليقطع مسافات طويلة بطاقة قليلة (حتى 3 أمتار في القفزة).
3. تعمل الدالة \`sum(values)\` في O(n).

| الصفة | القيمة |
|---|---|
| الطول | 10 سم |
| السرعة | 24 كم/س |

\`\`\`python
# مجموع المربعات
def total(values):
    return sum(v * v for v in values)
\`\`\`

This paragraph is in English, between two in Arabic: it reads from left to right.

والصيغة هي $E = mc^2$ كما تعلم.`;

const THOUGHT = `The question asks why hopping pays. Two things matter: energy and safety. Hopping stores energy in tendons, so the cost per metre falls with speed. And an irregular path is hard to follow. I should mention both, and keep it short.`;

const MATHS_THOUGHT = `They want attention, with the formula. I should say what it weighs first, give the formula, then the weight of one key, so that the softmax is not a black box. A rotation and an integral show the rest of the typesetting.`;

const TOOLS = [
  { name: 'get_weather', arguments: '{"city": "Riyadh", "unit": "celsius", "days": 3}' },
  { name: 'search', arguments: '{"query": "jerboa leap length", "limit": 5}' },
];

export function replyTo(body, model) {
  const said = String(body.messages.at(-1)?.content ?? '');
  const last = said.split('\n\n').at(-1).toLowerCase();
  if (body.messages.at(-1)?.role === 'assistant') return text(' And so it goes on, from where it stopped.');
  if (model.state === 'failed') return refusal(500, `Model ${model.id} needs 512 GiB of memory and this machine has 24.`);
  if (last.includes('busy')) return refusal(503, 'All 8 sequences are taken and 32 requests wait.');
  if (last.includes('too long')) return refusal(400, `The prompt has 5,120 tokens; the context length of ${model.id} is 4,096.`);
  if (last.includes('break off')) return { deltas: [...pieces(ENGLISH).slice(0, 20), { cut: true }], finish: 'stop' };
  if (last.includes('fail midway')) return { deltas: [...pieces(ENGLISH).slice(0, 12), { error: { message: 'The cache ran out of pages.', code: 500 } }], finish: 'stop' };
  const aboutMaths = /math|attention|formula|رياضيات/.test(last);
  const thought = model.reasoning && body.reasoning_effort !== 'none' ? pieces(aboutMaths ? MATHS_THOUGHT : THOUGHT).map(({ content }) => ({ reasoning_content: content })) : [];
  if (last.includes('tool') || last.includes('weather')) return { deltas: [...thought, ...calls()], finish: 'tool_calls' };
  if (body.response_format) return { deltas: pieces('```json\n{"answer": 42, "unit": "leaps"}\n```'), finish: 'stop' };
  if (/code|java|شيفرة/.test(last)) return { deltas: [...thought, ...pieces(CODE)], finish: 'stop' };
  if (aboutMaths) return { deltas: [...thought, ...pieces(MATHS)], finish: 'stop' };
  if (/[\u0600-\u06ff]/.test(last)) return { deltas: [...thought, ...pieces(ARABIC)], finish: 'stop' };
  if (last.includes('html')) return text('<img src=x onerror="alert(1)"> <script>alert(2)</script> [link](javascript:alert(3)) **bold**');
  if (last.includes('long')) return { deltas: pieces(Array.from({ length: 60 }, (_, i) => `Paragraph ${i + 1}. ${ENGLISH.slice(0, 150)}`).join('\n\n')), finish: 'stop' };
  if (/^(say|echo) /.test(last)) return text(said.split('\n\n').at(-1).slice(4).trim());
  return { deltas: [...thought, ...pieces(ENGLISH)], finish: 'stop' };
}

function text(words) {
  return { deltas: pieces(words), finish: 'stop' };
}

function refusal(status, message) {
  return { refuse: { status, message } };
}

function calls() {
  return TOOLS.flatMap((tool, index) => [
    { tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name: tool.name, arguments: '' } }] },
    ...tool.arguments.match(/.{1,5}/gs).map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ]);
}

/** About a token each: a word with the space before it, long ones in two. */
function pieces(words) {
  return (words.match(/\s*\S{1,7}|\s+$/gu) ?? []).map((content) => ({ content }));
}
