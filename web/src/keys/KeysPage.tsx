import { useEffect, useState } from 'preact/hooks';
import { changeKey, deleteBudget, deleteKey, listAccounts, listBudgets, listKeys, rotateKey, type AccountEntry, type BudgetEntry, type KeyEntry, type Made } from '../api/keys.ts';
import { ApiError, type FailureKind } from '../api/http.ts';
import { apiKey, askForKey } from '../api/key.ts';
import { words } from '../i18n/index.ts';
import '../server/server.css';
import { Button } from '../ui/Button.tsx';
import { copyText } from '../ui/clipboard.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Icon } from '../ui/Icon.tsx';
import { say } from '../ui/notice.tsx';
import '../usage/usage.css';
import { periodName, shown } from '../usage/words.ts';
import { BudgetDialog, KeyLimitDialog, NewKeyDialog } from './dialogs.tsx';

type Asked =
  | { readonly what: 'new-key' }
  | { readonly what: 'new-budget' }
  | { readonly what: 'limit' | 'rotate' | 'delete'; readonly key: KeyEntry }
  | { readonly what: 'delete-budget'; readonly budget: BudgetEntry }
  | { readonly what: 'secret'; readonly made: Made };

interface State {
  readonly keys: readonly KeyEntry[];
  readonly budgets: readonly BudgetEntry[];
  readonly accounts: readonly AccountEntry[];
}

/** Keys and budgets, for who has an admin's key. */
export default function KeysPage() {
  const w = words.value;
  const k = w.keys;
  const [state, setState] = useState<State | null>(null);
  const [failure, setFailure] = useState<FailureKind | null>(null);
  const [asked, ask] = useState<Asked | null>(null);
  const refresh = async (): Promise<void> => {
    try {
      const [keys, budgets, accounts] = await Promise.all([listKeys(), listBudgets(), listAccounts()]);
      setState({ keys, budgets, accounts });
      setFailure(null);
    } catch (error) {
      const kind = error instanceof ApiError ? error.kind : 'unreadable';
      if (kind === 'unauthorized') askForKey();
      setFailure(kind);
    }
  };
  const key = apiKey.value;
  useEffect(() => void refresh(), [key]);
  /** Does something to a key or a budget, says what went wrong, and reads all again. */
  const act = async (doing: Promise<unknown>): Promise<void> => {
    ask(null);
    try {
      const made = await doing;
      if (isMade(made)) ask({ what: 'secret', made });
    } catch (error) {
      say(error instanceof ApiError && error.detail !== '' ? words.peek().serverSays(error.detail) : words.peek().failures.server);
    }
    await refresh();
  };
  return (
    <main class="page server usage" id="main" tabIndex={-1}>
      <header class="server-head">
        <h1>{k.title}</h1>
      </header>
      <div class="server-body">
        {failure !== null && (
          <p class="failure" role="status">
            <Icon name="alert" />
            {failure === 'forbidden' ? k.adminOnly : failure === 'missing' ? w.usage.noGateway : w.failures[failure]}
          </p>
        )}
        {state === null && failure === null && <p class="hint">{k.reading}</p>}
        {state !== null && (
          <>
            <div class="key-head">
              <h2>{k.keys}</h2>
              <Button icon="plus" kind="primary" onClick={() => ask({ what: 'new-key' })}>
                {k.newKey}
              </Button>
            </div>
            <KeyTable keys={state.keys} onAsk={ask} onAct={act} />
            <div class="key-head">
              <h2>{k.budgets}</h2>
              <Button icon="plus" onClick={() => ask({ what: 'new-budget' })}>
                {k.newBudget}
              </Button>
            </div>
            <BudgetTable budgets={state.budgets} keys={state.keys} accounts={state.accounts} onAsk={ask} />
          </>
        )}
      </div>
      {asked?.what === 'new-key' && <NewKeyDialog accounts={state?.accounts ?? []} onClose={() => ask(null)} onMake={(making) => void act(making)} />}
      {asked?.what === 'new-budget' && <BudgetDialog accounts={state?.accounts ?? []} keys={state?.keys ?? []} onClose={() => ask(null)} onMake={(making) => void act(making)} />}
      {asked?.what === 'limit' && <KeyLimitDialog entry={asked.key} onClose={() => ask(null)} onMake={(making) => void act(making)} />}
      {asked?.what === 'rotate' && <Confirm title={k.rotateKey(asked.key.name)} says={k.rotateSays} does={k.rotate} onClose={() => ask(null)} onDo={() => void act(rotateKey(asked.key.id))} />}
      {asked?.what === 'delete' && <Confirm title={k.deleteKey(asked.key.name)} says={k.deleteSays} does={w.delete} onClose={() => ask(null)} onDo={() => void act(deleteKey(asked.key.id))} />}
      {asked?.what === 'delete-budget' && (
        <Confirm title={k.deleteBudget(asked.budget.id)} says={k.deleteBudgetSays} does={w.delete} onClose={() => ask(null)} onDo={() => void act(deleteBudget(asked.budget.id))} />
      )}
      {asked?.what === 'secret' && <Secret made={asked.made} onClose={() => ask(null)} />}
    </main>
  );
}

function isMade(value: unknown): value is Made {
  return typeof value === 'object' && value !== null && 'secret' in value;
}

function KeyTable({ keys, onAsk, onAct }: { keys: readonly KeyEntry[]; onAsk: (asked: Asked) => void; onAct: (doing: Promise<unknown>) => Promise<void> }) {
  const w = words.value;
  const k = w.keys;
  return (
    <div class="usage-table keys-table" role="region" aria-label={k.keys} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{k.name}</th>
            <th scope="col">{k.account}</th>
            <th scope="col">{k.scopes}</th>
            <th scope="col" class="figure">
              {k.spent}
            </th>
            <th scope="col">{k.limit}</th>
            <th scope="col">{k.state}</th>
            <th scope="col">{k.actions}</th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.id} data-key={key.id}>
              <th scope="row">
                <bdi>{key.name}</bdi> <small class="hint">{key.id}</small>
              </th>
              <td data-label={k.account}>
                <bdi>{key.account}</bdi>
              </td>
              <td data-label={k.scopes}>{key.scopes.map((scope) => k.scopeNames[scope as keyof typeof k.scopeNames] ?? scope).join(' · ')}</td>
              <td class="figure" data-label={k.spent}>{shown(key.usage, 'dollars')}</td>
              <td data-label={k.limit}>
                {key.limit === null ? w.none : <Burn spent={key.limit - (key.left ?? key.limit)} limit={key.limit} label={key.reset === null ? k.resets.never : k.resets[key.reset]} />}
              </td>
              <td data-label={k.state}>{key.declared ? k.declared : key.disabled ? k.disabled : key.expires === null ? k.active : Date.parse(key.expires) <= Date.now() ? k.expired : k.until(periodName(key.expires.slice(0, 10)))}</td>
              <td>
                {!key.declared && (
                  <span class="row-actions">
                    <button type="button" class="quiet-button" aria-label={`${key.disabled ? k.enable : k.disable}: ${key.name}`} onClick={() => void onAct(changeKey(key.id, { disabled: !key.disabled }))}>
                      {key.disabled ? k.enable : k.disable}
                    </button>
                    <button type="button" class="quiet-button" aria-label={`${k.setLimit}: ${key.name}`} onClick={() => onAsk({ what: 'limit', key })}>
                      {k.setLimit}
                    </button>
                    <button type="button" class="quiet-button" aria-label={`${k.rotate}: ${key.name}`} onClick={() => onAsk({ what: 'rotate', key })}>
                      {k.rotate}
                    </button>
                    <button type="button" class="quiet-button" aria-label={`${w.delete}: ${key.name}`} onClick={() => onAsk({ what: 'delete', key })}>
                      {w.delete}
                    </button>
                  </span>
                )}
              </td>
            </tr>
          ))}
          {keys.length === 0 && (
            <tr>
              <td colSpan={7}>{k.noKeys}</td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

function Burn({ spent, limit, label }: { spent: number; limit: number; label: string }) {
  const share = limit === 0 ? 1 : Math.min(1, Math.max(0, spent / limit));
  return (
    <span class="burn">
      <span>
        <bdi>{shown(spent, 'dollars')}</bdi> / <bdi>{shown(limit, 'dollars')}</bdi> <small class="hint">{label}</small>
      </span>
      <span class="bar-track" role="meter" aria-label={words.value.keys.spent} aria-valuemin={0} aria-valuemax={limit} aria-valuenow={spent} aria-valuetext={`${shown(spent, 'dollars')} / ${shown(limit, 'dollars')}`}>
        <span class={share >= 1 ? 'bar over' : 'bar'} style={{ inlineSize: `${share * 100}%` }} />
      </span>
    </span>
  );
}

function BudgetTable({ budgets, keys, accounts, onAsk }: { budgets: readonly BudgetEntry[]; keys: readonly KeyEntry[]; accounts: readonly AccountEntry[]; onAsk: (asked: Asked) => void }) {
  const nameOf = ({ kind, owner }: BudgetEntry): string => (kind === 'key' ? keys.find((key) => key.id === owner)?.name : accounts.find((account) => account.id === owner)?.name) ?? owner;
  const w = words.value;
  const k = w.keys;
  return (
    <div class="usage-table budgets-table" role="region" aria-label={k.budgets} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{k.budget}</th>
            <th scope="col">{k.owner}</th>
            <th scope="col">{k.spent}</th>
            <th scope="col" class="figure">
              {k.reserved}
            </th>
            <th scope="col">{k.actions}</th>
          </tr>
        </thead>
        <tbody>
          {budgets.map((budget) => (
            <tr key={budget.id} data-budget={budget.id}>
              <th scope="row">
                <bdi>{budget.id}</bdi>
              </th>
              <td data-label={k.owner}>
                {k.owners[budget.kind as keyof typeof k.owners] ?? budget.kind}: <bdi>{nameOf(budget)}</bdi>
              </td>
              <td data-label={k.spent}>
                <Burn spent={budget.spent} limit={budget.limit} label={k.periods[budget.period as keyof typeof k.periods] ?? budget.period} />
              </td>
              <td class="figure" data-label={k.reserved}>{shown(budget.reserved, 'dollars')}</td>
              <td>
                <button type="button" class="quiet-button" aria-label={`${w.delete}: ${budget.id}`} onClick={() => onAsk({ what: 'delete-budget', budget })}>
                  {w.delete}
                </button>
              </td>
            </tr>
          ))}
          {budgets.length === 0 && (
            <tr>
              <td colSpan={5}>{k.noBudgets}</td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

/** Shows a secret, once. */
function Secret({ made, onClose }: { made: Made; onClose: () => void }) {
  const w = words.value;
  const copy = (): void => void copyText(made.secret).then(() => say(words.peek().copied));
  return (
    <Dialog title={w.keys.made(made.key.name)} onClose={onClose} class="small">
      <p>{w.keys.onceSays}</p>
      <div class="secret">
        <input type="text" dir="ltr" readOnly data-first aria-label={w.keys.secret} value={made.secret} onFocus={(event) => event.currentTarget.select()} />
        <Button icon="copy" onClick={copy}>
          {w.copy}
        </Button>
      </div>
      <footer class="dialog-foot">
        <span class="spring" />
        <Button kind="primary" onClick={onClose}>
          {w.done}
        </Button>
      </footer>
    </Dialog>
  );
}

function Confirm({ title, says, does, onClose, onDo }: { title: string; says: string; does: string; onClose: () => void; onDo: () => void }) {
  return (
    <Dialog title={title} onClose={onClose} class="small">
      <p>{says}</p>
      <footer class="dialog-foot">
        <span class="spring" />
        <Button onClick={onClose}>{words.value.cancel}</Button>
        <Button kind="danger" onClick={onDo}>
          {does}
        </Button>
      </footer>
    </Dialog>
  );
}
