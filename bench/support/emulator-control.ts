import type { Product } from './product-load'
import type { Program } from './programs'

/** What the emulator has seen. */
export interface Log {
  readonly calls: readonly { readonly atMs: number; readonly service: string; readonly outcome: string }[]
}

/** Tells a running emulator what it is to do from now on. */
export async function tell({ url }: Pick<Program, 'url'>, route: string, body: unknown = {}): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/__emulator/${route}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`the emulator refuses ${route}: ${await answer.text()}`)
}

export async function readLog({ url }: Program): Promise<Log> {
  return (await (await fetch(`${url}/__emulator/log`)).json()) as Log
}

export async function callsOf(emulator: Program, product: Product): Promise<number> {
  return (await readLog(emulator)).calls.filter(({ service }) => service === product).length
}
