import { createHash, createHmac, timingSafeEqual, hkdfSync } from 'node:crypto'
import { BadInput } from './bad-input'
import { NOT_YET, type OrderDirection, type Place } from './order'
import type { ListHint } from './paging/stream'

/** Where one list stands in a cursor. */
export interface CursorList {
  /** Four bytes that stand for source and list, as hex. */
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
const BINDING_BYTES = 8
const MAC_BYTES = 16
const MAX_LENGTH = 4096
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

  /** @param binding text that is the same for the same filter and order */
  encode(cursor: Cursor, binding: string): string {
    const [key = Buffer.alloc(0)] = this.keys
    const body = write(cursor, binding)
    return Buffer.concat([body, mac(key, body)]).toString('base64url')
  }

  /** @throws BadInput where the text is no cursor of ours, or one for another filter or order */
  decode(text: string, binding: string, argument: string): Cursor {
    const bytes = Buffer.from(text.slice(0, MAX_LENGTH), 'base64url')
    const body = bytes.subarray(0, -MAC_BYTES)
    const isOurs =
      bytes.length > MAC_BYTES && this.keys.some((key) => isMac(key, body, bytes.subarray(-MAC_BYTES)))
    if (!isOurs || bytes.toString('base64url') !== text || body[0] !== VERSION)
      throw new BadInput(
        argument,
        `${argument} ${JSON.stringify(text.slice(0, 64))} is not a cursor of this list`,
      )
    const reader = new ByteReader(body.subarray(1))
    if (!reader.bytes(BINDING_BYTES).equals(digest(binding, BINDING_BYTES)))
      throw new BadInput(
        argument,
        `${argument} belongs to another filter or order; use it with those it was made for`,
      )
    return read(reader)
  }
}

/** Stands for a list in a cursor. */
export function listId(source: string, list: string): string {
  return digest(`${source}\n${list}`, 4).toString('hex')
}

function write(cursor: Cursor, binding: string): Buffer {
  const writer = new ByteWriter().byte(VERSION).bytes(digest(binding, BINDING_BYTES))
  writer.byte(cursor.direction === 'ASC' ? 1 : 0).int48(cursor.startedMs)
  writer.varint(Math.max(0, cursor.newestMs - cursor.startedMs))
  writePlace(writer, cursor.place)
  if (cursor.place?.at === 'task') writer.text(cursor.place.source)
  writer.varint(cursor.lists.length)
  for (const list of cursor.lists) writeList(writer, list)
  return writer.toBuffer()
}

function writeList(writer: ByteWriter, { id, hint, lag, unbegun }: CursorList): void {
  writer
    .bytes(Buffer.from(id, 'hex'))
    .varint(hint === null ? 0 : hint.offset + 1)
    .varint(hint?.total ?? 0)
  const extra = unbegun === null ? 0 : WITH_UNBEGUN
  if (lag === null) writer.byte(SAME + extra)
  else writePlace(writer, lag.place, extra)
  if (unbegun !== null) writer.uint64(unbegun)
}

function read(reader: ByteReader): Cursor {
  const direction = reader.byte() === 1 ? 'ASC' : 'DESC'
  const startedMs = reader.int48()
  const newestMs = startedMs + reader.varint()
  const bare = readPlace(reader, reader.byte())
  const place = bare?.at === 'task' ? { ...bare, source: reader.text() } : bare
  const lists = Array.from({ length: reader.varint() }, () => readList(reader))
  return { direction, startedMs, newestMs, place, lists }
}

function readList(reader: ByteReader): CursorList {
  const id = reader.bytes(4).toString('hex')
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

function writePlace(writer: ByteWriter, place: Place | null, extra = 0): void {
  if (place === null) {
    writer.byte(START + extra)
    return
  }
  writer.byte((place.at === 'before' ? BEFORE : place.at === 'after' ? AFTER : TASK) + extra)
  writer.int48(place.second === NOT_YET ? NOT_YET_CODE : place.second)
  if (place.at === 'task') writer.uint64(place.number)
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

  byte(value: number): this {
    return this.bytes(Buffer.from([value]))
  }

  /** A whole number from 0 to 2^48 - 1, seven bits a byte. */
  varint(value: number): this {
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
