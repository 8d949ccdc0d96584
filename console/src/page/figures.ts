// What the server says of itself, asked for again and again; those who show it are told.

import { isLoss, reasonOf } from '../lib/index.ts';
import type { World } from './view.ts';

interface Usage { used: number; allowed: number }

export interface Info {
  server: string; hostname?: string; os?: string; kernel?: string; arch?: string; user?: string; cores?: number;
  uptime_ms?: number; draining?: boolean; containment?: string;
  load?: { minutes_1: number };
  memory?: { total_bytes: number; available_bytes: number };
  root?: { total_bytes?: number; available_bytes?: number; writable?: boolean; error?: string };
  commands?: Usage; connections?: Usage; jobs?: Usage; kept_jobs?: Usage;
  totals?: Record<string, number>;
}

export interface Figures { info: Info; at: number }

type Listener = (now: Figures, before: Figures | undefined) => void;

export const PERIOD_MS = 2000;

/// How much a total has grown between two looks; nothing where that is not known, as after a restart of the server.
export function grown(name: string, now: Figures, before: Figures | undefined): number | undefined {
  const from = before?.info.totals?.[name];
  const to = now.info.totals?.[name];
  return from === undefined || to === undefined || to < from ? undefined : to - from;
}

export class HostFigures {
  private readonly listeners: Listener[] = [];
  private before: Figures | undefined;
  /// Told of what keeps it from knowing.
  onfailure: (error: unknown) => void = () => {};

  constructor(private readonly world: World) {}

  listen(listener: Listener): void {
    this.listeners.push(listener);
  }

  begin(): void {
    void this.poll();
  }

  private async poll(): Promise<void> {
    try {
      const connection = await this.world.link.get();
      const info = (await connection.call('rpc.info', {} as never, { background: true })) as unknown as Info;
      const now = { info, at: Date.now() };
      for (const listener of this.listeners) listener(now, this.before);
      this.before = now;
    } catch (error) {
      if (!isLoss(error)) this.onfailure(error);
      if (reasonOf(error) === 'method_not_found') return; // an older tugd: it will not know it the next time either
    }
    setTimeout(() => void this.poll(), PERIOD_MS);
  }
}
