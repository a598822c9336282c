/** What a request is signed with. */
export interface Credential {
  readonly secretId: string
  readonly secretKey: string
  /** Temporary credentials (STS) only. */
  readonly token?: string
}

/** Asked before every attempt, so that a credential may change while the process runs. */
export interface CredentialProvider {
  /** A known credential is returned at once. May reject, never throws. */
  get(signal: AbortSignal): Promise<Credential> | Credential
  /**
   * Told that the cloud refused this credential's token.
   * @returns whether the next `get` brings another one: otherwise the call is not tried again
   */
  replace(refused: Credential, signal: AbortSignal): Promise<boolean>
}

export function fixedCredential(credential: Credential): CredentialProvider {
  return { get: () => credential, replace: () => Promise.resolve(false) }
}

export function isSameCredential(left: Credential, right: Credential): boolean {
  return left.secretId === right.secretId && left.secretKey === right.secretKey && left.token === right.token
}
