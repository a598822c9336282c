/** Where the requests for one region go. */
export interface Endpoint {
  /** Scheme, host and port. */
  readonly origin: string
  /** The `Host` header, with the port unless it is the scheme's own; signed exactly as sent. */
  readonly host: string
}

/**
 * The endpoint of a region. The host does not choose the data's region, `X-TC-Region` does, except for the finance
 * regions (`-fsi`): they have a host of their own behind the cloud's standard name. A configured host is left alone.
 */
export function endpointFor(url: string, service: string, region: string | null): Endpoint {
  const { origin, host, protocol } = new URL(url)
  if (region === null || !region.endsWith('-fsi') || host !== `${service}.tencentcloudapi.com`) {
    return { origin, host }
  }
  const financeHost = `${service}.${region}.tencentcloudapi.com`
  return { origin: `${protocol}//${financeHost}`, host: financeHost }
}
