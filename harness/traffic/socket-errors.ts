/**
 * The name of the TLS alert with which the peer refused us, if that is what this error tells.
 * OpenSSL words alerts differently from version to version, but always gives the number.
 */
export function alertIn(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const number = /SSL alert number (\d+)/.exec(error.message)?.[1];
  return number === undefined ? undefined : (NAMES[number] ?? `alert_${number}`);
}

/** Whether the peer's kernel told us that nobody is there any more. */
export const isReset = (error: unknown): boolean =>
  // Errors of Node's own making borrow the code, but name no system call.
  error instanceof Error && 'syscall' in error && ['ECONNRESET', 'EPIPE'].includes(codeOf(error));

/** Whether what the peer sent is no TLS. */
export const isTlsError = (error: unknown): boolean => codeOf(error).startsWith('ERR_SSL_');

/** The code of a system, TLS or parser error, or an empty string. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** One line for the history. OpenSSL ends its messages with a line break and fills them with addresses. */
export function describe(error: unknown): string {
  if (error === undefined) return 'the peer closed the connection';
  const [line = ''] = (error instanceof Error ? error.message : 'unknown trouble').split('\n');
  return line.replace(/^[0-9A-F]+:error:[0-9A-F]+:/, '');
}

/** Names as RFC 8446 and its predecessors spell them. */
const NAMES: Readonly<Record<string, string>> = {
  10: 'unexpected_message',
  20: 'bad_record_mac',
  22: 'record_overflow',
  40: 'handshake_failure',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  90: 'user_canceled',
  109: 'missing_extension',
  110: 'unsupported_extension',
  112: 'unrecognized_name',
  113: 'bad_certificate_status_response',
  115: 'unknown_psk_identity',
  116: 'certificate_required',
  120: 'no_application_protocol',
};
