// Where Node connects by itself: TCP, a Unix socket, TLS.

import { webcrypto } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

import type { Transport } from './transport.ts';

// Before version 20 it is no global.
globalThis.crypto ??= webcrypto as Crypto;

function over(socket: Socket): Transport {
  const out: Transport = {
    send: (bytes) => void socket.write(bytes),
    close: () => socket.destroy(),
    waiting: () => socket.writableLength,
    onbytes: () => {},
    onclose: () => {},
    ondrain: () => {},
  };
  let why = 'the server closed the connection';
  socket.setNoDelay(true);
  socket.on('data', (bytes: Buffer) => out.onbytes(bytes));
  socket.on('drain', () => out.ondrain());
  socket.on('error', (error) => (why = error.message));
  socket.on('close', () => out.onclose(why));
  return out;
}

export function overTcp(host: string, port: number): Transport {
  return over(connectTcp(port, host));
}

export function overUnix(path: string): Transport {
  return over(connectTcp(path));
}

export function overTls(host: string, port: number, options: ConnectionOptions = {}): Transport {
  const socket: TLSSocket = connectTls({ host, port, servername: host, minVersion: 'TLSv1.3', ...options });
  const out = over(socket);
  out.exporter = () => socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
  return out;
}
