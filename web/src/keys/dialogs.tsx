import { useState } from 'preact/hooks';
import { changeKey, createKey, putBudget, RESETS, type AccountEntry, type KeyEntry, type Reset } from '../api/keys.ts';
import { words } from '../i18n/index.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';

interface DialogProps {
  readonly onClose: () => void;
  readonly onMake: (making: Promise<unknown>) => void;
}

/** What was typed as dollars: a number, nothing, or neither. */
function dollars(text: string): number | null | undefined {
  if (text.trim() === '') return null;
  return /^\d{1,9}(\.\d{1,9})?$/.test(text.trim()) ? Number(text) : undefined;
}

export function NewKeyDialog({ accounts, onClose, onMake }: DialogProps & { accounts: readonly AccountEntry[] }) {
  const w = words.value;
  const k = w.keys;
  const [name, setName] = useState('');
  const [account, setAccount] = useState('');
  const [scopes, setScopes] = useState<readonly string[]>(['inference', 'usage']);
  const [limit, setLimit] = useState('');
  const [reset, setReset] = useState<Reset>('monthly');
  const [expires, setExpires] = useState('');
  const amount = dollars(limit);
  const ready = name.trim() !== '' && scopes.length > 0 && amount !== undefined;
  const make = (): void => {
    if (ready) onMake(createKey({ name: name.trim(), account, scopes, limit: amount, reset: amount === null ? null : reset, expires: expires === '' ? null : expires }));
  };
  return (
    <Dialog title={k.newKey} onClose={onClose} class="small">
      <Form onMake={make} ready={ready} does={k.create} onClose={onClose}>
        <label class="field">
          <span>{k.name}</span>
          <input type="text" data-first dir="auto" maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        {accounts.length > 0 && (
          <label class="field">
            <span>{k.account}</span>
            <select class="select" value={account} onChange={(event) => setAccount(event.currentTarget.value)}>
              <option value="">{k.ownAccount}</option>
              {accounts.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name || one.id}
                </option>
              ))}
            </select>
          </label>
        )}
        <fieldset class="scopes">
          <legend>{k.scopes}</legend>
          {(['inference', 'usage', 'admin'] as const).map((scope) => (
            <label class="check" key={scope}>
              <input type="checkbox" checked={scopes.includes(scope)} onChange={(event) => setScopes(event.currentTarget.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))} />
              {k.scopeNames[scope]}
            </label>
          ))}
        </fieldset>
        <Money limit={limit} onLimit={setLimit} reset={reset} onReset={setReset} wrong={amount === undefined} />
        <label class="field">
          <span>{k.expires}</span>
          <input type="date" value={expires} onInput={(event) => setExpires(event.currentTarget.value)} />
        </label>
      </Form>
    </Dialog>
  );
}

export function KeyLimitDialog({ entry, onClose, onMake }: DialogProps & { entry: KeyEntry }) {
  const k = words.value.keys;
  const [limit, setLimit] = useState(entry.limit === null ? '' : String(entry.limit));
  const [reset, setReset] = useState<Reset>(entry.reset);
  const amount = dollars(limit);
  const make = (): void => {
    if (amount !== undefined) onMake(changeKey(entry.id, { limit: amount, limit_reset: reset }));
  };
  return (
    <Dialog title={k.limitOf(entry.name)} onClose={onClose} class="small">
      <Form onMake={make} ready={amount !== undefined} does={k.save} onClose={onClose}>
        <Money limit={limit} onLimit={setLimit} reset={reset} onReset={setReset} wrong={amount === undefined} />
      </Form>
    </Dialog>
  );
}

function Money({ limit, onLimit, reset, onReset, wrong }: { limit: string; onLimit: (text: string) => void; reset: Reset; onReset: (reset: Reset) => void; wrong: boolean }) {
  const k = words.value.keys;
  return (
    <>
      <label class="field">
        <span>{k.limitDollars}</span>
        <input type="text" inputMode="decimal" dir="ltr" placeholder={k.noLimit} aria-invalid={wrong} value={limit} onInput={(event) => onLimit(event.currentTarget.value)} />
        {wrong && <span class="fault">{k.wrongMoney}</span>}
      </label>
      <label class="field">
        <span>{k.reset}</span>
        <select class="select" value={reset ?? 'never'} onChange={(event) => onReset(RESETS.find((one) => one === event.currentTarget.value) ?? null)}>
          <option value="never">{k.resets.never}</option>
          {RESETS.map((one) => (
            <option key={one} value={one}>
              {k.resets[one]}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

export function BudgetDialog({ accounts, keys, onClose, onMake }: DialogProps & { accounts: readonly AccountEntry[]; keys: readonly KeyEntry[] }) {
  const w = words.value;
  const k = w.keys;
  const owners = [...accounts.map((one) => ({ value: `account ${one.id}`, label: `${k.owners.account}: ${one.name || one.id}` })), ...keys.map((one) => ({ value: `key ${one.id}`, label: `${k.owners.key}: ${one.name}` }))];
  const [id, setId] = useState('');
  const [owner, setOwner] = useState(owners[0]?.value ?? '');
  const [limit, setLimit] = useState('');
  const [period, setPeriod] = useState('month');
  const amount = dollars(limit);
  const ready = /^[A-Za-z0-9._-]+$/.test(id) && owner !== '' && typeof amount === 'number';
  const make = (): void => {
    if (!ready || typeof amount !== 'number') return;
    const space = owner.indexOf(' ');
    onMake(putBudget(id, { owner_kind: owner.slice(0, space), owner: owner.slice(space + 1), period, limit: amount }));
  };
  return (
    <Dialog title={k.newBudget} onClose={onClose} class="small">
      <Form onMake={make} ready={ready} does={k.create} onClose={onClose}>
        <label class="field">
          <span>{k.budgetName}</span>
          <input type="text" data-first dir="ltr" maxLength={100} value={id} onInput={(event) => setId(event.currentTarget.value)} />
        </label>
        <label class="field">
          <span>{k.owner}</span>
          <select class="select" value={owner} onChange={(event) => setOwner(event.currentTarget.value)}>
            {owners.map((one) => (
              <option key={one.value} value={one.value}>
                {one.label}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{k.limitDollars}</span>
          <input type="text" inputMode="decimal" dir="ltr" aria-invalid={amount === undefined} value={limit} onInput={(event) => setLimit(event.currentTarget.value)} />
          {amount === undefined && <span class="fault">{k.wrongMoney}</span>}
        </label>
        <label class="field">
          <span>{k.each}</span>
          <select class="select" value={period} onChange={(event) => setPeriod(event.currentTarget.value)}>
            {(Object.keys(k.periods) as (keyof typeof k.periods)[]).map((one) => (
              <option key={one} value={one}>
                {k.periods[one]}
              </option>
            ))}
          </select>
        </label>
      </Form>
    </Dialog>
  );
}

function Form({ onMake, ready, does, onClose, children }: { onMake: () => void; ready: boolean; does: string; onClose: () => void; children: preact.ComponentChildren }) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onMake();
      }}
    >
      {children}
      <footer class="dialog-foot">
        <span class="spring" />
        <Button onClick={onClose}>{words.value.cancel}</Button>
        <Button kind="primary" type="submit" disabled={!ready}>
          {does}
        </Button>
      </footer>
    </form>
  );
}
