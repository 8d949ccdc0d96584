// Elements are made here and nowhere else, and what they say is always text: nothing that a host says becomes markup.

import { remedyOf } from '../lib/index.ts';

type Child = Node | string | undefined | false;

interface Props {
  class?: string;
  title?: string;
  onclick?: (event: MouseEvent) => void;
  attrs?: Record<string, string>;
}

export function h<K extends keyof HTMLElementTagNameMap>(name: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const out = document.createElement(name);
  if (props.class) out.className = props.class;
  if (props.title) out.title = props.title;
  if (props.onclick) out.addEventListener('click', props.onclick as EventListener);
  for (const [key, value] of Object.entries(props.attrs ?? {})) out.setAttribute(key, value);
  for (const child of children) if (child) out.append(child);
  return out;
}

export function button(text: string, onclick: (event: MouseEvent) => void, attrs: Record<string, string> = {}): HTMLButtonElement {
  return h('button', { onclick, attrs: { type: 'button', ...attrs } }, text);
}

const ICONS = {
  host: 'M4 4h16v6H4zM4 14h16v6H4zM8 7h.01M8 17h.01',
  terminals: 'M4 5h16v14H4zM7 9l3 3-3 3M12.5 15H17',
  files: 'M3 6.5h6.5l2 2.5H21v10H3z',
  jobs: 'M5 4h14v16H5zM9 9l2 2 4-4M9 16h6',
  calls: 'M4 7h13l-3.5-3.5M20 17H7l3.5 3.5',
  directory: 'M3 6.5h6.5l2 2.5H21v10H3z',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  symlink: 'M9.5 14.5l5-5M11 7l2-2a4 4 0 016 6l-2 2M13 17l-2 2a4 4 0 01-6-6l2-2',
};

export type IconName = keyof typeof ICONS;

/// A drawing beside a text that says the same.
export function icon(name: IconName): SVGElement {
  const out = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  for (const [key, value] of Object.entries({ viewBox: '0 0 24 24', class: `icon ${name}`, 'aria-hidden': 'true' })) out.setAttribute(key, value);
  path.setAttribute('d', ICONS[name]);
  out.append(path);
  return out;
}

export function clear(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter((c): c is Node | string => !!c));
}

/// Sets a text where it differs, so that a reader of the screen is not told the same again.
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

let liveRegion: HTMLElement | undefined;

/// A line that goes away: what was done, or why not.
export function toast(text: string, bad = false): void {
  liveRegion ??= document.body.appendChild(h('div', { class: 'toasts', attrs: { role: 'status', 'aria-live': 'polite' } }));
  const line = h('div', { class: bad ? 'toast bad' : 'toast' }, text);
  line.append(button('×', () => line.remove(), { 'aria-label': 'Close' }));
  liveRegion.append(line);
  setTimeout(() => line.remove(), bad ? 15000 : 5000);
}

/// As `tug` says it: what is wrong, and what to do about it.
export function messageOf(error: unknown): string {
  const e = error as { reason?: string; message?: string };
  return e.reason ? [e.reason, e.message !== e.reason && e.message, remedyOf(error)].filter(Boolean).join(': ') : String(e.message ?? error);
}

export const complain = (error: unknown): void => toast(messageOf(error), true);

/// A question with an answer, or nothing where it was dismissed. With `initial` it asks for a text.
export function ask(question: string, yes: string, initial?: string): Promise<string | undefined> {
  const input = initial === undefined ? undefined : h('input', { attrs: { type: 'text', 'aria-label': question } });
  if (input) input.value = initial!;
  const dialog = h('dialog', { attrs: { 'aria-label': question } });
  const form = h('form', { attrs: { method: 'dialog' } }, h('p', {}, question), input, h('div', { class: 'row end' },
    button('Cancel', () => dialog.close()), h('button', { class: 'primary', attrs: { type: 'submit', value: 'yes' } }, yes)));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    dialog.close('yes');
  });
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  input?.select();
  return new Promise((resolve) => dialog.addEventListener('close', () => {
    dialog.remove();
    resolve(dialog.returnValue === 'yes' ? (input?.value ?? '') : undefined);
  }));
}

export function bytesText(bytes: number | undefined): string {
  if (bytes === undefined) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  for (; bytes >= 1024 && at < units.length - 1; ++at) bytes /= 1024;
  return `${at === 0 ? bytes : bytes.toFixed(bytes < 10 ? 1 : 0)} ${units[at]}`;
}

export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = Math.floor(ms / 1000);
  if (s < 60) return `${(ms / 1000).toFixed(1)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return s < 86400 ? `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min` : `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

export const timeText = (ms: number): string => new Date(ms).toLocaleTimeString([], { hour12: false });
