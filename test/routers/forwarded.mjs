/** What tells the gateway who asks, and in which trace; the secret says that it is a router who asks for entities. */
const FROM_CLIENT = ['authorization', 'x-api-key', 'traceparent']

/** The headers for the subgraphs, from those of the client. */
export function forwarded(valueOf) {
  const own = { 'x-router-secret': process.env.ROUTER_SECRET }
  const all = { ...Object.fromEntries(FROM_CLIENT.map((name) => [name, valueOf(name)])), ...own }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value))
}
