// A table whose rows stay as they are where nothing has changed: so focus and selection stay, too.

import { h } from './dom.ts';

export interface Column {
  title: string;
  /// Left out where the page is narrow.
  wide?: boolean;
  class?: string;
}

type Cell = Node | string | undefined;

export class Table {
  readonly element: HTMLTableElement;
  private readonly body = h('tbody');
  private readonly rows = new Map<string, { shown: string; element: HTMLTableRowElement }>();

  constructor(private readonly columns: Column[]) {
    const heads = columns.map((c) => (c.title ? h('th', { class: this.classOf(c), attrs: { scope: 'col' } }, c.title) : h('td', { class: this.classOf(c) })));
    this.element = h('table', {}, h('thead', {}, h('tr', {}, ...heads)), this.body);
  }

  /// One row for each item, in that order. `shown` is all that a row says of it: where that is the same, the row stays.
  show<T>(items: T[], keyOf: (item: T) => string, shownOf: (item: T) => string, cellsOf: (item: T) => Cell[]): void {
    const gone = new Set(this.rows.keys());
    let at = this.body.firstElementChild;
    for (const item of items) {
      const key = keyOf(item);
      gone.delete(key);
      const row = this.row(key, shownOf(item), () => cellsOf(item));
      if (row === at) at = at.nextElementSibling;
      else this.body.insertBefore(row, at);
    }
    for (const key of gone) {
      this.rows.get(key)!.element.remove();
      this.rows.delete(key);
    }
    this.element.hidden = items.length === 0;
  }

  private row(key: string, shown: string, cells: () => Cell[]): HTMLTableRowElement {
    const old = this.rows.get(key);
    if (old?.shown === shown) return old.element;
    const element = old?.element ?? h('tr');
    const focused = element.contains(document.activeElement) ? document.activeElement?.getAttribute('data-focus') : undefined;
    element.replaceChildren(...this.cellsWith(cells()));
    if (focused) element.querySelector<HTMLElement>(`[data-focus="${focused}"]`)?.focus();
    this.rows.set(key, { shown, element });
    return element;
  }

  private cellsWith(cells: Cell[]): HTMLTableCellElement[] {
    return this.columns.map((c, i) => h('td', { class: this.classOf(c) }, cells[i]));
  }

  private classOf(column: Column): string {
    return [column.wide && 'wide', column.class].filter(Boolean).join(' ');
  }
}
