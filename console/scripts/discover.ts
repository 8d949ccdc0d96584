import { Connection } from '../src/lib/connection.ts';
import { overTcp } from '../src/lib/node.ts';

export async function discover(port: number): Promise<unknown> {
  const connection = new Connection(overTcp('127.0.0.1', port));
  await connection.ready;
  const document = await connection.call('rpc.discover', {});
  connection.close();
  return document;
}
