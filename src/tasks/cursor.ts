import { createHash, createHmac, timingSafeEqual, hkdfSync } from 'node:crypto'
import { BadInput } from './bad-input'
import { NOT_YET, type OrderDirection, type Place } from './order'
import type { ListHint } from './paging/stream'

/** The position of one list in a cursor. In a cursor of many lists, the hint is separate from the rest. */
export interface CursorList {
  /** Four bytes that identify source and list, as hex; only the first two if there is only a hint. */
  readonly id: string
  readonly hint: ListHint | null
  /** Its own place, where that is not the cursor's: the list failed and lags behind. */
  readonly lag: { readonly place: Place | null } | null
  /** The greatest number that the walk has returned as not begun; null where it has returned none. */
  readonly unbegun: bigint | null
}

/** A place in a merged list, and where to ask each upstream for what comes next. */
export interface Cursor {
  /** The direction of the walk that made it. */
  readonly direction: OrderDirection
  /** Unix milliseconds at which the walk began. */
  readonly startedMs: number
  /** Unix milliseconds at which the walk's newest answer was asked for: none older serves a later page. */
  readonly newestMs: number
  readonly place: Place | null
  readonly lists: readonly CursorList[]
}

const VERSION = 2
/** Of a cursor with so many lists that the plain form would be too long. */
const VERSION_OF_MANY = 3
const BINDING_BYTES = 8
const MAC_BYTES = 16
/** What a cursor is kept to, without its code: 4,096 characters. Only what many lists have each for itself may take more. */
const FAIR_BODY = 3072 - MAC_BYTES
const MAX_LENGTH = 32_768
const MAX_BODY = (MAX_LENGTH * 3) / 4 - MAC_BYTES
const ID_DIGITS = 8
/** Of a hint among many: one that is taken for another's costs calls, no more. */
const HINT_ID_DIGITS = 4
const NOT_YET_CODE = -(2 ** 47)
/** How a place is written; `SAME` is the cursor's own. */
const START = 0
const BEFORE = 1
const TASK = 2
const AFTER = 3
const SAME = 4
/** Added where the greatest number that came as not begun follows. */
const WITH_UNBEGUN = 8

/** Writes and reads cursors: opaque, URL-safe, authenticated, and bound to the filter and order they were made for. */
export class CursorCodec {
  /** @param keys the first signs, all verify */
  constructor(private readonly keys: readonly Buffer[]) {}

  /**
   * @param binding text that is the same for the same filter and order
   * @throws BadInput where the cursor would be longer than those that are accepted
   */
  encode(cursor: Cursor, binding: string): string {
    const [key = Buffer.alloc(0)] = this.keys
    const plain = write(cursor, binding)
    const body = plain.length <= FAIR_BODY ? plain : writeMany(cursor, binding)
    if (body.length > MAX_BODY)
      throw new BadInput(
        'filter',
        `the place in ${cursor.lists.length} lists does not fit into a cursor; narrow the filter to fewer sources or instances`,
      )
    return Buffer.concat([body, mac(key, body)]).toString('base64url')
  }

  /** @throws BadInput where the text is no cursor of ours, or one for another filter or order */
  decode(text: string, binding: string, argument: string): Cursor {
    const bytes = Buffer.from(text.slice(0, MAX_LENGTH), 'base64url')
    const body = bytes.subarray(0, -MAC_BYTES)
    const isOurs =
      bytes.length > MAC_BYTES && this.keys.some((key) => isMac(key, body, bytes.subarray(-MAC_BYTES)))
    const readLists = isOurs && bytes.toString('base64url') === text ? FORMS.get(body[0]) : undefined
    const none = `${argument} ${JSON.stringify(text.slice(0, 64))} is not a cursor of this list`
    if (readLists === undefined) throw new BadInput(argument, none)
    try {
      const reader = new ByteReader(body.subarray(1))
      if (!reader.bytes(BINDING_BYTES).equals(digest(binding, BINDING_BYTES)))
        throw new BadInput(
          argument,
          `${argument} belongs to another filter or order; use it with those it was made for`,
        )
      return read(reader, readLists)
    } catch (error) {
      if (error instanceof RangeError) throw new BadInput(argument, none)
      throw error
    }
  }
}

/** Stands for a list in a cursor. */
export function listId(source: string, list: string): string {
  return digest(`${source}\n${list}`, 4).toString('hex')
}

function write(cursor: Cursor, binding: string): Buffer {
  const writer = writeHead(VERSION, cursor, binding).varint(cursor.lists.length)
  for (const list of cursor.lists) writeList(writer, list)
  return writer.toBuffer()
}

/** Lists that lag behind, by their place; then the hints, as many as fit: a list without one costs a few calls more. */
function writeMany(cursor: Cursor, binding: string): Buffer {
  const { lists } = cursor
  const lagging = new Map<string, string>()
  for (const { id, lag } of lists) {
    if (lag === null) continue
    const place = writePlace(new ByteWriter(), lag.place).toBuffer().toString('hex')
    lagging.set(place, (lagging.get(place) ?? '') + id)
  }
  const writer = writeHead(VERSION_OF_MANY, cursor, binding).varint(lagging.size)
  for (const [place, ids] of lagging)
    writer
      .hex(place)
      .varint(ids.length / ID_DIGITS)
      .hex(ids)
  const begun = lists.flatMap(({ id, unbegun }) => (unbegun === null ? [] : [{ id, unbegun }]))
  writer.varint(begun.length)
  for (const { id, unbegun } of begun) writer.hex(id).uint64(unbegun)
  let left = FAIR_BODY - writer.toBuffer().length
  for (const { id, hint } of lists) {
    if (hint === null) continue
    const entry = new ByteWriter().hex(id.slice(0, HINT_ID_DIGITS)).varint(hint.offset).varint(hint.total)
    left -= entry.toBuffer().length
    if (left >= 0) writer.bytes(entry.toBuffer())
  }
  return writer.toBuffer()
}

function writeHead(version: number, cursor: Cursor, binding: string): ByteWriter {
  const writer = new ByteWriter().byte(version).bytes(digest(binding, BINDING_BYTES))
  writer.byte(cursor.direction === 'ASC' ? 1 : 0).int48(cursor.startedMs)
  writer.varint(Math.max(0, cursor.newestMs - cursor.startedMs))
  writePlace(writer, cursor.place)
  if (cursor.place?.at === 'task') writer.text(cursor.place.source)
  return writer
}

function writeList(writer: ByteWriter, { id, hint, lag, unbegun }: CursorList): void {
  writer
    .hex(id)
    .varint(hint === null ? 0 : hint.offset + 1)
    .varint(hint?.total ?? 0)
  const extra = unbegun === null ? 0 : WITH_UNBEGUN
  if (lag === null) writer.byte(SAME + extra)
  else writePlace(writer, lag.place, extra)
  if (unbegun !== null) writer.uint64(unbegun)
}

type ReadLists = (reader: ByteReader) => readonly CursorList[]

/** How the lists are read, by the version. */
const FORMS: ReadonlyMap<number | undefined, ReadLists> = new Map([
  [VERSION, (reader: ByteReader) => times(reader.varint(), () => readList(reader))],
  [VERSION_OF_MANY, readMany],
])

function read(reader: ByteReader, readLists: ReadLists): Cursor {
  const direction = reader.byte() === 1 ? 'ASC' : 'DESC'
  const startedMs = reader.int48()
  const newestMs = startedMs + reader.varint()
  const bare = readPlace(reader, reader.byte())
  const place = bare?.at === 'task' ? { ...bare, source: reader.text() } : bare
  return { direction, startedMs, newestMs, place, lists: readLists(reader) }
}

function readMany(reader: ByteReader): readonly CursorList[] {
  const nothing = { hint: null, lag: null, unbegun: null }
  const lagging = times(reader.varint(), () => {
    const place = readPlace(reader, reader.byte())
    return times(reader.varint(), () => ({ ...nothing, id: reader.hex(ID_DIGITS), lag: { place } }))
  }).flat()
  const begun = times(reader.varint(), () => ({
    ...nothing,
    id: reader.hex(ID_DIGITS),
    unbegun: reader.uint64(),
  }))
  const hints: CursorList[] = []
  while (!reader.isDone)
    hints.push({
      ...nothing,
      id: reader.hex(HINT_ID_DIGITS),
      hint: { offset: reader.varint(), total: reader.varint() },
    })
  return [...lagging, ...begun, ...hints]
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make)
}

function readList(reader: ByteReader): CursorList {
  const id = reader.hex(ID_DIGITS)
  const [offset, total] = [reader.varint() - 1, reader.varint()]
  const code = reader.byte()
  const kind = code % WITH_UNBEGUN
  return {
    id,
    hint: offset < 0 ? null : { offset, total },
    lag: kind === SAME ? null : { place: readPlace(reader, kind) },
    unbegun: code === kind ? null : reader.uint64(),
  }
}

function writePlace(writer: ByteWriter, place: Place | null, extra = 0): ByteWriter {
  if (place === null) return writer.byte(START + extra)
  writer.byte((place.at === 'before' ? BEFORE : place.at === 'after' ? AFTER : TASK) + extra)
  writer.int48(place.second === NOT_YET ? NOT_YET_CODE : place.second)
  return place.at === 'task' ? writer.uint64(place.number) : writer
}

/** A task's source is not read here: the place of a list that lags is always one of its own tasks. */
function readPlace(reader: ByteReader, kind: number): Place | null {
  if (kind === START) return null
  const code = reader.int48()
  const second = code === NOT_YET_CODE ? NOT_YET : code
  if (kind === TASK) return { at: 'task', second, number: reader.uint64(), source: '' }
  return { at: kind === BEFORE ? 'before' : 'after', second }
}

function digest(text: string, bytes: number): Buffer {
  return createHash('sha256').update(text).digest().subarray(0, bytes)
}

function mac(key: Buffer, body: Buffer): Buffer {
  return createHmac('sha256', key).update(body).digest().subarray(0, MAC_BYTES)
}

function isMac(key: Buffer, body: Buffer, given: Buffer): boolean {
  return timingSafeEqual(mac(key, body), given)
}

/** Writes the few shapes of which a cursor is made. */
export class ByteWriter {
  private readonly parts: Buffer[] = []

  bytes(value: Buffer): this {
    this.parts.push(value)
    return this
  }

  hex(digits: string): this {
    return this.bytes(Buffer.from(digits, 'hex'))
  }

  byte(value: number): this {
    return this.bytes(Buffer.from([value]))
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte. @throws RangeError for any other */
  varint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} cannot be written`)
    const bytes: number[] = []
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
    return this.bytes(Buffer.from([...bytes, rest]))
  }

  /** A whole number of up to 48 bits with sign. */
  int48(value: number): this {
    const buffer = Buffer.alloc(6)
    buffer.writeIntBE(value, 0, 6)
    return this.bytes(buffer)
  }

  uint64(value: bigint): this {
    const buffer = Buffer.alloc(8)
    buffer.writeBigUInt64BE(value)
    return this.bytes(buffer)
  }

  text(value: string): this {
    const buffer = Buffer.from(value)
    return this.varint(buffer.length).bytes(buffer)
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.parts)
  }
}

/** Reads what ByteWriter wrote; throws RangeError past the end. */
export class ByteReader {
  private at = 0

  constructor(private readonly buffer: Buffer) {}

  bytes(length: number): Buffer {
    const end = this.at + length
    if (end > this.buffer.length) throw new RangeError('the bytes end early')
    const part = this.buffer.subarray(this.at, end)
    this.at = end
    return part
  }

  get isDone(): boolean {
    return this.at >= this.buffer.length
  }

  hex(digits: number): string {
    return this.bytes(digits / 2).toString('hex')
  }

  byte(): number {
    return this.bytes(1).readUInt8()
  }

  varint(): number {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte()
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
  }

  int48(): number {
    return this.bytes(6).readIntBE(0, 6)
  }

  uint64(): bigint {
    return this.bytes(8).readBigUInt64BE()
  }

  text(): string {
    return this.bytes(this.varint()).toString()
  }
}

const KEY_BYTES = 32

/** The key that authenticates cursors, the same on every replica that is given the same secret. */
export function cursorKey(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'task gateway cursor', KEY_BYTES))
}
