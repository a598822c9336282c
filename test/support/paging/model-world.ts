import type { Assumptions } from '../../../src/emulator/assumptions'
import type { Service } from '../../../src/emulator/world/products'
import type { WireRow } from '../../../src/emulator/world/row'
import { World } from '../../../src/emulator/world/world'
import { formatBeijingTime } from '../../../src/tencent/time'
import { nameOf, wireOf, type ModelRow } from './model-row'

/** The emulator's world, and beside it the rows as plain data for the oracle. */
export class ModelWorld {
  readonly world: World
  readonly assumptions: Partial<Assumptions>
  private readonly byName = new Map<string, ModelRow>()
  private readonly times = new Map<number, string>()
  private readonly byList = new Map<string, ModelRow[]>()
  /** Told of every change, with the row before and after. */
  onChange: (before: ModelRow | null, after: ModelRow | null) => void = () => {}

  constructor(assumptions: Partial<Assumptions>, seed: number, world?: World) {
    this.assumptions = assumptions
    this.world = world ?? new World({ seed, assumptions })
  }

  all(): readonly ModelRow[] {
    return [...this.byName.values()]
  }

  rowsOf(service: Service, region: string): readonly ModelRow[] {
    return this.list(service, region)
  }

  get(name: string): ModelRow | undefined {
    return this.byName.get(name)
  }

  insert(row: ModelRow): void {
    const name = nameOf(row)
    if (this.byName.has(name)) return
    // The world takes a row's number as its key; one that shows none is put in first, then blanked.
    this.world.insert(row.service, row.region, this.wireOf({ ...row, hasNumber: true }))
    if (!row.hasNumber) this.world.change(row.service, row.region, row.id, this.wireOf(row))
    this.byName.set(name, row)
    this.list(row.service, row.region).push(row)
    this.onChange(null, row)
  }

  change(before: ModelRow, changes: Partial<Omit<ModelRow, 'service' | 'region' | 'id'>>): void {
    const after = { ...before, ...changes }
    this.world.change(after.service, after.region, after.id, this.wireOf(after))
    this.byName.set(nameOf(after), after)
    const list = this.list(after.service, after.region)
    list[list.indexOf(before)] = after
    this.onChange(before, after)
  }

  remove(row: ModelRow): void {
    this.world.remove(row.service, row.region, row.id)
    this.byName.delete(nameOf(row))
    const list = this.list(row.service, row.region)
    list.splice(list.indexOf(row), 1)
    this.onChange(row, null)
  }

  /** Many rows share a second, and writing one is most of what a row costs. */
  private wireOf(row: ModelRow): WireRow {
    return wireOf(row, (second) => {
      const text = this.times.get(second) ?? formatBeijingTime(second)
      this.times.set(second, text)
      return text
    })
  }

  private list(service: Service, region: string): ModelRow[] {
    const key = `${service} ${region}`
    const known = this.byList.get(key)
    if (known !== undefined) return known
    const list: ModelRow[] = []
    this.byList.set(key, list)
    return list
  }
}
