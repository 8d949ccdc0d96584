/// The bytes of a connection, both ways.
export interface Transport {
  send(bytes: Uint8Array): void;
  close(): void;
  /// Bytes that were sent and have not left yet.
  waiting(): number;
  /// On TLS: what the login is bound to, the exporter of RFC 9266. Absent elsewhere.
  exporter?: () => Uint8Array;
  /// Set by the connection.
  onbytes: (bytes: Uint8Array) => void;
  onclose: (why: string) => void;
  /// Called when less waits than before.
  ondrain: () => void;
}

/// A WebSocket of `tug console`, whose messages are the bytes of a connection that is logged in.
export function overWebSocket(url: string, protocol: string): Transport {
  const socket = new WebSocket(url, protocol);
  socket.binaryType = 'arraybuffer';
  let why = '';
  const pending: Uint8Array[] = [];
  const out: Transport = {
    send: (bytes) => {
      if (socket.readyState === WebSocket.CONNECTING) pending.push(bytes);
      else if (socket.readyState === WebSocket.OPEN) socket.send(bytes as Uint8Array<ArrayBuffer>);
      if (socket.bufferedAmount > 0) watch();
    },
    close: () => socket.close(),
    waiting: () => socket.bufferedAmount,
    onbytes: () => {},
    onclose: () => {},
    ondrain: () => {},
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  function watch(): void {
    // A WebSocket tells by no event that it has sent something.
    timer ??= setInterval(() => {
      if (socket.bufferedAmount === 0 || socket.readyState !== WebSocket.OPEN) {
        clearInterval(timer);
        timer = undefined;
      }
      out.ondrain();
    }, 10);
  }
  socket.onopen = () => pending.splice(0).forEach((bytes) => socket.send(bytes as Uint8Array<ArrayBuffer>));
  socket.onmessage = (event: MessageEvent) => {
    if (typeof event.data === 'string') why = reasonIn(event.data);
    else out.onbytes(new Uint8Array(event.data as ArrayBuffer));
  };
  socket.onclose = () => {
    clearInterval(timer);
    out.onclose(why || 'the connection was lost');
  };
  return out;
}

function reasonIn(text: string): string {
  try {
    return String((JSON.parse(text) as { error: { message: unknown } }).error.message);
  } catch {
    return text;
  }
}
