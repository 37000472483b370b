import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Endpoint } from '../splice.ts';
import { type ApiError, badAddress } from './api-error.ts';

/** The host and the port of `host:port`, with an IPv6 address in brackets. */
export function splitAddress(address: string): Endpoint {
  const { host, port } = split(address);
  return { host, port: portNumber(port) };
}

export const joinAddress = ({ host, port }: Endpoint): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** The address with its name resolved, which is how two of them are compared. */
export async function resolveAddress(address: string): Promise<Endpoint> {
  if (address === '') return { host: '', port: 0 };
  const { host, port } = splitAddress(address);
  if (host === '' || isIP(host) !== 0) return { host, port };
  try {
    const found = await lookup(host, { order: 'ipv4first' });
    return { host: found.address, port };
  } catch {
    throw badAddress(`lookup ${host}: no such host`);
  }
}

export const isLoopback = (host: string): boolean =>
  host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

function split(address: string): { host: string; port: string } {
  const wrong = (why: string): ApiError => badAddress(`address ${address}: ${why}`);
  const colon = address.lastIndexOf(':');
  if (colon < 0) throw wrong('missing port in address');
  const port = address.slice(colon + 1);
  const bracketed = address.startsWith('[');
  const end = address.indexOf(']');
  if (bracketed && end < 0) throw wrong("missing ']' in address");
  if (bracketed && end + 1 !== colon)
    throw wrong(address[end + 1] === ':' ? 'too many colons in address' : 'missing port in address');
  const host = bracketed ? address.slice(1, end) : address.slice(0, colon);
  if (!bracketed && host.includes(':')) throw wrong('too many colons in address');
  if (address.includes('[', bracketed ? 1 : 0)) throw wrong("unexpected '[' in address");
  if (address.includes(']', bracketed ? end + 1 : 0)) throw wrong("unexpected ']' in address");
  return { host, port };
}

function portNumber(port: string): number {
  if (!/^[+-]?[0-9]*$/.test(port)) throw badAddress(`lookup tcp/${port}: unknown port`);
  const number = Number(port);
  if (number < 0 || number > 65_535) throw badAddress(`address ${port}: invalid port`);
  return number;
}
