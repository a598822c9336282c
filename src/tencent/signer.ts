import { UpstreamFailure, type RetryKind } from '../failure'
import type { Guard, Signature, UpstreamRequest } from '../upstream-call'
import type { Credential, CredentialProvider } from './credentials'
import { endpointFor } from './transport'
import { authorization, createDayKeys } from './sign'
import { abortError } from './transport-errors'

export interface SignOptions {
  /** The signed service name, whatever the host. */
  readonly service: string
  readonly version: string
  readonly endpoint: string
  readonly region: string | null
  readonly credentials: CredentialProvider
  readonly clock: { now(): number }
  /** Called with how far the cloud's clock is ahead of ours, in milliseconds. */
  readonly onClockOffset?: (offsetMs: number) => void
}

const CONTENT_TYPE = 'application/json; charset=utf-8'
/** Shorter secrets are no real keys, and their removal would take words apart. */
const SHORTEST_SECRET = 8

/** Signs every attempt anew, with the current credential and by the cloud's clock. */
export function sign(options: SignOptions): Guard {
  const { service, credentials, clock } = options
  const signer = new Signer(options)
  return (next) => (request, context) => {
    const credential = credentials.get(context.signal)
    if (!(credential instanceof Promise))
      return next({ ...request, signature: signer.sign(request, credential) }, context)
    const refused = (cause: unknown): never => {
      request.slot?.ended(clock.now())
      if (context.signal.aborted) throw abortError(service, context.signal)
      const message = `there is no credential to sign a call to ${service} with`
      throw new UpstreamFailure('UPSTREAM_UNAUTHORIZED', message, { retryable: true, cause })
    }
    return credential.then(
      (known) => next({ ...request, signature: signer.sign(request, known) }, context),
      refused,
    )
  }
}

class Signer {
  private readonly host: string
  private readonly dayKey = createDayKeys()
  private offsetMs = 0

  constructor(private readonly options: SignOptions) {
    this.host = endpointFor(options.endpoint, options.service, options.region).host
  }

  /** An empty `X-TC-Region` is an error upstream: without a region there is no such header. The token is not signed. */
  sign({ action, body }: UpstreamRequest, credential: Credential): Signature {
    const { service, version, region, clock } = this.options
    const { secretId, secretKey, token } = credential
    const timestampSecond = Math.floor((clock.now() + this.offsetMs) / 1000)
    const signed = [
      ['content-type', CONTENT_TYPE],
      ['host', this.host],
    ] as const
    const headers: Record<string, string> = {
      'content-type': CONTENT_TYPE,
      host: this.host,
      Authorization: authorization(
        { secretId, secretKey, service, timestampSecond, headers: signed, body },
        this.dayKey,
      ),
      'X-TC-Action': action,
      'X-TC-Version': version,
      'X-TC-Timestamp': String(timestampSecond),
    }
    if (region !== null) headers['X-TC-Region'] = region
    if (token !== undefined && token !== '') headers['X-TC-Token'] = token
    return new SignedWith(this, credential, headers)
  }

  /** Follows the `Date` header of an answer; false where it tells nothing. */
  learn(date: string): boolean {
    const serverMs = Date.parse(date)
    if (Number.isNaN(serverMs)) return false
    this.offsetMs = serverMs - this.options.clock.now()
    this.options.onClockOffset?.(this.offsetMs)
    return true
  }

  replace(refused: Credential, signal: AbortSignal): Promise<boolean> {
    return this.options.credentials.replace(refused, signal)
  }
}

class SignedWith implements Signature {
  constructor(
    private readonly signer: Signer,
    private readonly credential: Credential,
    readonly headers: Readonly<Record<string, string>>,
  ) {}

  hide(text: string): string {
    const { secretId, secretKey, token = '' } = this.credential
    return [secretKey, token, secretId]
      .filter((secret) => secret.length >= SHORTEST_SECRET)
      .reduce((rest, secret) => rest.replaceAll(secret, '[hidden]'), text)
  }

  remedy(kind: RetryKind, date: string, signal: AbortSignal): boolean | Promise<boolean> {
    if (kind === 'new-clock') return this.signer.learn(date)
    return kind === 'new-credential' ? this.signer.replace(this.credential, signal) : true
  }
}
