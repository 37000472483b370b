import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { EnvironmentError } from '../../harness/errors.ts';
import { assertFree, listenOn, LOOPBACK, reservePorts } from './ports.ts';

test('reserves side by side never give out the same port, beyond their first block', async () => {
  await using first = await reservePorts();
  await using second = await reservePorts();
  const ports: number[] = [];
  for (let count = 0; count < 60; count += 1) ports.push(await first.take(), await second.take());
  expect(new Set(ports).size).toBe(120);
  for (const port of ports) expect(port).toSatisfy((value: number) => value >= 20_000 && value < 32_000);
});

test('a port that somebody else listens on is passed over', async () => {
  await using reserve = await reservePorts();
  const port = await reserve.take();
  await using stranger = createServer();
  await listenOn(stranger, LOOPBACK, port + 1);
  expect(await reserve.take()).toBe(port + 2);
});

test('a reserve of a killed process can be taken at once', async () => {
  const ports = fileURLToPath(new URL('ports.ts', import.meta.url));
  const script = `
    const { reservePorts } = await import(${JSON.stringify(ports)});
    console.log(await (await reservePorts()).take());
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void owner.kill('SIGKILL'));
  const [taken] = await once(owner.stdout, 'data');
  const guard = Number(taken) - (Number(taken) % 50);
  await expect(assertFree(LOOPBACK, guard)).rejects.toThrow(`Port ${guard} on 127.0.0.1 is in use`);

  owner.kill('SIGKILL');
  await once(owner, 'exit');

  await assertFree(LOOPBACK, guard);
});

test('a disposed reserve can be taken again', async () => {
  const reserve = await reservePorts();
  const port = await reserve.take();
  const guard = port - (port % 50);
  const visitor = connect(guard, LOOPBACK);
  await once(visitor, 'close');
  await expect(assertFree(LOOPBACK, guard)).rejects.toThrow(EnvironmentError);
  await reserve[Symbol.asyncDispose]();
  await assertFree(LOOPBACK, guard);
});

test('a port in use is named with the remedy', async () => {
  await using reserve = await reservePorts();
  const port = await reserve.take();
  await assertFree(LOOPBACK, port);
  await using stranger = createServer();
  await listenOn(stranger, LOOPBACK, port);
  await expect(assertFree(LOOPBACK, port)).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is in use; stop what listens there or choose another port`,
  );
});

test('an address that is not of this machine is named with the remedy', async () => {
  await expect(assertFree('192.0.2.1', 20_000)).rejects.toThrow(
    'Cannot listen on port 20000 of 192.0.2.1; sudo ifconfig lo0 alias 192.0.2.1',
  );
});
