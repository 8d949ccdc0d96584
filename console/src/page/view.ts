import type { Hello, Reconnecting } from '../lib/index.ts';

/// What every view works with.
export interface World {
  link: Reconnecting;
  hello: () => Hello | undefined;
  /// Whether the key allows it, as far as is known.
  may: (permission: string) => boolean;
  go: (view: string, argument?: string) => void;
}

export interface View {
  element: HTMLElement;
  /// It is shown now, with what stands behind its name in the address.
  show?: (argument: string) => void;
  hide?: () => void;
}
