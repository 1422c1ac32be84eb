/** A server's state that changes as a busy one's would, with what the mock really did on top. */

const began = Date.now();
const totals = { prompt: 48_200, cached: 29_500, generated: 91_300, requests: 412, running: 0 };

export const count = {
  running: (by) => {
    totals.running += by;
    if (by > 0) totals.requests++;
  },
  generated: (by) => (totals.generated += by),
  prompt: (tokens, cached) => {
    totals.prompt += tokens;
    totals.cached += cached;
  },
};

let last = Date.now();

export function status(models) {
  const now = Date.now();
  const t = (now - began) / 1000;
  const wave = (period, shift = 0) => (Math.sin((2 * Math.PI * t) / period + shift) + 1) / 2;
  const passed = Math.min(5, (now - last) / 1000);
  last = now;
  const running = Math.round(2 + 5 * wave(23)) + totals.running;
  const prompt = Math.round(passed * (180 + 420 * wave(11, 1) * wave(3)));
  totals.prompt += prompt;
  totals.cached += Math.round(prompt * (0.45 + 0.4 * wave(40)));
  totals.generated += Math.round(passed * running * (9 + 3 * wave(7)));
  const pages = 2048;
  const used = Math.round(pages * (0.35 + 0.4 * wave(31)));
  const ready = models.filter((model) => model.state === 'ready');
  return {
    time: new Date(now).toISOString(),
    uptime_s: Math.round(t) + 18_340,
    version: '0.1.0-mock',
    machine: { cores: 16, isa: 'avx512-vnni', tier: 'machine' },
    models: ready.map((model, i) => ({
      id: model.id,
      state: model.state,
      running: i === 0 ? running : 0,
      waiting: i === 0 ? Math.round(4 * wave(17) * wave(5)) : 0,
      max_sequences: 8,
      kv: { pages, pages_used: i === 0 ? used : 96, pages_cached: i === 0 ? Math.round((pages - used) * 0.6) : 90, bytes: 1_610_612_736, page_tokens: 16 },
      prompt_tokens_total: i === 0 ? totals.prompt : 1200,
      cached_tokens_total: i === 0 ? totals.cached : 300,
      generated_tokens_total: i === 0 ? totals.generated : 5400,
      preemptions_total: i === 0 ? 3 : 0,
      adapters: i === 0 ? ['support-lora'] : [],
      ttft_ms: { p50: 210, p95: 640, p99: 1180 },
      inter_token_ms: { p50: 41, p95: 66, p99: 92 },
    })),
    memory: { heap_bytes: 280e6 + 90e6 * wave(9), heap_max_bytes: 2e9, native_bytes: 6.4e9 + 3e8 * wave(31), rss_bytes: 7.1e9 + 3e8 * wave(31) },
    requests: { total: totals.requests + Math.floor(t), failed: 4, in_flight: running },
  };
}
