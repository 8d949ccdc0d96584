// One connection: its opening, its calls, and who gets what comes.

import { TugError } from './error.ts';
import { encodeFrame, FrameDecoder, ProtocolError, type Frame } from './frame.ts';
import { beginLogin, type Credentials } from './login.ts';
import type { Methods } from './methods.ts';
import { InboundStream, OutboundStream } from './stream.ts';
import { newTrace } from './trace.ts';
import type { Transport } from './transport.ts';

export interface Hello {
  protocol: number;
  server: string;
  auth: string[];
  limits: { envelope: number; body: number; window: number; in_flight: number };
  permissions?: string[];
}

type Json = Record<string, unknown>;

export type ParamsOf<M extends string> = M extends keyof Methods ? Methods[M]['params'] : Json;
export type ResultOf<M extends string> = M extends keyof Methods ? Methods[M]['result'] : unknown;

/// A call that was made, for those who show them.
export interface CallNote {
  method: string;
  params: Json;
  began: number;
  ended?: number;
  error?: TugError;
  /// The id of its trace: by it the call is found in the audit log of the server.
  trace: string;
  /// A look that a program takes by itself, now and then.
  background: boolean;
}

/// A call with streams. A stream that is not read holds up its own call alone.
export class Call<R = unknown> {
  readonly inbound = new Map<string, InboundStream>();
  readonly outbound = new Map<string, OutboundStream>();
  readonly result: Promise<R>;
  /// The pid, once rpc.started says so.
  onstarted: (pid: number) => void = () => {};
  private settle!: { resolve: (value: R) => void; reject: (error: unknown) => void };
  answered = false;

  constructor(private readonly cancelled: () => void) {
    this.result = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    this.result.catch(() => {}); // a caller that needs it awaits it
  }

  stream(name: string): InboundStream {
    const found = this.inbound.get(name);
    if (!found) throw new Error(`the call has no stream ${name} from the server`);
    return found;
  }

  input(name: string): OutboundStream {
    const found = this.outbound.get(name);
    if (!found) throw new Error(`the call has no stream ${name} to the server`);
    return found;
  }

  /// Asks the server to end it; it is answered all the same.
  cancel(): void {
    if (!this.answered) this.cancelled();
  }

  finish(error: unknown, value?: R): void {
    this.answered = true;
    for (const stream of this.inbound.values()) stream.end(error ?? undefined);
    for (const stream of this.outbound.values()) stream.end();
    if (error !== undefined) this.settle.reject(error);
    else this.settle.resolve(value as R);
  }
}

export interface CallStreams {
  from?: string[];
  to?: string[];
  /// See CallNote.
  background?: boolean;
}

const MOST_UNSENT = 4 * 1024 * 1024;

export class Connection {
  hello: Hello | undefined;
  permissions: string[] | undefined;
  /// Resolves when calls can be made; rejects with why there is no connection.
  readonly ready: Promise<void>;
  /// Resolves with why it has ended.
  readonly closed: Promise<TugError>;
  /// Who makes the calls, for the audit log: a tracestate of W3C Trace Context, as `tug-console=0.1.0`.
  tracestate = '';
  /// Told of each call when it begins, and again when it ends.
  oncall: (note: CallNote) => void = () => {};

  private readonly decoder = new FrameDecoder();
  private readonly calls = new Map<number, { call: Call<unknown>; note: CallNote }>();
  private nextId = 1;
  private settleReady!: { resolve: () => void; reject: (error: unknown) => void };
  private settleClosed!: (why: TugError) => void;
  private ended: TugError | undefined;
  private lastWord: TugError | undefined;
  private drainWaiters: (() => void)[] = [];

  constructor(
    private readonly transport: Transport,
    private readonly who?: Credentials,
  ) {
    this.ready = new Promise((resolve, reject) => (this.settleReady = { resolve, reject }));
    this.closed = new Promise((resolve) => (this.settleClosed = resolve));
    this.ready.catch(() => {});
    transport.onbytes = (bytes) => this.take(bytes);
    transport.onclose = (why) => this.end(this.lastWord ?? new TugError('connection_lost', why));
    transport.ondrain = () => this.wakeWriters();
  }

  get isOpen(): boolean {
    return this.ended === undefined;
  }

  /// A call without streams.
  call<M extends string>(method: M, params: ParamsOf<M>, how: CallStreams = {}): Promise<ResultOf<M>> {
    return this.open(method, params, how).result;
  }

  open<M extends string>(method: M, params: ParamsOf<M>, streams: CallStreams = {}): Call<ResultOf<M>> {
    const id = this.nextId++;
    const call = new Call<ResultOf<M>>(() => this.notify('rpc.cancel', { call: id }));
    const trace = newTrace();
    const note: CallNote = { method, params: params as Json, began: Date.now(), trace: trace.id, background: streams.background === true };
    const limits = this.hello?.limits;
    if (this.ended || !limits) {
      call.finish(this.ended ?? new TugError('connection_lost', 'there is no connection yet'));
      return call;
    }
    for (const name of streams.from ?? []) {
      const grant = (bytes: number): void => this.notify('rpc.credit', { call: id, stream: name, bytes });
      call.inbound.set(name, new InboundStream(limits.window, grant, () => this.notify('rpc.stop', { call: id, stream: name })));
    }
    for (const name of streams.to ?? []) {
      const send = (bytes: Uint8Array, eof: boolean, digest?: string): void =>
        this.send({ jsonrpc: '2.0', method: 'rpc.data', params: { call: id, stream: name, ...(eof && { eof }), ...(digest && { digest }) } }, bytes);
      call.outbound.set(name, new OutboundStream(limits.window, Math.min(limits.body, 256 * 1024), send, () => this.drained()));
    }
    this.calls.set(id, { call: call as Call<unknown>, note });
    this.oncall(note);
    const meta = { traceparent: trace.traceparent, ...(this.tracestate && { tracestate: this.tracestate }) };
    this.send({ jsonrpc: '2.0', id, method, params, ...(method !== 'rpc.authenticate' && { meta }) });
    return call;
  }

  close(): void {
    this.end(new TugError('client_closed', 'the connection was closed'));
  }

  private send(message: Json, body?: Uint8Array): void {
    if (!this.ended) this.transport.send(encodeFrame(JSON.stringify(message), body));
  }

  private notify(method: string, params: Json): void {
    const id = params['call'] as number;
    if (this.calls.has(id)) this.send({ jsonrpc: '2.0', method, params });
  }

  private async drained(): Promise<void> {
    while (this.transport.waiting() > MOST_UNSENT && !this.ended) await new Promise<void>((resolve) => this.drainWaiters.push(resolve));
  }

  private wakeWriters(): void {
    this.drainWaiters.splice(0).forEach((wake) => wake());
  }

  private take(bytes: Uint8Array): void {
    try {
      for (const frame of this.decoder.push(bytes)) {
        if (this.ended) return;
        this.takeFrame(frame);
      }
    } catch (error) {
      this.end(new TugError('protocol_violation', error instanceof Error ? error.message : String(error)));
    }
  }

  private takeFrame(frame: Frame): void {
    const message = JSON.parse(frame.envelope) as Json;
    if (typeof message !== 'object' || message === null) throw new ProtocolError('a message is an object');
    if (!this.hello) return this.greeted(message, frame.envelope);
    if (typeof message['method'] === 'string') this.takeNotification(message['method'], (message['params'] ?? {}) as Json, frame.body);
    else this.takeAnswer(message);
  }

  private greeted(message: Json, envelope: string): void {
    if (message['error'] !== undefined) {
      this.end(TugError.from(message['error']));
      return;
    }
    if (message['method'] !== 'rpc.hello') throw new ProtocolError('the server did not begin with rpc.hello');
    const hello = message['params'] as Hello;
    if (hello.protocol !== 1) throw new ProtocolError('the server speaks another version of the protocol');
    this.hello = hello;
    if (hello.auth.length === 0) {
      if (this.who) this.end(new TugError('server_auth_failed', 'a key was given, but the server asks for no login'));
      else this.admitted(hello.permissions);
      return;
    }
    void this.logIn(envelope);
  }

  private async logIn(envelope: string): Promise<void> {
    try {
      if (!this.who) throw new TugError('auth_required', 'the server has keys and none was given');
      const login = await beginLogin(this.who, envelope, this.transport.exporter?.());
      const answer = (await this.call('rpc.authenticate', login.request as never)) as { proof: string; permissions: string[] };
      await login.check(answer.proof);
      this.admitted(answer.permissions);
    } catch (error) {
      this.end(error instanceof TugError ? error : new TugError('auth_failed', String(error)));
    }
  }

  private admitted(permissions: string[] | undefined): void {
    this.permissions = permissions;
    const { envelope, body } = this.hello!.limits;
    this.decoder.limits = { envelope, body };
    this.settleReady.resolve();
  }

  private takeNotification(method: string, params: Json, body: Uint8Array): void {
    const found = this.calls.get(params['call'] as number);
    if (!found) return; // for a call that is over, or of the future
    const name = params['stream'] as string;
    if (method === 'rpc.data') {
      const stream = found.call.inbound.get(name);
      if (!stream) throw new ProtocolError('data for a stream that the call does not have');
      if (!stream.take(body, params['offset'] as number | undefined, params['eof'] === true))
        throw new ProtocolError('more came than there was credit for');
    } else if (method === 'rpc.credit') found.call.outbound.get(name)?.add(params['bytes'] as number);
    else if (method === 'rpc.stop') found.call.outbound.get(name)?.end();
    else if (method === 'rpc.started') found.call.onstarted(params['pid'] as number);
  }

  private takeAnswer(message: Json): void {
    if (message['id'] === null) {
      this.lastWord = TugError.from(message['error']); // the server closes next
      return;
    }
    const id = message['id'] as number;
    const found = this.calls.get(id);
    if (!found) return;
    this.calls.delete(id);
    const error = message['error'] === undefined ? undefined : TugError.from(message['error']);
    found.note.ended = Date.now();
    if (error) found.note.error = error;
    found.call.finish(error, message['result']);
    this.oncall(found.note);
  }

  private end(why: TugError): void {
    if (this.ended) return;
    this.ended = why;
    this.transport.close();
    for (const { call, note } of this.calls.values()) {
      note.ended = Date.now();
      note.error = why;
      call.finish(why);
      this.oncall(note);
    }
    this.calls.clear();
    this.wakeWriters();
    this.settleReady.reject(why);
    this.settleClosed(why);
  }
}
