import type { ShareQuery } from '../api/analytics.ts';

/** Times that are looked at most; `own` is what the dates say. */
export type Span = 'day' | 'week' | 'month' | 'weeks' | 'year' | 'own';

/** Days of UTC until today, and the periods that fit them. The twelve weeks are the server's own: nothing is sent. */
export function spanOf(span: Exclude<Span, 'own'>, now: Date): Pick<ShareQuery, 'from' | 'to' | 'bucket'> {
  const last = (days: number, bucket: ShareQuery['bucket']): Pick<ShareQuery, 'from' | 'to' | 'bucket'> => ({ from: dayOf(now, days - 1), to: dayOf(now, 0), bucket });
  switch (span) {
    case 'day':
      return last(2, 'hour');
    case 'week':
      return last(7, 'day');
    case 'month':
      return last(30, 'day');
    case 'weeks':
      return { from: '', to: '', bucket: 'week' };
    case 'year':
      return last(365, 'month');
  }
}

function dayOf(now: Date, before: number): string {
  return new Date(now.getTime() - before * 86_400_000).toISOString().slice(0, 10);
}
