import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import type { Program } from './programs'

export const PRODUCTS = ['cdb', 'postgres'] as const
export type Product = (typeof PRODUCTS)[number]

/** How long one answer took, and whether it was one without errors. */
export interface Took {
  readonly ms: number
  readonly isClean: boolean
}

/** Lists the newest tasks of one product, or of one of its instances. */
export async function ask({ url }: Program, product: Product, instance?: string): Promise<Took> {
  const filter = instance === undefined ? '' : `, filter: { instanceIds: ["${product}${instance}"] }`
  return query(url, `{ ${product}Tasks(first: 5${filter}) { nodes { id } } }`)
}

/** Lists the newest tasks of both products. */
export async function askBoth({ url }: Program): Promise<Took> {
  return query(url, '{ tasks(first: 5) { nodes { id } } }')
}

/** Asks so many times a second, whether answers come or not. */
export async function askSteadily(
  perSecond: number,
  durationMs: number,
  act: () => Promise<Took>,
): Promise<readonly Took[]> {
  const answers: Promise<Took>[] = []
  const beganMs = performance.now()
  for (let turn = 0; (turn * 1000) / perSecond < durationMs; turn++) {
    await sleep(Math.max(0, beganMs + (turn * 1000) / perSecond - performance.now()))
    answers.push(act())
  }
  return Promise.all(answers)
}

export function p99(took: readonly Took[]): number {
  const sorted = took.map(({ ms }) => ms).sort((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0
}

async function query(url: string, query: string): Promise<Took> {
  const beganMs = performance.now()
  const { body } = await request(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  const text = await body.text()
  return { ms: performance.now() - beganMs, isClean: !text.includes('"errors"') }
}
