import { useEffect } from 'preact/hooks';
import type { ModelStatus, Percentiles, Status } from '../api/status.ts';
import { bytes, duration, number, percent, words } from '../i18n/index.ts';
import { Icon } from '../ui/Icon.tsx';
import { Plot } from './Plot.tsx';
import './server.css';
import type { Sample } from './samples.ts';
import { failure, status, watch } from './watch.ts';

/** What the server is doing, read once a second. */
export default function ServerPage() {
  const w = words.value;
  useEffect(watch, []);
  const now = status.value;
  return (
    <main class="page server" id="main" tabIndex={-1}>
      <header class="server-head">
        <h1>{w.serverState}</h1>
        {now !== null && failure.value === null && (
          <span class="live">
            <span class="lamp ready" aria-hidden="true" />
            {w.live}
          </span>
        )}
      </header>
      <div class={failure.value === null ? 'server-body' : 'server-body stale'}>
        {failure.value !== null && (
          <p class="failure" role="status">
            <Icon name="alert" />
            {failure.value === 'missing' ? w.noStatus : failure.value === 'offline' ? w.unreachable : w.failures[failure.value]}
          </p>
        )}
        {now !== null && <Shown now={now} />}
      </div>
    </main>
  );
}

function Shown({ now }: { now: Status }) {
  const w = words.value;
  const whole = (value: number): string => number(value, { maximumFractionDigits: 0 });
  const memory = [
    { label: w.resident, of: (one: Sample) => one.resident, colour: 1 as const, now: now.residentBytes },
    { label: w.native, of: (one: Sample) => one.native, colour: 3 as const, now: now.nativeBytes },
    { label: w.heap, of: (one: Sample) => one.heap, colour: 2 as const, now: now.heapBytes },
  ].filter((line) => line.now !== null);
  return (
    <>
      <dl class="facts">
        <Fact name={w.uptime} value={now.uptimeSeconds === null ? null : duration(now.uptimeSeconds * 1000)} />
        <Fact name={w.requests} value={now.requests === null ? null : number(now.requests)} more={requestsMore(now)} />
        {now.residentBytes !== null && <Fact name={w.memoryPlot} value={bytes(now.residentBytes)} />}
        <Fact name={w.machine} value={[now.cores === null ? '' : w.cores(number(now.cores)), now.isa].filter(Boolean).join(' · ') || null} more={now.tier} />
        {now.version !== '' && <Fact name={w.version} value={now.version} />}
      </dl>
      <div class="plots">
        <Plot
          title={w.queue}
          whole
          show={whole}
          lines={[
            { label: w.running, of: (one) => one.running, colour: 1 },
            { label: w.waitingRequests, of: (one) => one.waiting, colour: 2 },
          ]}
        />
        <Plot
          title={w.speedPlot}
          whole
          show={whole}
          lines={[
            { label: w.promptSpeed, of: (one) => one.promptSpeed, colour: 2 },
            { label: w.generatedSpeed, of: (one) => one.generatedSpeed, colour: 1 },
          ]}
        />
        <Plot title={w.cachePlot} show={percent} top={1} lines={[{ label: w.cacheShare, of: (one) => one.cacheShare, colour: 3 }]} />
        {memory.length > 0 && <Plot title={w.memoryPlot} show={bytes} lines={memory} />}
      </div>
      <h2 class="models-title">{w.modelsLoaded}</h2>
      <div class="model-cards">
        {now.models.map((model) => (
          <ModelCard key={model.id} model={model} />
        ))}
      </div>
    </>
  );
}

function requestsMore(now: Status): string {
  const w = words.value;
  const parts: string[] = [];
  if (now.inFlight !== null) parts.push(`${number(now.inFlight)} ${w.inFlight}`);
  if (now.failed !== null) parts.push(`${number(now.failed)} ${w.requestsFailed}`);
  return parts.join(' · ');
}

function Fact({ name, value, more = '' }: { name: string; value: string | null; more?: string }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>
        <span dir="auto">{value ?? words.value.unknown}</span>
        {more !== '' && <small>{more}</small>}
      </dd>
    </div>
  );
}

function ModelCard({ model }: { model: ModelStatus }) {
  const w = words.value;
  const state = model.state in w.modelStates ? w.modelStates[model.state as keyof typeof w.modelStates] : model.state;
  const share = model.pages && model.pagesUsed !== null ? model.pagesUsed / model.pages : null;
  return (
    <section class="model-card" aria-label={model.id}>
      <header>
        <span class={`lamp ${model.state}`} aria-hidden="true" />
        <h3 dir="auto">{model.id}</h3>
        <span class="hint">{state}</span>
      </header>
      {share !== null && (
        <div class="kv">
          <div class="kv-line">
            <span>{w.kvPages}</span>
            <span>
              {number(model.pagesUsed!)} / {number(model.pages!)}
            </span>
          </div>
          <div class="kv-bar" role="meter" aria-label={w.kvPages} aria-valuemin={0} aria-valuemax={model.pages!} aria-valuenow={model.pagesUsed!}>
            <span class="kv-used" style={{ inlineSize: `${share * 100}%` }} />
            <span class="kv-cached" style={{ inlineSize: `${((model.pagesCached ?? 0) / model.pages!) * 100}%` }} />
          </div>
          {model.pagesCached !== null && (
            <p class="hint">
              {w.kvCached}: {number(model.pagesCached)}
            </p>
          )}
        </div>
      )}
      <dl class="card-facts">
        <Row name={w.running} value={model.maxSequences === null ? number(model.running) : `${number(model.running)} / ${number(model.maxSequences)}`} />
        <Row name={w.waitingRequests} value={number(model.waiting)} />
        <Row name={w.promptTotal} value={number(model.promptTokens)} />
        <Row name={w.generatedTotal} value={number(model.generatedTokens)} />
        {model.kvBytes !== null && <Row name={w.kvSize} value={bytes(model.kvBytes)} />}
        {model.preemptions !== null && <Row name={w.preemptions} value={number(model.preemptions)} />}
        <Row name={w.adapters} value={model.adapters.join(', ') || w.none} />
      </dl>
      <table class="latency">
        <caption>{w.latency}</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">{w.median}</th>
            <th scope="col">
              <abbr title={w.percentile(number(95))}>{`p${number(95)}`}</abbr>
            </th>
            <th scope="col">
              <abbr title={w.percentile(number(99))}>{`p${number(99)}`}</abbr>
            </th>
          </tr>
        </thead>
        <tbody>
          <LatencyRow name={w.firstTokenTime} of={model.firstToken} />
          <LatencyRow name={w.betweenTokens} of={model.betweenTokens} />
        </tbody>
      </table>
    </section>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{value}</dd>
    </div>
  );
}

function LatencyRow({ name, of }: { name: string; of: Percentiles }) {
  const w = words.value;
  return (
    <tr>
      <th scope="row">{name}</th>
      {[of.p50, of.p95, of.p99].map((value, i) => (
        <td key={i}>{value === null || value === 0 ? w.unknown : duration(value)}</td>
      ))}
    </tr>
  );
}
