import { signal } from '@preact/signals';
import { ApiError, call, isObject } from './http.ts';

/** What the key of this page may do with the gateway; null where the server is none, or does not tell. */
export interface Own {
  readonly scopes: readonly string[];
}

export const own = signal<Own | null>(null);

/** Asks the server whether it is a gateway, and what the key may do. */
export async function refreshOwn(): Promise<void> {
  try {
    const body: unknown = await (await call('/v1/key')).json();
    const data = isObject(body) && isObject(body['data']) ? body['data'] : {};
    const scopes = Array.isArray(data['scopes']) ? data['scopes'].filter((one) => typeof one === 'string') : [];
    own.value = { scopes };
  } catch (error) {
    if (!(error instanceof ApiError && error.kind === 'offline')) own.value = null;
  }
}

export function may(scope: 'usage' | 'admin'): boolean {
  const scopes = own.value?.scopes ?? [];
  return scopes.includes(scope) || scopes.includes('admin');
}

export const RESETS = ['hourly', 'daily', 'weekly', 'monthly'] as const;
export type Reset = (typeof RESETS)[number] | null;

export interface KeyEntry {
  readonly id: string;
  readonly name: string;
  readonly account: string;
  readonly scopes: readonly string[];
  readonly disabled: boolean;
  readonly declared: boolean;
  readonly limit: number | null;
  readonly left: number | null;
  readonly reset: Reset;
  readonly usage: number;
  readonly usageMonthly: number;
  readonly expires: string | null;
}

export interface BudgetEntry {
  readonly id: string;
  readonly kind: string;
  readonly owner: string;
  readonly period: string;
  readonly limit: number;
  readonly spent: number;
  readonly reserved: number;
}

export interface AccountEntry {
  readonly id: string;
  readonly name: string;
}

/** A key that was made or given another secret, with the secret, which cannot be had again. */
export interface Made {
  readonly key: KeyEntry;
  readonly secret: string;
}

export interface KeyDraft {
  readonly name: string;
  readonly account: string;
  readonly scopes: readonly string[];
  readonly limit: number | null;
  readonly reset: Reset;
  readonly expires: string | null;
}

export async function listKeys(): Promise<readonly KeyEntry[]> {
  return (await data('/v1/keys')).map(keyOf);
}

export async function listBudgets(): Promise<readonly BudgetEntry[]> {
  return (await data('/v1/budgets')).map((one) => ({
    id: text(one['id']),
    kind: text(one['owner_kind']),
    owner: text(one['owner']),
    period: text(one['period']),
    limit: number(one['limit']) ?? 0,
    spent: number(one['spent']) ?? 0,
    reserved: number(one['reserved']) ?? 0,
  }));
}

export async function listAccounts(): Promise<readonly AccountEntry[]> {
  return (await data('/v1/accounts')).map((one) => ({ id: text(one['id']), name: text(one['name']) }));
}

export async function createKey(draft: KeyDraft): Promise<Made> {
  const body: Record<string, unknown> = { name: draft.name, scopes: draft.scopes, limit: draft.limit, limit_reset: draft.reset };
  if (draft.account !== '') body['account'] = draft.account;
  if (draft.expires !== null) body['expires_at'] = `${draft.expires}T00:00:00Z`;
  return madeOf(await sent('POST', '/v1/keys', body));
}

export async function changeKey(id: string, change: { readonly disabled?: boolean; readonly limit?: number | null; readonly limit_reset?: Reset }): Promise<void> {
  await sent('PATCH', `/v1/keys/${encodeURIComponent(id)}`, change);
}

export async function rotateKey(id: string): Promise<Made> {
  return madeOf(await sent('POST', `/v1/keys/${encodeURIComponent(id)}/rotate`, {}));
}

export async function deleteKey(id: string): Promise<void> {
  await sent('DELETE', `/v1/keys/${encodeURIComponent(id)}`);
}

export async function putBudget(id: string, budget: { readonly owner_kind: string; readonly owner: string; readonly period: string; readonly limit: number }): Promise<void> {
  await sent('PUT', `/v1/budgets/${encodeURIComponent(id)}`, budget);
}

export async function deleteBudget(id: string): Promise<void> {
  await sent('DELETE', `/v1/budgets/${encodeURIComponent(id)}`);
}

async function sent(method: string, path: string, body?: object): Promise<unknown> {
  const init: RequestInit = body === undefined ? { method } : { method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  return (await call(path, init)).json();
}

async function data(path: string): Promise<Record<string, unknown>[]> {
  const body: unknown = await (await call(path)).json();
  return isObject(body) && Array.isArray(body['data']) ? body['data'].filter(isObject) : [];
}

function madeOf(body: unknown): Made {
  if (!isObject(body) || !isObject(body['data']) || typeof body['key'] !== 'string') throw new ApiError('unreadable', null, 'no key in the answer');
  return { key: keyOf(body['data']), secret: body['key'] };
}

export function keyOf(value: Record<string, unknown>): KeyEntry {
  const reset = RESETS.find((one) => one === value['limit_reset']) ?? null;
  return {
    id: text(value['hash']),
    name: text(value['name']),
    account: text(value['account']),
    scopes: Array.isArray(value['scopes']) ? value['scopes'].filter((one) => typeof one === 'string') : [],
    disabled: value['disabled'] === true,
    declared: value['declared'] === true,
    limit: number(value['limit']),
    left: number(value['limit_remaining']),
    reset,
    usage: number(value['usage']) ?? 0,
    usageMonthly: number(value['usage_monthly']) ?? 0,
    expires: typeof value['expires_at'] === 'string' ? value['expires_at'] : null,
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
