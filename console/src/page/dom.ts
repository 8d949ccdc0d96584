// Elements are made here and nowhere else, and what they say is always text: nothing that a host says becomes markup.

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

export function messageOf(error: unknown): string {
  const e = error as { reason?: string; message?: string };
  return e.reason ? `${e.reason}: ${e.message ?? ''}` : String(e.message ?? error);
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
