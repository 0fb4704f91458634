import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { stageIds } from '../../../functions/core/wiring.ts';
import { choosePorts } from '../../../local/ports.ts';

describe('the ports of a local cloud', () => {
  it('are all different when any will do', async () => {
    const { functions, ...others } = await choosePorts(0, stageIds);
    const ports = [...Object.values(others), ...Object.values(functions)];
    assert.equal(ports.length, 7 + stageIds.length);
    assert.equal(new Set(ports).size, ports.length);
  });

  it('are refused, by number, when another program has one of them', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    // The taken port is that of the first function.
    await assert.rejects(choosePorts(port - 10, stageIds), {
      code: 'LOCAL_PORT_TAKEN',
      detail: new RegExp(`\\b${port}\\b`),
    });
    server.close();
  });
});
