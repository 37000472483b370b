import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** A certificate that a peer has shown, with everyone in the bundle who signed it. */
interface Shown {
  readonly certificate: X509Certificate;
  readonly issuers: readonly X509Certificate[];
}

const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';

/**
 * A bundle of authorities and what it says of a peer. Node judges a certificate once, in the handshake; a connection
 * that outlives the bundle it was opened under is judged here again, by the one in force. The handshake has proved that
 * the peer holds the key. Authorities count only from the bundle: a resumed session does not show others.
 */
export class ClientTrust {
  readonly #authorities: readonly X509Certificate[];
  // Neither the bundle nor the certificate of a connection changes, and signatures are the dear part.
  readonly #shown = new WeakMap<TLSSocket, Shown | null>();

  constructor(bundle: readonly X509Certificate[]) {
    this.#authorities = bundle.filter(({ ca }) => ca);
  }

  /** Whether the peer has shown a certificate for clients that is trusted now. */
  authenticates(peer: TLSSocket): boolean {
    let shown = this.#shown.get(peer);
    if (shown === undefined) {
      shown = this.#read(peer);
      this.#shown.set(peer, shown);
    }
    if (shown === null) return false;
    return isCurrent(shown.certificate) && shown.issuers.some(isCurrent);
  }

  #read(peer: TLSSocket): Shown | null {
    // A resumed session shows the certificate of its first handshake; where it shows none, nobody is known.
    const certificate = peer.getPeerX509Certificate();
    if (certificate === undefined) return null;
    if (!isForClients(certificate)) return null;
    const issuers = this.#authorities.filter((authority) => isIssuedBy(certificate, authority));
    return { certificate, issuers };
  }
}

/** By name first: another authority of the same name is found out by the signature. */
function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

/** A certificate that names no purpose is good for any. */
function isForClients({ keyUsage: purposes }: X509Certificate): boolean {
  return purposes?.includes(CLIENT_AUTHENTICATION) ?? true;
}

function isCurrent({ validFromDate, validToDate }: X509Certificate): boolean {
  const now = Date.now();
  return validFromDate.getTime() <= now && now <= validToDate.getTime();
}
