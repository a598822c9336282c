const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i

/** A page elsewhere can make its own host name point here (DNS rebinding); its `Host` gives it away. */
export function isLocalHost(host: string | undefined): boolean {
  return LOCAL_HOST.test(host ?? '')
}

/** The error for another host. */
export const FOREIGN_HOST = 'This address serves localhost only: the Host header must name it'
