import { remedies } from './remedies.ts';

/// What the server has refused, or why there is no connection: `reason` is the stable name of section 6.
export class TugError extends Error {
  constructor(
    readonly reason: string,
    message: string,
    readonly data: Record<string, unknown> = {},
  ) {
    super(message || reason);
    this.name = 'TugError';
  }

  /// Whether the same request may succeed later.
  get retryable(): boolean {
    return this.data['retryable'] === true;
  }

  static from(error: unknown): TugError {
    const { message, data } = (error ?? {}) as { message?: unknown; data?: Record<string, unknown> };
    const name = data?.['name'];
    return new TugError(typeof name === 'string' ? name : 'unknown_error', typeof message === 'string' ? message : '', data ?? {});
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof TugError ? error.reason : '';
}

/// What to do about it, in the words of `tug`; empty where there is no word for it.
export function remedyOf(error: unknown): string {
  if (!(error instanceof TugError)) return '';
  if (error.reason === 'permission_denied' && error.data['need']) return 'use a key that may do this';
  return remedies[`${error.reason} ${String(error.data['errno'])}`] ?? remedies[error.reason] ?? '';
}
