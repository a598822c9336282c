/** What a request is signed with. */
export interface Credential {
  readonly secretId: string
  readonly secretKey: string
  /** Temporary credentials (STS) only. */
  readonly token?: string
}

/** Asked before every attempt, so that a credential may change while the process runs. */
export interface CredentialProvider {
  get(signal: AbortSignal): Promise<Credential> | Credential
  /**
   * Told that the cloud refused this credential's token. The next `get` should bring another one; a provider that
   * has no other leaves this method out, and the call is not tried again.
   */
  refused?(credential: Credential): void
}

export function fixedCredential(credential: Credential): CredentialProvider {
  return { get: () => credential }
}
